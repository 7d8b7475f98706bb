#include <fmt/format.h>

#include <algorithm>

#include "engine/base/uuid.h"
#include "tests/engine/core/support/model.h"

namespace frontrow::model {

// --- owners of keys

static std::string of_fan_in_concert(const UserId& user, ConcertId concert) {
  return fmt::format("{} in {}", to_string(user), concert.value);
}
std::string of_refund(PaymentId payment) { return fmt::format("refund of {}", payment.value); }

static std::string of_sale(ConcertId concert, const RequestKey& key) {
  return fmt::format("sale in {} of key {}", concert.value, key.key.high);
}

// Empty for commands without stored answers.
static std::string whose(const Command& command) {
  const UserId& sender = command.caller.user;
  if (const auto* c = std::get_if<Join>(&command.body))
    return of_fan_in_concert(sender, c->concert);
  if (const auto* c = std::get_if<PlaceHold>(&command.body))
    return of_fan_in_concert(sender, c->concert);
  if (const auto* c = std::get_if<Pay>(&command.body)) return of_fan_in_concert(sender, c->concert);
  if (const auto* c = std::get_if<ExtendHold>(&command.body))
    return of_fan_in_concert(sender, concert_of(c->hold));
  if (const auto* c = std::get_if<Refund>(&command.body)) return of_refund(c->payment);
  if (const auto* c = std::get_if<SellSeats>(&command.body))
    return of_sale(c->concert, command.key);
  if (const auto* c = std::get_if<UseTicket>(&command.body))
    return fmt::format("ticket {}-{}", c->payment.value, c->seat.value);
  if (const auto* c = std::get_if<Charge>(&command.body))
    return fmt::format("{} for the wallet of {}", to_string(sender), to_string(c->user));
  if (const auto* c = std::get_if<AdjustBalance>(&command.body))
    return fmt::format("{} for the wallet of {}", to_string(sender), to_string(c->user));
  return {};
}

static std::optional<ConcertId> concert_asked(const CommandBody& body) {
  return std::visit(
      [](const auto& c) -> std::optional<ConcertId> {
        if constexpr (requires { c.concert; })
          return c.concert;
        else if constexpr (requires { c.hold; })
          return concert_of(c.hold);
        else if constexpr (requires { c.payment; })
          return concert_of(c.payment);
        else
          return std::nullopt;
      },
      body);
}

// --- the wallet's side

void Model::on(const ReserveMoney& m, Instant) {
  WalletRow& w = wallets_[m.purchase.user];
  const PaymentId id = m.purchase.payment;
  if (w.transfers.contains(id)) return;  // its answer is final
  const bool enough = w.balance >= m.purchase.amount;
  if (enough) w.balance.minor -= m.purchase.amount.minor;
  w.transfers[id] = enough ? TransferState::kReserved : TransferState::kRefused;
  w.purchases[id] = m.purchase;
  w.answered[id] = w.balance;
}

void Model::on(const SettleMoney& m, Instant) {
  WalletRow& w = wallets_[m.user];
  const auto known = w.transfers.find(m.payment);
  if (m.post) {
    if (known == w.transfers.end() || known->second != TransferState::kReserved) return;
    known->second = TransferState::kPosted;
    w.paid.push_back(
        {w.purchases[m.payment], w.answered[m.payment], m.paid_at, PaymentState::kCompleted});
    return;
  }
  if (known != w.transfers.end() && known->second != TransferState::kReserved) return;
  if (known != w.transfers.end()) w.balance.minor += w.purchases[m.payment].amount.minor;
  w.transfers[m.payment] = TransferState::kVoided;
}

// The list has the place of the payment; its concert has all else.
void Model::on(const ListSale& m, Instant) {
  WalletRow& w = wallets_[m.user];
  for (const WalletPayment& p : w.paid)
    if (p.purchase.payment == m.payment) return;
  WalletPayment& listed = w.paid.emplace_back();
  listed.purchase.payment = m.payment;
}

std::int64_t Model::reserved_in(WalletRow& w) {
  std::int64_t sum = 0;
  for (const auto& [id, state] : w.transfers) {
    if (state == TransferState::kReserved) sum += w.purchases[id].amount.minor;
  }
  return sum;
}

Reply Model::charge(Context& x, const Charge& c) {
  RejectDetail detail;
  detail.amount = policy_.charge_max;
  WalletRow w = wallets_.contains(c.user) ? wallets_[c.user] : WalletRow{};
  if (w.by_reference.contains(c.reference))
    return {Reject::kNone, false, false, w.by_reference.at(c.reference)};
  if (c.amount.minor <= 0 || c.amount > policy_.charge_max)
    return refuse(Reject::kInvalidAmount, detail);
  detail.balance = w.balance;
  if (w.balance.minor + reserved_in(w) + c.amount.minor > policy_.balance_max.minor)
    return refuse(Reject::kInvalidAmount, detail);
  w.balance.minor += c.amount.minor;
  w.charged.minor += c.amount.minor;
  const ChargeView view{{}, c.user, c.amount, w.balance};
  if (!c.reference.empty()) w.by_reference[c.reference] = view;
  wallets_[c.user] = w;
  x.made = true;
  return {Reject::kNone, true, false, view};
}

Reply Model::adjust(Context& x, const AdjustBalance& c) {
  WalletRow w = wallets_.contains(c.user) ? wallets_[c.user] : WalletRow{};
  RejectDetail detail;
  detail.amount = policy_.balance_max;
  if (c.amount.minor == 0 || std::abs(c.amount.minor) > policy_.balance_max.minor)
    return refuse(Reject::kInvalidAmount, detail);
  detail.balance = w.balance;
  const std::int64_t after = w.balance.minor + c.amount.minor;
  if (c.amount.minor > 0 && after + reserved_in(w) > policy_.balance_max.minor)
    return refuse(Reject::kInvalidAmount, detail);
  detail.amount = Money{-c.amount.minor};
  if (after < 0) return refuse(Reject::kInsufficientBalance, detail);
  w.balance.minor = after;
  w.charged.minor += c.amount.minor;
  wallets_[c.user] = w;
  x.made = true;
  return {Reject::kNone, true, false, AdjustmentView{{}, c.user, c.amount, w.balance, c.reason}};
}

Reply Model::read_payments(const ReadPayments& r) {
  PaymentsView v;
  WalletRow& w = wallets_[r.user];
  for (const auto& [id, state] : w.transfers) {
    if (state == TransferState::kReserved && !r.before) v.undecided.push_back(id);
  }
  bool show = !r.before;
  for (auto p = w.paid.rbegin(); p != w.paid.rend(); ++p) {
    const std::size_t shown = v.payments.size() + v.of_office.size();
    if (show && shown == r.limit) v.more = true;
    const ConcertRow& c = concerts_.at(concert_of(p->purchase.payment));
    const bool of_office = c.payments.at(p->purchase.payment).of_office;
    if (show && shown < r.limit && of_office) v.of_office.push_back(p->purchase.payment);
    if (show && shown < r.limit && !of_office) {
      v.payments.push_back({p->purchase, {}, p->balance, p->paid_at, p->state});
      v.payments.back().refunded = p->returned;
      v.payments.back().refunded_amount = p->returned_total;
    }
    if (p->purchase.payment == r.before) show = true;
  }
  return {Reject::kNone, false, false, v};
}

// --- the concert's side

void Model::fail(ConcertRow& c, PaymentId id, Reject why, Money balance, bool settled) {
  PaymentRow& p = c.payments.at(id);
  p.stage = Stage::kFailed;
  p.settled = settled;
  HoldRow& h = c.holds.at(p.hold);
  h.state = HoldState::kHeld;
  h.payment = {};
  c.places[p.number.value - 1].paying = {};
  RejectDetail detail;
  detail.balance = balance;
  detail.amount = p.amount;
  resolved_.push_back({{WaitKind::kPayment, id.value}, refuse(why, detail)});
}

void Model::on(const ReserveAnswer& m, Instant now) {
  ConcertRow& c = *find(concert_of(m.payment));
  PaymentRow& p = c.payments.at(m.payment);
  if (p.stage != Stage::kStarted) return;
  if (now >= p.decide_by) return fail(c, m.payment, Reject::kPaymentTimeout, {}, false);
  if (!m.granted) return fail(c, m.payment, Reject::kInsufficientBalance, m.balance, true);
  p.stage = Stage::kSold;
  p.balance = m.balance;
  p.paid_at = now;
  c.holds.at(p.hold).state = HoldState::kPaid;
  c.places[p.number.value - 1].paying = {};
  PaymentView paid = view(concert_of(m.payment), c, m.payment);
  if (!c.spec.rules.stay_after_payment) {
    for (const auto& [id, h] : c.holds)
      if (h.number == p.number && h.state == HoldState::kHeld) paid.released.push_back(id);
    end_place(c, p.number, TokenState::kCompleted, now);
  }
  const Reply reply{Reject::kNone, true, false, paid};
  keep(of_fan_in_concert(p.user, concert_of(m.payment)), p.key, reply, now);
  resolved_.push_back({{WaitKind::kPayment, m.payment.value}, reply});
}

void Model::on(const SettleDone& m, Instant) {
  PaymentRow& p = find(concert_of(m.payment))->payments.at(m.payment);
  if (p.stage != Stage::kStarted && p.stage != Stage::kRefunding) p.settled = true;
}

// --- keys

const Kept* Model::kept(const Command& command, Instant now) const {
  if (!command.key.present()) return nullptr;
  if (command.caller.number) {
    const auto c = concerts_.find(concert_asked(command.body).value_or(ConcertId{}));
    if (c == concerts_.end() || !is_own_token(c->second, command.caller)) return nullptr;
  }
  const auto found = kepts_.find(whose(command));
  if (found == kepts_.end()) return nullptr;
  for (const Kept& k : found->second) {
    if (k.key.key == command.key.key && now - k.at < seconds(24 * 3600)) return &k;
  }
  return nullptr;
}

void Model::keep(const std::string& whose, const RequestKey& key, const Reply& reply, Instant now) {
  if (!key.present()) return;
  auto& list = kepts_[whose];
  list.push_back({key, now, reply});
  // The place in a waitlist is not kept.
  if (auto* entry = std::get_if<QueueEntry>(&list.back().reply.body)) {
    entry->offered = {};
    entry->waitlist_position = 0;
  }
  if (list.size() > 32) list.erase(list.begin());
}

// --- all together

std::optional<Reply> Model::execute(const Command& command, Instant now) {
  Context x{command, now, {}};
  if (const auto id = concert_asked(command.body)) {
    ConcertRow* c = find(*id);
    if (c != nullptr && is_own_token(*c, command.caller))
      c->places[command.caller.number.value - 1].seen = now;
  }
  if (const Kept* k = kept(command, now); k != nullptr) {
    if (k->key != command.key) return refuse(Reject::kIdempotencyKeyReused);
    Reply again = k->reply;
    again.replayed = true;
    return again;
  }
  const auto token_only = [&](ConcertId id, Who who) {
    ConcertRow* c = find(id);
    if (c == nullptr) return refuse(Reject::kConcertNotFound);
    return access(id, *c, command.caller, who, now).value_or(Reply{});
  };
  const auto read_token = [&](ConcertId id) -> Reply {
    ConcertRow* c = find(id);
    if (c == nullptr) return refuse(Reject::kConcertNotFound);
    if (!is_own_token(*c, command.caller)) return refuse(Reject::kInvalidToken);
    return {Reject::kNone, false, false, entry(id, *c, command.caller.number, now)};
  };
  const auto read_hold = [&](HoldId id) -> Reply {
    if (auto no = own_hold(x, id)) return *no;
    return {Reject::kNone, false, false, view(concert_of(id), *find(concert_of(id)), id)};
  };
  x.reply = std::visit(
      [&]<class C>(const C& c) -> Reply {
        if constexpr (std::is_same_v<C, Join>)
          return join(x, c);
        else if constexpr (std::is_same_v<C, ReadToken>)
          return read_token(c.concert);
        else if constexpr (std::is_same_v<C, ReadPass>)
          return read_pass(x, c);
        else if constexpr (std::is_same_v<C, ReadTickets>)
          return tickets(x, c.payment, c.seat, false);
        else if constexpr (std::is_same_v<C, UseTicket>)
          return tickets(x, c.payment, c.seat, true);
        else if constexpr (std::is_same_v<C, CheckToken>)
          return token_only(c.concert, Who::kActiveOrCompleted);
        else if constexpr (std::is_same_v<C, Leave>)
          return leave(x, c);
        else if constexpr (std::is_same_v<C, EndToken>)
          return end_token(x, c);
        else if constexpr (std::is_same_v<C, ReadConcert>)
          return read_concert(x, c.concert);
        else if constexpr (std::is_same_v<C, ReadDates>)
          return read_dates(x, c);
        else if constexpr (std::is_same_v<C, ReadSeats>)
          return read_seats(x, c);
        else if constexpr (std::is_same_v<C, PlaceHold>)
          return place_hold(x, c);
        else if constexpr (std::is_same_v<C, ReadHold>)
          return read_hold(c.hold);
        else if constexpr (std::is_same_v<C, ReleaseHold>)
          return release(x, c);
        else if constexpr (std::is_same_v<C, ExtendHold>)
          return extend(x, c);
        else if constexpr (std::is_same_v<C, JoinWaitlist>)
          return join_waitlist(x, c);
        else if constexpr (std::is_same_v<C, LeaveWaitlist>)
          return leave_waitlist(x, c);
        else if constexpr (std::is_same_v<C, ReadWaitlist>)
          return read_waitlist(x, c);
        else if constexpr (std::is_same_v<C, Pay>)
          return pay(x, c);
        else if constexpr (std::is_same_v<C, ReadPayment>)
          return read_payment(x, c);
        else if constexpr (std::is_same_v<C, ChangeConcert>)
          return change(x, c);
        else if constexpr (std::is_same_v<C, BlockSeat>)
          return block(x, c);
        else if constexpr (std::is_same_v<C, BlockSeats>)
          return block_many(x, c);
        else if constexpr (std::is_same_v<C, CancelDates>)
          return cancel(x, c);
        else if constexpr (std::is_same_v<C, ReadCancellation>)
          return read_cancellation(x, c);
        else if constexpr (std::is_same_v<C, AddAccessCodes>)
          return add_codes(x, c);
        else if constexpr (std::is_same_v<C, ReadAccessCodes>)
          return read_codes(x, c);
        else if constexpr (std::is_same_v<C, SellSeats>)
          return sell(x, c);
        else if constexpr (std::is_same_v<C, Refund>)
          return refund(x, c);
        else if constexpr (std::is_same_v<C, Charge>)
          return charge(x, c);
        else if constexpr (std::is_same_v<C, AdjustBalance>)
          return adjust(x, c);
        else if constexpr (std::is_same_v<C, ReadPayments>)
          return read_payments(c);
        else if constexpr (std::is_same_v<C, ReadBalance>)
          return {Reject::kNone, false, false, BalanceView{c.user, wallets_[c.user].balance}};
        else if constexpr (requires { on(c, now); })
          return on(c, now), Reply{};
        else
          return {};
      },
      command.body);
  if (x.waits) return std::nullopt;
  if (x.made && !whose(command).empty()) keep(whose(command), command.key, x.reply, now);
  return x.reply;
}

std::vector<Resolved> Model::take_resolved() { return std::exchange(resolved_, {}); }

Money Model::charged_in_all() const {
  Money sum;
  for (const auto& [user, w] : wallets_) sum.minor += w.charged.minor;
  return sum;
}

Money Model::spent_on(ConcertId concert) const {
  Money sum;
  for (const auto& [id, p] : concerts_.at(concert).payments) {
    if (p.stage == Stage::kStarted || p.stage == Stage::kFailed) continue;
    sum.minor += p.amount.minor - money_refunded(p, Refunds::kDone).minor;
  }
  return sum;
}

Money Model::taken_at_office() const {
  Money sum;
  for (const auto& [id, c] : concerts_) {
    for (const auto& [payment, p] : c.payments)
      if (p.of_office) sum.minor += p.amount.minor - money_refunded(p, Refunds::kDone).minor;
  }
  return sum;
}

bool Model::quiet() const {
  return std::ranges::all_of(concerts_, [](const auto& row) {
    return std::ranges::all_of(row.second.payments, [](const auto& payment) {
      const PaymentRow& p = payment.second;
      return p.settled && p.stage != Stage::kStarted && p.stage != Stage::kRefunding;
    });
  });
}

}  // namespace frontrow::model
