// The newest state of each slot over the directories of several instances: their own streams, and
// the copies of other streams beside those.
//
// How it works. Each place (a stream in a directory) leads to states, and to records that go on
// from a state that it does not have (loose_replay.h). In a cluster each slot's sequence grows over
// all streams, so the state with the highest sequence is the newest one, and any records that
// follow it lead to a newer one, in any place. So:
//
//   1. in each directory, the newest state of each slot over its places, advanced by all records
//      there that follow it: the state to which that directory alone leads
//   2. over all directories, the same
//   3. records that follow no state are a fault: the state before them is in none of the
//   directories
//
// Places that must agree are compared: the chain hashes of one stream in several places, and the
// hashes of states with one sequence. A place that is behind agrees.
//
// Slots of a static cluster migrate by other records, and are judged by slot_gathering.h.
//
// One thread. Memory: the slots of all directories once, and of one place more.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_copies.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::recover {

// A directory that is held open: no server can start on it meanwhile.
struct OpenedDirectory {
  std::string path;
  std::unique_ptr<StoppedLog> log;
  std::vector<CopiedStream> copies;
};

// A stream in a directory.
struct Place {
  std::size_t directory = 0;
  std::uint64_t stream = 0;
  const CopiedStream* copy = nullptr;  // null: the directory's own stream
  Archive* archive = nullptr;
  std::uint64_t log_start = 0;
  NewestState state;
  std::size_t slots = 0;     // it leads to a state of
  std::size_t gathered = 0;  // slots whose newest state is taken from here
};

// A slot as one directory has it.
struct HeldSlot {
  std::uint64_t seq = 0;
  StateHash hash = 0;
  std::size_t place = 0;  // with its newest records
  Tenure tenure;
  std::vector<InstanceId> begun;  // as Slot has them
};

struct Gathered {
  std::vector<OpenedDirectory> directories;
  std::vector<Place> places;  // by directory; its own stream first
  bool has_streams =
      false;  // of a cluster with a shared log: there are copies, or slots were taken
  std::map<SlotId, HeldSlot> newest;
  std::vector<std::map<SlotId, HeldSlot>> held;  // by directory

  // Impossible situations, one line each: two owners, states or chains that differ, a state that is
  // in none of the directories, an old copy of a directory among the others, a slot that was
  // released to an instance whose directory is missing. The slots are unusable then. For a single
  // directory a missing instance is no fault.
  std::vector<std::string> faults;
  // Slots that are sealed for another instance, where no directory has a newer state: their state
  // counts.
  std::vector<std::string> waiting;
  // Streams of which slots may be missing: neither their own directory is here nor a copy from
  // their beginning, and there are further streams without their directory, whose instances may
  // follow other slots.
  std::vector<std::string> partial;
  // Copies that can't be used while the own directory of their stream is among the others.
  std::vector<std::string> unused;

  std::string name_of(const Place& place) const;
  // "311 slots from the copy of stream X in DIR, up to group N", for each copy.
  std::vector<std::string> from_copies() const;
};

// `slots` must be empty; released slots are not loaded into it. `wanted`: only these slots; none:
// all. An error names the directory.
Result<Gathered> load_newest_states(const std::vector<std::string>& directories, SlotTable& slots,
                                    std::span<const SlotId> wanted = {});

// The line for a slot whose records go on from a state elsewhere. `name`: of their place.
std::string describe(const OpenRun& run, const std::string& name);

}  // namespace frontrow::recover
