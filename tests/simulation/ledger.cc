#include "tests/simulation/ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace frontrow::sim {
namespace {

// Money that may or may not have been charged: every sum that could have come of it.
std::set<std::int64_t> possible_sums(std::int64_t base,
                                     const std::map<RequestKey, std::int64_t>& m) {
  std::set<std::int64_t> sums{base};
  for (const auto& [key, amount] : m) {
    for (const std::int64_t sum : std::set<std::int64_t>(sums)) sums.insert(sum + amount);
  }
  return sums;
}

// The outcome says that nothing was done, now or by an earlier try that is not under way any more.
bool is_final_refusal(Reject reject) {
  return reject != Reject::kNone && !is_transient(reject) && reject != Reject::kOutcomeUnknown;
}

}  // namespace

Ledger::Asked Ledger::asked(const Command& command, Instant now) {
  Asked asked;
  if (const auto* join = std::get_if<Join>(&command.body)) {
    const auto& numbers = numbers_[join->concert];
    if (!numbers.empty()) asked.newest_number = numbers.rbegin()->first;
  } else if (const auto* leave = std::get_if<Leave>(&command.body)) {
    session_ends_asked_[{leave->concert, command.caller.number}].insert(HoldId{});
  } else if (const auto* pay = std::get_if<Pay>(&command.body)) {
    session_ends_asked_[{pay->concert, command.caller.number}].insert(pay->hold);
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

void Ledger::answered(const Command& command, const Asked& asked, const Reply& reply, Instant now) {
  if (reply.reject != Reject::kNone) {
    EXPECT_NE(reply.reject, Reject::kIdempotencyKeyReused) << "nobody did";
    if (const auto* charge = std::get_if<Charge>(&command.body)) {
      if (is_final_refusal(reply.reject)) charges_[charge->user].in_doubt.erase(command.key);
    }
    const auto* read = std::get_if<ReadHold>(&command.body);
    const bool is_over = read != nullptr && asked.must_be_known &&
                         may_be_over(holds_.at(read->hold), now);  // meanwhile
    EXPECT_FALSE(
        asked.must_be_known && !is_over &&
        (reply.reject == Reject::kHoldNotFound || reply.reject == Reject::kPaymentNotFound))
        << name_of(command.body) << ": it was given, and is not known";
    return;
  }
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

void Ledger::in_doubt(const Command& command) {
  const auto* charge = std::get_if<Charge>(&command.body);
  if (charge == nullptr || by_key_.contains(command.key)) return;
  charges_[charge->user].in_doubt[command.key] = charge->amount.minor;
}

void Ledger::same_again(const RequestKey& key, std::uint64_t id, const char* what) {
  if (!key.present()) return;
  const auto [at, is_new] = by_key_.emplace(key, id);
  EXPECT_EQ(at->second, id) << what << ": one key, acted twice";
}

void Ledger::on_join(const Command& command, const Asked& asked, const QueueEntry& entry,
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

bool Ledger::may_be_over(const Given& given, Instant now) const {
  if (given.paid) return given.refund_asked;
  if (releases_asked_.contains(given.view.hold) || given.view.expires_at <= now) return true;
  const std::pair session(given.view.concert, given.number);
  // Who pays for one hold loses the others with the session.
  const auto asked = session_ends_asked_.find(session);
  if (asked != session_ends_asked_.end() &&
      std::any_of(asked->second.begin(), asked->second.end(),
                  [&](HoldId id) { return id != given.view.hold; })) {
    return true;
  }
  const auto end = session_ends_.find(session);
  return end == session_ends_.end() || end->second <= now;
}

void Ledger::on_hold(const Command& command, const HoldView& hold, Instant now) {
  same_again(command.key, hold.hold.value, "hold");
  const auto [at, is_new] =
      holds_.emplace(hold.hold, Given{hold, command.caller.user, command.caller.number});
  if (!is_new) return;
  for (const SeatNumber seat : hold.seats) {
    // Answers may come in another order than the holds were placed in; their numbers tell it.
    HoldId& newest = owners_[{hold.concert, hold.date, seat}];
    const auto [older, newer] = std::minmax(newest, hold.hold);
    EXPECT_TRUE(!older || may_be_over(holds_.at(older), now)) << fmt::format(
        "seat {} was given with hold {} and with hold {}", seat.value, older.value, newer.value);
    newest = newer;
  }
}

void Ledger::on_paid(const PaymentView& payment) {
  const Purchase& purchase = payment.purchase;
  for (const auto& [id, other] : payments_) {
    EXPECT_FALSE(id != purchase.payment && other.view.purchase.hold == purchase.hold)
        << "hold " << purchase.hold.value << " was sold twice";
  }
  payments_.emplace(purchase.payment, Bought{payment});
  const auto given = holds_.find(purchase.hold);
  if (given == holds_.end()) return;  // the answer to the hold never came
  given->second.paid = true;
  EXPECT_EQ(given->second.view.amount, purchase.amount);
  EXPECT_EQ(given->second.view.seats, purchase.seats);
}

void Ledger::on_charge(const Command& command, const ChargeView& charge) {
  Charges& charges = charges_[charge.user];
  charges.in_doubt.erase(command.key);
  if (!charges.ids.insert(charge.charge).second) {
    EXPECT_EQ(by_key_[command.key], charge.charge.value) << "one charge, acknowledged twice";
    return;
  }
  same_again(command.key, charge.charge.value, "charge");
  charges.acknowledged += charge.amount.minor;
}

void Ledger::check(SlotTable& slots, Instant now, bool settled) const {
  check_holds(slots, now);
  check_payments(slots);
  check_charges(slots, settled);
  check_numbers(slots);
}

void Ledger::check_holds(SlotTable& slots, Instant now) const {
  for (const auto& [id, given] : holds_) {
    const Slot& slot = slots.at(slot_of_concert(given.view.concert));
    if (may_be_over(given, std::max(now, slot.time))) continue;
    const Concert* concert = slot.find_concert(given.view.concert);
    const Hold* hold = concert == nullptr ? nullptr : concert->find_hold(id);
    ASSERT_NE(hold, nullptr) << "hold " << id.value << " was given and is gone";
    EXPECT_NE(hold->state, HoldState::kExpired) << "hold " << id.value << " ended early";
    EXPECT_EQ(hold->seats, given.view.seats);
    EXPECT_EQ(hold->user, given.user);
  }
}

void Ledger::check_payments(SlotTable& slots) const {
  for (const auto& [id, bought] : payments_) {
    const Concert* concert =
        slots.at(slot_of_concert(bought.view.purchase.concert)).find_concert(concert_of(id));
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

void Ledger::check_charges(SlotTable& slots, bool settled) const {
  for (const auto& [user, charges] : charges_) {
    const Wallet* wallet = slots.at(slot_of_user(user)).find_wallet(user);
    const std::int64_t charged = wallet == nullptr ? 0 : wallet->charged.minor;
    EXPECT_GE(charged, charges.acknowledged) << "an acknowledged charge is gone";
    if (!settled) continue;
    EXPECT_TRUE(possible_sums(charges.acknowledged, charges.in_doubt).contains(charged))
        << charged << " was charged, " << charges.acknowledged << " acknowledged, "
        << charges.in_doubt.size() << " charges are in doubt";
  }
}

void Ledger::check_numbers(SlotTable& slots) const {
  for (const auto& [id, numbers] : numbers_) {
    const Concert* concert = slots.at(slot_of_concert(id)).find_concert(id);
    ASSERT_NE(concert, nullptr) << "concert " << id.value << " is gone";
    for (const auto& [number, user] : numbers) {
      ASSERT_TRUE(concert->line.was_drawn(TicketNumber{number}))
          << "number " << number << " was given and is gone";
      EXPECT_EQ(concert->line.token(TicketNumber{number}).user, user);
    }
  }
}

}  // namespace frontrow::sim
