// The verdicts of transfers.h on every combination of the two sides of a payment, compared with the
// end of the payment when the real state machine gets all outstanding messages.
#include "tools/frontrow/recover/transfers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "engine/core/apply.h"
#include "engine/core/machine.h"
#include "engine/core/state/invariants.h"
#include "engine/core/state/refunds.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr ConcertId kShop{1};
constexpr PaymentId kOlder = make_payment_id(kShop, 1);
constexpr PaymentId kMoved = make_payment_id(kShop, 2);
constexpr PaymentId kNewer = make_payment_id(kShop, 3);
constexpr Money kPrice{1000};
constexpr Money kPaid{2 * kPrice.minor};
const UserId kPayer = user_id(7);
const Instant kDecideBy = kDoorsOpen + seconds(10);

// State of the payment at the concert; kBefore: the user has bought another seat.
enum class ConcertSide {
  kBefore,
  kStarted,
  kSold,
  kSettled,
  kTimedOut,
  kRefused,
  kVoided,
  kRefundingBeforePost,
  kRefunding,
  kRefunded,
  // Of one of its two seats, and then of the other.
  kRefundingSeatBeforePost,
  kRefundingSeat,
  kSeatRefunded,
  kRefundingRest,
  kRestRefunded,
};
constexpr ConcertSide kConcertSides[] = {ConcertSide::kBefore,
                                         ConcertSide::kStarted,
                                         ConcertSide::kSold,
                                         ConcertSide::kSettled,
                                         ConcertSide::kTimedOut,
                                         ConcertSide::kRefused,
                                         ConcertSide::kVoided,
                                         ConcertSide::kRefundingBeforePost,
                                         ConcertSide::kRefunding,
                                         ConcertSide::kRefunded,
                                         ConcertSide::kRefundingSeatBeforePost,
                                         ConcertSide::kRefundingSeat,
                                         ConcertSide::kSeatRefunded,
                                         ConcertSide::kRefundingRest,
                                         ConcertSide::kRestRefunded};

// State of the payment at the wallet.
enum class WalletSide {
  kNothing,
  kReserved,
  kOtherReserved,  // another amount
  kRefused,
  kPosted,
  kVoided,
  kReturned,
  kSeatReturned,       // the money of one of the two seats
  kOtherSeatReturned,  // of the other one
  kOtherMoneyReturned,
  kRestReturned,
  kNewerRefused,  // of a payment that the concert does not have yet
  kPostedThenNewerRefused,
  kReturnedThenNewerVoided,
};
constexpr WalletSide kWalletSides[] = {WalletSide::kNothing,
                                       WalletSide::kReserved,
                                       WalletSide::kOtherReserved,
                                       WalletSide::kRefused,
                                       WalletSide::kPosted,
                                       WalletSide::kVoided,
                                       WalletSide::kReturned,
                                       WalletSide::kSeatReturned,
                                       WalletSide::kOtherSeatReturned,
                                       WalletSide::kOtherMoneyReturned,
                                       WalletSide::kRestReturned,
                                       WalletSide::kNewerRefused,
                                       WalletSide::kPostedThenNewerRefused,
                                       WalletSide::kReturnedThenNewerVoided};

void add(Slot& slot, const std::vector<Event>& events) {
  for (const Event& event : events) apply(slot, event, kDoorsOpen);
  ++slot.seq;
  slot.time = kDoorsOpen;
}

ConcertSpec shop_spec() {
  ConcertSpec spec;
  spec.title = "Night Train";
  spec.dates = {{*parse_date("2027-05-01"), {{"floor", 20, kPrice}}}};
  return spec;
}

SeatNumber first_seat(PaymentId payment) {
  return SeatNumber{static_cast<std::uint32_t>(payment.value)};
}
SeatNumber second_seat(PaymentId payment) { return SeatNumber{10 + first_seat(payment).value}; }

Purchase purchase(PaymentId payment) {
  const auto counter = static_cast<std::uint32_t>(payment.value);
  const SeatList seats{first_seat(payment), second_seat(payment)};
  const Date date = *parse_date("2027-05-01");
  return {payment, make_hold_id(kShop, counter), kShop, kPayer, date, seats, kPaid};
}

std::vector<Event> until_started(PaymentId payment) {
  const auto counter = static_cast<std::uint32_t>(payment.value);
  const TicketNumber number{counter};
  const HoldId hold = make_hold_id(kShop, counter);
  return {
      TokenJoined{kShop, number, kPayer},
      TokensAdmitted{kShop, LinePlace{counter}, LinePlace{counter}, 1},
      SeatsHeld{kShop, hold, number, 0, purchase(payment).seats, kPaid, kDoorsOpen + seconds(300)},
      PaymentStarted{kShop, payment, hold, kDecideBy, {}}};
}

std::vector<Event> events_of(ConcertSide side) {
  if (side == ConcertSide::kBefore) return {};
  std::vector<Event> events = until_started(kMoved);
  const Event sold = Sold{kShop, kMoved, {}};
  const Event settled = PaymentSettled{kShop, kMoved};
  const Event refund = RefundStarted{kShop, kMoved, {}};
  const Event refunded = Refunded{kShop, kMoved, {}};
  const Event seat = SeatsRefundStarted{kShop, kMoved, {first_seat(kMoved)}, kPrice, {}};
  const Event other = SeatsRefundStarted{kShop, kMoved, {second_seat(kMoved)}, kPrice, {}};
  const Event late = PaymentFailed{kShop, kMoved, Reject::kPaymentTimeout, {}, kPaid};
  const std::vector<Event> rest = [&]() -> std::vector<Event> {
    switch (side) {
      case ConcertSide::kBefore:
      case ConcertSide::kStarted:
        return {};
      case ConcertSide::kSold:
        return {sold};
      case ConcertSide::kSettled:
        return {sold, settled};
      case ConcertSide::kTimedOut:
        return {late};
      case ConcertSide::kRefused:
        return {PaymentFailed{kShop, kMoved, Reject::kInsufficientBalance, {}, kPaid}};
      case ConcertSide::kVoided:
        return {late, settled};
      case ConcertSide::kRefundingBeforePost:
        return {sold, refund};
      case ConcertSide::kRefunding:
        return {sold, settled, refund};
      case ConcertSide::kRefunded:
        return {sold, settled, refund, refunded};
      case ConcertSide::kRefundingSeatBeforePost:
        return {sold, seat};
      case ConcertSide::kRefundingSeat:
        return {sold, settled, seat};
      case ConcertSide::kSeatRefunded:
        return {sold, settled, seat, refunded};
      case ConcertSide::kRefundingRest:
        return {sold, settled, seat, refunded, other};
      case ConcertSide::kRestRefunded:
        return {sold, settled, seat, refunded, other, refunded};
    }
    return {};
  }();
  events.insert(events.end(), rest.begin(), rest.end());
  return events;
}

std::vector<Event> events_of(WalletSide side) {
  const Event reserved = MoneyReserved{purchase(kMoved)};
  const Event posted = MoneyPosted{kPayer, kMoved, kDoorsOpen};
  const Event returned = MoneyReturned{kPayer, kMoved};
  const auto in_part = [](SeatNumber seat, Money total) {
    return MoneyReturnedInPart{kPayer, kMoved, {seat}, total};
  };
  const Event newer_refused = ReserveRefused{kPayer, kNewer, {}};
  Purchase other = purchase(kMoved);
  other.amount = Money{1};
  switch (side) {
    case WalletSide::kNothing:
      return {};
    case WalletSide::kReserved:
      return {reserved};
    case WalletSide::kOtherReserved:
      return {MoneyReserved{other}};
    case WalletSide::kRefused:
      return {ReserveRefused{kPayer, kMoved, {}}};
    case WalletSide::kPosted:
      return {reserved, posted};
    case WalletSide::kVoided:
      return {MoneyVoided{kPayer, kMoved}};
    case WalletSide::kReturned:
      return {reserved, posted, returned};
    case WalletSide::kSeatReturned:
      return {reserved, posted, in_part(first_seat(kMoved), kPrice)};
    case WalletSide::kOtherSeatReturned:
      return {reserved, posted, in_part(second_seat(kMoved), kPrice)};
    case WalletSide::kOtherMoneyReturned:
      return {reserved, posted, in_part(first_seat(kMoved), Money{kPrice.minor + 1})};
    case WalletSide::kRestReturned:
      return {reserved, posted, in_part(first_seat(kMoved), kPrice), returned};
    case WalletSide::kNewerRefused:
      return {newer_refused};
    case WalletSide::kPostedThenNewerRefused:
      return {reserved, posted, newer_refused};
    case WalletSide::kReturnedThenNewerVoided:
      return {reserved, posted, returned, MoneyVoided{kPayer, kNewer}};
  }
  return {};
}

std::unique_ptr<SlotTable> slots_at(ConcertSide concert_side, WalletSide wallet_side) {
  auto slots = std::make_unique<SlotTable>();
  EXPECT_NE(slot_of_concert(kShop), slot_of_user(kPayer));
  add(slots->at(slot_of_directory()),
      {ConcertRegistered{kShop, shop_spec(), {}}, RegistrationConfirmed{kShop}});
  Slot& concert = slots->at(slot_of_concert(kShop));
  add(concert, {ConcertCreatedEvent{kShop, shop_spec()}});
  add(concert, until_started(kOlder));
  add(concert, {Sold{kShop, kOlder, {}}, PaymentSettled{kShop, kOlder}});
  add(concert, events_of(concert_side));
  Slot& wallet = slots->at(slot_of_user(kPayer));
  add(wallet, {WalletCharged{kPayer, ChargeId{1}, Money{10'000}}, MoneyReserved{purchase(kOlder)},
               MoneyPosted{kPayer, kOlder, kDoorsOpen}});
  add(wallet, events_of(wallet_side));
  return slots;
}

// Delivers the outbox entries and all resulting messages until none is left.
void let_run(SlotTable& slots, Instant now) {
  Machine machine{Policy{}};
  Effects effects;
  Slot& concert = slots.at(slot_of_concert(kShop));
  for (int round = 0; round < 5; ++round) {
    machine.expire(concert, now, effects);
    std::vector<Command> owed;
    Machine::pending_messages(concert, kNever, owed);
    std::deque<Command> messages(owed.begin(), owed.end());
    while (!messages.empty()) {
      const Command command = std::move(messages.front());
      messages.pop_front();
      machine.execute(slots.at(slot_of(command.body)), command, now, effects);
      messages.insert(messages.end(), effects.messages.begin(), effects.messages.end());
    }
  }
}

// Whether both sides agree and no work is left.
bool is_legal_end(SlotTable& slots) {
  const Concert& concert = *slots.at(slot_of_concert(kShop)).find_concert(kShop);
  const Wallet& wallet = *slots.at(slot_of_user(kPayer)).find_wallet(kPayer);
  if (!concert.outbox.empty() || wallet.reserved.minor != 0) return false;
  for (const SlotId id : {slot_of_concert(kShop), slot_of_user(kPayer)}) {
    if (!check_invariants(slots.at(id)).empty()) return false;
  }
  // State, amount, and of refunds of single seats: the seats, their sum, the money.
  using Side = std::tuple<PaymentState, std::int64_t, std::size_t, std::uint32_t, std::int64_t>;
  const auto side = [](PaymentState state, Money amount, const SeatList& seats, Money money) {
    if (state == PaymentState::kRefunded) return Side{state, amount.minor, 0, 0, 0};
    std::uint32_t sum = 0;
    for (const SeatNumber seat : seats) sum += seat.value;
    return Side{state, amount.minor, seats.size(), sum, money.minor};
  };
  std::map<PaymentId, Side> bought;
  std::map<PaymentId, Side> paid;
  for (const auto& [id, p] : concert.payments)
    bought[id] = side(p.state, p.amount, seats_refunded(p), money_refunded(p));
  for (const WalletPayment& p : wallet.payments)
    paid[p.purchase.payment] = side(p.state, p.purchase.amount, p.returned, p.returned_total);
  return bought == paid;
}

TEST(Transfers, verdict_on_every_combination_is_what_becomes_of_it) {
  int good = 0;
  int bad = 0;
  for (const ConcertSide concert_side : kConcertSides) {
    for (const WalletSide wallet_side : kWalletSides) {
      const auto before = slots_at(concert_side, wallet_side);
      const auto faults = check_transfers(*before).faults;
      // In time, and after the payment has failed at its deadline.
      const auto in_time = slots_at(concert_side, wallet_side);
      let_run(*in_time, kDoorsOpen + seconds(1));
      let_run(*in_time, kDecideBy);
      const auto late = slots_at(concert_side, wallet_side);
      let_run(*late, kDecideBy);
      const bool ends = is_legal_end(*in_time) && is_legal_end(*late);
      EXPECT_EQ(faults.empty(), ends) << "concert side " << static_cast<int>(concert_side)
                                      << ", wallet side " << static_cast<int>(wallet_side) << ": "
                                      << (faults.empty() ? "no fault" : faults.front().what);
      ++(ends ? good : bad);
    }
  }
  // Both verdicts must occur often.
  EXPECT_GE(good, 20);
  EXPECT_GE(bad, 20);
}

TEST(Transfers, what_the_protocol_passes_through_has_no_fault) {
  using C = ConcertSide;
  using W = WalletSide;
  for (const auto& [c, w] :
       std::vector<std::pair<C, W>>{{C::kStarted, W::kNothing},
                                    {C::kStarted, W::kReserved},
                                    {C::kStarted, W::kRefused},
                                    {C::kSold, W::kReserved},
                                    {C::kSold, W::kPosted},
                                    {C::kSettled, W::kPosted},
                                    {C::kRefused, W::kRefused},
                                    {C::kTimedOut, W::kNothing},
                                    {C::kTimedOut, W::kReserved},
                                    {C::kTimedOut, W::kRefused},
                                    {C::kTimedOut, W::kVoided},
                                    {C::kVoided, W::kVoided},
                                    {C::kRefunding, W::kPosted},
                                    {C::kRefundingBeforePost, W::kReserved},
                                    {C::kRefunding, W::kReturned},
                                    {C::kRefundingBeforePost, W::kPosted},
                                    {C::kRefunded, W::kReturned},
                                    {C::kRefundingSeat, W::kPosted},
                                    {C::kRefundingSeat, W::kSeatReturned},
                                    {C::kRefundingSeatBeforePost, W::kReserved},
                                    {C::kSeatRefunded, W::kSeatReturned},
                                    {C::kRefundingRest, W::kSeatReturned},
                                    {C::kRefundingRest, W::kRestReturned},
                                    {C::kRestRefunded, W::kRestReturned},
                                    {C::kSettled, W::kPostedThenNewerRefused}}) {
    const auto slots = slots_at(c, w);
    EXPECT_THAT(check_transfers(*slots).faults, IsEmpty())
        << static_cast<int>(c) << ' ' << static_cast<int>(w);
  }
}

std::vector<std::string> lines(SlotTable& slots) {
  std::vector<std::string> lines;
  for (const TransferFault& fault : check_transfers(slots).faults) lines.push_back(fault.what);
  return lines;
}

TEST(Transfers, fault_names_payment_user_and_concert) {
  const auto slots = slots_at(ConcertSide::kSold, WalletSide::kNothing);
  const TransferReport report = check_transfers(*slots);
  EXPECT_EQ(report.payments, 2U);
  EXPECT_EQ(report.under_way, 1U);
  ASSERT_EQ(report.faults.size(), 1U);
  EXPECT_EQ(report.faults[0].payment, kMoved);
  EXPECT_EQ(report.faults[0].user, kPayer);
  EXPECT_EQ(report.faults[0].concert, kShop);
  EXPECT_EQ(report.faults[0].what,
            "payment 4294967298 of user a7000000-0000-0000-0000-000000000007 in concert 1: sold, "
            "but no money is reserved for it");
}

TEST(Transfers, outbox_entry_may_not_replace_the_reservation_of_an_older_payment) {
  for (const ConcertSide side : {ConcertSide::kStarted, ConcertSide::kTimedOut}) {
    const auto slots = slots_at(side, WalletSide::kNothing);
    const Concert& concert = *slots->at(slot_of_concert(kShop)).find_concert(kShop);
    Wallet wallet;
    wallet.user = kPayer;
    wallet.transfers = {{kOlder, TransferState::kReserved, purchase(kOlder), {}}};
    EXPECT_THAT(why_no_end(concert, kMoved, &wallet),
                HasSubstr("still reserved for payment 4294967297"));
    wallet.transfers[0].state = TransferState::kPosted;
    EXPECT_EQ(why_no_end(concert, kMoved, &wallet), "");
  }
}

TEST(Transfers, no_wallet_at_all_will_do_before_money_is_taken_and_not_after) {
  const auto verdict = [](ConcertSide side) {
    const auto slots = slots_at(side, WalletSide::kNothing);
    return why_no_end(*slots->at(slot_of_concert(kShop)).find_concert(kShop), kMoved, nullptr);
  };
  EXPECT_EQ(verdict(ConcertSide::kStarted), "");
  EXPECT_EQ(verdict(ConcertSide::kTimedOut), "");
  EXPECT_NE(verdict(ConcertSide::kSold), "");
  EXPECT_NE(verdict(ConcertSide::kSettled), "");
  EXPECT_NE(verdict(ConcertSide::kRefunding), "");
}

TEST(Transfers, money_that_was_taken_stands_against_a_payment_that_failed_or_is_not_decided) {
  for (const ConcertSide side : {ConcertSide::kStarted, ConcertSide::kTimedOut}) {
    const auto slots = slots_at(side, WalletSide::kPosted);
    EXPECT_THAT(why_no_end(*slots->at(slot_of_concert(kShop)).find_concert(kShop), kMoved,
                           slots->at(slot_of_user(kPayer)).find_wallet(kPayer)),
                HasSubstr("money is taken"));
  }
}

TEST(Transfers, refund_of_some_seats_that_the_wallet_does_not_have_is_a_fault) {
  const auto what = [](ConcertSide concert, WalletSide wallet) {
    const auto slots = slots_at(concert, wallet);
    return lines(*slots);
  };
  using C = ConcertSide;
  using W = WalletSide;
  EXPECT_THAT(what(C::kSeatRefunded, W::kPosted),
              ElementsAre(HasSubstr("refunded in part, but its wallet has other money back")));
  EXPECT_THAT(what(C::kSeatRefunded, W::kOtherSeatReturned),
              ElementsAre(HasSubstr("its wallet has other money back")));
  EXPECT_THAT(what(C::kSeatRefunded, W::kOtherMoneyReturned),
              ElementsAre(HasSubstr("its wallet has other money back")));
  EXPECT_THAT(what(C::kRefundingSeat, W::kOtherMoneyReturned),
              ElementsAre(HasSubstr("other money back than is to be refunded")));
  EXPECT_THAT(what(C::kRefundingSeat, W::kReturned),
              ElementsAre(HasSubstr("the wallet has all of its money back")));
  EXPECT_THAT(what(C::kSettled, W::kSeatReturned),
              ElementsAre(HasSubstr("sold, but the wallet has its money back")));
}

// A sale at the box office moves no money: its only other side is the list of its buyer.
struct OfficeSale {
  explicit OfficeSale(UserId buyer)
      : slots(slots_at(ConcertSide::kBefore, WalletSide::kNothing)), user(buyer) {
    add(slots->at(slot_of_concert(kShop)),
        {SeatsSoldAtOffice{
            kShop, kMoved, make_hold_id(kShop, 2), 0, {SeatNumber{2}}, user, Money{}}});
  }
  void settle() { add(slots->at(slot_of_concert(kShop)), {PaymentSettled{kShop, kMoved}}); }
  void list() { add(slots->at(slot_of_user(user)), {SaleListed{user, kMoved, kDoorsOpen}}); }
  void refund() { add(slots->at(slot_of_concert(kShop)), {Refunded{kShop, kMoved, {}}}); }

  decltype(slots_at(ConcertSide::kBefore, WalletSide::kNothing)) slots;
  UserId user;
};

TEST(Transfers, sale_at_the_box_office_is_listed_or_owes_it) {
  OfficeSale sale(user_id(9));
  EXPECT_THAT(lines(*sale.slots), IsEmpty());
  sale.refund();
  EXPECT_THAT(lines(*sale.slots), IsEmpty());
  sale.list();
  EXPECT_THAT(lines(*sale.slots), IsEmpty());
  sale.settle();
  EXPECT_THAT(lines(*sale.slots), IsEmpty());
}

TEST(Transfers, sale_at_the_box_office_that_no_list_has_is_a_fault) {
  OfficeSale sale(user_id(9));
  sale.settle();
  EXPECT_THAT(lines(*sale.slots), ElementsAre(HasSubstr("payments do not list it")));
}

TEST(Transfers, sale_to_nobody_by_name_has_no_other_side) {
  OfficeSale sale(UserId{});
  EXPECT_THAT(lines(*sale.slots), IsEmpty());
}

TEST(Transfers, payment_of_a_wallet_that_is_listed_as_a_sale_of_the_box_office_is_a_fault) {
  const auto slots = slots_at(ConcertSide::kSettled, WalletSide::kNothing);
  add(slots->at(slot_of_user(kPayer)), {SaleListed{kPayer, kMoved, kDoorsOpen}});
  EXPECT_THAT(lines(*slots), testing::Contains(HasSubstr("which it is not")));
}

TEST(Transfers, wallet_whose_own_lists_disagree_is_a_fault) {
  const auto slots = slots_at(ConcertSide::kSettled, WalletSide::kPosted);
  Wallet& wallet = slots->at(slot_of_user(kPayer)).wallets.find(kPayer)->second;
  const WalletPayment kept = wallet.payments.back();
  wallet.payments.pop_back();
  EXPECT_THAT(lines(*slots), ElementsAre(HasSubstr("its wallet does not list it"),
                                         HasSubstr("posted, but not listed")));
  wallet.payments.push_back(kept);
  wallet.transfers[0].state = TransferState::kVoided;
  EXPECT_THAT(lines(*slots), ElementsAre(HasSubstr("never posted")));
}

TEST(Transfers, directory_and_concerts_must_know_each_other) {
  SlotTable slots;
  Slot& directory = slots.at(slot_of_directory());
  add(directory, {ConcertRegistered{kShop, shop_spec(), {}}});
  EXPECT_THAT(lines(slots), IsEmpty()) << "what is not confirmed is sent again";
  add(directory, {RegistrationConfirmed{kShop}});
  EXPECT_THAT(lines(slots), ElementsAre("concert 1: confirmed, but not there"));
  add(slots.at(slot_of_concert(kShop)), {ConcertCreatedEvent{kShop, shop_spec()}});
  EXPECT_THAT(lines(slots), IsEmpty());
  constexpr ConcertId kStray{2};
  add(slots.at(slot_of_concert(kStray)), {ConcertCreatedEvent{kStray, shop_spec()}});
  EXPECT_THAT(lines(slots), ElementsAre("concert 2: not in the directory"));
}

}  // namespace
}  // namespace frontrow::recover
