// Slot migration state that the workers of an instance share (handover.h): the reports of the
// peers, and the progress.
//
// Any thread.
#pragma once

#include <array>
#include <atomic>
#include <bitset>
#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/runtime/cluster/slot_map.h"

namespace frontrow {

// Counts of the slots that the map gives to this instance, and of other instances' slots that are
// here.
struct HandoverStatus {
  std::uint32_t live = 0;                // own, served
  std::uint32_t awaited = 0;             // own, not here yet
  std::uint32_t leaving = 0;             // here, owned by another instance
  std::uint32_t refused = 0;             // of `leaving`, rejected by the owner (reason in the log)
  std::vector<InstanceId> awaited_from;  // peers whose nothing_left report is still missing
};

class HandoverBoard {
 public:
  // The combined reports of all peers. A slot that no instance has may be opened once all have
  // reported.
  struct Said {
    bool all = false;
    bool has_older = false;          // a peer has slots since another map
    bool knows_us = false;           // a peer has a record that this instance once had its slots
    std::bitset<kSlotCount> passed;  // slots that a peer once had and passed on
  };

  // Called before the workers run. `self` counts as having reported.
  void set_members(const SlotMap& map, InstanceId self);
  void note_older() { has_older_.store(true); }
  bool has_older() const { return has_older_.load(); }

  void take(const NothingLeft& said);
  // Called for a new link: the peer may have restarted with another directory, so its report is
  // erased.
  void forget(InstanceId peer);
  // Counts the changes of the reports.
  std::uint64_t spoken() const { return spoken_.load(std::memory_order_acquire); }
  Said said() const;

  // Instances that a slot here records as having begun.
  void note_begun(InstanceId instance) { begun_[instance].store(true); }
  bool has_begun(InstanceId instance) const { return begun_[instance].load(); }

  // Former slots of this instance that were passed on, for any owner.
  void note_passed(SlotId slot);
  std::vector<SlotId> passed_of(const SlotMap& map, InstanceId owner) const;

  // The number of slots here that the map gives to `owner`.
  std::atomic<std::uint32_t>& leaving(InstanceId owner) { return leaving_[owner]; }
  // The slots and bytes that went there.
  struct Passed {
    std::atomic<std::uint64_t> slots{0}, bytes{0};
    std::atomic<std::int64_t> since_ms{0};  // of the first offer
  };
  Passed& passed(InstanceId owner) { return passed_[owner]; }

  // Incremented when no slot is left here for some owner, when no slot is awaited any more, and
  // when all slots that began here are on disk.
  void note_end() { ended_.fetch_add(1, std::memory_order_release); }
  std::uint64_t ended() const { return ended_.load(std::memory_order_acquire); }

  std::atomic<std::uint32_t> live{0}, awaited{0}, refused{0};
  std::atomic<std::uint32_t> opening{0};  // slots that began here and are not on disk yet
  // Bytes of imported states that are not on disk yet.
  std::atomic<std::uint64_t> bytes_under_way{0};

  HandoverStatus status() const;

 private:
  mutable std::mutex mutex_;
  std::vector<InstanceId> members_;
  InstanceId self_ = 0;
  std::map<InstanceId, NothingLeft> said_;  // by peer
  std::bitset<kSlotCount> passed_here_;
  std::atomic<bool> has_older_{false};
  std::atomic<std::uint64_t> spoken_{0};
  std::atomic<std::uint64_t> ended_{0};
  std::array<std::atomic<std::uint32_t>, kInstanceIdMax + 1> leaving_{};
  std::array<Passed, kInstanceIdMax + 1> passed_;
  std::array<std::atomic<bool>, kInstanceIdMax + 1> begun_{};
};

}  // namespace frontrow
