#include "tests/simulation/night_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/match.h"
#include "engine/core/apply.h"

namespace frontrow::sim {
namespace {

// All sums that are possible with charges in doubt.
std::set<std::int64_t> possible_sums(std::int64_t base,
                                     const std::map<RequestKey, std::int64_t>& m) {
  std::set<std::int64_t> sums{base};
  for (const auto& [key, amount] : m) {
    for (const std::int64_t sum : std::set<std::int64_t>(sums)) sums.insert(sum + amount);
  }
  return sums;
}

const Concert* find_concert(const Seen& seen, ConcertId id) {
  return seen.slot == nullptr ? nullptr : seen.slot->find_concert(id);
}

// Rejected before any decision.
bool is_refused_at_a_door(Reject reject) {
  return reject == Reject::kOverloaded || reject == Reject::kLowDisk ||
         reject == Reject::kInstanceUnavailable;
}

// The rejection proves that neither this try nor an earlier one that is no longer in flight has
// acted.
bool is_final_refusal(Reject reject) {
  return reject != Reject::kNone && !is_transient(reject) && reject != Reject::kOutcomeUnknown;
}

// The reply matches its command.
void check_fits(const Command& command, const Reply& reply) {
  const bool fits = std::visit(
      Match{
          [&](const Join& c, const QueueEntry& r) {
            return r.concert == c.concert && r.user == c.user;
          },
          [&](const ReadToken& c, const QueueEntry& r) {
            return r.concert == c.concert && r.number == command.caller.number;
          },
          [](const ReadDates& c, const DatesView& r) { return r.concert == c.concert; },
          [](const ReadSeats& c, const SeatsView& r) {
            return r->concert == c.concert && r->date == c.date;
          },
          [](const PlaceHold& c, const HoldView& r) {
            return r.concert == c.concert && r.date == c.date && r.seats == c.seats;
          },
          [](const ReadHold& c, const HoldView& r) { return r.hold == c.hold; },
          [](const Pay& c, const PaymentView& r) { return r.purchase.hold == c.holds.front(); },
          [](const ReadPayment& c, const PaymentView& r) {
            return r.purchase.payment == c.payment;
          },
          [](const Refund& c, const RefundView& r) { return r.purchase.payment == c.payment; },
          [](const ReadBalance& c, const BalanceView& r) { return r.user == c.user; },
          [](const Charge& c, const ChargeView& r) {
            return r.user == c.user && r.amount == c.amount;
          },
          [](const ReadPayments&, const PaymentsView&) { return true; },
          [](const CreateConcert&, const ConcertCreated&) { return true; },
          [](const Leave&, const Done&) { return true; },
          [](const ReleaseHold&, const Done&) { return true; },
          [](const BlockSeat&, const auto&) { return true; },
          [](const ChangeConcert&, const auto&) { return true; },
          [](const auto&, const auto&) { return false; },
      },
      command.body, reply.body);
  EXPECT_TRUE(fits) << name_of(command.body) << ": the answer is to something else";
}

}  // namespace

NightLedger::Asked NightLedger::asked(const Command& command, Instant now, bool is_far) {
  Asked asked{.is_far = is_far};
  if (command.key.present()) ++tries_[command.key].sent;
  if (const auto* join = std::get_if<Join>(&command.body)) {
    const auto& numbers = numbers_[join->concert];
    if (!numbers.empty()) asked.newest_number = numbers.rbegin()->first;
  } else if (const auto* leave = std::get_if<Leave>(&command.body)) {
    session_ends_asked_[{leave->concert, command.caller.number}].insert(HoldId{});
  } else if (const auto* pay = std::get_if<Pay>(&command.body)) {
    session_ends_asked_[{pay->concert, command.caller.number}].insert(pay->holds.front());
  } else if (const auto* release = std::get_if<ReleaseHold>(&command.body)) {
    releases_asked_.insert(release->hold);
  } else if (const auto* read = std::get_if<ReadHold>(&command.body)) {
    const auto given = holds_.find(read->hold);
    asked.must_be_known = given != holds_.end() && is_owner(given->second, command.caller) &&
                          !may_be_over(given->second, now);
  } else if (const auto* payment = std::get_if<ReadPayment>(&command.body)) {
    const auto bought = payments_.find(payment->payment);
    asked.must_be_known =
        bought != payments_.end() && bought->second.view.purchase.user == command.caller.user;
  } else if (const auto* refund = std::get_if<Refund>(&command.body)) {
    const auto bought = payments_.find(refund->payment);
    if (bought != payments_.end()) {
      bought->second.refund_asked = true;
      const auto hold = holds_.find(bought->second.view.purchase.hold);
      if (hold != holds_.end()) hold->second.refund_asked = true;
    }
  }
  return asked;
}

void NightLedger::answered(const Command& command, const Asked& asked, const Reply& reply,
                           Instant now) {
  if (reply.replayed) {
    const Tries& tries = tries_[command.key];
    EXPECT_GE(tries.sent - tries.refused, 2U)
        << name_of(command.body) << ": a try that was refused as having done nothing has acted";
  }
  if (reply.reject != Reject::kNone) return on_refusal(command, asked, reply, now);
  check_fits(command, reply);
  ++acknowledged_;
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    on_join(command, asked, *entry,
            std::holds_alternative<Join>(command.body) && reply.created && !reply.replayed);
  } else if (const auto* hold = std::get_if<HoldView>(&reply.body)) {
    if (std::holds_alternative<PlaceHold>(command.body)) on_hold(command, *hold, now);
  } else if (const auto* payment = std::get_if<PaymentView>(&reply.body)) {
    if (std::holds_alternative<Pay>(command.body)) {
      same_again(command.key, payment->purchase.payment.value, "payment");
      on_paid(*payment);
    }
  } else if (const auto* refund = std::get_if<RefundView>(&reply.body)) {
    payments_[refund->purchase.payment].refunded = true;
  } else if (const auto* charge = std::get_if<ChargeView>(&reply.body)) {
    on_charge(command, *charge);
  }
}

void NightLedger::on_refusal(const Command& command, const Asked& asked, const Reply& reply,
                             Instant now) {
  if (reply.reject == Reject::kOutcomeUnknown) return lost(command, asked);
  EXPECT_NE(reply.reject, Reject::kIdempotencyKeyReused) << "nobody did";
  if (is_refused_at_a_door(reply.reject) && command.key.present()) ++tries_[command.key].refused;
  if (is_final_refusal(reply.reject)) on_final_refusal(command);
  // A payment was created, and failed.
  const auto* pay = std::get_if<Pay>(&command.body);
  if (pay != nullptr &&
      (reply.reject == Reject::kInsufficientBalance || reply.reject == Reject::kPaymentTimeout)) {
    ++doubts_[pay->concert].payments;
  }
  const auto* read = std::get_if<ReadHold>(&command.body);
  const bool is_over = read != nullptr && asked.must_be_known &&
                       may_be_over(holds_.at(read->hold), now);  // the hold ended meanwhile
  EXPECT_FALSE(asked.must_be_known && !is_over &&
               (reply.reject == Reject::kHoldNotFound || reply.reject == Reject::kPaymentNotFound))
      << name_of(command.body) << ": it was given, and is not known";
}

// Earlier tries have not acted either, unless one is still in flight.
void NightLedger::on_final_refusal(const Command& command) {
  if (!command.key.present() || tries_[command.key].may_be_late) return;
  if (const auto* charge = std::get_if<Charge>(&command.body))
    charges_[charge->user].in_doubt.erase(command.key);
  if (const auto* place = std::get_if<PlaceHold>(&command.body))
    doubts_[place->concert].holds_under_key.erase(command.key);
}

void NightLedger::lost(const Command& command, const Asked& asked) {
  const bool has_key = command.key.present();
  if (has_key && asked.is_far) tries_[command.key].may_be_late = true;
  if (has_key && by_key_.contains(command.key)) return;
  if (const auto* charge = std::get_if<Charge>(&command.body)) {
    charges_[charge->user].in_doubt[command.key] = charge->amount.minor;
  } else if (const auto* place = std::get_if<PlaceHold>(&command.body)) {
    Doubts& doubts = doubts_[place->concert];
    if (has_key) {
      doubts.holds_under_key.insert(command.key);
    } else {
      ++doubts.holds;
    }
  } else if (const auto* join = std::get_if<Join>(&command.body)) {
    ++doubts_[join->concert].joins;
  } else if (const auto* pay = std::get_if<Pay>(&command.body)) {
    ++doubts_[pay->concert].payments;
  }
}

void NightLedger::same_again(const RequestKey& key, std::uint64_t id, const char* what) {
  if (!key.present()) return;
  const auto [at, is_new] = by_key_.emplace(key, id);
  EXPECT_EQ(at->second, id) << what << ": one key, acted twice";
}

void NightLedger::on_join(const Command& command, const Asked& asked, const QueueEntry& entry,
                          bool created) {
  auto& numbers = numbers_[entry.concert];
  if (created) {
    EXPECT_GT(entry.number.value, asked.newest_number)
        << "concert " << entry.concert.value << ": stands before somebody who was answered before";
  }
  const auto [at, is_new] = numbers.emplace(entry.number.value, entry.user);
  EXPECT_EQ(at->second, entry.user) << "number " << entry.number.value << " was given twice";
  EXPECT_EQ(entry.user, command.caller.user);
  if (entry.state == TokenState::kActive)
    session_ends_[{entry.concert, entry.number}] = entry.expires_at;
}

bool NightLedger::may_be_over(const Given& given, Instant now) const {
  if (given.paid) return given.refund_asked;
  if (releases_asked_.contains(given.view.hold) || given.view.expires_at <= now) return true;
  const std::pair session(given.view.concert, given.number);
  // A payment for one hold ends the session and its other holds.
  const auto asked = session_ends_asked_.find(session);
  if (asked != session_ends_asked_.end() &&
      std::any_of(asked->second.begin(), asked->second.end(),
                  [&](HoldId id) { return id != given.view.hold; })) {
    return true;
  }
  const auto end = session_ends_.find(session);
  return end == session_ends_.end() || end->second <= now;
}

void NightLedger::on_hold(const Command& command, const HoldView& hold, Instant now) {
  same_again(command.key, hold.hold.value, "hold");
  doubts_[hold.concert].holds_under_key.erase(command.key);
  const auto [at, is_new] =
      holds_.emplace(hold.hold, Given{hold, command.caller.user, command.caller.number});
  if (!is_new) return;
  // A client that guessed the hold's id may have paid for it before this reply came.
  for (const auto& [id, bought] : payments_) {
    if (bought.view.purchase.hold != hold.hold) continue;
    at->second.paid = true;
    at->second.refund_asked = bought.refund_asked;
  }
  for (const SeatNumber seat : hold.seats) {
    // Replies may come in another order than the decisions; the holds' ids have the right order.
    HoldId& newest = owners_[{hold.concert, hold.date, seat}];
    const auto [older, newer] = std::minmax(newest, hold.hold);
    EXPECT_TRUE(!older || may_be_over(holds_.at(older), now)) << fmt::format(
        "seat {} was given with hold {} and with hold {}", seat.value, older.value, newer.value);
    newest = newer;
  }
}

void NightLedger::on_paid(const PaymentView& payment) {
  const Purchase& purchase = payment.purchase;
  for (const auto& [id, other] : payments_) {
    EXPECT_FALSE(id != purchase.payment && other.view.purchase.hold == purchase.hold)
        << "hold " << purchase.hold.value << " was sold twice";
  }
  payments_.emplace(purchase.payment, Bought{payment});
  const auto given = holds_.find(purchase.hold);
  if (given == holds_.end()) return;  // the reply to the hold never came
  given->second.paid = true;
  EXPECT_EQ(given->second.view.amount, purchase.amount);
  EXPECT_EQ(given->second.view.seats, purchase.seats);
}

void NightLedger::on_charge(const Command& command, const ChargeView& charge) {
  Charges& charges = charges_[charge.user];
  charges.in_doubt.erase(command.key);
  if (!charges.ids.insert(charge.charge).second) {
    EXPECT_EQ(by_key_[command.key], charge.charge.value) << "one charge, acknowledged twice";
    return;
  }
  same_again(command.key, charge.charge.value, "charge");
  charges.acknowledged += charge.amount.minor;
}

void NightLedger::check(const Look& look, bool settled) const {
  check_holds(look);
  check_payments(look);
  check_charges(look, settled);
  check_numbers(look);
  if (settled) check_counts(look);
}

void NightLedger::check_holds(const Look& look) const {
  for (const auto& [id, given] : holds_) {
    const auto seen = look(slot_of_concert(given.view.concert));
    if (!seen || may_be_over(given, seen->now)) continue;
    const Concert* concert = find_concert(*seen, given.view.concert);
    const Hold* hold = concert == nullptr ? nullptr : concert->find_hold(id);
    ASSERT_NE(hold, nullptr) << "hold " << id.value << " was given and is gone";
    EXPECT_NE(hold->state, HoldState::kExpired) << "hold " << id.value << " ended early";
    EXPECT_EQ(hold->seats, given.view.seats);
    EXPECT_EQ(hold->user, given.user);
  }
}

void NightLedger::check_payments(const Look& look) const {
  for (const auto& [id, bought] : payments_) {
    const auto seen = look(slot_of_concert(concert_of(id)));
    if (!seen) continue;
    const Concert* concert = find_concert(*seen, concert_of(id));
    const Payment* payment = concert == nullptr ? nullptr : concert->find_payment(id);
    ASSERT_NE(payment, nullptr) << "payment " << id.value << " was made and is gone";
    EXPECT_EQ(payment->amount, bought.view.purchase.amount);
    EXPECT_EQ(payment->user, bought.view.purchase.user);
    if (bought.refunded) {
      EXPECT_EQ(payment->state, PaymentState::kRefunded) << "payment " << id.value;
    } else if (!bought.refund_asked) {
      EXPECT_EQ(payment->state, PaymentState::kCompleted) << "payment " << id.value;
    }
  }
}

void NightLedger::check_charges(const Look& look, bool settled) const {
  for (const auto& [user, charges] : charges_) {
    const auto seen = look(slot_of_user(user));
    if (!seen) continue;
    const Wallet* wallet = seen->slot == nullptr ? nullptr : seen->slot->find_wallet(user);
    const std::int64_t charged = wallet == nullptr ? 0 : wallet->charged.minor;
    EXPECT_GE(charged, charges.acknowledged) << "an acknowledged charge is gone";
    if (!settled) continue;
    EXPECT_TRUE(possible_sums(charges.acknowledged, charges.in_doubt).contains(charged))
        << charged << " was charged, " << charges.acknowledged << " acknowledged, "
        << charges.in_doubt.size() << " charges are in doubt";
  }
}

void NightLedger::check_numbers(const Look& look) const {
  for (const auto& [id, numbers] : numbers_) {
    const auto seen = look(slot_of_concert(id));
    if (!seen) continue;
    const Concert* concert = find_concert(*seen, id);
    ASSERT_NE(concert, nullptr) << "concert " << id.value << " is gone";
    for (const auto& [number, user] : numbers) {
      ASSERT_TRUE(concert->line.was_drawn(TicketNumber{number}))
          << "number " << number << " was given and is gone";
      EXPECT_EQ(concert->line.token(TicketNumber{number}).user, user);
    }
  }
}

// The engine has at least the acknowledged entities, and at most those plus the ones in doubt.
void NightLedger::check_counts(const Look& look) const {
  const auto count = [](const auto& all, ConcertId concert) {
    return std::count_if(all.begin(), all.end(),
                         [&](const auto& each) { return concert_of(each.first) == concert; });
  };
  for (const auto& [id, numbers] : numbers_) {
    const Concert* concert = find_concert(*look(slot_of_concert(id)), id);
    ASSERT_NE(concert, nullptr);
    const auto found = doubts_.find(id);
    const Doubts doubts = found == doubts_.end() ? Doubts{} : found->second;
    EXPECT_LE(concert->line.drawn(), numbers.size() + doubts.joins) << "somebody stands in line "
                                                                       "who never asked to";
    EXPECT_LE(concert->last_hold, count(holds_, id) + doubts.holds + doubts.holds_under_key.size())
        << "concert " << id.value << ": a hold that nobody placed";
    EXPECT_LE(concert->last_payment, count(payments_, id) + doubts.payments)
        << "concert " << id.value << ": a payment that nobody made";
  }
}

}  // namespace frontrow::sim
