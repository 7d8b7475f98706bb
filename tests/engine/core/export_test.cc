// Exports: pages of one moment while the sale goes on.
#include <numeric>

#include "tests/engine/core/support/concert_fixture.h"

namespace frontrow {
namespace {

struct Exports : ConcertFixture {
  // A user who has bought the seat.
  void buy(std::uint32_t user, std::uint32_t seat) {
    w.charge(user, 5000);
    const Fan fan = w.join(c, user);
    EXPECT_GRANTED(w.pay(fan, held(fan, {seat}).hold));
  }
  Reply ask(const ReadExport& read) { return w.ask(kAdmin, read); }
  ExportPage page(ExportKind what, std::uint64_t moment, std::uint32_t offset,
                  std::uint32_t limit) {
    return body_of<ExportPage>(ask({c, what, moment, offset, limit}));
  }
  ExportPage first(ExportKind what, std::uint32_t limit = 100) { return page(what, 0, 0, limit); }
  Reply next(const ExportPage& of) { return ask({c, of.what, of.moment, of.next, 100}); }
};

TEST_F(Exports, changes_between_two_pages_are_not_seen) {
  for (std::uint32_t user = 1; user <= 3; ++user) buy(user, user);
  const ExportPage begun = first(ExportKind::kPayments, 2);
  ASSERT_EQ(begun.payments.size(), 2U);
  EXPECT_EQ(begun.next, 2U);
  const PaymentId third{begun.payments[1].payment.value + 1};
  EXPECT_GRANTED(w.ask(kAdmin, Refund{third}));
  buy(4, 4);
  const ExportPage rest = body_of<ExportPage>(next(begun));
  ASSERT_EQ(rest.payments.size(), 1U);
  EXPECT_EQ(rest.next, 0U);
  EXPECT_EQ(rest.payments[0].payment, third);
  EXPECT_EQ(rest.payments[0].state, PaymentState::kCompleted);
  const ExportPage now = first(ExportKind::kPayments);
  EXPECT_NE(now.moment, begun.moment);
  ASSERT_EQ(now.payments.size(), 4U);
  EXPECT_EQ(now.payments[2].state, PaymentState::kRefunded);
}

TEST_F(Exports, seats_and_tickets_show_their_payment) {
  buy(1, 7);
  const ExportPage paid = first(ExportKind::kPayments);
  ASSERT_EQ(paid.payments.size(), 1U);
  const ExportPage seats = first(ExportKind::kSeats);
  ASSERT_EQ(seats.seats.size(), 1U);
  ASSERT_EQ(seats.runs.size(), 1U);
  EXPECT_EQ(seats.runs[0].date, first_date());
  EXPECT_EQ(seats.seats[0].seat, SeatNumber{7});
  EXPECT_EQ(seats.seats[0].payment, paid.payments[0].payment);
  EXPECT_EQ(seats.seats[0].hold, paid.payments[0].hold);
  EXPECT_EQ(seats.seats[0].user, user_id(1));
  const auto use = [&] {
    return w.ask(kAdmin, UseTicket{paid.payments[0].payment, SeatNumber{7}});
  };
  EXPECT_GRANTED(use());
  EXPECT_TRUE(first(ExportKind::kTickets).tickets.at(0).used_at.is_set());
  EXPECT_GRANTED(w.ask(kAdmin, Refund{paid.payments[0].payment}));
  EXPECT_TRUE(first(ExportKind::kSeats).seats.empty());
  EXPECT_TRUE(first(ExportKind::kTickets).tickets.at(0).is_void);
}

TEST_F(Exports, refunded_seats_of_a_payment_are_named_void_and_free) {
  w.charge(1, 5000);
  const Fan fan = w.join(c, 1);
  const Reply bought = w.pay(fan, held(fan, {3, 4, 5}).hold);
  const PaymentId payment = body_of<PaymentView>(bought).purchase.payment;
  const SeatList back{SeatNumber{4}};
  EXPECT_GRANTED(w.ask(kAdmin, Refund{payment, back}));
  const ExportedPayment paid = first(ExportKind::kPayments).payments.at(0);
  EXPECT_EQ(paid.state, PaymentState::kCompleted);
  EXPECT_EQ(paid.seats.size(), 3U);
  EXPECT_EQ(paid.amount, Money{3000});
  EXPECT_EQ(paid.refunded, back);
  EXPECT_EQ(paid.refunded_amount, Money{1000});
  EXPECT_FALSE(paid.refunded_at.is_set());
  const ExportPage seats = first(ExportKind::kSeats);
  ASSERT_EQ(seats.seats.size(), 2U);
  EXPECT_EQ(seats.seats[0].seat, SeatNumber{3});
  EXPECT_EQ(seats.seats[1].seat, SeatNumber{5});
  std::vector<bool> are_void;
  for (const ExportedTicket& ticket : first(ExportKind::kTickets).tickets)
    are_void.push_back(ticket.is_void);
  EXPECT_EQ(are_void, (std::vector<bool>{false, true, false}));
  EXPECT_GRANTED(w.ask(kAdmin, Refund{payment, {}}));
  const ExportedPayment whole = first(ExportKind::kPayments).payments.at(0);
  EXPECT_EQ(whole.state, PaymentState::kRefunded);
  EXPECT_EQ(whole.refunded, whole.seats);
  EXPECT_EQ(whole.refunded_amount, whole.amount);
}

// The prices of the seats, in their order.
std::vector<std::int64_t> prices_of(const ExportPage& page) {
  std::vector<std::int64_t> prices;
  for (const ExportedSeat& seat : page.seats) prices.push_back(seat.price.minor);
  return prices;
}

TEST_F(Exports, price_of_a_seat_is_what_was_paid) {
  w.charge(1, 5000);
  const Fan fan = w.join(c, 1);
  const Reply bought = w.pay(fan, held(fan, {1, 2}).hold);
  SellSeats sell{c, first_date(), {SeatNumber{3}, SeatNumber{4}, SeatNumber{5}}};
  sell.price = Money{50};
  EXPECT_GRANTED(w.ask(kAdmin, sell));
  ChangeConcert dearer{.concert = c};
  dearer.change_dates = {{.date = first_date(), .prices = {{"floor", Money{4000}}}}};
  EXPECT_GRANTED(w.ask(kAdmin, dearer));
  w.charge(2, 5000);
  const Fan late = w.join(c, 2);
  EXPECT_GRANTED(w.pay(late, held(late, {6}).hold));
  using Prices = std::vector<std::int64_t>;
  EXPECT_EQ(prices_of(first(ExportKind::kSeats)), (Prices{1000, 1000, 50, 50, 50, 4000}));
  const PaymentId payment = body_of<PaymentView>(bought).purchase.payment;
  EXPECT_GRANTED(w.ask(kAdmin, Refund{payment, {SeatNumber{1}}}));
  EXPECT_EQ(prices_of(first(ExportKind::kSeats)), (Prices{1000, 50, 50, 50, 4000}));
  EXPECT_EQ(prices_of(page(ExportKind::kSeats, 0, 1, 2)), (Prices{50, 50})) << "of a later page";
}

// What was paid for the seats of one payment is its amount, whatever the prices are now.
TEST_F(Exports, prices_of_the_seats_of_a_payment_add_up_to_its_amount) {
  ConcertSpec spec = small_concert();
  spec.dates[0].sections = {{"floor", 2, Money{100}}, {"rank", 2, Money{50}}};
  c = w.create(spec);
  w.charge(1, 5000);
  const Fan fan = w.join(c, 1);
  const Reply bought = w.pay(fan, held(fan, {1, 2, 3}).hold);
  ChangeConcert other{.concert = c};
  other.change_dates = {{.date = first_date(), .prices = {{"rank", Money{77}}}}};
  EXPECT_GRANTED(w.ask(kAdmin, other));
  const auto sum = [&] {
    const auto prices = prices_of(first(ExportKind::kSeats));
    return std::accumulate(prices.begin(), prices.end(), std::int64_t{0});
  };
  EXPECT_EQ(sum(), 250);
  const PaymentId payment = body_of<PaymentView>(bought).purchase.payment;
  EXPECT_GRANTED(w.ask(kAdmin, Refund{payment, {SeatNumber{2}}}));
  const Money refunded = first(ExportKind::kPayments).payments.at(0).refunded_amount;
  EXPECT_GT(refunded.minor, 0);
  EXPECT_EQ(sum(), 250 - refunded.minor);
}

TEST_F(Exports, rows_of_another_run_name_it) {
  ConcertSpec spec = small_concert();
  spec.dates[0].sections = {{"floor", 2, Money{100}}, {"rank", 2, Money{50}}};
  spec.dates.push_back({Date{first_date().days + 1}, {{"floor", 2, Money{70}}}});
  c = w.create(spec);
  for (std::uint32_t seat = 1; seat <= 4; ++seat) buy(seat, seat);
  const ExportPage page = first(ExportKind::kSeats);
  ASSERT_EQ(page.seats.size(), 4U);
  ASSERT_EQ(page.runs.size(), 2U);
  EXPECT_EQ(page.runs[page.seats[1].run].section, "floor");
  EXPECT_EQ(page.runs[page.seats[3].run].section, "rank");
  const ExportPage last = this->page(ExportKind::kSeats, page.moment, 3, 1);
  ASSERT_EQ(last.runs.size(), 1U);
  EXPECT_EQ(last.seats[0].run, 0U);
  EXPECT_EQ(last.runs[0].section, "rank");
}

TEST_F(Exports, moment_is_gone_some_time_after_its_last_page) {
  buy(1, 1);
  buy(2, 2);
  constexpr Duration kAlmost = milliseconds(kExportKeptFor.ms - 1);
  const ExportPage begun = first(ExportKind::kPayments, 1);
  buy(3, 3);
  w.pass(kAlmost);
  // Limit 0 keeps it.
  const ExportPage kept = page(begun.what, begun.moment, begun.next, 0);
  EXPECT_EQ(kept.moment, begun.moment);
  EXPECT_TRUE(kept.payments.empty());
  EXPECT_EQ(kept.next, 0U);
  w.pass(kAlmost);
  EXPECT_GRANTED(next(begun));
  w.pass(kExportKeptFor);
  EXPECT_EQ(next(begun).reject, Reject::kExportGone);
}

TEST_F(Exports, moment_that_is_still_the_present_one_can_be_copied_again) {
  buy(1, 1);
  buy(2, 2);
  const ExportPage begun = first(ExportKind::kPayments, 1);
  w.restart();
  ASSERT_EQ(w.find_slot(slot_of_concert(c))->seq, begun.moment);
  const ExportPage rest = body_of<ExportPage>(next(begun));
  ASSERT_EQ(rest.payments.size(), 1U);
  EXPECT_EQ(rest.payments[0].user, user_id(2));
}

TEST_F(Exports, third_copy_replaces_the_one_not_used_for_longest) {
  buy(1, 1);
  buy(2, 2);
  const ExportPage a = first(ExportKind::kPayments, 1);
  w.advance(milliseconds(1));
  const ExportPage b = first(ExportKind::kSeats, 1);
  w.advance(milliseconds(1));
  EXPECT_GRANTED(next(a));
  w.advance(milliseconds(1));
  buy(3, 3);
  first(ExportKind::kTickets, 1);
  EXPECT_GRANTED(next(a));
  EXPECT_EQ(next(b).reject, Reject::kExportGone);
}

TEST_F(Exports, of_a_concert_that_does_not_exist_is_rejected) {
  EXPECT_EQ(ask({ConcertId{99}, ExportKind::kSeats, 0, 0, 10}).reject, Reject::kConcertNotFound);
}

TEST_F(Exports, copies_are_no_state) {
  buy(1, 1);
  const StateHash before = w.concert(c).state_hash();
  const std::uint64_t records = w.records();
  first(ExportKind::kSeats);
  first(ExportKind::kPayments);
  EXPECT_EQ(w.concert(c).state_hash(), before);
  EXPECT_EQ(w.records(), records);
}

}  // namespace
}  // namespace frontrow
