// What a journal keeps beside appends: snapshots of slots, the stream read back while it grows, and
// its end that is no longer needed.
//
// The floor is the promise that makes restarts short: every slot that has a record in a group up to
// the floor has a snapshot that covers those records, so recovery reads snapshots and what lies
// above the floor, nothing else. A snapshot may cover more than the floor says (its own `group`).
//
// Threads: one background thread (the rehearsal's) beside the journal's; recovery, before either
// runs. A call may take long and never keeps an append waiting for longer than one small write.
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

// A snapshot of one slot; there is one a slot.
struct SnapshotHead {
  SlotId slot;
  std::uint64_t group = 0;  // holds every record of the slot up to this group
  std::uint64_t seq = 0;    // of the newest of them
  StateHash state_hash = 0;
  Instant time;  // what the instance's clock showed at that one (Replay::shown)
  // Filled in when it is written.
  std::uint32_t parts = 0;
  std::uint64_t bytes = 0;
  std::uint64_t content_hash = 0;  // of all parts in order
};

// How much of the stream is kept below the floor. What is above it is never trimmed.
struct Retention {
  bool everything = true;   // whatever the limits say
  Duration time;            // older groups go; zero: no limit
  std::uint64_t bytes = 0;  // so many bytes of the newest groups are kept, about; 0: no limit
};

struct TrimReport {
  std::uint64_t groups = 0;  // how many went
  std::uint64_t first = 1;   // the oldest one now kept
};

class Archive {
 public:
  virtual ~Archive() = default;

  // In ascending order of slots.
  virtual Result<std::vector<SnapshotHead>> snapshots() = 0;
  // Hands out the parts in order; fails if they are not the very bytes that were written.
  virtual Status read_snapshot(const SnapshotHead& head, const PartSink& on_part) = 0;
  // Takes the place of the slot's snapshot before. `encode` is called once and given the sink for
  // the parts. Durable with the next set_floor.
  virtual Status write_snapshot(const SnapshotHead& head,
                                const std::function<Status(const PartSink&)>& encode) = 0;

  virtual std::uint64_t floor() = 0;
  // Makes what was written durable, then the floor.
  virtual Status set_floor(std::uint64_t group) = 0;

  // Groups after+1 to through, in order, checked against one another; through must be durable.
  virtual Status read_groups(std::uint64_t after, std::uint64_t through,
                             const std::function<Status(const GroupView&)>& on_group) = 0;
  // Forgets groups that the retention does not ask for, none above the floor.
  virtual Result<TrimReport> trim(const Retention& retention, Instant now) = 0;
};

}  // namespace frontrow
