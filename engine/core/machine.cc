#include "engine/core/machine.h"

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/act_of.h"
#include "engine/core/apply.h"
#include "engine/core/codec/answer_codec.h"
#include "engine/core/decide.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

// The table of this scope's answers; nullptr if there is no such concert.
const AnswerTable* table_of(const Slot& slot, const AnswerScope& scope) {
  if (!scope.concert) return &slot.answers;
  const Concert* concert = slot.find_concert(scope.concert);
  return concert == nullptr ? nullptr : &concert->answers;
}

const StoredAnswer* find_in(const Slot& slot, const AnswerScope& scope, const Hash128& key,
                            Instant now) {
  const AnswerTable* table = table_of(slot, scope);
  return table == nullptr ? nullptr : table->find(scope.owner, key, now);
}

// For the list that all operators once shared: whether the answer fits the command's resource.
bool is_about(const StoredAnswer& stored, const CommandBody& body) {
  const auto reply = decode_answer(stored.answer);
  if (!reply.ok()) return false;
  if (const auto* charge = std::get_if<Charge>(&body)) {
    const auto* answer = std::get_if<ChargeView>(&reply->body);
    return answer != nullptr && answer->user == charge->user;
  }
  if (const auto* refund = std::get_if<Refund>(&body)) {
    const auto* answer = std::get_if<RefundView>(&reply->body);
    return answer != nullptr && answer->purchase.payment == refund->payment;
  }
  return std::holds_alternative<ConcertCreated>(reply->body);
}

Command message(CommandBody body) { return {{}, {}, std::move(body)}; }

Command message_of_entry(const Concert& c, PaymentId id, const OutboxEntry& entry) {
  const Payment* payment = c.find_payment(id);
  switch (entry.kind) {
    case OutboxKind::kReserve:
      return message(ReserveMoney{c.purchase_of(*payment)});
    case OutboxKind::kPost:
      return message(SettleMoney{id, entry.user, true, payment->paid_at});
    case OutboxKind::kVoid:
      return message(SettleMoney{id, entry.user, false, {}});
    case OutboxKind::kReturn:
      return message(ReturnMoney{id, entry.user, payment->paid_at, seats_returned(*payment),
                                 money_returned(*payment)});
    case OutboxKind::kList:
      return message(ListSale{id, entry.user, payment->paid_at});
  }
  FR_CHECK(!"a known outbox entry kind");
}

Command message_of_entry(const Concert& c, PaymentId id) {
  return message_of_entry(c, id, c.outbox.at(id));
}

Reply rejection(Reject reject, RejectDetail detail = {}) {
  return {reject, false, false, std::move(detail)};
}

// The reply messages to a message, sent for duplicates as well.
void answer_message(const Slot& slot, const Command& command, std::vector<Command>& out) {
  const auto transfer = [&slot](const UserId& user, PaymentId id) -> const Transfer* {
    const Wallet* wallet = slot.find_wallet(user);
    const Transfer* t = wallet == nullptr ? nullptr : wallet->find_transfer(concert_of(id));
    return t != nullptr && t->payment == id ? t : nullptr;
  };
  std::visit(
      Match{
          [&](const ReserveMoney& c) {
            const Transfer* t = transfer(c.purchase.user, c.purchase.payment);
            if (t == nullptr) return;  // late, of a payment settled long ago
            const bool granted =
                t->state == TransferState::kReserved || t->state == TransferState::kPosted;
            out.push_back(message(ReserveAnswer{c.purchase.payment, granted, t->balance}));
          },
          [&](const SettleMoney& c) { out.push_back(message(SettleDone{c.payment})); },
          [&](const ReturnMoney& c) {
            out.push_back(message(ReturnDone{c.payment, static_cast<std::uint32_t>(c.seats.size()),
                                             slot.find_wallet(c.user)->balance}));
          },
          [&](const ListSale& c) { out.push_back(message(SettleDone{c.payment})); },
          [&](const OpenConcert& c) { out.push_back(message(OpenDone{c.concert})); },
          [](const auto&) {},
      },
      command.body);
}

// The holds that the events from `first` to before `end` release, at most kReleasedToldMax.
HoldIds released_before(const EventBatch& events, std::size_t first, std::size_t end) {
  constexpr std::size_t kReleasedToldMax = 100;
  HoldIds holds;
  for (std::size_t i = first; i < end && holds.size() < kReleasedToldMax; ++i) {
    if (const auto* released = std::get_if<HoldReleased>(&events[i]))
      holds.push_back(released->hold);
  }
  return holds;
}

// The event that the reply to an accepted command waits for; kNone if it can be replied to at once.
WaitKey wait_of(const Slot& slot, const Command& command) {
  return std::visit(
      Match{
          [&](const Pay& c) -> WaitKey {
            const Hold* hold = slot.find_concert(c.concert)->find_hold(c.holds.front());
            if (hold->state != HoldState::kPaying) return {};
            return {WaitKind::kPayment, hold->payment.value};
          },
          [&](const Refund& c) -> WaitKey {
            const Payment* payment =
                slot.find_concert(concert_of(c.payment))->find_payment(c.payment);
            const SeatRefund* refund = find_refund(*payment, c.seats);
            const bool is_done = refund != nullptr && refund->refunded_at.is_set();
            if (payment->state != PaymentState::kRefunding || is_done) return {};
            return {WaitKind::kRefund, c.payment.value};
          },
          [&](const CreateConcert&) -> WaitKey {
            const Registration* known = slot.find_unconfirmed(command.key.key);
            return {WaitKind::kConcert,
                    (known != nullptr ? *known : slot.registrations.back()).concert.value};
          },
          [](const auto&) -> WaitKey { return {}; },
      },
      command.body);
}

}  // namespace

void Effects::clear() {
  events.clear();
  messages.clear();
  resolved.clear();
  reply = {};
  waits_for = {};
}

const StoredAnswer* Machine::find_answer(const Slot& slot, const Command& command,
                                         Instant now) const {
  if (!keeps_answer(command)) return nullptr;
  const Sender sender = sender_of(command.caller);
  const AnswerScope scope = answer_scope(sender, command.body, command.key);
  // Only the owner of the key may read its answer.
  if (scope.concert && command.caller.number) {
    const Concert* concert = slot.find_concert(scope.concert);
    if (concert == nullptr || identify(*concert, command.caller) != Reject::kNone) return nullptr;
  }
  const StoredAnswer* stored = find_in(slot, scope, command.key.key, now);
  if (stored != nullptr || sender.kind != Sender::Kind::kOperatorKey) return stored;
  stored = find_in(slot, shared_operator_scope(command.body), command.key.key, now);
  return stored != nullptr && is_about(*stored, command.body) ? stored : nullptr;
}

bool Machine::is_known(const Slot& slot, const Command& command, Instant now) const {
  if (find_answer(slot, command, now) != nullptr) return true;
  const auto* join = std::get_if<Join>(&command.body);
  const Concert* concert = join == nullptr ? nullptr : slot.find_concert(join->concert);
  if (concert == nullptr) return false;
  const TicketNumber number = concert->line.find(join->user);
  if (!number) return false;
  const Token& token = concert->line.token(number);
  return is_live(token.state) || (concert->phase == Phase::kClosed && token.has_bought);
}

void Machine::execute(Slot& slot, const Command& command, Instant now, Effects& out) {
  out.clear();
  if (const StoredAnswer* stored = find_answer(slot, command, now)) {
    if (stored->key.request != command.key.request) {
      out.reply = rejection(Reject::kIdempotencyKeyReused);
      return;
    }
    auto decoded = decode_answer(stored->answer);
    FR_CHECK(decoded.ok());
    out.reply = std::move(*decoded);
    out.reply.replayed = true;
    // Stored by a version that did not keep the phase.
    if (auto* entry = std::get_if<QueueEntry>(&out.reply.body); entry && entry->phase == Phase{})
      entry->phase = slot.find_concert(entry->concert)->phase;
    return;
  }
  const Ask ask{slot, command, now, policy_};
  RejectDetail detail;
  const Reject reject = decide(ask, out.events, detail);
  if (reject != Reject::kNone) {
    FR_CHECK(out.events.empty());
    out.reply = rejection(reject, std::move(detail));
    return;
  }
  if (command.caller.actor && !out.events.empty()) {
    if (auto act = act_of(slot, command, out.events))
      out.events.push_back(OperatorActed{std::move(*act)});
  }
  for (const Event& event : out.events) apply(slot, event, now);
  out.waits_for = wait_of(slot, command);
  if (out.waits_for.kind == WaitKind::kNone) {
    out.reply = answer(ask, out.events);
    if (keeps_answer(command) && !out.events.empty()) {
      const AnswerScope scope = answer_scope(sender_of(command.caller), command.body, command.key);
      store_answer(slot, scope, command.key, out.reply, now, out);
    }
  }
  answer_message(slot, command, out.messages);
  emit_follow_ups(slot, 0, now, out);
  finish(slot, now, out);
}

bool Machine::expire(Slot& slot, Instant now, Effects& out) {
  out.clear();
  slot.exports.expire(now);
  bool more = false;
  for (const auto& concert : slot.concerts) {
    while (!more) {
      scratch_.clear();
      if (!expire_next(*concert, now, scratch_)) break;
      const std::size_t first = out.events.size();
      for (Event& event : scratch_) emit(slot, std::move(event), now, out);
      emit_follow_ups(slot, first, now, out);
      more = out.events.size() >= kExpireEventsMax;
    }
  }
  finish(slot, now, out);
  return more;
}

void Machine::emit(Slot& slot, Event event, Instant now, Effects& out) {
  apply(slot, event, now);
  out.events.push_back(std::move(event));
}

void Machine::store_answer(Slot& slot, const AnswerScope& scope, const RequestKey& key,
                           const Reply& reply, Instant now, Effects& out) {
  emit(slot, AnswerStored{scope.concert, scope.owner, key, encode_answer(reply)}, now, out);
}

// Resolves a wait, and stores the reply under the key of the request that began it.
void Machine::resolve(Slot& slot, Resolved resolved, const AnswerScope& scope,
                      const RequestKey& key, Instant now, Effects& out) {
  if (key.present()) store_answer(slot, scope, key, resolved.reply, now, out);
  out.resolved.push_back(std::move(resolved));
}

// Messages and replies that follow from the events since `first_event`. Some events are taken by
// value, because resolve() may reallocate their vector.
void Machine::emit_follow_ups(Slot& slot, std::size_t first_event, Instant now, Effects& out) {
  const std::size_t end = out.events.size();
  const auto send_entry = [&](ConcertId concert, PaymentId payment) {
    const Concert& c = *slot.find_concert(concert);
    if (c.outbox.contains(payment)) out.messages.push_back(message_of_entry(c, payment));
  };
  for (std::size_t i = first_event; i < end; ++i) {
    std::visit(Match{
                   [&](const PaymentStarted& e) { send_entry(e.concert, e.payment); },
                   [&](const RefundStarted& e) { send_entry(e.concert, e.payment); },
                   [&](const SeatsSoldAtOffice& e) { send_entry(e.concert, e.payment); },
                   [&](const SeatsRefundStarted& e) { send_entry(e.concert, e.payment); },
                   [&](const ConcertRegistered& e) {
                     const Registration& r = slot.registrations[e.concert.value - 1];
                     out.messages.push_back(message(OpenConcert{e.concert, e.spec, r.seed}));
                   },
                   [&](const PaymentFailed& e) {
                     send_entry(e.concert, e.payment);
                     RejectDetail detail;
                     detail.balance = e.balance;
                     detail.amount = e.amount;
                     out.resolved.push_back({{WaitKind::kPayment, e.payment.value},
                                             rejection(e.reason, std::move(detail))});
                   },
                   [&](Sold e) {
                     send_entry(e.concert, e.payment);
                     const Concert& c = *slot.find_concert(e.concert);
                     const Payment& p = *c.find_payment(e.payment);
                     PaymentView view = payment_view(c, p);
                     view.released = released_before(out.events, first_event, i);
                     resolve(slot,
                             {{WaitKind::kPayment, p.id.value},
                              {Reject::kNone, true, false, std::move(view)}},
                             {c.id, p.user}, p.key, now, out);
                   },
                   [&](Refunded e) {
                     const Concert& c = *slot.find_concert(e.concert);
                     const Payment& p = *c.find_payment(e.payment);
                     if (p.is_of_office()) return;  // no request waits: the refund is one step
                     resolve(slot,
                             {{WaitKind::kRefund, p.id.value},
                              {Reject::kNone, true, false, refund_view(c, p)}},
                             refund_scope(kAdminSender, p.id), p.refund_key, now, out);
                   },
                   [&](RegistrationConfirmed e) {
                     const RequestKey key = slot.registrations[e.concert.value - 1].key;
                     resolve(slot,
                             {{WaitKind::kConcert, e.concert.value},
                              {Reject::kNone, true, false, ConcertCreated{e.concert}}},
                             creation_scope(kAdminSender, key), key, now, out);
                   },
                   [](const auto&) {},
               },
               out.events[i]);
  }
}

void Machine::finish(Slot& slot, Instant now, const Effects& out) {
  if (out.events.empty()) return;
  ++slot.seq;
  slot.time = now;
}

void Machine::log_hash(Slot& slot, Instant now, Effects& out) {
  out.clear();
  out.events.push_back(SlotHashed{slot.state_hash()});
  finish(slot, now, out);
}

void Machine::take(Slot& slot, std::uint64_t stream, std::uint64_t group, Instant now,
                   Effects& out) {
  out.clear();
  out.events.push_back(SlotTaken{stream, group, slot.seq, slot.state_hash()});
  finish(slot, now, out);
}

void Machine::pending_messages(const Slot& slot, Instant before, std::vector<Command>& out) {
  for (const auto& concert : slot.concerts) {
    for (const auto& [id, entry] : concert->outbox) {
      if (entry.at <= before) out.push_back(message_of_entry(*concert, id, entry));
    }
  }
  for (const Registration& r : slot.registrations) {
    if (!r.confirmed) out.push_back(message(OpenConcert{r.concert, r.spec, r.seed}));
  }
}

std::size_t Machine::pending_count(const Slot& slot) {
  std::size_t count = 0;
  for (const auto& concert : slot.concerts) count += concert->outbox.size();
  for (const Registration& r : slot.registrations) count += r.confirmed ? 0 : 1;
  return count;
}

}  // namespace frontrow
