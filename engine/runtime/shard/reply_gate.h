// Defers output that rests on events that are not on disk yet: replies (reads included) and
// messages. Output of a slot waits for the newest batch that carries an event of that slot.
//
// Batches are numbered from 1. One is being gathered, kBatchesInFlight at most are with the journal
// thread, and those before them are durable.
//
// One thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

// Submitted batches of one shard: one for each turn that its thread may take while one sync runs.
// Later turns gather into the next batch.
inline constexpr std::size_t kBatchesInFlight = 31;

// A value for each batch that is not durable, by its number.
template <class T>
class BatchRing {
 public:
  T& operator[](std::uint64_t number) { return items_[number % items_.size()]; }
  const T& operator[](std::uint64_t number) const { return items_[number % items_.size()]; }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }

 private:
  std::array<T, kBatchesInFlight + 1> items_;
};

class ReplyGate {
 public:
  struct Deferred {
    std::vector<ReplyEnvelope> replies;
    std::vector<Command> messages;
    void clear() {
      replies.clear();
      messages.clear();
    }
  };

  std::uint64_t gathering() const { return gathering_; }
  std::uint64_t oldest_in_flight() const { return durable_ + 1; }
  bool anything_in_flight() const { return oldest_in_flight() < gathering_; }
  bool may_submit() const { return gathering_ - durable_ <= kBatchesInFlight; }

  // The slot has just put an event into the gathered batch.
  void mark(SlotId slot) { newest_batch_[slot.value] = gathering_; }
  // The queue for deferred output of this slot; nullptr: nothing is in flight, the output may leave
  // now.
  Deferred* queue_of(SlotId slot) {
    const std::uint64_t batch = newest_batch_[slot.value];
    return batch > durable_ ? &deferred_[batch] : nullptr;
  }
  void defer(Deferred& queue, const ReplyTo& to, Reply&& reply) {
    queue.replies.push_back({to, std::move(reply)});
    ++deferred_replies_;
  }

  // The gathered batch was submitted; the next one begins. REQUIRES: may_submit().
  void begin_next() { ++gathering_; }
  // The oldest batch in flight is durable: returns the output that waited for it. Valid until the
  // next begin_next(); the caller empties it.
  Deferred& open() {
    Deferred& opened = deferred_[++durable_];
    deferred_replies_ -= opened.replies.size();
    return opened;
  }

  // Returns the deferred replies of all batches; the messages stay.
  std::vector<ReplyEnvelope> take_replies() {
    std::vector<ReplyEnvelope> all;
    for (Deferred& deferred : deferred_) {
      std::move(deferred.replies.begin(), deferred.replies.end(), std::back_inserter(all));
      deferred.replies.clear();
    }
    deferred_replies_ = 0;
    return all;
  }
  // Returns the deferred replies of all batches and clears the gate. For a failed journal.
  std::vector<ReplyEnvelope> take_all() {
    std::vector<ReplyEnvelope> all = take_replies();
    for (Deferred& deferred : deferred_) deferred.clear();
    return all;
  }
  std::size_t deferred() const { return deferred_replies_; }

 private:
  std::array<std::uint64_t, kSlotCount> newest_batch_{};  // 0: none yet
  std::uint64_t gathering_ = 1;
  std::uint64_t durable_ = 0;
  std::size_t deferred_replies_ = 0;
  BatchRing<Deferred> deferred_;
};

}  // namespace frontrow
