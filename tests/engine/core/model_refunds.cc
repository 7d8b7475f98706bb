// Refunds of whole payments and of some of their seats.
#include <algorithm>

#include "tests/engine/core/support/model.h"

namespace frontrow::model {

// In the order of the payment if one refund took all.
SeatList Model::seats_refunded(const PaymentRow& p, Refunds which) {
  SeatList seats;
  for (const RefundRow& row : p.refunds) {
    if (which == Refunds::kDone && !row.at.is_set()) continue;
    for (const SeatNumber seat : row.seats) seats.push_back(seat);
  }
  if (p.refunds.size() > 1) std::ranges::sort(seats);
  return seats;
}

Money Model::money_refunded(const PaymentRow& p, Refunds which) {
  Money sum;
  for (const RefundRow& row : p.refunds)
    if (which == Refunds::kBegun || row.at.is_set()) sum.minor += row.amount.minor;
  return sum;
}

SeatList Model::seats_left(const PaymentRow& p) {
  const SeatList begun = seats_refunded(p, Refunds::kBegun);
  SeatList left;
  for (const SeatNumber seat : p.seats)
    if (std::ranges::find(begun, seat) == begun.end()) left.push_back(seat);
  std::ranges::sort(left);
  return left;
}

// By the prices of today, which the prices that were paid may differ from; the last ones get what
// is left.
Money Model::share_of(const ConcertRow& c, const PaymentRow& p, const SeatList& seats) {
  const DateSpec& date = c.spec.dates[p.date];
  const auto prices = [&date](const SeatList& list) {
    std::int64_t sum = 0;
    for (const SeatNumber seat : list) sum += price_of(date, seat).minor;
    return sum;
  };
  const SeatList left = seats_left(p);
  const std::int64_t money = p.amount.minor - money_refunded(p, Refunds::kBegun).minor;
  if (seats.size() == left.size()) return Money{money};
  if (prices(left) == 0 || (p.of_office && prices(p.seats) != p.amount.minor)) {
    const auto some = static_cast<std::int64_t>(seats.size());
    return Money{money * some / static_cast<std::int64_t>(left.size())};
  }
  return Money{money * prices(seats) / prices(left)};
}

void Model::begin_refund(const ConcertRow& c, PaymentRow& p, const SeatList& seats,
                         const RequestKey& key, Instant now) {
  const bool is_whole = seats.size() == p.seats.size();
  const Money amount = share_of(c, p, seats);
  p.refunds.push_back({is_whole ? p.seats : seats, amount, {}, {}});
  p.stage = Stage::kRefunding;
  p.refund_key = key;
  if (p.of_office) end_refund(p, {}, now);
}

void Model::end_refund(PaymentRow& p, Money balance, Instant now) {
  p.refunds.back().at = now;
  p.refunds.back().balance = balance;
  p.stage = seats_left(p).empty() ? Stage::kRefunded : Stage::kSold;
  p.settled = true;
}

RefundView Model::refund_view(ConcertId id, const ConcertRow& c, PaymentId payment_id,
                              const RefundRow& row) const {
  RefundView v{purchase(id, c, payment_id), c.spec.currency, row.balance, row.at,
               c.payments.at(payment_id).of_office};
  v.purchase.seats = row.seats;
  v.purchase.amount = row.amount;
  return v;
}

Reply Model::refund(Context& x, const Refund& r) {
  const ConcertId id = concert_of(r.payment);
  ConcertRow* c = find(id);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  const auto found = c->payments.find(r.payment);
  if (found == c->payments.end()) return refuse(Reject::kPaymentNotFound);
  PaymentRow& p = found->second;
  if (p.stage == Stage::kStarted || p.stage == Stage::kFailed)
    return refuse(Reject::kPaymentNotFound);
  RejectDetail detail;
  bool is_list = true;
  for (std::size_t i = 0; i < r.seats.size(); ++i) {
    is_list = is_list && (i == 0 || r.seats[i - 1] < r.seats[i]);
    if (std::ranges::find(p.seats, r.seats[i]) == p.seats.end()) detail.seats.push_back(r.seats[i]);
  }
  if (!is_list || !detail.seats.empty()) return refuse(Reject::kSeatsNotPaid, detail);
  const SeatList left = seats_left(p);
  const SeatList wanted = r.seats.empty() ? left : r.seats;
  for (const RefundRow& row : p.refunds) {
    SeatList seats = row.seats;
    std::ranges::sort(seats);
    const bool is_last = &row == &p.refunds.back();
    if (wanted.empty() ? !is_last : seats != wanted) continue;
    x.waits = !row.at.is_set();
    return {Reject::kNone, false, false, refund_view(id, *c, r.payment, row)};
  }
  for (const SeatNumber seat : wanted)
    if (std::ranges::find(left, seat) == left.end()) detail.seats.push_back(seat);
  if (!detail.seats.empty()) return refuse(Reject::kSeatsRefunded, detail);
  if (p.stage == Stage::kRefunding) return refuse(Reject::kPaymentInProgress);
  begin_refund(*c, p, wanted, x.command.key, x.now);
  x.waits = !p.of_office;
  x.made = p.of_office;
  return {Reject::kNone, true, false, refund_view(id, *c, r.payment, p.refunds.back())};
}

// Up to the first payment that is not decided, twelve every five milliseconds.
void Model::refund_cancelled(ConcertRow& c, Instant now) {
  if (now - c.refunds_at < milliseconds(5)) return;
  std::size_t begun = 0;
  bool is_blocked = false;
  for (auto& [id, p] : c.payments) {
    if (begun == 12 || is_blocked) break;
    if (!c.cancelled.contains(p.date)) continue;
    is_blocked = p.stage == Stage::kStarted;
    if (p.stage != Stage::kSold) continue;
    begin_refund(c, p, seats_left(p), {}, now);
    ++begun;
  }
  if (begun > 0 || is_blocked) c.refunds_at = now;
}

// The wallet's side: all seats and all money that have gone back so far.
void Model::on(const ReturnMoney& m, Instant now) {
  on(SettleMoney{m.payment, m.user, true, m.paid_at}, now);
  WalletRow& w = wallets_[m.user];
  for (WalletPayment& p : w.paid) {
    if (p.purchase.payment != m.payment || m.seats.size() <= p.returned.size()) continue;
    const bool is_all = m.seats.size() == p.purchase.seats.size();
    w.balance.minor += m.total.minor - p.returned_total.minor;
    p.returned = is_all ? p.purchase.seats : m.seats;
    p.returned_total = m.total;
    if (is_all) p.state = PaymentState::kRefunded;
  }
}

// The concert's side.
void Model::on(const ReturnDone& m, Instant now) {
  const ConcertId id = concert_of(m.payment);
  ConcertRow& c = *find(id);
  PaymentRow& p = c.payments.at(m.payment);
  if (p.stage != Stage::kRefunding) return;
  if (m.seats != seats_refunded(p, Refunds::kBegun).size()) return;
  end_refund(p, m.balance, now);
  const Reply reply{Reject::kNone, true, false, refund_view(id, c, m.payment, p.refunds.back())};
  keep(of_refund(m.payment), p.refund_key, reply, now);
  resolved_.push_back({{WaitKind::kRefund, m.payment.value}, reply});
}

}  // namespace frontrow::model
