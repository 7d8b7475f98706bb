// Exported files: the acknowledged operations of a sale, in a fixed order, with totals that
// balance, in every state that a crash can leave.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "engine/base/uuid.h"
#include "engine/core/apply.h"
#include "engine/core/protocol/command.h"
#include "engine/runtime/recovery/replay.h"
#include "storage/local/stopped_log.h"
#include "storage/local/stream_writer.h"
#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/export_support.h"
#include "tools/frontrow/recover/export_file.h"
#include "tools/frontrow/recover/export_totals.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

std::string text_of(std::uint64_t n) { return std::to_string(n); }
std::string text_of(PaymentId id) { return std::to_string(id.value); }
std::string text_of(HoldId id) { return std::to_string(id.value); }
std::string text_of(Instant t) { return t.is_set() ? to_string(t) : std::string(); }

std::string seats_text(const std::vector<std::uint32_t>& seats) {
  return fmt::format("{}", fmt::join(seats, " "));
}

TEST(Export, files_hold_what_was_acknowledged_in_a_fixed_order) {
  const TempDirectory dir;
  SaleLedger books;
  Played played;
  {
    Sale sale(dir.data());
    played = sale.play();
    books = sale.books();
    sale.stop();
  }
  const auto run = run_export(dir.data(), dir / "books");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("every balance holds"));
  const Exported e = read_all(dir / "books");

  ASSERT_EQ(e.payments.size(), 1 + books.payments.size());
  EXPECT_THAT(e.payments[0],
              ElementsAre("payment", "concert", "date", "user", "hold", "seats", "amount",
                          "currency", "state", "paid_at", "balance_after", "refunded_at",
                          "balance_after_refund", "paid_by", "refunded_seats", "refunded_amount"));
  std::size_t at = 1;
  std::vector<Row> sold;
  for (const auto& [id, p] : books.payments) {  // ascending, as the file must be
    const Row& row = e.payments[at++];
    EXPECT_EQ(row[0], text_of(id));
    EXPECT_EQ(row[1], text_of(p.concert.value));
    EXPECT_EQ(row[2], "2027-05-01");
    EXPECT_EQ(row[3], to_string(p.user));
    EXPECT_EQ(row[4], text_of(p.hold));
    EXPECT_EQ(row[5], seats_text(p.seats));
    EXPECT_EQ(row[6], text_of(static_cast<std::uint64_t>(p.amount)));
    EXPECT_EQ(row[8], p.refunded_at.is_set() ? "refunded" : "completed");
    EXPECT_EQ(row[9], text_of(p.paid_at));
    EXPECT_EQ(row[11], text_of(p.refunded_at));
    EXPECT_EQ(row[12].empty(), !p.refunded_at.is_set());
    EXPECT_EQ(row[14], p.refunded_at.is_set() ? row[5] : "");
    EXPECT_EQ(row[15], p.refunded_at.is_set() ? row[6] : "0");
    if (p.refunded_at.is_set()) continue;
    for (const std::uint32_t seat : p.seats) {
      sold.push_back({text_of(p.concert.value), "2027-05-01", text_of(seat), "floor",
                      text_of(static_cast<std::uint64_t>(p.amount) / p.seats.size()),
                      to_string(p.user), text_of(p.hold), text_of(id), text_of(p.paid_at), "", "",
                      ""});
    }
  }
  std::sort(sold.begin(), sold.end());
  EXPECT_THAT(e.seats[0], ElementsAre("concert", "date", "seat", "section", "price", "user", "hold",
                                      "payment", "paid_at", "category", "row", "label"));
  EXPECT_EQ(std::vector<Row>(e.seats.begin() + 1, e.seats.end()), sold);

  ASSERT_EQ(e.wallets.size(), 1 + books.charged.size());
  at = 1;
  for (const auto& [user, charged] : books.charged) {
    const auto balance = books.balance(user);
    EXPECT_THAT(e.wallets[at++],
                ElementsAre(to_string(user), std::to_string(balance), "0", std::to_string(charged),
                            std::to_string(charged - balance)));
  }
  for (const ConcertId concert : {played.concert, played.other}) {
    const std::string of = fmt::format("concert {}", concert.value);
    EXPECT_EQ(total_of(e, of, "revenue"), std::to_string(books.revenue(concert)));
    EXPECT_EQ(total_of(e, of, "seats sold"), std::to_string(books.seats_sold(concert)));
  }
  EXPECT_EQ(
      total_of(e, fmt::format("concert {}", played.concert.value), "amount of refunded payments"),
      std::to_string(books.payments.at(played.refunded).amount));
}

TEST(Export, same_state_gives_the_same_bytes) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.play();
    sale.checkpoint();
    for (std::uint32_t user = 100; user < 400; ++user) sale.charge(user, user);
    sale.stop();
  }
  ASSERT_EQ(run_command([&] { return rebuild({dir.data(), dir / "rebuilt"}); }).code, 0);
  for (const bool ndjson : {false, true}) {
    const std::string first = dir / (ndjson ? "first.nd" : "first");
    const std::string second = dir / (ndjson ? "second.nd" : "second");
    EXPECT_EQ(run_export(dir.data(), first, ndjson).code, 0);
    EXPECT_EQ(run_export(dir / "rebuilt", second, ndjson).code, 0);
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(first)) {
      ++files;
      const std::string name = entry.path().filename().string();
      EXPECT_EQ(read_file(entry.path()), read_file(second + "/" + name)) << name;
      struct stat status{};
      ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
      EXPECT_EQ(status.st_mode & 07777, 0600U) << name << ": it holds who bought what";
    }
    EXPECT_EQ(files, 4U) << "no draft may stay behind";
  }
}

TEST(Export, ndjson_holds_the_same_as_csv) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  ASSERT_EQ(run_export(dir.data(), dir / "csv").code, 0);
  ASSERT_EQ(run_export(dir.data(), dir / "nd", true).code, 0);
  for (const std::string name : {"seats", "payments", "wallets"}) {
    const auto rows = read_csv((dir / "csv/") + name + ".csv");
    std::istringstream lines(read_file((dir / "nd/") + name + ".ndjson"));
    std::string line;
    for (std::size_t i = 1; i < rows.size(); ++i) {
      ASSERT_TRUE(std::getline(lines, line)) << name;
      const api::Json object = api::Json::parse(line);
      ASSERT_TRUE(object.valid()) << line;
      ASSERT_EQ(object.names(), rows[0]) << "the columns are the names, in the same order";
      for (std::size_t c = 0; c < rows[0].size(); ++c) {
        const api::Json field = object[rows[0][c]];
        std::string text;
        if (field.is_text()) text = field.text();
        if (field.is_integer()) text = std::to_string(field.integer());
        if (field.is_array()) text = fmt::format("{}", fmt::join(field.integers(), " "));
        EXPECT_EQ(text, rows[i][c]) << name << " row " << i << " " << rows[0][c];
      }
    }
    EXPECT_FALSE(std::getline(lines, line)) << name;
  }
  const api::Json totals = api::Json::parse(read_file(dir / "nd/totals.json"));
  ASSERT_TRUE(totals.valid());
  EXPECT_EQ(totals["concerts"].size(), 2U);
  EXPECT_EQ(totals["balances"].size(), 2 * 3 + 1U);
}

// After every group, as after a crash: payments in flight are accounted for.
TEST(Export, balances_hold_after_every_group_of_a_sale) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  auto log = StoppedLog::open(dir.data());
  ASSERT_TRUE(log.ok());
  SlotTable slots;
  Replay replay(slots);
  std::int64_t under_way = 0;
  std::uint64_t groups = 0;
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    if (Status s = replay.apply_group(group); !s.ok()) return s;
    ++groups;
    const Totals totals = add_up(slots);
    for (const Balance& b : totals.balances)
      EXPECT_TRUE(b.holds()) << "group " << group.number << ": " << b.of << ": " << b.name << ": "
                             << b.value << " is not " << b.expected;
    for (const auto& [id, t] : totals.concerts) under_way += t.under_way;
    return Status();
  };
  ASSERT_TRUE((*log)->read(0, ~std::uint64_t{0}, visitor).ok());
  EXPECT_GT(groups, 20U);
  EXPECT_GT(under_way, 0) << "no payment was ever seen between its two slots";
}

// Its seats cost the price of the box office, and no wallet has posted it.
TEST(Export, balances_hold_with_sales_at_the_box_office) {
  constexpr ConcertId kHall{1};
  ConcertSpec spec;
  spec.dates = {{*parse_date("2027-05-01"), {{"floor", 4, Money{1000}}}}};
  const auto payment = [](std::uint32_t n) { return make_payment_id(kHall, n); };
  SlotTable slots;
  Slot& slot = slots.at(slot_of_concert(kHall));
  for (const Event& event : std::vector<Event>{
           ConcertCreatedEvent{kHall, spec},
           SeatsSoldAtOffice{
               kHall, payment(1), make_hold_id(kHall, 1), 0, {SeatNumber{1}}, user_id(1), Money{}},
           SeatsSoldAtOffice{
               kHall, payment(2), make_hold_id(kHall, 2), 0, {SeatNumber{2}}, {}, Money{700}},
           SeatsSoldAtOffice{
               kHall, payment(3), make_hold_id(kHall, 3), 0, {SeatNumber{3}}, {}, Money{900}},
           Refunded{kHall, payment(3), {}}})
    apply(slot, event, kDoorsOpen);
  const Totals totals = add_up(slots);
  for (const Balance& b : totals.balances)
    EXPECT_TRUE(b.holds()) << b.name << ": " << b.value << " is not " << b.expected;
  const ConcertTotals& t = totals.concerts.at(kHall);
  EXPECT_EQ(t.seats_sold, 2U);
  EXPECT_EQ(t.of_office, 700);
  EXPECT_EQ(t.revenue, 700);
  EXPECT_EQ(t.refunded_amount, 900);
}

constexpr ConcertId kStage{1};
constexpr PaymentId kSeatsPaid = make_payment_id(kStage, 1);
const UserId kGuest = user_id(7);

// One payment of seats 1 to 3 for 1,000, 1,000 and 700, from its wallet's side and its concert's.
// One of the slots gets each event.
struct RefundedSeats {
  explicit RefundedSeats(SlotTable& table) : slots(table) {
    ConcertSpec spec;
    spec.dates = {
        {*parse_date("2027-05-01"), {{"floor", 2, Money{1000}}, {"rank", 2, Money{700}}}}};
    const HoldId hold = make_hold_id(kStage, 1);
    const SeatList seats{SeatNumber{1}, SeatNumber{2}, SeatNumber{3}};
    const Date date = spec.dates[0].date;
    concert(ConcertCreatedEvent{kStage, spec});
    concert(TokenJoined{kStage, TicketNumber{1}, kGuest});
    concert(TokensAdmitted{kStage, LinePlace{1}, LinePlace{1}, 1});
    concert(SeatsHeld{kStage, hold, TicketNumber{1}, 0, seats, Money{2700}, kDoorsOpen});
    concert(PaymentStarted{kStage, kSeatsPaid, hold, kDoorsOpen, {}});
    wallet(WalletCharged{kGuest, ChargeId{1}, Money{5000}});
    wallet(MoneyReserved{{kSeatsPaid, hold, kStage, kGuest, date, seats, Money{2700}}});
    concert(Sold{kStage, kSeatsPaid, {}});
    wallet(MoneyPosted{kGuest, kSeatsPaid, kDoorsOpen});
    concert(PaymentSettled{kStage, kSeatsPaid});
  }
  void concert(const Event& event) { apply_and_check(slot_of_concert(kStage), event); }
  void wallet(const Event& event) { apply_and_check(slot_of_user(kGuest), event); }
  void apply_and_check(SlotId slot, const Event& event) {
    apply(slots.at(slot), event, kDoorsOpen);
    totals = add_up(slots);
    for (const Balance& b : totals.balances)
      EXPECT_TRUE(b.holds()) << "after " << name_of(event) << ": " << b.name << ": " << b.value
                             << " is not " << b.expected;
  }
  bool all_hold() {
    totals = add_up(slots);
    return std::ranges::all_of(totals.balances, &Balance::holds);
  }
  const ConcertTotals& sums() const { return totals.concerts.at(kStage); }

  SlotTable& slots;
  Totals totals;
};

TEST(Export, balances_hold_while_single_seats_are_refunded) {
  SlotTable slots;
  RefundedSeats sale(slots);
  const SeatList first{SeatNumber{1}};
  sale.concert(SeatsRefundStarted{kStage, kSeatsPaid, first, Money{1000}, {}});
  EXPECT_EQ(sale.sums().completed_amount, 2700) << "until the wallet has its money";
  EXPECT_EQ(sale.sums().under_way, 0);
  sale.wallet(MoneyReturnedInPart{kGuest, kSeatsPaid, first, Money{1000}});
  EXPECT_EQ(sale.sums().under_way, 1000);
  sale.concert(Refunded{kStage, kSeatsPaid, Money{3300}});
  EXPECT_EQ(sale.sums().seats_sold, 2U);
  EXPECT_EQ(sale.sums().revenue, 1700);
  EXPECT_EQ(sale.sums().completed, 1U);
  EXPECT_EQ(sale.sums().completed_amount, 1700);
  EXPECT_EQ(sale.sums().refunded, 0U);
  EXPECT_EQ(sale.sums().refunded_in_part, 1U);
  EXPECT_EQ(sale.sums().refunded_in_part_amount, 1000);
  EXPECT_EQ(sale.sums().posted, 1700);
  EXPECT_EQ(sale.totals.wallets.spent, 1700);
  // The rest, of which the payment is refunded as a whole.
  sale.concert(
      SeatsRefundStarted{kStage, kSeatsPaid, {SeatNumber{2}, SeatNumber{3}}, Money{1700}, {}});
  sale.wallet(MoneyReturned{kGuest, kSeatsPaid});
  EXPECT_EQ(sale.sums().under_way, 1700);
  sale.concert(Refunded{kStage, kSeatsPaid, Money{5000}});
  EXPECT_EQ(sale.sums().refunded, 1U);
  EXPECT_EQ(sale.sums().refunded_amount, 2700);
  EXPECT_EQ(sale.sums().refunded_in_part, 0U);
  EXPECT_EQ(sale.sums().seats_sold, 0U);
}

TEST(Export, money_of_single_seats_that_only_one_side_returned_is_unbalanced) {
  SlotTable slots;
  RefundedSeats sale(slots);
  apply(slots.at(slot_of_user(kGuest)),
        MoneyReturnedInPart{kGuest, kSeatsPaid, {SeatNumber{1}}, Money{1000}}, kDoorsOpen);
  EXPECT_FALSE(sale.all_hold());
}

// What was paid is not what the seats of such a date cost now, and is compared all the same.
TEST(Export, seats_are_compared_with_the_payments_of_changed_dates) {
  SlotTable slots;
  RefundedSeats sale(slots);
  sale.concert(PricesChanged{kStage, 0, {{"floor", Money{4000}}, {"rank", Money{1}}}});
  EXPECT_EQ(sale.sums().sold_prices, 2700);
  sale.concert(DatesAdded{kStage, {{*parse_date("2027-05-02"), {{"floor", 2, Money{10}}}}}});
  sale.concert(SeatsSoldAtOffice{kStage,
                                 make_payment_id(kStage, 2),
                                 make_hold_id(kStage, 2),
                                 1,
                                 {SeatNumber{1}, SeatNumber{2}},
                                 {},
                                 Money{15}});
  EXPECT_EQ(sale.sums().sold_prices, 2715);
  for (const std::size_t date : {0, 1}) {
    SeatMap& map = slots.at(slot_of_concert(kStage)).find_concert(kStage)->dates[date]->seats;
    const std::uint32_t owner = map.owner(SeatNumber{2});
    map.set(SeatNumber{2}, SeatState::kFree, 0);
    EXPECT_FALSE(sale.all_hold()) << "a seat of date " << date << " is lost";
    map.set(SeatNumber{2}, SeatState::kSold, owner);
    EXPECT_TRUE(sale.all_hold());
  }
}

struct Spoil {
  const char* name;
  void (*make)(SlotTable&, const Played&);
  const char* says;
};
void PrintTo(const Spoil& spoil, std::ostream* out) { *out << spoil.name; }

Wallet& wallet_of(SlotTable& slots, std::uint32_t user) {
  return slots.at(slot_of_user(user_id(user))).wallets.at(user_id(user));
}
Concert& concert_of_sale(SlotTable& slots, const Played& played) {
  return *slots.at(slot_of_concert(played.concert)).find_concert(played.concert);
}

const Spoil kSpoils[] = {
    {"charged",
     [](SlotTable& slots, const Played& p) {
       Wallet& wallet = wallet_of(slots, p.buyer);
       Rehash guard(slots.at(slot_of_user(wallet.user)).own_hash, wallet);
       wallet.charged.minor += 1;
     },
     "wallet a7000000-0000-0000-0000-000000000001: charged = balance + reserved + spent"},
    {"revenue",
     [](SlotTable& slots, const Played& p) { concert_of_sale(slots, p).revenue.minor += 7; },
     "revenue = completed payments"},
    {"seat",
     [](SlotTable& slots, const Played& p) {
       concert_of_sale(slots, p).dates[0]->seats.set(SeatNumber{1}, SeatState::kFree, 0);
     },
     "revenue = prices of sold seats"},
    {"posted",
     [](SlotTable& slots, const Played& p) {
       Wallet& wallet = wallet_of(slots, p.buyer);
       StateHash& hash = slots.at(slot_of_user(wallet.user)).own_hash;
       Rehash guard(hash, wallet);
       hash -= hash_of(wallet.payments.back());
       wallet.payments.pop_back();
     },
     "posted in wallets = completed payments less those under way or at the box office"},
};

class UnbalancedExport : public testing::TestWithParam<Spoil> {};

// A state that no engine makes, in a sound directory.
TEST_P(UnbalancedExport, is_named_and_written_all_the_same) {
  const TempDirectory dir;
  Played played;
  {
    Sale sale(dir.data());
    played = sale.play();
    sale.stop();
  }
  {
    auto log = StoppedLog::open(dir.data());
    ASSERT_TRUE(log.ok());
    SlotTable slots;
    ASSERT_TRUE(load_newest_state(**log, slots).ok());
    GetParam().make(slots, played);
    fs::create_directory(dir / "spoilt");
    auto writer = StreamWriter::create_anew(dir / "spoilt", kDoorsOpen);
    ASSERT_TRUE(writer.ok()) << writer.error();
    for (const auto& [slot, version] : versions_of(slots))
      ASSERT_TRUE((*writer)->write_snapshot(slots.at(slot), slots.at(slot).time).ok());
    ASSERT_TRUE((*writer)->finish(1, true).ok());
  }
  const auto run = run_export(dir / "spoilt", dir / "books");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr(GetParam().says));
  EXPECT_EQ(run.out.find("every balance holds"), run.out.npos);
  const Exported e = read_all(dir / "books");
  EXPECT_GT(e.payments.size(), 1U);
  EXPECT_GT(e.wallets.size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(All, UnbalancedExport, testing::ValuesIn(kSpoils),
                         [](const auto& spoil) { return std::string(spoil.param.name); });

TEST(Export, refuses_damage_and_targets_with_something_in_them) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.charge(1, 500);
    EXPECT_EQ(run_export(dir.data(), dir / "running").code, 1) << "an instance runs there";
    sale.stop();
  }
  fs::create_directory(dir / "full");
  write_file(dir / "full/seats.csv", "precious");
  EXPECT_EQ(run_export(dir.data(), dir / "full").code, 2);
  EXPECT_EQ(read_file(dir / "full/seats.csv"), "precious");
  EXPECT_EQ(run_export(dir / "nowhere", dir / "books").code, 1);
  fs::remove(dir.data() + "/watermark");
  const auto run = run_export(dir.data(), dir / "unmarked");
  EXPECT_EQ(run.code, 1) << "nothing tells whether the log is whole";
  EXPECT_THAT(run.err, HasSubstr("watermark"));
}

}  // namespace
}  // namespace frontrow::recover
