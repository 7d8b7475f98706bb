// `recover show`: its output for every kind of entity, present and past, against the acknowledged
// operations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kDate = "2027-05-01";

std::string text(ConcertId id) { return std::to_string(id.value); }
std::string text(PaymentId id) { return std::to_string(id.value); }
std::string text(HoldId id) { return std::to_string(id.value); }
std::int64_t number(PaymentId id) { return static_cast<std::int64_t>(id.value); }
std::int64_t number(HoldId id) { return static_cast<std::int64_t>(id.value); }

// One sale for all tests, which only read it.
class Show : public testing::Test {
 public:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<TempDirectory>();
    Sale sale(dir_->data());
    played_ = sale.play();
    sale.checkpoint();
    sale.restart();
    sale.charge(played_.late, 50);
    books_ = sale.books();
    end_ = sale.now();
    hash_ = sale.hashes();
    sale.stop();
  }
  static void TearDownTestSuite() { dir_.reset(); }

 protected:
  static CommandRun run(std::vector<std::string> what, const std::string& at = {},
                        bool json = false) {
    return run_command([&] { return show({dir_->data(), std::move(what), at, json}); });
  }
  // The whole document; it must exist.
  static Json document(std::vector<std::string> what, const std::string& at = {}) {
    const CommandRun done = run(std::move(what), at, true);
    EXPECT_EQ(done.code, 0) << done.err;
    return Json::parse(done.out);
  }
  static Json seat(std::uint32_t seat, const std::string& at) {
    return document({"seat", text(played_.concert), kDate, std::to_string(seat)}, at)["seat"];
  }
  static std::vector<std::string> events(const Json& document) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < document["events"].size(); ++i)
      names.push_back(document["events"][i]["event"].text());
    return names;
  }
  // The place of the first event of this name, as slot:seq.
  static std::string place_of(const Json& document, const std::string& event,
                              std::int64_t back = 0) {
    for (std::size_t i = 0; i < document["events"].size(); ++i) {
      const Json one = document["events"][i];
      if (one["event"].text() == event)
        return fmt::format("{}:{}", one["slot"].integer(), one["seq"].integer() - back);
    }
    ADD_FAILURE() << "no event " << event;
    return {};
  }

  static inline std::unique_ptr<TempDirectory> dir_;
  static inline Played played_;
  static inline SaleLedger books_;
  static inline Instant end_;
  static inline std::map<std::uint16_t, StateHash> hash_;
};

TEST_F(Show, overview_has_the_figures_of_the_books) {
  const Json all = document({})["overview"];
  ASSERT_EQ(all["concerts"].size(), 2U);
  const Json concert = all["concerts"][0];
  EXPECT_EQ(concert["title"].text(), "Night Train");
  EXPECT_EQ(concert["phase"].text(), "open");
  EXPECT_EQ(concert["revenue"].integer(), books_.revenue(played_.concert));
  EXPECT_EQ(concert["sold"].integer(),
            static_cast<std::int64_t>(books_.seats_sold(played_.concert)));
  EXPECT_EQ(concert["held"].integer(), 3);
  EXPECT_EQ(concert["blocked"].integer(), 1);
  EXPECT_EQ(concert["joined"].integer(), 5);
  EXPECT_EQ(concert["refunds"].integer(), 1);
  EXPECT_EQ(all["concerts"][1]["phase"].text(), "paused");
  EXPECT_EQ(all["concerts"][1]["waiting"].integer(), 1);
  std::int64_t charged = 0;
  std::int64_t balance = 0;
  for (const auto& [user, amount] : books_.charged) {
    charged += amount;
    balance += books_.balance(user);
  }
  EXPECT_EQ(all["wallets"]["count"].integer(), 5);
  EXPECT_EQ(all["wallets"]["charged"].integer(), charged);
  EXPECT_EQ(all["wallets"]["balance"].integer(), balance);
  EXPECT_EQ(all["wallets"]["spent"].integer(), charged - balance);
  const CommandRun plain = run({});
  EXPECT_THAT(plain.out, HasSubstr("title Night Train  phase open"));
  EXPECT_THAT(plain.out, Not(HasSubstr("events")));
}

TEST_F(Show, overview_of_the_past_and_of_the_very_beginning) {
  const Json before = document({}, to_string(played_.held_at - milliseconds(1)))["overview"];
  EXPECT_EQ(before["concerts"][0]["held"].integer(), 0);
  EXPECT_EQ(before["concerts"][0]["sold"].integer(), 4) << "one is refunded later";
  EXPECT_EQ(before["concerts"][0]["revenue"].integer(), 4000);
  EXPECT_EQ(before["concerts"].size(), 2U);
  const Json empty = document({}, to_string(kDoorsOpen - seconds(1)));
  EXPECT_EQ(empty["overview"]["concerts"].size(), 0U);
  EXPECT_TRUE(empty["asOf"]["time"].is_null());
}

TEST_F(Show, concert_with_its_dates_and_the_events_of_its_settings) {
  const Json whole = document({"concert", text(played_.other)});
  const Json concert = whole["concert"];
  EXPECT_EQ(concert["title"].text(), "Slow Morning");
  EXPECT_EQ(concert["phase"].text(), "paused");
  EXPECT_EQ(concert["rules"]["holdSeconds"].integer(), 300);
  ASSERT_EQ(concert["dates"].size(), 1U);
  EXPECT_EQ(concert["dates"][0]["date"].text(), kDate);
  EXPECT_EQ(concert["dates"][0]["sold"].integer(), 1);
  EXPECT_EQ(concert["dates"][0]["free"].integer(), 24);
  EXPECT_THAT(events(whole), ElementsAre("concert_created", "phase_changed"));
}

TEST_F(Show, user_with_wallet_and_everything_in_every_concert) {
  const UserId user = user_id(played_.buyer);
  const Json whole = document({"user", to_string(user)});
  const Json shown = whole["user"];
  EXPECT_EQ(shown["wallet"]["balance"].integer(), books_.balance(user));
  EXPECT_EQ(shown["wallet"]["charged"].integer(), books_.charged.at(user));
  ASSERT_EQ(shown["payments"].size(), 2U);
  EXPECT_EQ(shown["payments"][0]["payment"].integer(), number(played_.paid));
  EXPECT_EQ(shown["payments"][0]["seats"].integers(), (std::vector<std::int64_t>{1, 2}));
  EXPECT_EQ(shown["payments"][1]["payment"].integer(), number(played_.paid_other));
  ASSERT_EQ(shown["transfers"].size(), 2U);
  EXPECT_EQ(shown["transfers"][0]["state"].text(), "posted");
  ASSERT_EQ(shown["tokens"].size(), 2U);
  EXPECT_EQ(shown["tokens"][0]["state"].text(), "completed");
  // Both payments, each from joining the line to its last message.
  EXPECT_THAT(events(whole),
              ElementsAre("wallet_charged", "token_joined", "tokens_admitted", "seats_held",
                          "payment_started", "money_reserved", "sold", "answer_stored",
                          "money_posted", "payment_settled", "token_joined", "tokens_admitted",
                          "seats_held", "payment_started", "money_reserved", "sold",
                          "answer_stored", "money_posted", "payment_settled"));
}

TEST_F(Show, user_who_waits_holds_or_is_unknown) {
  const Json waits = document({"user", to_string(user_id(played_.waiting))})["user"];
  EXPECT_TRUE(waits["wallet"].is_null());
  EXPECT_EQ(waits["tokens"][0]["state"].text(), "waiting");
  EXPECT_EQ(waits["tokens"][0]["position"].integer(), 1);
  const Json holds = document({"user", to_string(user_id(played_.holder))})["user"];
  ASSERT_EQ(holds["holds"].size(), 1U);
  EXPECT_EQ(holds["holds"][0]["hold"].integer(), number(played_.held));
  EXPECT_EQ(holds["holds"][0]["expiresAt"].text(),
            to_string(books_.holds.at(played_.held).expires_at));
  const CommandRun unknown = run({"user", to_string(user_id(99))});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_THAT(unknown.err, HasSubstr("nothing is known of user"));
  EXPECT_EQ(unknown.out, "");
}

TEST_F(Show, payment_through_its_life) {
  const std::vector<std::string> what = {"payment", text(played_.refunded)};
  const Json whole = document(what);
  const Json now = whole["payment"];
  const auto& booked = books_.payments.at(played_.refunded);
  EXPECT_EQ(now["state"].text(), "refunded");
  EXPECT_EQ(now["user"].text(), to_string(booked.user));
  EXPECT_EQ(now["amount"].integer(), booked.amount);
  EXPECT_EQ(now["paidAt"].text(), to_string(booked.paid_at));
  EXPECT_EQ(now["refundedAt"].text(), to_string(booked.refunded_at));
  EXPECT_EQ(now["inTheWallet"]["listed"].text(), "refunded");
  EXPECT_TRUE(now["owedMessage"].is_null());
  EXPECT_THAT(events(whole),
              ElementsAre("seats_held", "payment_started", "money_reserved", "sold", "money_posted",
                          "payment_settled", "refund_started", "money_returned", "refunded"));
  // Right after each of its records.
  const auto after = [&](const char* event) {
    return document(what, place_of(whole, event))["payment"];
  };
  EXPECT_EQ(after("payment_started")["state"].text(), "started");
  EXPECT_EQ(after("payment_started")["owedMessage"].text(), "reserve");
  EXPECT_EQ(after("money_reserved")["inTheWallet"]["transfer"].text(), "reserved");
  EXPECT_EQ(after("sold")["state"].text(), "completed");
  EXPECT_EQ(after("sold")["owedMessage"].text(), "post");
  EXPECT_TRUE(after("sold")["inTheWallet"]["listed"].is_null());
  EXPECT_EQ(after("money_posted")["inTheWallet"]["listed"].text(), "completed");
  EXPECT_TRUE(after("payment_settled")["owedMessage"].is_null());
  EXPECT_EQ(after("refund_started")["state"].text(), "refunding");
  EXPECT_EQ(after("refund_started")["owedMessage"].text(), "return");
  EXPECT_THAT(events(document(what, place_of(whole, "sold"))),
              ElementsAre("seats_held", "payment_started", "money_reserved", "sold"))
      << "those up to that time";
  const CommandRun before = run(what, place_of(whole, "payment_started", 1));
  EXPECT_EQ(before.code, 1);
  EXPECT_THAT(before.err, HasSubstr("there is no payment"));
}

TEST_F(Show, payment_that_failed_and_one_that_never_was) {
  // The poor user's payment was the concert's third.
  const PaymentId failed = make_payment_id(played_.concert, 3);
  const Json whole = document({"payment", text(failed)});
  EXPECT_EQ(whole["payment"]["state"].text(), "failed");
  EXPECT_THAT(events(whole), ElementsAre("payment_started", "reserve_refused", "payment_failed"));
  const CommandRun never = run({"payment", text(make_payment_id(played_.concert, 99))});
  EXPECT_EQ(never.code, 1);
  EXPECT_THAT(never.err, HasSubstr("there is no payment"));
}

TEST_F(Show, hold_in_each_of_its_ends) {
  const auto state = [](HoldId id, const std::string& at = {}) {
    return document({"hold", text(id)}, at)["hold"]["state"].text();
  };
  EXPECT_EQ(state(played_.held), "held");
  EXPECT_EQ(state(played_.expired), "expired");
  EXPECT_EQ(state(played_.released), "released");
  EXPECT_EQ(state(books_.payments.at(played_.paid).hold), "paid");
  const Json expired = document({"hold", text(played_.expired)});
  EXPECT_THAT(events(expired), ElementsAre("seats_held", "hold_expired"));
  const Instant expires = books_.holds.at(played_.expired).expires_at;
  EXPECT_EQ(state(played_.expired, to_string(expires)), "held") << "it is expired a second later";
  EXPECT_THAT(events(document({"hold", text(played_.released)})),
              ElementsAre("seats_held", "hold_released"));
}

TEST_F(Show, seat_at_every_time_says_whose_it_was) {
  const auto& held = books_.holds.at(played_.held);
  EXPECT_EQ(seat(7, to_string(played_.held_at - milliseconds(1)))["state"].text(), "free");
  for (const std::string& at : {to_string(played_.held_at), std::string()}) {
    const Json shown = seat(7, at);
    EXPECT_EQ(shown["state"].text(), "held");
    EXPECT_EQ(shown["user"].text(), to_string(held.user));
    EXPECT_EQ(shown["hold"].integer(), number(played_.held));
    EXPECT_EQ(shown["heldUntil"].text(), to_string(held.expires_at));
    EXPECT_EQ(shown["price"].integer(), 1000);
    EXPECT_TRUE(shown["payment"].is_null());
  }
  const auto& refunded = books_.payments.at(played_.refunded);
  const Json sold = seat(5, to_string(refunded.paid_at));
  EXPECT_EQ(sold["state"].text(), "sold");
  EXPECT_EQ(sold["user"].text(), to_string(refunded.user));
  EXPECT_EQ(sold["payment"].integer(), number(played_.refunded));
  EXPECT_EQ(sold["amount"].integer(), refunded.amount);
  EXPECT_EQ(sold["paidAt"].text(), to_string(refunded.paid_at));
  EXPECT_EQ(seat(5, to_string(played_.refunded_at - milliseconds(1)))["state"].text(), "sold");
  EXPECT_EQ(seat(5, to_string(played_.refunded_at))["state"].text(), "free");
  EXPECT_EQ(seat(5, {})["state"].text(), "free");
  EXPECT_EQ(seat(20, {})["state"].text(), "blocked");
  // The same time in another zone.
  EXPECT_EQ(seat(7, "2026-12-25T05:30:00+09:00")["state"].text(), "held");
}

TEST_F(Show, seat_with_the_events_that_led_there) {
  const Json whole = document({"seat", text(played_.concert), kDate, "5"});
  EXPECT_THAT(events(whole), ElementsAre("seats_held", "payment_started", "sold", "payment_settled",
                                         "refund_started", "refunded"));
  const Json other_date = document({"seat", text(played_.concert), "2027-05-02", "5"});
  EXPECT_THAT(events(other_date), ElementsAre());
  EXPECT_EQ(other_date["seat"]["state"].text(), "free");
  EXPECT_THAT(events(document({"seat", text(played_.concert), kDate, "20"})),
              ElementsAre("seat_blocked"));
}

TEST_F(Show, slot_has_the_state_hash_that_the_engine_had) {
  for (const auto& [slot, hash] : hash_) {
    const Json shown = document({"slot", std::to_string(slot)})["slot"];
    EXPECT_EQ(shown["stateHash"].text(), fmt::format("{:016x}", hash)) << slot;
  }
  const SlotId slot = slot_of_concert(played_.concert);
  const Json whole = document({"slot", std::to_string(slot.value)});
  EXPECT_EQ(whole["events"].size(), 20U);
  EXPECT_GT(whole["eventsLeftOut"].integer(), 0);
  EXPECT_EQ(whole["events"][19]["seq"].integer(), whole["slot"]["seq"].integer());
  EXPECT_EQ(
      document({"slot", std::to_string(slot.value)}, fmt::format("{}:7", slot.value))["slot"]["seq"]
          .integer(),
      7);
}

TEST_F(Show, text_says_the_same_as_json) {
  const CommandRun plain = run({"seat", text(played_.concert), kDate, "7"});
  EXPECT_EQ(plain.code, 0);
  EXPECT_EQ(plain.err, "");
  EXPECT_THAT(plain.out, HasSubstr("\nstate          held\n"));
  EXPECT_THAT(plain.out,
              HasSubstr(fmt::format("\nuser           {}\n", to_string(user_id(played_.holder)))));
  EXPECT_THAT(plain.out, HasSubstr("\npayment        -\n"));
  EXPECT_THAT(plain.out, HasSubstr("\nevents that led there\n  2026-12-24T20:01:02.734Z group "));
  EXPECT_THAT(plain.out, HasSubstr(fmt::format(" seats_held concert 1 hold {} number 3 date_index "
                                               "0 seats 7,8 amount 2000 expires_at ",
                                               played_.held.value)));
}

TEST_F(Show, what_is_not_there_exits_with_1_and_nonsense_with_2) {
  struct Case {
    std::vector<std::string> what;
    std::string at;
    int code;
    const char* error;
  };
  for (const Case& c : std::vector<Case>{
           {{"concert", "77"}, "", 1, "there is no concert 77"},
           {{"seat", "1", "2027-06-01", "1"}, "", 1, "concert 1 has no date 2027-06-01"},
           {{"seat", "1", kDate, "26"}, "", 1, "there are seats 1 to 25"},
           {{"slot", "0"}, "", 1, "slot 0 is empty"},
           {{"hold", "4294967999"}, "", 1, "there is no hold"},
           {{"concert", "1"}, "0:1", 1, "slot 0 has no records"},
           {{"concert", "1"}, "2026-12-24T19:00:00Z", 1, "there is no concert 1 at that time"},
           {{"concert"}, "", 2, "concert C"},
           {{"concert", "x"}, "", 2, "concert C"},
           {{"concert", "1", "2"}, "", 2, "concert C"},
           {{"user", "me"}, "", 2, "user UUID"},
           {{"seat", "1", "2027-02-30", "1"}, "", 2, "seat C DATE N"},
           {{"slot", "4096"}, "", 2, "slot N"},
           {{"ticket", "1"}, "", 2, "not \"ticket\""},
           {{}, "yesterday", 2, "--at: expected a time"},
           {{}, "4096:1", 2, "--at: expected a time"},
           {{}, "77:0", 2, "--at: expected a time"},
       }) {
    const CommandRun done = run(c.what, c.at);
    EXPECT_EQ(done.code, c.code) << c.error << done.err;
    EXPECT_THAT(done.err, HasSubstr(c.error));
    EXPECT_EQ(done.out, "") << c.error;
  }
  const SlotId slot = slot_of_concert(played_.concert);
  EXPECT_THAT(run({}, fmt::format("{}:9999", slot.value)).err,
              HasSubstr("has no sequence 9999: its newest is"));
}

// --- a trimmed history

TEST(ShowTrimmed, past_before_the_snapshots_is_refused_and_what_is_left_is_shown) {
  const TempDirectory dir;
  SaleOptions options;
  options.retention = {.everything = false, .time = seconds(2)};
  Sale sale(dir.data(), options);
  const Played played = sale.play();
  const Instant early = sale.now();
  sale.advance(seconds(1));
  for (int i = 0; i < 1100; ++i) sale.charge(1, 1);
  sale.advance(seconds(3));
  const CheckpointReport checkpointed = sale.checkpoint();
  ASSERT_GT(checkpointed.trimmed.groups, 1000U);
  const Instant snapshots_at = sale.now();
  sale.advance(seconds(1));
  sale.charge(1, 1'000'000);
  const std::int64_t balance = sale.books().balance(user_id(1));
  sale.stop();
  const std::vector<std::string> user = {"user", to_string(user_id(1))};
  const auto shown = [&](const std::vector<std::string>& what, const std::string& at) {
    return run_command([&] { return show({dir.data(), what, at, true}); });
  };
  const CommandRun now = shown(user, {});
  EXPECT_EQ(Json::parse(now.out)["user"]["wallet"]["balance"].integer(), balance);
  const CommandRun just_before = shown(user, to_string(snapshots_at));
  EXPECT_EQ(just_before.code, 0) << just_before.err;
  EXPECT_EQ(Json::parse(just_before.out)["user"]["wallet"]["balance"].integer(),
            balance - 1'000'000);
  for (const std::string& at : {to_string(early), to_string(kDoorsOpen)}) {
    const CommandRun past = shown(user, at);
    EXPECT_EQ(past.code, 1);
    EXPECT_EQ(past.out, "");
    EXPECT_THAT(past.err, HasSubstr("can't be rebuilt any more"));
    EXPECT_THAT(past.err, HasSubstr(fmt::format("groups up to {} were forgotten",
                                                checkpointed.trimmed.first - 1)));
  }
  // A concert that has not changed since can be shown in its past state.
  const CommandRun concert = shown({"concert", text(played.concert)}, to_string(snapshots_at));
  EXPECT_EQ(concert.code, 0) << concert.err;
  const SlotId slot = slot_of_user(user_id(1));
  EXPECT_THAT(shown(user, fmt::format("{}:1", slot.value)).err, HasSubstr("were forgotten"));
  const CommandRun plain = run_command([&] { return show({dir.data(), user, {}, false}); });
  EXPECT_THAT(plain.out, HasSubstr("were forgotten)"));
}

}  // namespace
}  // namespace frontrow::recover
