// The part of a journal beside appends: snapshots of slots, reading back the stream while it grows,
// and trimming its old end. The copy of another instance's stream (copies.h) has an archive too.
//
// The checkpoint position, a group, keeps restarts short: every slot that has a record in a group
// up to it has a snapshot that covers those records, so recovery reads only the snapshots and the
// groups above it. A snapshot may cover more (its own `group`).
//
// Threads: any. Calls that write wait for each other, reads go on beside them. A call may take
// long, and never delays an append by more than one small write.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/state/state_hash.h"
#include "engine/runtime/journal/chain_position.h"

namespace frontrow {

struct GroupView;

// A snapshot of one slot, as one stream leads to it. A slot has at most one of each stream.
struct SnapshotHead {
  std::uint64_t stream = 0;  // of the groups; set by write_snapshot() like the last three
  SlotId slot;
  std::uint64_t group = 0;  // covers every record of the slot up to this group
  std::uint64_t seq = 0;    // of the newest covered record
  StateHash state_hash = 0;
  Instant time;  // the instance's clock at that record (Replay::shown)
  // Set by write_snapshot().
  std::uint32_t parts = 0;
  std::uint64_t bytes = 0;
  std::uint64_t content_hash = 0;  // of all parts in order
};

// The part of the stream up to the checkpoint position that is kept. Groups above it are never
// trimmed.
struct Retention {
  bool everything = true;   // overrides the limits below
  Duration time;            // older groups are trimmed; zero: no limit
  std::uint64_t bytes = 0;  // about how many bytes of the newest groups are kept; 0: no limit
};

struct TrimReport {
  std::uint64_t groups = 0;  // number of trimmed groups
  std::uint64_t first = 1;   // the oldest kept group
};

class Archive {
 public:
  virtual ~Archive() = default;

  // The stream that this archive reads, and of which its snapshots are. 0: in memory, for tests.
  virtual std::uint64_t stream() const = 0;

  // In ascending order of slots.
  virtual Result<std::vector<SnapshotHead>> snapshots() = 0;
  // Passes the parts in order; fails if they are not the very bytes that were written.
  virtual Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) = 0;
  // Replaces the slot's snapshot. Calls `encode` once with the sink for the parts. Durable with the
  // next set_checkpoint_group(). In the archive of the own stream a snapshot with a newer sequence
  // stays: of a slot that came back while a checkpoint made one of its earlier records.
  virtual Status write_snapshot(const SnapshotHead& head,
                                const std::function<Status(const PartSink&)>& encode) = 0;

  // Makes the written snapshots durable; set_checkpoint_group() does so as well.
  virtual Status flush_snapshots() = 0;
  // Removes the slot's snapshot, if there is one. Durable with the next flush_snapshots().
  virtual Status drop_snapshot(SlotId slot) = 0;

  // Position of a stored group, of the checkpoint, of the newest trimmed group or of the beginning.
  virtual Result<ChainPosition> position_at(std::uint64_t group) = 0;
  // The checkpoint position; 0: there are no snapshots, replay begins with the log.
  virtual std::uint64_t checkpoint_group() = 0;
  // Makes the written snapshots durable, then the checkpoint position.
  virtual Status set_checkpoint_group(std::uint64_t group) = 0;

  // Reads groups after+1 to through, in order, checking their chain; `through` must be durable.
  virtual Status read_groups(std::uint64_t after, std::uint64_t through,
                             const std::function<Status(const GroupView&)>& on_group) = 0;
  // Removes groups that the retention does not require, none above the checkpoint position.
  virtual Result<TrimReport> trim(const Retention& retention, Instant now) = 0;
};

}  // namespace frontrow
