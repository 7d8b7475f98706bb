// What the workers of an instance know together about the slots that change their instance
// (handover.h): what the peers have said, and how far it has come.
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

// Of the slots that the map gives to this instance, and of those of others that are here.
struct HandoverStatus {
  std::uint32_t live = 0;                // own, served
  std::uint32_t awaited = 0;             // own, not here yet
  std::uint32_t leaving = 0;             // here, and another's
  std::uint32_t refused = 0;             // of those, not taken: the log says why
  std::vector<InstanceId> awaited_from;  // peers that have not said yet that they have nothing
};

class HandoverBoard {
 public:
  // What all peers have said together. A slot that nobody has may be opened once all have spoken.
  struct Said {
    bool all = false;
    bool has_older = false;          // somebody has slots since another map
    bool knows_us = false;           // somebody knows that this instance once had its slots
    std::bitset<kSlotCount> passed;  // somebody once had them and gave them away
  };

  // Before the workers run. `self` has spoken.
  void set_members(const SlotMap& map, InstanceId self);
  void note_older() { has_older_.store(true); }
  bool has_older() const { return has_older_.load(); }

  void take(const NothingLeft& said);
  // A new link: the peer may have started anew, with another directory.
  void forget(InstanceId peer);
  // Counted up with each.
  std::uint64_t spoken() const { return spoken_.load(std::memory_order_acquire); }
  Said said() const;

  // Instances of which a slot here says that they have begun.
  void note_begun(InstanceId instance) { begun_[instance].store(true); }
  bool has_begun(InstanceId instance) const { return begun_[instance].load(); }

  // Slots that were here and were given away, whoever owns them now.
  void note_passed(SlotId slot);
  std::vector<SlotId> passed_of(const SlotMap& map, InstanceId owner) const;

  // Slots here that the map gives to `owner`.
  std::atomic<std::uint32_t>& leaving(InstanceId owner) { return leaving_[owner]; }
  // What has gone there.
  struct Passed {
    std::atomic<std::uint64_t> slots{0}, bytes{0};
    std::atomic<std::int64_t> since_ms{0};  // of the first offer
  };
  Passed& passed(InstanceId owner) { return passed_[owner]; }

  // Counted up when nothing is left here for some owner, and when nothing is awaited any more.
  void note_end() { ended_.fetch_add(1, std::memory_order_release); }
  std::uint64_t ended() const { return ended_.load(std::memory_order_acquire); }

  std::atomic<std::uint32_t> live{0}, awaited{0}, refused{0};
  std::atomic<std::uint32_t> opening{0};  // slots that began here and are not on disk yet
  // Bytes of states that were taken over and are not on disk yet.
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
