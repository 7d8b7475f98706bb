// Refunds of some seats of a payment, one after the other and together with whole ones.
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

ConcertSpec two_prices() {
  ConcertSpec spec = small_concert();
  spec.rules.seats_per_user = 10;
  spec.dates[0].sections = {{"front", 3, Money{1000}}, {"back", 7, Money{700}}};
  return spec;
}

SeatList list(std::initializer_list<std::uint32_t> numbers) {
  SeatList seats;
  for (const std::uint32_t n : numbers) seats.push_back(SeatNumber{n});
  return seats;
}

// Ann has 1,300 left of 5,000 after paying for three seats in front and one in the back. Her wallet
// is in another slot than the concert.
struct PartialRefunds : ConcertFixture {
  PartialRefunds() : ConcertFixture(two_prices()) {
    w.charge(1, 5000);
    hold = held(ann, {4, 1, 3, 2});
    EXPECT_GRANTED(w.pay(ann, hold.hold));
    EXPECT_NE(slot_of_user(ann.user()), slot_of_concert(c));
  }
  Reply refund(std::initializer_list<std::uint32_t> seats, RequestKey key = {}) {
    return w.ask(kAdmin, Refund{paid, list(seats)}, key);
  }
  // Without delivering any message.
  std::optional<Reply> begin(std::initializer_list<std::uint32_t> seats) {
    w.post(kAdmin, Refund{paid, list(seats)});
    return w.reply();
  }
  Money given_back(std::initializer_list<std::uint32_t> seats) {
    const Reply reply = refund(seats);
    EXPECT_TRUE(reply.created);
    return body_of<RefundView>(reply).purchase.amount;
  }
  void set_prices(Money front, Money back) {
    ChangeConcert change{.concert = c};
    change.change_dates = {{.date = first_date(), .prices = {{"front", front}, {"back", back}}}};
    w.change(change);
  }
  void cancel() { EXPECT_EQ(w.ask(kAdmin, CancelDates{c, first_date()}).reject, Reject::kNone); }
  CancellationView progress() {
    w.post(kAdmin, ReadCancellation{c, first_date()});
    return body_of<CancellationView>(*w.reply());
  }
  void settle() {
    for (int i = 0; i < 5; ++i) w.pass(milliseconds(10)), w.deliver_all();
  }
  PaymentView sell(SeatList seats, std::optional<Money> price, std::uint32_t user = 0) {
    SellSeats sale{c, first_date(), std::move(seats)};
    sale.price = price;
    if (user != 0) sale.user = user_id(user);
    return body_of<PaymentView>(w.ask(kAdmin, sale));
  }
  const Payment& payment() const { return *w.concert(c).find_payment(paid); }
  // Everything went back, once.
  void expect_all_back() {
    EXPECT_EQ(w.balance(1).minor, 5000);
    EXPECT_EQ(w.wallet(1)->spent.minor, 0);
    EXPECT_EQ(w.concert(c).revenue.minor, 0);
    EXPECT_EQ(w.concert(c).payments_refunded, 1U);
    EXPECT_EQ(payment().state, PaymentState::kRefunded);
    EXPECT_TRUE(w.concert(c).outbox.empty());
    EXPECT_TRUE(w.concert(c).buyers.empty());
    EXPECT_EQ(w.concert(c).dates[0]->seats.count(SeatState::kFree), 10U);
  }

  Fan ann = w.join(c, 1);
  HoldView hold;
  PaymentId paid = make_payment_id(c, 1);
};

TEST_F(PartialRefunds, some_seats_then_others_then_the_rest_are_what_was_paid) {
  w.pass(seconds(5));
  const Reply first = refund({2, 4});
  EXPECT_TRUE(first.created);
  const RefundView view = body_of<RefundView>(first);
  EXPECT_EQ(view.purchase.seats, list({2, 4}));
  EXPECT_EQ(view.purchase.amount.minor, 1700);
  EXPECT_EQ(view.balance.minor, 3000);
  EXPECT_EQ(view.refunded_at, kStart + seconds(5));
  EXPECT_EQ(payment().state, PaymentState::kCompleted);
  EXPECT_EQ(state(1), SeatState::kSold);
  EXPECT_EQ(state(2), SeatState::kFree);
  EXPECT_EQ(state(4), SeatState::kFree);
  EXPECT_EQ(w.concert(c).revenue.minor, 2000);
  EXPECT_EQ(w.concert(c).find_buyer(user_id(1))->seats_paid, 2U);
  EXPECT_EQ(given_back({3}).minor, 1000);
  const RefundView rest = body_of<RefundView>(refund({}));
  EXPECT_EQ(rest.purchase.seats, list({1}));
  EXPECT_EQ(rest.purchase.amount.minor, 1000);
  expect_all_back();
}

TEST_F(PartialRefunds, views_say_which_seats_went_back_for_how_much) {
  refund({2, 4});
  for (int restarts = 0; restarts < 3; ++restarts) {
    const auto one = body_of<PaymentView>(w.ask(ann.caller, ReadPayment{paid}));
    const auto all = body_of<PaymentsView>(w.ask(as_user(1), ReadPayments{user_id(1), 5}));
    ASSERT_EQ(all.payments.size(), 1U);
    for (const PaymentView& view : {one, all.payments[0]}) {
      EXPECT_EQ(view.state, PaymentState::kCompleted);
      EXPECT_EQ(view.purchase.seats, hold.seats);
      EXPECT_EQ(view.purchase.amount.minor, 3700);
      EXPECT_EQ(view.refunded, list({2, 4}));
      EXPECT_EQ(view.refunded_amount.minor, 1700);
    }
    const auto found = body_of<FoundPayments>(w.ask(kAdmin, FindPayments{c, {}, {}, 5}));
    ASSERT_EQ(found.payments.size(), 1U);
    EXPECT_EQ(found.payments[0].refunded, list({2, 4}));
    EXPECT_EQ(found.payments[0].refunded_amount.minor, 1700);
    EXPECT_EQ(body_of<HoldView>(w.ask(ann.caller, ReadHold{hold.hold})).state, HoldState::kPaid);
    EXPECT_EQ(body_of<PaymentView>(w.pay(ann, hold.hold)).refunded, list({2, 4}));
    w.restart();
  }
}

TEST_F(PartialRefunds, same_seats_twice_are_the_same_refund) {
  const RefundView first = body_of<RefundView>(refund({2, 4}));
  w.pass(seconds(1));
  refund({3});
  w.pass(seconds(1));
  const Reply again = refund({2, 4});
  EXPECT_FALSE(again.created);
  const RefundView view = body_of<RefundView>(again);
  EXPECT_EQ(view.purchase.seats, list({2, 4}));
  EXPECT_EQ(view.purchase.amount.minor, 1700);
  EXPECT_EQ(view.balance, first.balance);
  EXPECT_EQ(view.refunded_at, first.refunded_at);
  EXPECT_EQ(w.balance(1).minor, 4000);
}

// The seats were named in another order in the hold.
TEST_F(PartialRefunds, the_rest_asked_for_again_by_its_seats_or_without_is_the_same_refund) {
  refund({3});
  EXPECT_TRUE(refund({}).created);
  for (const Reply& again : {refund({}), refund({1, 2, 4})}) {
    EXPECT_FALSE(again.created);
    EXPECT_EQ(body_of<RefundView>(again).purchase.seats, list({1, 2, 4}));
    EXPECT_EQ(body_of<RefundView>(again).purchase.amount.minor, 2700);
  }
  expect_all_back();
}

TEST_F(PartialRefunds, all_seats_by_name_are_the_whole_payment) {
  EXPECT_EQ(given_back({1, 2, 3, 4}).minor, 3700);
  EXPECT_TRUE(payment().refunds.empty()) << "as before there were refunds of some seats";
  EXPECT_FALSE(refund({}).created);
  EXPECT_FALSE(refund({1, 2, 3, 4}).created);
  const Reply no = refund({1});
  EXPECT_REJECT(Reject::kSeatsRefunded, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, list({1}));
  expect_all_back();
}

TEST_F(PartialRefunds, seats_of_others_are_refused_and_named) {
  const Reply no = refund({1, 5, 11});
  EXPECT_REJECT(Reject::kSeatsNotPaid, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, list({5, 11}));
  EXPECT_REJECT(Reject::kSeatsNotPaid, refund({2, 1}));
  EXPECT_REJECT(Reject::kSeatsNotPaid, refund({1, 1}));
  EXPECT_EQ(w.balance(1).minor, 1300);
}

TEST_F(PartialRefunds, seats_that_went_back_are_refused_and_named) {
  refund({2, 4});
  const Reply no = refund({1, 2});
  EXPECT_REJECT(Reject::kSeatsRefunded, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, list({2}));
  EXPECT_REJECT(Reject::kSeatsRefunded, refund({4}));
  EXPECT_REJECT(Reject::kSeatsRefunded, refund({1, 2, 3, 4}));
  EXPECT_EQ(w.balance(1).minor, 3000);
}

TEST_F(PartialRefunds, one_is_under_way_at_a_time) {
  EXPECT_FALSE(begin({2, 4}));
  const WaitKey wait = w.effects().waits_for;
  EXPECT_EQ(state(2), SeatState::kSold) << "until the money is back";
  EXPECT_REJECT(Reject::kPaymentInProgress, *begin({1}));
  EXPECT_REJECT(Reject::kPaymentInProgress, *begin({}));
  EXPECT_REJECT(Reject::kSeatsRefunded, *begin({1, 2}));
  EXPECT_FALSE(begin({2, 4})) << "the same one";
  EXPECT_TRUE(w.effects().events.empty());
  EXPECT_EQ(w.effects().waits_for, wait);
  const auto view = body_of<PaymentView>((w.post(ann.caller, ReadPayment{paid}), *w.reply()));
  EXPECT_EQ(view.state, PaymentState::kRefunding);
  EXPECT_TRUE(view.refunded.empty());
  w.deliver_all();
  EXPECT_EQ(body_of<RefundView>(*w.resolved(wait)).purchase.amount.minor, 1700);
  EXPECT_FALSE(begin({3}));
  EXPECT_EQ(body_of<RefundView>(*begin({2, 4})).purchase.amount.minor, 1700) << "is done";
  w.deliver_all();
  EXPECT_GRANTED(refund({}));
  expect_all_back();
}

TEST_F(PartialRefunds, key_belongs_to_one_refund_of_the_payment) {
  EXPECT_GRANTED(refund({2}, key_of(1, 10)));
  EXPECT_GRANTED(refund({3}, key_of(2, 20)));
  for (int restarts = 0; restarts < 3; ++restarts) {
    const Reply again = refund({2}, key_of(1, 10));
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(body_of<RefundView>(again).purchase.seats, list({2}));
    EXPECT_REJECT(Reject::kIdempotencyKeyReused, refund({1}, key_of(1, 11)));
    w.restart();
  }
  EXPECT_EQ(w.balance(1).minor, 3300);
}

// A crash before each of the first messages, and all earlier ones a second time.
TEST_F(PartialRefunds, messages_twice_late_and_after_a_crash_come_to_the_same) {
  for (int crash_after = 0; crash_after <= 6; ++crash_after) {
    SCOPED_TRACE(crash_after);
    World world;
    const ConcertId concert = world.create(two_prices());
    const PaymentId id = make_payment_id(concert, 1);
    const Fan fan = world.join(concert, 1);
    world.charge(1, 5000);
    EXPECT_GRANTED(world.pay(fan, body_of<HoldView>(world.hold(fan, {1, 2, 3, 4})).hold));
    std::vector<Command> seen;
    int delivered = 0;
    for (const SeatList& seats : {list({2}), list({1, 4}), SeatList{}}) {
      world.post(kAdmin, Refund{id, seats});
      for (int i = 0; i < 2 && !world.messages().empty(); ++i) {
        if (delivered++ == crash_after) world.restart();
        seen.push_back(world.messages().front());
        world.deliver_next();
        for (const Command& copy : std::vector<Command>(seen)) world.deliver(copy);
      }
      world.deliver_all();
    }
    for (const Command& copy : seen) world.deliver(copy);
    world.deliver_all();
    EXPECT_EQ(world.balance(1).minor, 5000);
    EXPECT_EQ(world.wallet(1)->spent.minor, 0);
    EXPECT_TRUE(world.concert(concert).outbox.empty());
    EXPECT_EQ(world.concert(concert).revenue.minor, 0);
    EXPECT_EQ(world.concert(concert).payments_refunded, 1U);
    EXPECT_EQ(world.concert(concert).find_payment(id)->refunds.size(), 3U);
  }
}

TEST_F(PartialRefunds, late_reply_to_an_earlier_refund_does_not_end_the_present_one) {
  begin({2});
  w.deliver_next();
  const Command first_done = w.messages().front();
  ASSERT_TRUE(std::holds_alternative<ReturnDone>(first_done.body));
  w.deliver_all();
  begin({3});
  w.deliver(first_done);
  EXPECT_EQ(payment().state, PaymentState::kRefunding);
  EXPECT_EQ(state(3), SeatState::kSold);
  w.deliver_all();
  EXPECT_EQ(state(3), SeatState::kFree);
  EXPECT_EQ(w.balance(1).minor, 3300);
}

TEST_F(PartialRefunds, restart_under_way_asks_the_wallet_again) {
  for (int restarts = 0; restarts < 4; ++restarts) {  // from snapshots and from the log
    begin({static_cast<std::uint32_t>(restarts) + 1});
    w.messages().clear();
    w.restart();
    w.restart();
    EXPECT_EQ(w.take<ReturnMoney>().size(), 1U);
    w.restart();
    w.deliver_all();
  }
  expect_all_back();
}

// It overtakes the message that posts the payment.
TEST_F(PartialRefunds, refund_before_the_wallet_has_posted_gives_back_once) {
  const Fan bob = w.join(c, 2);
  w.charge(2, 2000);
  w.post(bob.caller, Pay{c, {held(bob, {5, 6}).hold}});
  w.deliver_next();
  w.deliver_next();  // sold, not posted
  const std::vector<Command> late = w.take<SettleMoney>();
  ASSERT_EQ(late.size(), 1U);
  w.post(kAdmin, Refund{make_payment_id(c, 2), list({6})});
  w.deliver_all();
  w.deliver(late[0]);
  w.deliver_all();
  EXPECT_EQ(w.balance(2).minor, 1300);
  EXPECT_EQ(w.wallet(2)->spent.minor, 700);
  EXPECT_FALSE(w.concert(c).find_buyer(user_id(2))->unsettled);
  EXPECT_GRANTED(w.ask(kAdmin, Refund{make_payment_id(c, 2)}));
  EXPECT_EQ(w.balance(2).minor, 2000);
}

TEST_F(PartialRefunds, wallet_returns_no_more_than_was_paid_and_for_its_seats_only) {
  const auto send = [&](std::initializer_list<std::uint32_t> seats, std::int64_t total) {
    w.deliver({{}, {}, ReturnMoney{paid, user_id(1), kStart, list(seats), Money{total}}});
    EXPECT_TRUE(w.effects().events.empty());
  };
  send({}, 1000);
  send({1}, 3701);
  send({5}, 1000);
  refund({1});
  send({1, 2}, 999);
  w.messages().clear();
  EXPECT_EQ(w.balance(1).minor, 2300);
}

// The shares of 3,700 by prices 333, 333, 333 and 100.
TEST_F(PartialRefunds, changed_prices_divide_what_was_paid_and_the_last_gets_the_remainder) {
  set_prices(Money{333}, Money{100});
  EXPECT_EQ(given_back({1}).minor, 3700 * 333 / 1099);
  EXPECT_EQ(given_back({4}).minor, (3700 - 1121) * 100 / 766);
  EXPECT_EQ(given_back({2}).minor, (3700 - 1121 - 336) / 2);
  EXPECT_EQ(given_back({}).minor, 3700 - 1121 - 336 - 1121);
  expect_all_back();
}

TEST_F(PartialRefunds, prices_that_change_in_between_leave_something_for_each_seat) {
  EXPECT_EQ(given_back({1}).minor, 1000);
  set_prices(Money{5000}, Money{5000});
  EXPECT_EQ(given_back({2}).minor, 900);
  EXPECT_EQ(given_back({3}).minor, 900);
  EXPECT_EQ(given_back({4}).minor, 900);
  expect_all_back();
}

TEST_F(PartialRefunds, prices_of_nothing_give_equal_shares) {
  set_prices(Money{}, Money{});
  EXPECT_EQ(given_back({4}).minor, 925);
  EXPECT_EQ(given_back({1, 2}).minor, 1850);
  EXPECT_EQ(given_back({}).minor, 925);
  expect_all_back();
}

TEST_F(PartialRefunds, free_seats_go_back_for_nothing) {
  set_prices(Money{}, Money{});
  const Fan bob = w.join(c, 2);
  EXPECT_GRANTED(w.pay(bob, held(bob, {5, 6}).hold));
  const PaymentId gift = make_payment_id(c, 2);
  EXPECT_GRANTED(w.ask(kAdmin, Refund{gift, list({5})}));
  EXPECT_EQ(state(5), SeatState::kFree);
  EXPECT_EQ(w.wallet(2)->payments[0].returned, list({5}));
  w.restart();
  w.restart();
  EXPECT_GRANTED(w.ask(kAdmin, Refund{gift}));
  EXPECT_EQ(w.concert(c).find_payment(gift)->state, PaymentState::kRefunded);
  EXPECT_EQ(w.concert(c).revenue.minor, 3700);
}

TEST_F(PartialRefunds, sale_of_the_box_office_is_refunded_in_one_step) {
  for (const std::uint32_t user : {0U, 3U}) {
    const PaymentId sold = sell(list({5, 6, 7}), Money{50}, user).purchase.payment;
    w.post(kAdmin, Refund{sold, list({6})}, key_of(1, sold.value));
    ASSERT_TRUE(w.reply());
    EXPECT_TRUE(w.reply()->created);
    const RefundView view = body_of<RefundView>(*w.reply());
    EXPECT_TRUE(view.is_of_office);
    EXPECT_EQ(view.purchase.seats, list({6}));
    EXPECT_EQ(view.purchase.amount.minor, 50) << "not the price of the seat";
    EXPECT_EQ(view.refunded_at, w.now());
    EXPECT_EQ(state(6), SeatState::kFree);
    EXPECT_EQ(w.concert(c).revenue.minor, 3700 + 100);
    w.deliver_all();
    w.restart();
    EXPECT_TRUE(w.ask(kAdmin, Refund{sold, list({6})}, key_of(1, sold.value)).replayed);
    EXPECT_FALSE(w.ask(kAdmin, Refund{sold, list({6})}).created);
    EXPECT_REJECT(Reject::kSeatsRefunded, w.ask(kAdmin, Refund{sold, list({5, 6})}));
    const RefundView rest = body_of<RefundView>(w.ask(kAdmin, Refund{sold}));
    EXPECT_EQ(rest.purchase.seats, list({5, 7}));
    EXPECT_EQ(rest.purchase.amount.minor, 100);
    EXPECT_EQ(w.concert(c).find_payment(sold)->state, PaymentState::kRefunded);
    EXPECT_EQ(w.concert(c).revenue.minor, 3700);
  }
  EXPECT_EQ(w.concert(c).find_buyer(user_id(3)), nullptr);
}

TEST_F(PartialRefunds, sale_at_the_prices_of_the_seats_gives_these_back) {
  const PaymentId sold = sell(list({5, 6}), std::nullopt).purchase.payment;
  EXPECT_EQ(body_of<RefundView>(w.ask(kAdmin, Refund{sold, list({5})})).purchase.amount.minor, 700);
}

TEST_F(PartialRefunds, complimentary_seats_go_back_for_nothing) {
  const PaymentId gift = sell(list({5, 6}), Money{}).purchase.payment;
  EXPECT_EQ(body_of<RefundView>(w.ask(kAdmin, Refund{gift, list({5})})).purchase.amount.minor, 0);
  EXPECT_EQ(state(5), SeatState::kFree);
  EXPECT_EQ(state(6), SeatState::kSold);
  EXPECT_EQ(w.concert(c).revenue.minor, 3700);
}

TEST_F(PartialRefunds, cancellation_afterwards_refunds_the_rest) {
  refund({2, 4});
  const PaymentId sold = sell(list({5, 6}), Money{50}, 3).purchase.payment;
  EXPECT_GRANTED(w.ask(kAdmin, Refund{sold, list({5})}));
  cancel();
  settle();
  EXPECT_EQ(progress().refunded, 2U);
  EXPECT_EQ(w.balance(1).minor, 5000);
  EXPECT_EQ(w.concert(c).revenue.minor, 0);
  EXPECT_EQ(payment().refunds.back().seats, list({1, 3}));
  EXPECT_EQ(w.concert(c).find_payment(sold)->refunds.back().amount.minor, 50);
}

// Others are not kept waiting for it.
TEST_F(PartialRefunds, cancellation_with_one_under_way_takes_the_rest_when_it_is_done) {
  for (int restarts = 0; restarts < 3; ++restarts) {
    SCOPED_TRACE(restarts);
    World world;
    w.messages().clear();
    const ConcertId concert = world.create(two_prices());
    for (std::uint32_t user = 1; user <= 2; ++user) {
      world.charge(user, 5000);
      const Fan fan = world.join(concert, user);
      const Reply held = world.hold(fan, {2 * user, 2 * user + 1});
      EXPECT_GRANTED(world.pay(fan, body_of<HoldView>(held).hold));
    }
    world.post(kAdmin, Refund{make_payment_id(concert, 1), list({3})});
    std::vector<Command> message = world.take<ReturnMoney>();
    EXPECT_GRANTED(world.ask(kAdmin, CancelDates{concert, first_date()}));
    world.pass(milliseconds(10));
    world.deliver_all();
    EXPECT_EQ(world.balance(2).minor, 5000);
    for (int i = 0; i < restarts; ++i) world.restart();
    if (restarts == 0) world.deliver(message.at(0));
    for (int i = 0; i < 5; ++i) world.pass(milliseconds(10)), world.deliver_all();
    EXPECT_EQ(world.balance(1).minor, 5000);
    EXPECT_EQ(world.concert(concert).revenue.minor, 0);
    EXPECT_EQ(world.concert(concert).payments_refunded, 2U);
  }
}

TEST_F(PartialRefunds, tickets_are_void_for_the_seats_that_went_back) {
  const auto use = [&](std::uint32_t seat) {
    w.post(kAdmin, UseTicket{paid, SeatNumber{seat}});
    return *w.reply();
  };
  EXPECT_GRANTED(use(1));
  begin({1, 2});
  EXPECT_REJECT(Reject::kTicketVoid, use(1));
  EXPECT_REJECT(Reject::kTicketVoid, use(2)) << "as soon as the refund has begun";
  EXPECT_GRANTED(use(3)) << "meanwhile";
  w.deliver_all();
  EXPECT_REJECT(Reject::kTicketVoid, use(2));
  EXPECT_REJECT(Reject::kTicketUsed, use(3));
  EXPECT_GRANTED(use(4));
  const auto view = body_of<TicketsView>(w.ask(kAdmin, ReadTickets{paid, {}}));
  EXPECT_EQ(view.refunded, list({1, 2}));
  EXPECT_EQ(view.state, PaymentState::kCompleted);
  EXPECT_EQ(view.uses.size(), 3U) << "who entered stays known";
}

TEST_F(PartialRefunds, seat_that_was_sold_again_stays_with_its_new_owner) {
  refund({2});
  const Fan bob = w.join(c, 2);
  w.charge(2, 1000);
  const HoldView second = held(bob, {2});
  EXPECT_GRANTED(w.pay(bob, second.hold));
  EXPECT_GRANTED(refund({}));
  EXPECT_EQ(state(2), SeatState::kSold);
  EXPECT_EQ(make_hold_id(c, w.concert(c).dates[0]->seats.owner(SeatNumber{2})), second.hold);
  EXPECT_EQ(state(1), SeatState::kFree);
  EXPECT_GRANTED(w.ask(kAdmin, UseTicket{make_payment_id(c, 2), SeatNumber{2}}));
}

TEST_F(PartialRefunds, seats_that_went_back_make_room_for_others) {
  w.change({.concert = c, .seats_per_user = 4});
  const Fan again = w.join(c, 1);
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(again, {5}));
  refund({2, 4});
  EXPECT_REJECT(Reject::kLimitExceeded, w.hold(again, {5, 6, 7}));
  EXPECT_GRANTED(w.hold(again, {5, 6}));
}

TEST_F(PartialRefunds, seats_that_went_back_are_offered_to_those_who_wait) {
  const Fan bob = w.join(c, 2);
  const Fan cat = w.join(c, 3);
  EXPECT_GRANTED(w.hold(bob, {5, 6, 7, 8, 9, 10}));
  EXPECT_GRANTED(w.ask(cat.caller, JoinWaitlist{c, first_date(), {}, 2}));
  refund({2});
  w.tick();
  EXPECT_EQ(state(2), SeatState::kFree) << "kept for the one who wants two";
  EXPECT_REJECT(Reject::kSeatUnavailable, w.hold(bob, {2}));
  refund({3});
  w.tick();
  const auto view = body_of<WaitlistView>(w.ask(cat.caller, ReadWaitlist{c}));
  ASSERT_EQ(view.offers.size(), 1U);
  EXPECT_EQ(view.offers[0].seats, list({2, 3}));
}

TEST_F(PartialRefunds, act_names_seats_and_money) {
  refund({2, 4});
  refund({2, 4});
  refund({});
  const auto& acts = w.find_slot(slot_of_concert(c))->audit.entries();
  ASSERT_EQ(acts.size(), 2U);
  EXPECT_EQ(acts[0].act.kind, ActKind::kRefund);
  EXPECT_EQ(acts[0].act.object, paid.value);
  EXPECT_EQ(acts[0].act.amount.minor, 1700);
  EXPECT_EQ(acts[0].act.note, "seats 2 4");
  EXPECT_EQ(acts[1].act.amount.minor, 2000);
  EXPECT_EQ(acts[1].act.note, "seats 1 3");
}

}  // namespace
}  // namespace frontrow
