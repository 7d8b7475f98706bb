// Founds slots that were taken over: in the background each gets a snapshot in the own stream, on
// which its records there rest. Until then its state is in the copy of another stream, and the map
// keeps the end of that stream (ClusterMap::taken), so that a restart finds the state.
//
// A slot is founded once its slot_taken is durable: a follower of the own stream that has an older
// state of the slot, or none, sees by that record that it has to ask for it, and the map does not
// let it take the slot over before.
//
//   unfounded  served with the state of another stream, without a snapshot in the own stream
//   founded    has the snapshot, and the map still names the end: settle() makes it forget that
//   gap        of the recovery: decided on by an earlier process, whose snapshot is still missing
//
// Threads: that of step(); is_complete() from any.
#pragma once

#include <atomic>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>

#include "engine/base/result.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/note_once.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow {

// The place of a slot's state of before its first record in the own stream.
struct FoundingBase {
  StreamEnd end;                // of the stream that has it
  std::uint64_t own_group = 0;  // of the own stream, before its first record of the slot
  auto operator<=>(const FoundingBase&) const = default;
};

class Founding {
 public:
  // All of them must outlive the object.
  Founding(Engine& engine, NewestMap& map, NoteOnce& notes, const ControllerOptions& options);

  // Before the slot is served with a state from the copy of another stream.
  void begin(SlotId slot, const StreamEnd& end);
  // The slot's slot_taken is durable.
  void note_logged(SlotId slot) { unlogged_.erase(slot); }
  // The own stream leads to the slot's state, and the map still names this end.
  void note_founded(SlotId slot, const StreamEnd& end) { founded_[slot] = end; }
  void close_gap(SlotId slot, const StreamEnd& end);

  bool is_unfounded(SlotId slot) const { return unfounded_.contains(slot); }
  bool has_gap(SlotId slot) const { return gaps_.contains(slot); }

  // Writes the snapshots that are missing and may be written, and settles the map.
  void found();
  // Durable on return. REQUIRES: the thread holds the engine's snapshot_writer().
  Status write_snapshots(const FoundingBase& base, std::span<const SlotId> slots);

  void count();
  // As of the last count(): every slot that was taken over has a snapshot in the own stream, and
  // the map names no other place of its state.
  bool is_complete() const { return count_.load() == 0; }

 private:
  void write_missing_snapshots();
  void settle();

  NewestMap& map_;
  NoteOnce& notes_;
  Engine& engine_;
  const ControllerOptions& options_;
  std::map<SlotId, FoundingBase> unfounded_;
  std::set<SlotId> unlogged_;  // of these, slots whose slot_taken is not durable yet
  std::map<SlotId, StreamEnd> founded_;
  std::set<SlotId> gaps_;
  std::int64_t settled_ms_ = 0;  // the last time
  std::atomic<std::size_t> count_{0};
};

}  // namespace frontrow
