// Hierarchical timer wheel (Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987):
// schedule and cancel in O(1), drain in the order of (deadline, key) for any order of scheduling,
// so that a rebuilt wheel drains as the lost one did.
//
// Eight levels of 64 buckets, one tick a millisecond, cover every instant before the year 10889. A
// bitmap for each level marks the occupied buckets, so that an idle wheel skips hours at no cost. A
// node is 32 bytes in one pool.
//
// Two steps: advance(now) moves timers that have become due into a sorted list, which due()
// returns; the caller handles a timer and cancels it. Timers that are not handled stay due. One
// thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/base/time.h"

namespace frontrow {

class TimerWheel {
 public:
  using Handle = std::uint32_t;  // identifies a scheduled timer until it is cancelled
  static constexpr Handle kNone = 0xffffffff;

  struct Due {
    Instant deadline;
    std::uint64_t key = 0;
    Handle handle = kNone;
  };

  TimerWheel();

  // `key` orders timers of equal deadlines and tells the caller which timer is due. A timer whose
  // deadline has passed is due at once.
  Handle schedule(Instant deadline, std::uint64_t key);
  // The handle must be of a scheduled timer, due or not; it is free for reuse afterwards.
  void cancel(Handle handle);

  // REQUIRES: the handle is of a scheduled timer.
  Instant deadline(Handle handle) const { return {nodes_[handle].deadline_ms}; }

  // Moves every timer with deadline <= now to the due list. Ignores a time before the last one.
  void advance(Instant now);
  // In order of (deadline, key); entries cancelled meanwhile have handle kNone.
  std::span<const Due> due() const { return {due_.data() + due_head_, due_.size() - due_head_}; }

  // When the next advance() has work: never after the earliest deadline; kNever when empty.
  Instant next() const;
  std::size_t size() const { return live_; }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr unsigned kBuckets = 1U << kBits;
  static constexpr unsigned kLevels = 8;
  static constexpr std::uint16_t kInDueList = 0xfffe;
  static constexpr std::uint16_t kFree = 0xffff;

  struct Node {
    std::int64_t deadline_ms = 0;
    std::uint64_t key = 0;
    Handle next = kNone;
    Handle previous = kNone;       // of a due node: its index in due_
    std::uint16_t bucket = kFree;  // level * kBuckets + index, or one of the marks above
  };
  static_assert(sizeof(Node) == 32);

  void place(Handle handle);
  void put_due(Handle handle);
  void unlink(Handle handle);
  // The first occupied bucket ahead of the clock, and when it opens; false when all are empty.
  struct Stop {
    std::int64_t ms;
    unsigned level;
  };
  bool find_stop(Stop& stop) const;
  void open_bucket(const Stop& stop);
  void sort_due_from(std::size_t first);
  void drop_cancelled_front();

  std::vector<Node> nodes_;
  Handle free_ = kNone;
  std::array<Handle, kLevels * kBuckets> heads_;
  std::array<std::uint64_t, kLevels> occupied_{};
  std::vector<Due> due_;
  std::size_t due_head_ = 0;
  std::int64_t now_ms_ = 0;  // every deadline <= now_ms_ is in due_
  std::size_t live_ = 0;
};

}  // namespace frontrow
