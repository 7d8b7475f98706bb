// The part of a journal beside appends: snapshots of slots, reading back the stream while it grows,
// and trimming its old end.
//
// The checkpoint position, a group, keeps restarts short: every slot that has a record in a group
// up to it has a snapshot that covers those records, so recovery reads only the snapshots and the
// groups above it. A snapshot may cover more (its own `group`).
//
// Threads: one background thread (the checkpoint's) beside the journal's; recovery, before either
// runs. A call may take long, and never delays an append by more than one small write.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct GroupView;

// A snapshot of one slot; each slot has at most one.
struct SnapshotHead {
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

  // In ascending order of slots.
  virtual Result<std::vector<SnapshotHead>> snapshots() = 0;
  // Passes the parts in order; fails if they are not the very bytes that were written.
  virtual Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) = 0;
  // Replaces the slot's snapshot. Calls `encode` once with the sink for the parts. Durable with the
  // next set_checkpoint_group().
  virtual Status write_snapshot(const SnapshotHead& head,
                                const std::function<Status(const PartSink&)>& encode) = 0;

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
