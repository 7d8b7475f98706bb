// The holder's side of slot migration: sends slots to their owner by the map.
#include <fmt/format.h>

#include <algorithm>

#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/machine.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/handover.h"
#include "engine/runtime/shard/shard_output.h"

namespace frontrow {
namespace {

constexpr std::size_t kMovesAtOnce = 8;  // to each peer
// A part must fit into a frame and into an event.
constexpr std::size_t kPartBytesMax = std::size_t{15} << 20;
constexpr Duration kTryPartAgain = milliseconds(20);
constexpr Duration kTryRefusedAgain = seconds(10);

}  // namespace

void Handover::begin_moves(Instant now) {
  look_again_ = false;
  next_move_ = kNever;
  if (engine_.is_draining()) return;
  for (auto& [slot, move] : moves_) {
    const bool waits = move.step == Step::kWaiting;
    if (!waits && !move.is_paused) continue;
    if (waits && under_way_[move.to] >= kMovesAtOnce) continue;  // end() calls this again
    if (now < move.not_before) {
      next_move_ = std::min(next_move_, move.not_before);
    } else if (!waits) {
      move.is_paused = false;
      pass_part(slot, move);
    } else if (engine_.links().is_up(move.to)) {
      offer(slot, move);
    } else {
      next_move_ = std::min(next_move_, now + kTryAgain);
    }
  }
}

void Handover::offer(SlotId slot, Move& move) {
  const Slot& parked = *engine_.parked().find(slot);
  const bool is_sealed = !parked.is_here();
  ++move.attempt;
  move.step = Step::kOffered;
  ++under_way_[move.to];
  std::int64_t never = 0;
  engine_.board().passed(move.to).since_ms.compare_exchange_strong(never, engine_.clock().now().ms);
  // The sequence of the sealing record, before or after it is written; it is the last record.
  const std::uint64_t seq = is_sealed ? parked.seq : parked.seq + 1;
  output_.send_to(move.to, {{}, {}, OfferSlot{slot, engine_.cluster()->self, seq, is_sealed}},
                  reply_to(slot, move));
}

void Handover::take_reply(const ReplyTo& to, const Reply& reply, Instant now) {
  const auto* answered = std::get_if<SlotAnswered>(&reply.body);
  const bool is_granted = reply.reject == Reject::kNone;
  if (to.context == kAdopted) {
    engine_.board().bytes_under_way.fetch_sub(to.generation);
    return;
  }
  if (to.context == kOpened) {
    if (engine_.board().opening.fetch_sub(1) == 1) {
      engine_.board().note_end();
      engine_.wake_all();
    }
    return;
  }
  if (to.context >= kToPeer) {
    is_told_[static_cast<InstanceId>(to.context - kToPeer)] = is_granted;
    if (!is_granted) next_telling_ = now + kTryAgain;
    return;
  }
  const SlotId slot{static_cast<std::uint16_t>(to.context)};
  const auto found = moves_.find(slot);
  if (found == moves_.end() || found->second.attempt != to.generation) return;
  Move& move = found->second;
  if (is_granted && answered != nullptr) return take_answer(slot, move, answered->answer, now);
  if (reply.reject != Reject::kOverloaded || move.step != Step::kPassing)
    return try_later(move, now, kTryAgain);
  // The link is full, or the peer has enough to write: only this part is resent.
  move.is_paused = look_again_ = true;
  move.not_before = now + kTryPartAgain;
}

void Handover::take_answer(SlotId slot, Move& move, SlotAnswer answer, Instant now) {
  const bool is_sealed = !engine_.parked().find(slot)->is_here();
  const bool is_about_sealed = answer == SlotAnswer::kHave || answer == SlotAnswer::kNotTaken;
  if (!is_sealed && is_about_sealed)
    return refuse(slot, move, now, "its reply contradicts the unsealed slot");
  switch (answer) {
    case SlotAnswer::kHave:
      return release(moves_.find(slot), now);
    case SlotAnswer::kNotTaken:
      // The promised instance may have imported the slot and passed it on, and lost its disk since:
      // then another instance has the slot, and reports it.
      if (owns(slot) && !engine_.board().said().all) return try_later(move, now, kTryAgain);
      return keep(moves_.find(slot), now);
    case SlotAnswer::kConflict:
      return refuse(slot, move, now, "it has a different state of the slot");
    case SlotAnswer::kSend:
      break;
  }
  if (move.step == Step::kPassing) {
    move.parts[move.next_part++] = {};
    if (move.next_part == move.parts.size()) return try_later(move, now, kTryAgain);
    return pass_part(slot, move);
  }
  if (is_sealed) return pass_first(slot, move);
  seal(slot, move, now);
}

void Handover::seal(SlotId slot, Move& move, Instant now) {
  Slot& parked = *engine_.parked().find(slot);
  std::uint64_t bytes = 0;
  std::size_t largest = 0;
  const Status counted = encode_state(parked, [&](std::span<const std::byte> part) -> Status {
    bytes += part.size();
    largest = std::max(largest, part.size());
    return {};
  });
  FR_CHECK(counted.ok());
  if (largest > kPartBytesMax)
    return refuse(slot, move, now, "a part of its state is larger than a frame; pin it here");
  if (bytes > kPassedBytesMax) {
    return refuse(slot, move, now,
                  fmt::format("its state of {} MiB is larger than the {} MiB that can be handed "
                              "over; pin it to this instance",
                              bytes >> 20, kPassedBytesMax >> 20));
  }
  move.step = Step::kSealing;
  now = std::max(now, parked.time);
  Machine::seal(parked, move.to, engine_.cluster()->map.hash(), now, effects_);
  output_.log(parked, effects_.events, now);
  say(slot, reply_to(slot, move), SlotAnswer::kSend);
}

// Called once the sealing record is on disk.
void Handover::pass_first(SlotId slot, Move& move) {
  move.step = Step::kPassing;
  if (move.parts.empty()) encode_parts(*engine_.parked().find(slot), move);
  pass_part(slot, move);
}

void Handover::encode_parts(const Slot& parked, Move& move) {
  move.hash = parked.state_hash();
  move.bytes = 0;
  const Status encoded = encode_state(parked, [&](std::span<const std::byte> part) -> Status {
    move.parts.push_back({{part.begin(), part.end()}});
    move.bytes += part.size();
    return {};
  });
  FR_CHECK(encoded.ok());
}

void Handover::pass_part(SlotId slot, Move& move) {
  PassPart part{.slot = slot,
                .from = engine_.cluster()->self,
                .seq = engine_.parked().find(slot)->seq,
                .hash = move.hash,
                .index = move.next_part,
                .is_last = move.next_part + 1 == move.parts.size(),
                .part = move.parts[move.next_part].part};
  output_.send_to(move.to, {{}, {}, std::move(part)}, reply_to(slot, move));
}

// Called once the owner has the slot on disk.
void Handover::release(Moves::iterator move, Instant now) {
  HandoverBoard::Passed& passed = engine_.board().passed(move->second.to);
  passed.slots.fetch_add(1);
  passed.bytes.fetch_add(move->second.bytes);
  Slot& parked = *engine_.parked().find(move->first);
  now = std::max(now, parked.time);
  Machine::release(parked, now, effects_);
  output_.log(parked, effects_.events, now);
  engine_.board().note_passed(parked.id);
  end(move);
}

// The slot was promised to an instance that never imported it and that the map no longer names.
void Handover::keep(Moves::iterator move, Instant now) {
  const SlotId slot = move->first;
  Slot& parked = *engine_.parked().find(slot);
  const Instant slot_now = std::max(now, parked.time);
  Machine::open(parked, engine_.cluster()->map.hash(), slot_now, effects_);
  output_.log(parked, effects_.events, slot_now);
  if (!owns(slot)) {
    try_later(move->second, now, Duration{});
    drop_parts(move->second);
    move->second.to = engine_.cluster()->map.owner(slot);
    return;
  }
  engine_.slots().adopt(engine_.parked().release(slot));
  end(move);
  go_live(*engine_.slots().find(slot));
}

void Handover::try_later(Move& move, Instant now, Duration wait) {
  // If parts were taken, there is time to encode them again. If none was, encoding may have taken
  // so long that the link broke; the next attempt then reuses the parts.
  if (move.next_part > 0) drop_parts(move);
  --under_way_[move.to];
  look_again_ = true;
  move.step = Step::kWaiting;
  move.is_paused = false;
  move.not_before = now + wait;
}

void Handover::drop_parts(Move& move) {
  move.parts = {};
  move.next_part = 0;
}

void Handover::refuse(SlotId slot, Move& move, Instant now, const std::string& why) {
  try_later(move, now, kTryRefusedAgain);
  drop_parts(move);
  if (move.was_refused) return;
  move.was_refused = true;
  engine_.board().refused.fetch_add(1);
  engine_.options().on_note(
      fmt::format("slot {} can't be handed over to instance {}: {}", slot.value, move.to, why));
}

void Handover::end(Moves::iterator move) {
  HandoverBoard& board = engine_.board();
  const InstanceId owner = engine_.cluster()->map.owner(move->first);
  if (move->second.was_refused) board.refused.fetch_sub(1);
  --under_way_[move->second.to];
  look_again_ = true;
  const bool is_last = !owns(move->first) && board.leaving(owner).fetch_sub(1) == 1;
  moves_.erase(move);
  if (!is_last) return;
  const HandoverBoard::Passed& passed = board.passed(owner);
  engine_.options().on_note(
      fmt::format("instance {} has all slots that are its own and were here: {} handed over, "
                  "{:.1f} MiB in {:.3f} s",
                  owner, passed.slots.load(), static_cast<double>(passed.bytes.load()) / (1 << 20),
                  static_cast<double>(engine_.clock().now().ms - passed.since_ms.load()) / 1000));
  board.note_end();
  engine_.wake_all();  // the first worker reports it to that instance
}

// Marks all peers as not told: a new link may lead to a restarted peer, or there is more to report.
void Handover::forget_told() {
  links_ = engine_.links_made();
  for (auto& [peer, is_told] : is_told_) is_told = false;
  look_again_ = tells_again_ = true;
}

// Reports to the peers that none of their slots is left here.
void Handover::tell_peers() {
  tells_again_ = false;
  next_telling_ = kNever;
  const ClusterView& cluster = *engine_.cluster();
  for (auto& [peer, is_told] : is_told_) {
    if (is_told || !engine_.links().is_up(peer) || engine_.board().leaving(peer) > 0) continue;
    is_told = true;  // unless the reply is a rejection
    NothingLeft said{.slot = cluster.map.first_slot_of(peer),
                     .from = cluster.self,
                     .has_older = engine_.board().has_older(),
                     .has_begun = engine_.board().awaited == 0 && engine_.board().opening == 0,
                     .knows_you = engine_.board().has_begun(peer),
                     .passed = engine_.board().passed_of(cluster.map, peer)};
    output_.send_to(
        peer, {{}, {}, std::move(said)},
        {.worker = output_.index(), .asker = Asker::kHandover, .context = kToPeer + peer});
  }
}

}  // namespace frontrow
