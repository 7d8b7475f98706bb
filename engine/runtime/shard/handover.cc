#include "engine/runtime/shard/handover.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/shard_output.h"
#include "engine/runtime/shard/worker.h"

namespace frontrow {
namespace {

constexpr std::size_t kOpenedPerTurn = 256;
// A record counts its events in 16 bits.
constexpr std::uint32_t kPassedPartsMax = 60'000;
constexpr std::uint64_t kPassedSeqMax = std::uint64_t{1} << 62;
// A large state is imported only if the disk has room for it: in RocksDB's log, in the table
// written from it, and in the next snapshot.
constexpr std::uint64_t kSmallState = std::uint64_t{1} << 20;
constexpr std::uint64_t kWrittenTimes = 3;
// A large state also needs memory: for the parts, and for the entities made of them.
constexpr std::uint64_t kLoadedTimes = 4;
constexpr Duration kNotedAhead = seconds(1);

}  // namespace

Handover::Handover(Engine& engine, Worker& worker, ShardOutput& output)
    : engine_(engine), worker_(worker), output_(output) {
  if (engine.cluster() == nullptr) live_.set();
}

bool Handover::owns(SlotId slot) const { return engine_.owns(slot); }

void Handover::begin() {
  if (engine_.cluster() == nullptr) return;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const SlotId slot{id};
    if (&engine_.worker_of(slot) != &worker_) continue;
    const Slot* parked = engine_.parked().find(slot);
    if (engine_.slots().find(slot) != nullptr) {
      live_.set(id);
    } else if (owns(slot) && parked == nullptr) {
      awaited_.set(id);
    }
    if (parked == nullptr || parked->tenure.state == Tenure::State::kReleased) continue;
    const InstanceId owner = engine_.cluster()->map.owner(slot);
    Move move;
    move.to = parked->is_here() ? owner : parked->tenure.peer;
    moves_.emplace(slot, std::move(move));
  }
  if (output_.index() == 0) {
    for (const SlotMap::Instance& peer : engine_.cluster()->map.instances()) {
      if (peer.id != engine_.cluster()->self && engine_.cluster()->map.slots_of(peer.id) > 0)
        is_told_[peer.id] = false;
    }
  }
  look_again_ = true;
  heard_ = ~std::uint64_t{0};
}

bool Handover::has_work() const {
  return !replies_.empty() || look_again_ || !to_open_.empty() ||
         (engine_.cluster() != nullptr && heard_ != engine_.board().spoken()) ||
         (!is_told_.empty() &&
          (tells_again_ || links_ != engine_.links_made() || ended_ != engine_.board().ended()));
}

void Handover::turn(Instant now) {
  if (engine_.cluster() == nullptr) return;
  std::vector<ReplyEnvelope> replies;
  replies.swap(replies_);
  for (const ReplyEnvelope& reply : replies) take_reply(reply.to, reply.reply, now);
  hear_peers(now);
  if (now >= next_move_) look_again_ = true;
  if (now >= next_telling_) tells_again_ = true;
  if (links_ != engine_.links_made()) forget_told();
  if (ended_ != engine_.board().ended()) {
    ended_ = engine_.board().ended();
    forget_told();
  }
  if (look_again_) begin_moves(now);
  if (tells_again_) tell_peers();
}

// The slot is served from now on; its outbox is resent.
void Handover::go_live(Slot& slot) {
  live_.set(slot.id.value);
  engine_.board().live.fetch_add(1);
  if (engine_.board().awaited.fetch_sub(1) == 1) {
    engine_.board().note_end();  // tell_peers() reports it
    engine_.wake_all();
  }
  worker_.begin_slot(slot);
  if (begun_.empty() || begun_.begin()->second.said.slot != slot.id) return;
  const std::map<InstanceId, Begun> begun = std::exchange(begun_, {});
  for (const auto& [from, each] : begun) take_said(each.said, each.reply_to);
}

ReplyTo Handover::reply_to(SlotId slot, const Move& move) const {
  return {.worker = output_.index(),
          .asker = Asker::kHandover,
          .context = slot.value,
          .generation = move.attempt};
}

// The reply is deferred until the events before it are durable.
void Handover::say(SlotId slot, const ReplyTo& to, SlotAnswer answer) {
  output_.defer_or_send(slot, to, {Reject::kNone, false, false, SlotAnswered{answer}});
}

// Handled in the next turn: some replies arrive while a move is being started.
void Handover::on_reply(const ReplyTo& to, Reply&& reply) {
  replies_.push_back({to, std::move(reply)});
}

void Handover::take(const Command& command, const ReplyTo& reply_to) {
  if (const auto* offered = std::get_if<OfferSlot>(&command.body)) {
    // A slot that can't be imported must not be sealed.
    const Reject short_of = engine_.short_of();
    if (!offered->is_sealed && short_of != Reject::kNone) return output_.refuse(reply_to, short_of);
    say(offered->slot, reply_to, answer_to(*offered));
  } else if (const auto* part = std::get_if<PassPart>(&command.body)) {
    take_part(*part, reply_to);
  } else if (const auto* said = std::get_if<NothingLeft>(&command.body)) {
    take_said(*said, reply_to);
  }
}

// --- the owner's side

SlotAnswer Handover::answer_to(const OfferSlot& offered) const {
  const bool is_live_here = is_live(offered.slot);
  const Slot* known =
      is_live_here ? engine_.slots().find(offered.slot) : engine_.parked().find(offered.slot);
  if (known != nullptr && known->seq >= offered.seq) {
    // A newer sequence alone does not prove it: the state here must also derive from the offered
    // one. An older copy of a data directory may have advanced on its own.
    return offered.is_sealed && known->tenure.adopted_seq >= offered.seq ? SlotAnswer::kHave
                                                                         : SlotAnswer::kConflict;
  }
  if (is_live_here) return SlotAnswer::kConflict;
  return owns(offered.slot) ? SlotAnswer::kSend : SlotAnswer::kNotTaken;
}

void Handover::take_part(const PassPart& part, const ReplyTo& reply_to) {
  const SlotId slot = part.slot;
  const OfferSlot same{slot, part.from, part.seq, true};
  const SlotAnswer answer = answer_to(same);
  if (answer != SlotAnswer::kSend) {
    coming_.erase(slot);
    return say(slot, reply_to, answer);
  }
  if (const Reject short_of = engine_.short_of(); short_of != Reject::kNone)
    return output_.refuse(reply_to, short_of);
  Coming& coming = coming_[slot];
  if (part.index == 0) coming = {part.from, part.seq, part.hash, 0, {}};
  const std::uint64_t bytes = coming.bytes + part.part.size();
  const bool fits = coming.from == part.from && coming.seq == part.seq &&
                    coming.hash == part.hash && coming.parts.size() == part.index &&
                    bytes <= kPassedBytesMax && !part.part.empty() &&
                    part.index < kPassedPartsMax && part.seq < kPassedSeqMax;
  if (!fits) {  // a part is missing: the holder starts over
    coming_.erase(slot);
    return output_.refuse(reply_to, Reject::kInstanceUnavailable);
  }
  if (part.is_last) {
    if (bytes > kSmallState && !engine_.has_space_for(kWrittenTimes * bytes))
      return output_.refuse(reply_to, Reject::kLowDisk);
    if (bytes > kSmallState && engine_.memory_room() < kLoadedTimes * bytes)
      return output_.refuse(reply_to, Reject::kLowMemory);
    std::atomic<std::uint64_t>& under_way = engine_.board().bytes_under_way;
    if (under_way.fetch_add(bytes) + bytes > kPassedBytesMax) {
      under_way.fetch_sub(bytes);
      return output_.refuse(reply_to, Reject::kOverloaded);
    }
  }
  coming.bytes = bytes;
  coming.parts.push_back({part.part});
  if (!part.is_last) return say(slot, reply_to, SlotAnswer::kSend);
  Coming whole = std::move(coming);
  coming_.erase(slot);
  adopt(slot, std::move(whole), reply_to);
}

void Handover::adopt(SlotId id, Coming&& coming, const ReplyTo& reply_to) {
  const Slot* older = engine_.parked().find(id);
  const Instant now = std::max(engine_.clock().now(), older == nullptr ? Instant{} : older->time);
  const SlotAdopted as{coming.from, coming.seq, coming.hash, engine_.cluster()->map.hash()};
  auto slot = std::make_unique<Slot>(id);
  const Status adopted = Machine::adopt(*slot, as, std::move(coming.parts), now, effects_);
  if (!adopted.ok()) {
    engine_.options().on_note(fmt::format("slot {}: the state from instance {} is invalid: {}",
                                          id.value, coming.from, adopted.error()));
    engine_.board().bytes_under_way.fetch_sub(coming.bytes);
    return say(id, reply_to, SlotAnswer::kConflict);
  }
  forget_move(id);
  engine_.parked().release(id);
  engine_.slots().adopt(std::move(slot));
  Slot& live = *engine_.slots().find(id);
  output_.log(live, effects_.events, live.time);
  effects_.clear();  // frees the parts
  say(id, reply_to, SlotAnswer::kHave);
  output_.defer_or_send(id,
                        {.worker = output_.index(),
                         .asker = Asker::kHandover,
                         .context = kAdopted,
                         .generation = static_cast<std::uint32_t>(coming.bytes)},
                        Reply{});
  note_clock(live, coming.from);
  go_live(live);
}

// Logged once for each peer and worker, to explain times in the future.
void Handover::note_clock(const Slot& slot, InstanceId from) {
  const Duration ahead = slot.time - engine_.clock().now();
  if (ahead < kNotedAhead || !noted_clocks_.insert(from).second) return;
  engine_.options().on_note(
      fmt::format("what comes from instance {} is {:.3f} s ahead of this machine's clock; it keeps "
                  "its time, which runs on from there",
                  from, static_cast<double>(ahead.ms) / 1000));
}

// Drops the move of an older state that was sealed for an instance that may have imported it. It
// did: the state just imported derives from it.
void Handover::forget_move(SlotId slot) {
  awaited_.reset(slot.value);
  const auto found = moves_.find(slot);
  if (found == moves_.end()) return;
  if (found->second.step != Step::kWaiting) --under_way_[found->second.to];
  look_again_ = true;
  if (found->second.was_refused) engine_.board().refused.fetch_sub(1);
  moves_.erase(found);
}

void Handover::take_said(const NothingLeft& said, const ReplyTo& reply_to) {
  HandoverBoard& board = engine_.board();
  engine_.hear(said);
  if (!said.has_begun || board.has_begun(said.from)) return output_.answer(reply_to, Reply{});
  if (!is_live(said.slot)) {  // this slot stores the report
    const auto older = begun_.find(said.from);
    if (older != begun_.end()) output_.refuse(older->second.reply_to, Reject::kInstanceUnavailable);
    begun_[said.from] = {said, reply_to};
    return;
  }
  Slot& slot = *engine_.slots().find(said.slot);
  const Instant now = worker_.now_for(slot);
  Machine::note_begun(slot, said.from, now, effects_);
  output_.log(slot, effects_.events, now);
  board.note_begun(said.from);
  output_.defer_or_send(slot.id, reply_to, Reply{});
}

// Handles new reports of the peers. Once all have reported, slots that no instance has begin here.
void Handover::hear_peers(Instant now) {
  if (heard_ != engine_.board().spoken()) {
    heard_ = engine_.board().spoken();
    const HandoverBoard::Said said = engine_.board().said();
    to_open_.clear();
    const bool was_there = said.knows_us || said.has_older || engine_.board().has_older();
    if (said.all && !was_there) {
      for (std::uint16_t id = 0; id < kSlotCount; ++id) {
        if (awaited_[id] && !said.passed[id]) to_open_.push_back(SlotId{id});
      }
    }
  }
  for (std::size_t i = 0; i < kOpenedPerTurn && !to_open_.empty(); ++i) {
    const SlotId id = to_open_.back();
    to_open_.pop_back();
    if (!awaited_[id.value]) continue;
    awaited_.reset(id.value);
    Slot& slot = engine_.slots().at(id);
    Machine::open(slot, engine_.cluster()->map.hash(), now, effects_);
    output_.log(slot, effects_.events, now);
    engine_.board().opening.fetch_add(1);
    output_.defer_or_send(
        id, {.worker = output_.index(), .asker = Asker::kHandover, .context = kOpened}, Reply{});
    go_live(slot);
  }
}

}  // namespace frontrow
