// Sales at the box office: payments without a wallet and without a place in the line.
#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/export_copy.h"
#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

constexpr Money kPriceOfSeat{1000};

struct Sales : ConcertFixture {
  SellSeats sale(SeatList seats, std::uint32_t user = 0) const {
    SellSeats sell{c, first_date(), std::move(seats)};
    if (user != 0) sell.user = user_id(user);
    sell.note = "counter 2";
    return sell;
  }
  Reply sell(SeatList seats, std::uint32_t user = 0) {
    return w.ask(kAdmin, sale(std::move(seats), user));
  }
  Reply refund(PaymentId payment) { return w.ask(kAdmin, Refund{payment}); }
  PaymentsView payments_of(std::uint32_t user, std::uint32_t limit = 10, PaymentId before = {}) {
    return body_of<PaymentsView>(w.ask(as_user(user), ReadPayments{user_id(user), limit, before}));
  }
  void cancel() { EXPECT_EQ(w.ask(kAdmin, CancelDates{c, first_date()}).reject, Reject::kNone); }
  const Payment& payment(PaymentId id) const { return *w.concert(c).find_payment(id); }
};

TEST_F(Sales, seats_are_sold_at_their_own_prices_without_a_wallet) {
  const Reply reply = sell({SeatNumber{3}, SeatNumber{4}}, 1);
  EXPECT_TRUE(reply.created);
  const PaymentView view = body_of<PaymentView>(reply);
  EXPECT_TRUE(view.is_of_office);
  EXPECT_EQ(view.state, PaymentState::kCompleted);
  EXPECT_EQ(view.purchase.amount.minor, 2000);
  EXPECT_EQ(view.purchase.user, user_id(1));
  EXPECT_EQ(state(3), SeatState::kSold);
  EXPECT_EQ(w.concert(c).revenue.minor, 2000);
  EXPECT_EQ(w.balance(1).minor, 0);
  EXPECT_EQ(w.wallet(1)->spent.minor, 0);
}

TEST_F(Sales, price_is_that_of_each_seat_and_zero_is_complimentary) {
  SellSeats sell = sale({SeatNumber{1}, SeatNumber{2}, SeatNumber{3}});
  sell.price = Money{250};
  EXPECT_EQ(body_of<PaymentView>(w.ask(kAdmin, sell)).purchase.amount.minor, 750);
  SellSeats gift = sale({SeatNumber{4}});
  gift.price = Money{};
  EXPECT_EQ(body_of<PaymentView>(w.ask(kAdmin, gift)).purchase.amount.minor, 0);
  EXPECT_EQ(w.concert(c).revenue.minor, 750);
}

TEST_F(Sales, price_beyond_that_of_a_seat_is_refused) {
  for (const Money price : {Money{-1}, Money{kPriceMax + 1}}) {
    SellSeats sell = sale({SeatNumber{1}});
    sell.price = price;
    const Reply no = w.ask(kAdmin, sell);
    EXPECT_REJECT(Reject::kInvalidAmount, no);
    EXPECT_EQ(body_of<RejectDetail>(no).amount, Money{kPriceMax});
  }
}

TEST_F(Sales, blocked_seat_is_sold_and_free_after_its_refund) {
  EXPECT_GRANTED(w.ask(kAdmin, BlockSeat{c, first_date(), SeatNumber{5}}));
  const PaymentView sold = body_of<PaymentView>(sell({SeatNumber{5}, SeatNumber{6}}));
  EXPECT_EQ(state(5), SeatState::kSold);
  EXPECT_GRANTED(refund(sold.purchase.payment));
  EXPECT_EQ(state(5), SeatState::kFree);
  EXPECT_EQ(state(6), SeatState::kFree);
}

TEST_F(Sales, all_seats_or_none_and_the_taken_ones_are_named) {
  const Fan ann = w.join(c, 1);
  held(ann, {2});
  EXPECT_GRANTED(sell({SeatNumber{4}}));
  const Reply no = sell({SeatNumber{1}, SeatNumber{2}, SeatNumber{4}});
  EXPECT_REJECT(Reject::kSeatHeldOrSold, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, (SeatList{SeatNumber{2}, SeatNumber{4}}));
  EXPECT_EQ(state(1), SeatState::kFree);
}

TEST_F(Sales, seat_of_a_stale_hold_is_sold) {
  const Fan ann = w.join(c, 1);
  const HoldView hold = held(ann, {2, 3});
  w.advance(seconds(301));
  EXPECT_GRANTED(sell({SeatNumber{2}}));
  EXPECT_EQ(state(2), SeatState::kSold);
  EXPECT_EQ(state(3), SeatState::kFree);
  EXPECT_EQ(w.concert(c).find_hold(hold.hold)->state, HoldState::kExpired);
}

TEST_F(Sales, unknown_seats_and_lists_out_of_order_are_refused) {
  const Reply no = sell({SeatNumber{1}, SeatNumber{11}});
  EXPECT_REJECT(Reject::kSeatNotFound, no);
  EXPECT_EQ(body_of<RejectDetail>(no).seats, (SeatList{SeatNumber{11}}));
  EXPECT_REJECT(Reject::kSeatNotFound, sell({}));
  EXPECT_REJECT(Reject::kSeatNotFound, sell({SeatNumber{2}, SeatNumber{2}}));
  SellSeats other = sale({SeatNumber{1}});
  other.date.days += 5;
  EXPECT_REJECT(Reject::kDateNotFound, w.ask(kAdmin, other));
  other.concert = ConcertId{77};
  EXPECT_REJECT(Reject::kConcertNotFound, w.ask(kAdmin, other));
}

TEST_F(Sales, every_phase_allows_a_sale_but_a_cancelled_date_none) {
  for (const Phase phase : {Phase::kPaused, Phase::kClosed}) {
    w.change({.concert = c, .phase = phase});
    EXPECT_GRANTED(sell({SeatNumber{static_cast<std::uint32_t>(phase)}}));
  }
  ConcertSpec announced = small_concert();
  announced.opens_at = w.now() + seconds(1000);
  const ConcertId later = w.create(announced);
  EXPECT_GRANTED(w.ask(kAdmin, SellSeats{later, first_date(), {SeatNumber{1}}}));
  cancel();
  EXPECT_REJECT(Reject::kDateCancelled, sell({SeatNumber{9}}));
}

TEST_F(Sales, limit_does_not_bind_the_sale_but_counts_it_for_later_holds) {
  EXPECT_GRANTED(
      sell({SeatNumber{1}, SeatNumber{2}, SeatNumber{3}, SeatNumber{4}, SeatNumber{5}}, 1));
  const Fan ann = w.join(c, 1);
  const Reply no = w.hold(ann, {6});
  EXPECT_REJECT(Reject::kLimitExceeded, no);
  EXPECT_EQ(body_of<RejectDetail>(no).held, 5U);
  EXPECT_GRANTED(refund(make_payment_id(c, 1)));
  EXPECT_GRANTED(w.hold(ann, {6}));
}

TEST_F(Sales, sale_to_nobody_counts_for_nobody) {
  EXPECT_GRANTED(sell({SeatNumber{1}}));
  EXPECT_TRUE(w.concert(c).buyers.empty());
  EXPECT_TRUE(w.concert(c).outbox.empty());
  EXPECT_TRUE(w.messages().empty());
}

TEST_F(Sales, buyer_lists_the_payment_among_those_of_the_wallet) {
  w.charge(1, 5000);
  const PaymentId first = body_of<PaymentView>(sell({SeatNumber{1}}, 1)).purchase.payment;
  w.advance(seconds(1));
  const Fan ann = w.join(c, 1);
  EXPECT_GRANTED(w.pay(ann, held(ann, {2}).hold));
  w.advance(seconds(1));
  const PaymentId last = body_of<PaymentView>(sell({SeatNumber{3}}, 1)).purchase.payment;
  for (int restarts = 0; restarts < 3; ++restarts) {
    const PaymentsView all = payments_of(1);
    EXPECT_EQ(all.of_office, (std::vector<PaymentId>{last, first}));
    ASSERT_EQ(all.payments.size(), 1U);
    EXPECT_FALSE(all.more);
    const PaymentsView page = payments_of(1, 1);
    EXPECT_EQ(page.of_office, (std::vector<PaymentId>{last}));
    EXPECT_TRUE(page.more);
    EXPECT_EQ(payments_of(1, 2, last).of_office, (std::vector<PaymentId>{first}));
    w.restart();
  }
  EXPECT_EQ(w.wallet(1)->spent.minor, 1000);
}

TEST_F(Sales, list_is_told_until_it_knows_the_payment) {
  w.post(kAdmin, sale({SeatNumber{1}}, 1));
  w.messages().clear();
  EXPECT_TRUE(payments_of(1).of_office.empty());
  w.restart();
  ASSERT_FALSE(w.messages().empty());
  const Command message = w.messages().front();
  w.deliver_all();
  EXPECT_TRUE(w.concert(c).outbox.empty());
  w.deliver(message);  // late: nothing is listed twice
  w.deliver_all();
  EXPECT_EQ(payments_of(1).of_office.size(), 1U);
}

// The list names the payment; its state is read from the concert.
TEST_F(Sales, refund_before_the_list_knows_leaves_the_payment_listed) {
  w.post(kAdmin, sale({SeatNumber{1}}, 1));
  w.post(kAdmin, Refund{make_payment_id(c, 1)});
  w.deliver_all();
  EXPECT_EQ(payments_of(1).of_office.size(), 1U);
  EXPECT_TRUE(w.concert(c).outbox.empty());
  EXPECT_TRUE(w.concert(c).buyers.empty());
}

// A payment of the wallet that is under way meanwhile stays the user's only one.
TEST_F(Sales, listing_does_not_end_a_payment_of_the_buyer_that_is_under_way) {
  w.charge(1, 5000);
  const Fan ann = w.join(c, 1);
  const HoldView one = held(ann, {1});
  const HoldView two = held(ann, {2});
  w.post(ann.caller, Pay{c, {one.hold}});
  const std::vector<Command> under_way = w.take<ReserveMoney>();
  EXPECT_GRANTED(sell({SeatNumber{3}}, 1));
  EXPECT_REJECT(Reject::kPaymentInProgress, w.pay(ann, two.hold));
  w.deliver(under_way.front());
  w.deliver_all();
  EXPECT_EQ(w.concert(c).payments_completed, 2U);
}

TEST_F(Sales, refund_is_one_step_and_twice_the_same) {
  const PaymentId sold = body_of<PaymentView>(sell({SeatNumber{1}}, 1)).purchase.payment;
  w.pass(seconds(5));
  w.post(kAdmin, Refund{sold}, key_of(1, 1));
  ASSERT_TRUE(w.reply());
  EXPECT_TRUE(w.reply()->created);
  const RefundView view = body_of<RefundView>(*w.reply());
  EXPECT_TRUE(view.is_of_office);
  EXPECT_EQ(view.refunded_at, kStart + seconds(5));
  EXPECT_TRUE(w.messages().empty());
  w.advance(seconds(1));
  const Reply again = refund(sold);
  EXPECT_FALSE(again.created);
  EXPECT_EQ(body_of<RefundView>(again).refunded_at, view.refunded_at);
  const Reply replayed = w.ask(kAdmin, Refund{sold}, key_of(1, 1));
  EXPECT_TRUE(replayed.replayed);
  EXPECT_TRUE(body_of<RefundView>(replayed).is_of_office);
  EXPECT_EQ(w.concert(c).revenue.minor, 0);
  EXPECT_EQ(w.balance(1).minor, 0);
  EXPECT_EQ(payment(sold).state, PaymentState::kRefunded);
}

TEST_F(Sales, cancelled_date_refunds_its_sales) {
  w.charge(1, 1000);
  const Fan ann = w.join(c, 1);
  EXPECT_GRANTED(w.pay(ann, held(ann, {1}).hold));
  for (std::uint32_t seat = 2; seat <= 9; ++seat)
    EXPECT_GRANTED(sell({SeatNumber{seat}}, seat % 3));
  cancel();
  for (int i = 0; i < 5; ++i) w.pass(milliseconds(10)), w.deliver_all();
  const auto done = body_of<CancellationView>(w.ask(kAdmin, ReadCancellation{c, first_date()}));
  EXPECT_EQ(done.refunded, 9U);
  EXPECT_EQ(done.refunding, 0U);
  EXPECT_EQ(w.concert(c).revenue.minor, 0);
  EXPECT_EQ(w.balance(1).minor, 1000);
}

TEST_F(Sales, same_key_sells_once_for_each_concert_and_operator) {
  const ConcertId other = w.create(small_concert());
  const RequestKey key = key_of(1, 10);
  const Reply first = w.ask(kAdmin, sale({SeatNumber{1}}), key);
  for (std::uint64_t n = 2; n <= 10; ++n)
    EXPECT_GRANTED(w.ask(kAdmin, sale({SeatNumber{static_cast<std::uint32_t>(n)}}), key_of(n, n)));
  for (int restarts = 0; restarts < 3; ++restarts) {
    const Reply again = w.ask(kAdmin, sale({SeatNumber{1}}), key);
    EXPECT_TRUE(again.replayed);
    EXPECT_TRUE(again.created);
    EXPECT_TRUE(body_of<PaymentView>(again).is_of_office);
    EXPECT_EQ(body_of<PaymentView>(again).purchase.payment,
              body_of<PaymentView>(first).purchase.payment);
    w.restart();
  }
  EXPECT_REJECT(Reject::kIdempotencyKeyReused, w.ask(kAdmin, sale({SeatNumber{2}}), key_of(1, 11)));
  const Caller till{{}, {}, 0, Actor("till-1")};
  EXPECT_FALSE(w.ask(till, sale({SeatNumber{1}}), key).replayed);
  const Reply elsewhere = w.ask(kAdmin, SellSeats{other, first_date(), {SeatNumber{1}}}, key);
  EXPECT_GRANTED(elsewhere);
  EXPECT_FALSE(elsewhere.replayed);
}

TEST_F(Sales, numbers_that_ran_out_sell_nothing) {
  Policy policy;
  policy.drawn_max = 1;
  World small(policy);
  const ConcertId concert = small.create(small_concert());
  EXPECT_GRANTED(small.ask(kAdmin, SellSeats{concert, first_date(), {SeatNumber{1}}}));
  EXPECT_REJECT(Reject::kNumbersExhausted,
                small.ask(kAdmin, SellSeats{concert, first_date(), {SeatNumber{2}}}));
}

TEST_F(Sales, act_names_key_seats_note_and_payment) {
  EXPECT_GRANTED(sell({SeatNumber{1}, SeatNumber{3}}, 1));
  const Slot& slot = *w.find_slot(slot_of_concert(c));
  const Act& act = slot.audit.entries().back().act;
  EXPECT_EQ(act.kind, ActKind::kSellSeats);
  EXPECT_EQ(act.actor, kAdminActor);
  EXPECT_EQ(act.user, user_id(1));
  EXPECT_EQ(act.object, make_payment_id(c, 1).value);
  EXPECT_EQ(act.amount.minor, 2000);
  EXPECT_EQ(act.note, "counter 2 1 3");
  const auto record = body_of<SeatRecord>(w.ask(kAdmin, ReadSeat{c, first_date(), SeatNumber{3}}));
  ASSERT_EQ(record.acts.size(), 1U);
  EXPECT_EQ(record.acts[0].act, act);
  ASSERT_TRUE(record.hold);
  EXPECT_FALSE(record.hold->number);
  const auto other = body_of<SeatRecord>(w.ask(kAdmin, ReadSeat{c, first_date(), SeatNumber{2}}));
  EXPECT_TRUE(other.acts.empty());
}

TEST_F(Sales, tickets_are_checked_in_and_the_export_says_who_was_paid) {
  const PaymentId sold = body_of<PaymentView>(sell({SeatNumber{1}}, 1)).purchase.payment;
  EXPECT_GRANTED(w.ask(kAdmin, UseTicket{sold, SeatNumber{1}}));
  EXPECT_REJECT(Reject::kTicketUsed, w.ask(kAdmin, UseTicket{sold, SeatNumber{1}}));
  const ExportCopy copy = copy_for_export(w.concert(c), ExportKind::kPayments);
  ASSERT_EQ(copy.payments.size(), 1U);
  EXPECT_TRUE(copy.payments[0].is_of_office);
  const ExportCopy seats = copy_for_export(w.concert(c), ExportKind::kSeats);
  ASSERT_EQ(seats.seats.size(), 1U);
  EXPECT_EQ(seats.seats[0].payment, sold);
}

// A buyer by name reads and pays nothing twice: the hold is paid.
TEST_F(Sales, buyer_reads_hold_and_payment_as_paid) {
  const PaymentView sold = body_of<PaymentView>(sell({SeatNumber{1}}, 1));
  const Caller ann = as_user(1);
  EXPECT_EQ(body_of<PaymentView>(w.ask(ann, ReadPayment{sold.purchase.payment})).purchase.hold,
            sold.purchase.hold);
  EXPECT_EQ(body_of<HoldView>(w.ask(ann, ReadHold{sold.purchase.hold})).state, HoldState::kPaid);
  EXPECT_REJECT(Reject::kAlreadyPaid, w.ask(kAdmin, ReleaseHold{sold.purchase.hold}));
  EXPECT_REJECT(Reject::kPaymentNotFound, w.ask(as_user(2), ReadPayment{sold.purchase.payment}));
  EXPECT_FALSE(w.pay({c, ann, {}}, sold.purchase.hold).created);
}

// Free seats that the waitlist waits for are the box office's to sell; offered ones are held.
TEST_F(Sales, waitlist_keeps_its_offers_and_gets_what_is_left) {
  ConcertSpec spec = small_concert(2);
  const ConcertId small = w.create(spec);
  const Fan ann = w.join(small, 1);
  const Fan bob = w.join(small, 2);
  const HoldView both = body_of<HoldView>(w.hold(ann, {1, 2}));
  EXPECT_GRANTED(w.ask(bob.caller, JoinWaitlist{small, first_date(), {}, 1}));
  EXPECT_GRANTED(w.ask(ann.caller, ReleaseHold{both.hold}));
  EXPECT_GRANTED(w.ask(kAdmin, SellSeats{small, first_date(), {SeatNumber{1}}}));
  w.tick();
  const SeatMap& map = w.concert(small).dates[0]->seats;
  EXPECT_EQ(map.state(SeatNumber{2}), SeatState::kHeld);
  EXPECT_REJECT(Reject::kSeatHeldOrSold,
                w.ask(kAdmin, SellSeats{small, first_date(), {SeatNumber{2}}}));
}

// A user who has as many seats as allowed, by a sale, leaves the waitlist.
TEST_F(Sales, sale_to_a_user_who_waits_ends_the_wish) {
  ConcertSpec spec = small_concert(2);
  spec.rules.seats_per_user = 1;
  spec.dates.push_back({Date{first_date().days + 1}, {{"floor", 2, kPriceOfSeat}}});
  const ConcertId small = w.create(spec);
  const Fan ann = w.join(small, 1);
  const Fan bob = w.join(small, 2);
  const Fan cat = w.join(small, 3);
  EXPECT_GRANTED(w.hold(ann, {1}));
  const HoldView second = body_of<HoldView>(w.hold(bob, {2}));
  EXPECT_GRANTED(w.ask(cat.caller, JoinWaitlist{small, first_date(), {}, 1}));
  w.tick();
  EXPECT_GRANTED(
      w.ask(kAdmin, SellSeats{small, Date{first_date().days + 1}, {SeatNumber{1}}, user_id(3)}));
  EXPECT_GRANTED(w.ask(bob.caller, ReleaseHold{second.hold}));
  w.tick();
  EXPECT_FALSE(w.concert(small).has_waitlist());
  EXPECT_TRUE(w.concert(small).dates[0]->seats.is_free(SeatNumber{2}));
}

}  // namespace
}  // namespace frontrow
