// Copies of the streams of other instances, kept beside the own stream: the very bytes of their
// groups, and snapshots of those of their slots that this instance follows.
//
// A copy begins at a position, after the state of the followed slots up to it came another way, or
// at number 0. Groups are added in order without a sync; one sync() covers all of them. Each copy
// has an archive (archive.h): its checkpoint position says for the slots that are followed that
// every record up to it is in a snapshot, and its old groups are trimmed like those of the own
// stream.
//
//   copies->begin(position);                  // position.stream names the stream
//   copies->archive(stream)->write_snapshot(...); set_checkpoint_group(position.number);
//   copies->add(stream, bytes); ...
//   copies->sync();                           // the owner learns that these are on disk
//
// Groups are synced before a snapshot of theirs is written, so that a snapshot is not ahead of its
// copy after a power cut.
//
// After a crash a copy ends at its newest group that is on disk and follows the one before: groups
// that were not synced may be missing at the end, never in the middle. A copy that lost groups that
// were synced is damaged: its state says so, and it accepts no call but begin() and drop(). The own
// stream is not affected.
//
// Errors. A group that is refused (bytes, chain, stream) changes nothing. After an error of the
// disk every later call fails, as in the journal: only a new process can find out what is on disk.
//
// Threads: one, the copy thread, for this and for the archives of the copies, beside the journal's
// and the checkpoint's. A snapshot or a checkpoint of a copy may take long and delays its add().
#pragma once

#include <bitset>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/limits.h"
#include "engine/runtime/journal/chain_position.h"
#include "engine/runtime/journal/journal.h"

namespace frontrow {

class Archive;

using SlotSet = std::bitset<kSlotCount>;

struct CopyState {
  ChainPosition log_start;   // groups up to it are not here
  ChainPosition newest;      // the log start if there are no groups
  std::uint64_t synced = 0;  // number of the newest group that is known to be on disk
  // Below the log start: the snapshots of a copy that was begun there were not all written.
  std::uint64_t checkpoint = 0;
  std::string damage;  // empty: none

  std::uint64_t stream() const { return newest.stream; }
};

struct SyncedCopy {
  std::uint64_t stream = 0;
  std::uint64_t group = 0;  // all groups up to it are on disk
};

class Copies {
 public:
  virtual ~Copies() = default;

  // In ascending order of streams.
  virtual std::vector<CopyState> streams() const = 0;

  // Begins a copy of `position.stream` that continues after `position`; durable on return. A copy
  // that reaches the position is kept if it has the same hash there, and an error if not. One that
  // does not reach it is replaced, with its snapshots, and so is a damaged one.
  virtual Status begin(const ChainPosition& position) = 0;

  // Adds the next group, as encoded by the owner. On disk after the next sync(). A group that is
  // there is accepted again, and refused with both hashes if its content is another. The view
  // points into `bytes`.
  virtual Result<GroupView> add(std::uint64_t stream, std::span<const std::byte> bytes) = 0;

  // Makes all added groups durable.
  virtual Result<std::vector<SyncedCopy>> sync() = 0;

  // Followed slots that were never used: they have neither a snapshot nor a record, and this tells
  // them from slots whose state is not here. Replaces the set before. On disk after the next
  // sync() of later groups, or of the journal.
  virtual Status set_unused(std::uint64_t stream, const SlotSet& slots) = 0;
  virtual Result<SlotSet> unused(std::uint64_t stream) = 0;

  // The archive of a copy; nullptr if the stream is not copied. Valid until the copy is replaced or
  // dropped. `through` of read_groups() is any group that was added.
  virtual Archive* archive(std::uint64_t stream) = 0;

  // Removes the copy and its snapshots, durably. No effect if there is none.
  virtual Status drop(std::uint64_t stream) = 0;

  // The error of the disk after which every call fails; empty while there was none.
  virtual std::string failure() const = 0;
};

}  // namespace frontrow
