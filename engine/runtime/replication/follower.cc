#include "engine/runtime/replication/follower.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/core/state/slot.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/recovery/restore_copy.h"
#include "engine/runtime/replication/slot_snapshots.h"

namespace frontrow {
namespace {

std::vector<SlotId> listed(const SlotSet& set) {
  std::vector<SlotId> slots;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (set[id]) slots.push_back(SlotId{id});
  }
  return slots;
}

}  // namespace

Follower::Follower(Copies& copies, FollowerOptions options)
    : copies_(copies), options_(std::move(options)) {}

Follower::~Follower() = default;

// --- state

Follower::Stream& Follower::at(std::uint64_t stream_id) {
  Stream& stream = streams_[stream_id];
  if (stream.replay == nullptr) {
    stream.id = stream_id;
    begin_replay(stream);
  }
  return stream;
}

void Follower::begin_replay(Stream& stream) {
  stream.warm.reset();
  stream.adopted.reset();
  stream.changed.reset();
  stream.incoming.clear();
  stream.shadows = std::make_unique<SlotTable>();
  stream.replay = std::make_unique<Replay>(*stream.shadows);
  stream.replay->only({});
  stream.replay->leave_out_gaps([this, &stream](SlotId slot) { cool(stream, slot); });
}

std::optional<CopyState> Follower::state_of(std::uint64_t stream_id) const {
  for (CopyState& state : copies_.streams()) {
    if (state.stream() == stream_id) return std::move(state);
  }
  return std::nullopt;
}

std::uint64_t Follower::newest(std::uint64_t stream_id) const {
  const auto state = state_of(stream_id);
  return state ? state->newest.number : 0;
}

bool Follower::is_warm(std::uint64_t stream_id, SlotId slot) const {
  const auto stream = streams_.find(stream_id);
  return stream != streams_.end() && stream->second.warm[slot.value];
}

std::vector<FollowedStream> Follower::streams() const {
  std::vector<FollowedStream> all;
  for (const auto& [id, stream] : streams_) {
    const auto state = state_of(id);
    all.push_back({.stream = id,
                   .newest = state ? state->newest.number : 0,
                   .synced = state ? state->synced : 0,
                   .wanted = stream.wanted.count(),
                   .warm = stream.warm.count()});
  }
  return all;
}

// --- slots to follow

void Follower::follow(std::uint64_t stream_id, const SlotSet& slots) {
  Stream& stream = at(stream_id);
  for (const SlotId slot : listed(stream.wanted & ~slots)) {
    cool(stream, slot);
    stream.replay->leave_out(slot);
  }
  const SlotSet more = slots & ~stream.wanted;
  stream.wanted = slots;
  if (more.none()) return;
  if (stream.warm.none()) restore(stream, more);
  // Snapshots on their way are not to begin anew for a few slots more: these are asked for later.
  if (!stream.awaits_snapshots) ask(stream_id);
}

// Restores the slots whose snapshots are in the copy: of a follower that was started again.
void Follower::restore(Stream& stream, const SlotSet& slots) {
  const auto state = state_of(stream.id);
  Archive* const archive = copies_.archive(stream.id);
  if (!state || archive == nullptr) return;
  if (!state->damage.empty()) return begin_again(stream, state->damage);
  if (state->checkpoint < state->log_start.number) return;
  begin_replay(stream);
  const auto heads = archive->snapshots();
  if (!heads.ok()) return begin_again(stream, heads.error());
  const auto unused = copies_.unused(stream.id);
  if (!unused.ok()) return begin_again(stream, unused.error());
  stream.unused = *unused;
  SlotSet found = stream.unused;
  for (const SnapshotHead& head : *heads) {
    if (slots[head.slot.value]) found.set(head.slot.value);
  }
  SlotSet gaps;
  Replay& replay = *stream.replay;
  replay.leave_out_gaps([&gaps](SlotId slot) { gaps.set(slot.value); });
  const auto restored = restore_copy(*archive, state->newest.number, listed(slots), replay);
  if (!restored.ok()) return begin_again(stream, restored.error());
  replay.leave_out_gaps([this, &stream](SlotId slot) { cool(stream, slot); });
  // Of the others only a slot with records is known to be whole: they begin with the first one.
  for (const SlotId slot : listed(slots)) {
    if (!gaps[slot.value] && (found[slot.value] || has_state(stream.id, slot))) {
      stream.warm.set(slot.value);
      stream.changed.set(slot.value);
    } else {
      replay.leave_out(slot);
      cool(stream, slot);
    }
  }
}

void Follower::ask(std::uint64_t stream_id) {
  Stream& stream = at(stream_id);
  const auto state = state_of(stream_id);
  CopyWanted wanted{.newest = {.stream = stream_id},
                    .snapshots = listed(stream.wanted & ~stream.warm)};
  wanted.has_copy = state && state->damage.empty();
  if (wanted.has_copy) wanted.newest = state->newest;
  stream.incoming.clear();
  stream.silent_rounds = 0;
  const bool wants_snapshots = !wanted.snapshots.empty();
  const bool is_sent = options_.send(stream_id, std::move(wanted));
  stream.is_unasked = !is_sent;
  stream.awaits_group = is_sent;
  stream.awaits_snapshots = is_sent && wants_snapshots;
}

void Follower::ask_again() {
  for (auto& [id, stream] : streams_) {
    if (stream.wanted.none()) continue;
    const bool is_cold = (stream.wanted & ~stream.warm).any();
    if (stream.is_unasked || (is_cold && !stream.awaits_snapshots)) {
      ask(id);
    } else if (stream.awaits_snapshots && ++stream.silent_rounds >= stream.patience) {
      stream.patience = std::min(2 * stream.patience, kPatienceMax);
      options_.on_note(fmt::format(
          "the owner of stream {:016x} has sent no snapshot for {} s: it is asked again", id,
          stream.silent_rounds));
      ask(id);
    }
  }
}

void Follower::set_unused(Stream& stream, const SlotSet& slots) {
  if (std::exchange(stream.unused, slots) == slots) return;
  // A failed disk shows in failure().
  static_cast<void>(copies_.set_unused(stream.id, slots));
}

// The slot's state here is not that of its owner.
void Follower::cool(Stream& stream, SlotId slot) {
  stream.warm.reset(slot.value);
  stream.adopted.reset(slot.value);
  stream.changed.reset(slot.value);
  stream.taken.reset(slot.value);
  stream.incoming.erase(slot);
  static_cast<void>(stream.shadows->release(slot));
  set_unused(stream, SlotSet(stream.unused).reset(slot.value));
  Archive* const archive = copies_.archive(stream.id);
  // A snapshot that is left behind would be taken for the state at a later checkpoint. A failure
  // ends the copies (failure()).
  if (archive != nullptr) static_cast<void>(archive->drop_snapshot(slot));
}

void Follower::begin_again(Stream& stream, const std::string& why) {
  options_.on_note(fmt::format("the copy of stream {:016x} begins anew: {}", stream.id, why));
  static_cast<void>(copies_.drop(stream.id));
  stream.unused.reset();
  begin_replay(stream);
  ask(stream.id);
}

// --- from the owner

void Follower::take(std::uint64_t stream_id, ToFollower&& message) {
  Stream& stream = at(stream_id);
  const Status taken = std::visit([&](auto& m) { return take(stream, std::move(m)); }, message);
  if (!taken.ok() && failure().empty()) begin_again(stream, taken.error());
}

Status Follower::take(Stream& stream, CopyBegins&& begins) {
  begin_replay(stream);
  if (Status s = copies_.begin(begins.position); !s.ok()) return s;
  const auto unused = copies_.unused(stream.id);
  if (!unused.ok()) return Error{unused.error()};
  stream.unused = *unused;
  ask(stream.id);
  return {};
}

Status Follower::take(Stream& stream, SnapshotPart&& part) {
  stream.silent_rounds = 0;
  const SlotId slot = part.head.slot;
  if (slot.value >= kSlotCount || !stream.wanted[slot.value] || stream.warm[slot.value]) return {};
  if (part.part == 0) stream.incoming[slot] = {part.head, {}};
  const auto incoming = stream.incoming.find(slot);
  // The rest of a snapshot that was asked for before the link broke.
  if (incoming == stream.incoming.end() || incoming->second.parts.size() != part.part) return {};
  incoming->second.parts.push_back(std::move(part.bytes));
  return {};
}

Status Follower::take(Stream& stream, SnapshotsSent&& sent) {
  stream.awaits_snapshots = false;
  stream.patience = kPatienceMin;
  const auto state = state_of(stream.id);
  if (!state) return {};  // it was begun anew meanwhile
  SlotSet slots;
  for (const SlotId slot : sent.slots) {
    if (slot.value >= kSlotCount || !stream.wanted[slot.value] || stream.warm[slot.value]) continue;
    const auto incoming = stream.incoming.find(slot);
    const bool has_arrived = incoming != stream.incoming.end() &&
                             incoming->second.parts.size() == incoming->second.head.parts;
    const bool has_none = incoming == stream.incoming.end() &&
                          std::ranges::find(sent.without, slot) != sent.without.end();
    // Of a later group than the copy has. Written here, it would be taken for the state at an
    // earlier group: the slot is asked for again when the copy has got there.
    const bool is_ahead = has_arrived && incoming->second.head.group > state->newest.number;
    if (is_ahead) stream.incoming.erase(incoming);
    if ((has_arrived && !is_ahead) || has_none) slots.set(slot.value);
  }
  if (slots.none()) return {};
  if (state->log_start.number > sent.checkpoint || state->newest.number < sent.checkpoint) {
    // Asked again when the owner has a later checkpoint, or the copy has got there.
    stream.incoming.clear();
    return {};
  }
  Status warm = warm_up(stream, slots, sent.checkpoint, *state);
  // The next slots at once, if some have come. Slots that have not come are asked for later.
  if (warm.ok() && (slots & stream.warm).any() && (stream.wanted & ~stream.warm).any())
    ask(stream.id);
  return warm;
}

// Loads the snapshots that have arrived, and brings them to the newest group.
Status Follower::warm_up(Stream& stream, const SlotSet& slots, std::uint64_t after,
                         const CopyState& state) {
  const std::vector<SlotId> list = listed(slots);
  Replay catches_up(*stream.shadows);
  catches_up.only(list);
  SlotSet gaps;
  catches_up.leave_out_gaps([&](SlotId slot) { gaps.set(slot.value); });
  for (const SlotId slot : list) {
    const auto incoming = stream.incoming.find(slot);
    if (incoming == stream.incoming.end()) continue;  // no record up to the checkpoint
    const auto& [head, parts] = incoming->second;
    if (Status s = load_snapshot(head, parts, stream.shadows->at(slot)); !s.ok()) return s;
    catches_up.covers(head);
    stream.replay->covers(head);
    stream.incoming.erase(incoming);
  }
  Archive& archive = *copies_.archive(stream.id);
  Status read = archive.read_groups(after, state.newest.number, [&](const GroupView& group) {
    return catches_up.apply_group(group);
  });
  if (!read.ok()) return read;
  for (const SlotId slot : listed(gaps)) cool(stream, slot);
  for (const SlotId slot : listed(slots & ~gaps)) stream.replay->include(slot);
  stream.warm |= slots & ~gaps;
  return keep_bases(stream, slots & ~gaps);
}

// Writes the states of slots that have just become warm: until then nothing on this disk leads to
// them. A checkpoint follows where one may be made.
Status Follower::keep_bases(Stream& stream, const SlotSet& slots) {
  Archive& archive = *copies_.archive(stream.id);
  // A snapshot is never ahead of its copy.
  if (const auto synced = copies_.sync(); !synced.ok()) return Error{synced.error()};
  const std::uint64_t newest = this->newest(stream.id);
  SlotSet unused = stream.unused;
  for (const SlotId slot : listed(slots)) {
    unused.set(slot.value, !has_state(stream.id, slot));
    if (Status s = write_base(stream, archive, slot, newest); !s.ok()) return s;
  }
  set_unused(stream, unused);
  if (Status s = archive.flush_snapshots(); !s.ok()) return s;
  return checkpoint(stream.id, true);
}

Status Follower::write_base(const Stream& stream, Archive& archive, SlotId id,
                            std::uint64_t group) {
  const Slot* const slot = stream.shadows->find(id);
  if (slot == nullptr || slot->seq == 0) return {};
  return write_snapshot(archive, id, *slot, group, slot->time);
}

bool Follower::is_adopted(std::uint64_t stream_id, SlotId slot) const {
  const auto stream = streams_.find(stream_id);
  return stream != streams_.end() && (stream->second.warm & stream->second.adopted)[slot.value];
}

bool Follower::adopt(std::uint64_t stream_id, std::map<SlotId, std::unique_ptr<Slot>>& states,
                     std::uint64_t after) {
  Stream& stream = at(stream_id);
  const auto state = state_of(stream_id);
  Archive* const archive = copies_.archive(stream_id);
  if (!state || !state->damage.empty() || archive == nullptr || stream.taken.any()) return false;
  std::vector<SlotId> slots;
  for (auto& [slot, from] : states) {
    FR_CHECK(from != nullptr);
    if (!stream.wanted[slot.value] || stream.warm[slot.value]) continue;
    cool(stream, slot);
    const SnapshotHead before{.slot = slot, .group = after, .seq = from->seq};
    stream.replay->covers(before);
    stream.shadows->adopt(std::move(from));
    slots.push_back(slot);
  }
  states.clear();
  if (slots.empty()) return true;
  // Records that the copy does not have any more, if it began after the move.
  SlotSet gaps;
  if (state->log_start.number > after) {
    for (const SlotId slot : slots) gaps.set(slot.value);
  } else {
    Replay catches_up(*stream.shadows);
    catches_up.only(slots);
    catches_up.leave_out_gaps([&gaps](SlotId slot) { gaps.set(slot.value); });
    const Status read =
        archive->read_groups(after, state->newest.number,
                             [&](const GroupView& group) { return catches_up.apply_group(group); });
    if (!read.ok()) {
      begin_again(stream, read.error());
      return true;
    }
  }
  SlotSet adopted;
  for (const SlotId slot : slots) {
    if (gaps[slot.value]) {
      cool(stream, slot);
      continue;
    }
    stream.replay->include(slot);
    adopted.set(slot.value);
  }
  stream.warm |= adopted;
  stream.adopted |= adopted;
  // A failed disk shows in failure().
  static_cast<void>(keep_bases(stream, adopted));
  return true;
}

Status Follower::take(Stream& stream, CopyGroup&& group) {
  const std::uint64_t newest = this->newest(stream.id);
  if (group.number <= newest) return {};
  if (group.number > newest + 1) {
    if (!stream.awaits_group) ask(stream.id);
    return {};
  }
  stream.awaits_group = false;
  return add_group(stream, *group.bytes);
}

Status Follower::add(std::uint64_t stream_id, std::span<const std::byte> group) {
  Stream& stream = at(stream_id);
  Status added = add_group(stream, group);
  if (!added.ok()) begin_replay(stream);  // a part of the group may be applied: no slot is warm
  return added;
}

Status Follower::add_group(Stream& stream, std::span<const std::byte> bytes) {
  const auto view = copies_.add(stream.id, bytes);
  if (!view.ok()) return Error{view.error()};
  note_changes(stream, *view);
  return stream.replay->apply_group(*view);
}

void Follower::note_changes(Stream& stream, const GroupView& group) {
  ByteReader reader(group.records);
  for (std::uint32_t i = 0; i < group.record_count && !reader.failed(); ++i) {
    const SlotId slot = read_record(reader).slot;
    if (!reader.failed() && slot.value < kSlotCount && stream.warm[slot.value])
      stream.changed.set(slot.value);
  }
  stream.events += group.event_count;
}

// --- the disk

Status Follower::sync() {
  const auto synced = copies_.sync();
  if (!synced.ok()) return Error{synced.error()};
  for (const SyncedCopy& copy : *synced) {
    const auto stream = streams_.find(copy.stream);
    if (stream != streams_.end()) stream->second.unsaid = copy.group;
  }
  for (auto& [id, stream] : streams_) {
    if (stream.unsaid != 0 && options_.send(id, CopySynced{id, stream.unsaid})) stream.unsaid = 0;
  }
  return {};
}

Status Follower::checkpoint(std::uint64_t stream_id, bool anyway) {
  Stream& stream = at(stream_id);
  Archive* const archive = copies_.archive(stream_id);
  const auto state = state_of(stream_id);
  if (archive == nullptr || !state) return {};
  if (!anyway && stream.events < options_.checkpoint_events) return {};
  if (stream.warm.none() || stream.taken.any()) return {};
  // A snapshot is never ahead of its copy.
  if (const auto synced = copies_.sync(); !synced.ok()) return Error{synced.error()};
  // For instance of slots that the map gave to another follower while this process did not run.
  const auto heads = archive->snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (stream.warm[head.slot.value]) continue;
    if (Status s = archive->drop_snapshot(head.slot); !s.ok()) return s;
  }
  set_unused(stream, stream.unused & stream.warm);
  for (const SlotId slot : listed(stream.changed & stream.warm)) {
    const Status written = write_base(stream, *archive, slot, state->newest.number);
    if (!written.ok()) return written;
  }
  if (Status s = archive->set_checkpoint_group(state->newest.number); !s.ok()) return s;
  stream.changed.reset();
  stream.events = 0;
  const auto trimmed = archive->trim(options_.retention, options_.now());
  return trimmed.ok() ? Status() : Error{trimmed.error()};
}

// --- takeover

std::unique_ptr<Slot> Follower::release(std::uint64_t stream_id, SlotId slot) {
  Stream& stream = at(stream_id);
  FR_CHECK(stream.warm[slot.value]);
  stream.warm.reset(slot.value);
  stream.adopted.reset(slot.value);
  stream.wanted.reset(slot.value);
  stream.replay->leave_out(slot);
  std::unique_ptr<Slot> state = stream.shadows->release(slot);
  if (state != nullptr && state->seq == 0) state.reset();
  if (state != nullptr) stream.taken.set(slot.value);
  return state;
}

std::unique_ptr<Slot> Follower::give(std::uint64_t stream_id, SlotId slot) {
  Stream& stream = at(stream_id);
  FR_CHECK(stream.warm[slot.value]);
  std::unique_ptr<Slot> state = stream.shadows->release(slot);
  stream.wanted.reset(slot.value);
  stream.replay->leave_out(slot);
  cool(stream, slot);
  if (state != nullptr && state->seq == 0) state.reset();
  return state;
}

bool Follower::has_state(std::uint64_t stream_id, SlotId slot) const {
  const auto stream = streams_.find(stream_id);
  if (stream == streams_.end()) return false;
  const Slot* const shadow = stream->second.shadows->find(slot);
  return shadow != nullptr && shadow->seq != 0;
}

std::optional<StateHash> Follower::state_hash(std::uint64_t stream_id, SlotId slot) const {
  const auto stream = streams_.find(stream_id);
  if (stream == streams_.end()) return std::nullopt;
  const Slot* const shadow = stream->second.shadows->find(slot);
  if (shadow == nullptr || shadow->seq == 0) return std::nullopt;
  return shadow->state_hash();
}

Status Follower::found(const StreamEnd& end, std::span<const SlotId> slots, Archive& own,
                       std::uint64_t own_group) {
  if (Status s = found_slots(copies_, end, slots, own, own_group); !s.ok()) return s;
  if (const auto stream = streams_.find(end.stream); stream != streams_.end()) {
    for (const SlotId slot : slots) stream->second.taken.reset(slot.value);
  }
  return {};
}

}  // namespace frontrow
