// Keeps back what rests on events that are not on disk yet: replies (reads included) and messages.
// What was decided on a slot waits for the newest batch that carries an event of that slot; there
// are never more than two such batches, the one being written and the one being gathered.
//
// One thread.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "engine/core/limits.h"
#include "engine/runtime/envelope.h"

namespace frontrow {

class ReplyGate {
 public:
  struct Held {
    std::vector<ReplyEnvelope> replies;
    std::vector<Command> messages;
    void clear() {
      replies.clear();
      messages.clear();
    }
  };

  // The slot has just put an event into the batch that is being gathered.
  void mark(SlotId slot) { newest_batch_[slot.value] = gathering_number_; }
  // Where what was decided on this slot must wait; nullptr: nothing in flight, it may leave now.
  Held* holder(SlotId slot) {
    const std::uint64_t batch = newest_batch_[slot.value];
    if (batch == gathering_number_) return &gathering_;
    return batch == writing_number_ ? &writing_ : nullptr;
  }

  // The gathered batch was handed over. Nothing may be in flight.
  void hand_over() {
    std::swap(writing_, gathering_);
    writing_number_ = gathering_number_++;
  }
  // The batch in flight is durable: what waited for it. Valid until the next call; the caller
  // empties it.
  Held& open() {
    writing_number_ = kNone;
    return writing_;
  }

  Held& gathering() { return gathering_; }
  Held& writing() { return writing_; }
  std::size_t held() const { return writing_.replies.size() + gathering_.replies.size(); }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};  // no slot starts with it

  std::array<std::uint64_t, kSlotCount> newest_batch_{};
  std::uint64_t gathering_number_ = 1;
  std::uint64_t writing_number_ = kNone;
  Held writing_;
  Held gathering_;
};

}  // namespace frontrow
