#include "tools/frontrow/simulate/core.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/decide.h"
#include "engine/runtime/journal/record.h"

namespace frontrow::simulate {
namespace {

// A request with a token, or a repeated join, proves that its user is present.
void touch(Concert& concert, const Command& command, Instant now) {
  TicketNumber number = command.caller.number;
  if (const auto* join = std::get_if<Join>(&command.body)) {
    number = concert.line.find(join->user);
  } else if (!number || identify(concert, command.caller) != Reject::kNone) {
    return;
  }
  if (number) concert.line.touch(number, now);
}

}  // namespace

Core::Core(const ConcertSpec& spec, Instant start, drop::Violations& violations)
    : machine_(Policy{}), violations_(violations) {
  const Reply created = ask({{}, {}, CreateConcert{spec}}, start);
  FR_CHECK(created.reject == Reject::kNone);
  const ConcertId id = std::get<ConcertCreated>(created.body).concert;
  home_ = &slot_at(slot_of_concert(id));
  concert_ = home_->find_concert(id);
  for (const auto& date : concert_->dates) seats_ += date->seats.total();
}

Slot& Core::slot_at(SlotId id) {
  std::unique_ptr<Slot>& slot = slots_[id.value];
  if (slot == nullptr) slot = std::make_unique<Slot>(id);
  return *slot;
}

const Reply& Core::ask(const Command& command, Instant now) {
  answered_ = false;
  awaited_ = {};
  run(command, now);
  if (effects_.waits_for.kind != WaitKind::kNone) {
    awaited_ = effects_.waits_for;
  } else if (messages_.empty()) {
    return effects_.reply;
  } else {
    reply_ = std::move(effects_.reply);
    answered_ = true;
  }
  deliver(now);
  FR_CHECK(answered_);
  return reply_;
}

// Messages cause further messages; delivers until none is left.
void Core::deliver(Instant now) {
  while (!messages_.empty()) {
    const Command message = std::move(messages_.front());
    messages_.pop_front();
    ++figures_.messages;
    run(message, now);
    for (Resolved& resolved : effects_.resolved) {
      if (!(resolved.key == awaited_)) continue;
      reply_ = std::move(resolved.reply);
      answered_ = true;
    }
  }
}

void Core::run(const Command& command, Instant now) {
  const std::size_t kind = kind_of(command.body);
  const bool timed = meter_.count(kind);
  const std::int64_t began = timed ? CommandMeter::now_ns() : 0;
  Slot& slot = slot_at(slot_of(command.body));
  if (&slot == home_) touch(*concert_, command, now);
  machine_.execute(slot, command, now, effects_);
  log(slot, now);
  if (timed) meter_.timed(kind, began);
  for (Command& message : effects_.messages) messages_.push_back(std::move(message));
}

void Core::pass_time(Instant now) {
  if (next_wakeup(*concert_, now) <= now) {
    const std::int64_t began = CommandMeter::cpu_now_ns();
    for (bool more = true; more;) {
      more = machine_.expire(*home_, now, effects_);
      log(*home_, now);
      for (Command& message : effects_.messages) messages_.push_back(std::move(message));
    }
    meter_.other(began);
    deliver(now);
  }
  figures_.waiting_most = std::max(figures_.waiting_most, concert_->line.waiting());
  figures_.active_most = std::max(figures_.active_most, concert_->active() - guests());
}

void Core::log(const Slot& slot, Instant now) {
  if (effects_.events.empty()) return;
  record_.clear();
  const std::size_t begin = begin_record(record_, slot.id, slot.seq, now);
  ByteWriter writer(record_);
  for (const Event& event : effects_.events) encode_event(event, writer);
  finish_record(record_, begin, static_cast<std::uint16_t>(effects_.events.size()));
  ++figures_.records;
  figures_.events += effects_.events.size();
  figures_.log_bytes += record_.size();
  for (const Event& event : effects_.events) note(event, now);
}

void Core::note(const Event& event, Instant now) {
  std::visit(
      Match{
          [&](const TokensAdmitted& e) {
            figures_.admitted += e.count;
            if (e.first <= admitted_last_)
              violations_.add(fmt::format("order: place {} was admitted after place {}",
                                          e.first.value, admitted_last_.value));
            admitted_last_ = e.last;
            if (concert_->active() > concert_->rules.queue.max_active)
              violations_.add(fmt::format("cap: {} fans are in, {} are allowed", concert_->active(),
                                          concert_->rules.queue.max_active));
          },
          [&](const TokenEnded& e) {
            guests_.erase(e.number);
            if (e.state != TokenState::kExpired) return;
            ++(concert_->line.place_of(e.number) <= admitted_last_ ? figures_.sessions_ended
                                                                   : figures_.idle_left);
          },
          [&](const SeatsHeld&) { ++figures_.holds; },
          [&](const WaitlistJoined& e) { wishes_[{e.date_index, e.entry}] = e.section; },
          [&](const WaitlistLeft& e) { wishes_.erase({e.date_index, e.entry}); },
          [&](const SeatsOffered& e) { note_offer(e); },
          [&](const HoldExpired&) { ++figures_.holds_expired; },
          [&](const HoldReleased&) { ++figures_.holds_released; },
          [&](const Sold& e) { note_sold(*concert_->find_payment(e.payment), now); },
          [&](const PaymentFailed&) { ++figures_.payments_failed; },
          [](const auto&) {},
      },
      event);
}

// Offers of one wish go in the order of the entries.
void Core::note_offer(const SeatsOffered& offered) {
  ++figures_.holds;
  ++figures_.offers;
  const Session* session = concert_->find_session(offered.number);
  if (session != nullptr && session->is_for_offer) guests_.insert(offered.number);
  const auto wish = wishes_.find({offered.date_index, offered.entry});
  if (wish == wishes_.end())
    return violations_.add(
        fmt::format("waitlist: entry {} of date {} was offered seats and is none", offered.entry,
                    offered.date_index));
  std::uint32_t& last = offered_last_[{offered.date_index, wish->second}];
  if (offered.entry <= last)
    violations_.add(fmt::format("waitlist: entry {} of date {} was offered seats after entry {}",
                                offered.entry, offered.date_index, last));
  last = offered.entry;
  wishes_.erase(wish);
}

void Core::note_sold(const Payment& payment, Instant now) {
  guests_.erase(payment.number);
  ++figures_.payments;
  const std::uint64_t sold = figures_.sold += payment.seats.size();
  const auto reached = [&](std::uint64_t tenths, Instant& at) {
    if (!at.is_set() && sold * 10 >= seats_ * tenths) at = now;
  };
  reached(5, figures_.sold_half);
  reached(9, figures_.sold_nine_tenths);
  reached(10, figures_.sold_last);
}

std::vector<const Slot*> Core::slots() const {
  std::vector<const Slot*> slots;
  for (const auto& slot : slots_) {
    if (slot != nullptr) slots.push_back(slot.get());
  }
  return slots;
}

std::uint64_t Core::state_hash() const {
  HashFold fold(kSlotCount);
  for (const Slot* slot : slots()) fold.add(slot->id.value).add(slot->state_hash());
  return fold.value();
}

}  // namespace frontrow::simulate
