// Rounds of hashes of one shard: every slot that has changed since the last round logs its state
// hash, some slots a turn. A round is done when all of its records are durable; a checkpoint then
// compares them with the state that the log leads to.
//
// One thread, except done().
#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/core/protocol/types.h"
#include "engine/runtime/shard/reply_gate.h"

namespace frontrow {

class HashRounds {
 public:
  // The newest round whose records are all durable. From any thread.
  std::uint64_t done() const { return done_.load(std::memory_order_acquire); }

  // The slot has logged an event that is no hash.
  void note_change(SlotId slot) {
    if (is_changed_[slot.value]) return;
    is_changed_.set(slot.value);
    changed_.push_back(slot);
  }
  bool is_gathered(std::uint64_t round) const { return gathered_ == round; }
  // Begins the round with the slots that changed since the one before, unless it is running.
  void begin(std::uint64_t round) {
    if (running_ == round) return;
    running_ = round;
    for (const SlotId slot : changed_) {
      if (is_changed_[slot.value]) left_.push_back(slot);
      is_changed_.reset(slot.value);
    }
    changed_.clear();
  }
  // The next slot of the running round that has to log its hash.
  std::optional<SlotId> next() {
    if (left_.empty()) return std::nullopt;
    const SlotId slot = left_.back();
    left_.pop_back();
    return slot;
  }
  // The slot has logged its hash: that record is no change.
  void note_logged(SlotId slot) { is_changed_.reset(slot.value); }
  // The step of this turn is over: without a slot left all records of the round are in the gathered
  // batch or before it.
  void end_step() {
    if (left_.empty()) gathered_ = running_;
  }

  // Batches by their number (reply_gate.h).
  void batch_submitted(std::uint64_t number) { submitted_[number] = gathered_; }
  void batch_durable(std::uint64_t number) {
    done_.store(submitted_[number], std::memory_order_release);
  }
  // Every record is durable.
  void all_durable() { done_.store(gathered_, std::memory_order_release); }

 private:
  std::vector<SlotId> changed_;         // since the newest round; valid if in is_changed_
  std::bitset<kSlotCount> is_changed_;  // the valid members of changed_
  std::vector<SlotId> left_;            // slots of the running round
  std::uint64_t running_ = 0;
  std::uint64_t gathered_ = 0;            // the newest round that has no slot left
  BatchRing<std::uint64_t> submitted_{};  // gathered_ when the batch was submitted
  std::atomic<std::uint64_t> done_{0};
};

}  // namespace frontrow
