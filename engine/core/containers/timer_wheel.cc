#include "engine/core/containers/timer_wheel.h"

#include <algorithm>
#include <bit>

#include "engine/base/check.h"

namespace frontrow {

TimerWheel::TimerWheel() { heads_.fill(kNone); }

TimerWheel::Handle TimerWheel::schedule(Instant deadline, std::uint64_t key) {
  FR_CHECK(deadline.ms < std::int64_t{1} << (kBits * kLevels));
  Handle handle = free_;
  if (handle == kNone) {
    handle = static_cast<Handle>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_ = nodes_[handle].next;
  }
  nodes_[handle].deadline_ms = deadline.ms;
  nodes_[handle].key = key;
  ++live_;
  if (deadline.ms <= now_ms_) {
    const std::size_t last = due_.size();
    put_due(handle);
    sort_due_from(last);
  } else {
    place(handle);
  }
  return handle;
}

void TimerWheel::put_due(Handle handle) {
  Node& node = nodes_[handle];
  node.previous = static_cast<Handle>(due_.size());
  node.bucket = kInDueList;
  due_.push_back({Instant{node.deadline_ms}, node.key, handle});
}

// The level is that of the highest bit in which deadline and now differ: the timer then sits in a
// bucket that opens exactly when the lower bits of the clock have wrapped. REQUIRES: the deadline
// is ahead of the clock.
void TimerWheel::place(Handle handle) {
  Node& node = nodes_[handle];
  const std::int64_t at = node.deadline_ms;
  const auto differing = static_cast<std::uint64_t>(at ^ now_ms_);
  const unsigned level = (static_cast<unsigned>(std::bit_width(differing)) - 1) / kBits;
  const unsigned index = static_cast<unsigned>(at >> (level * kBits)) & (kBuckets - 1);
  const unsigned bucket = level * kBuckets + index;
  node.bucket = static_cast<std::uint16_t>(bucket);
  node.previous = kNone;
  node.next = heads_[bucket];
  if (node.next != kNone) nodes_[node.next].previous = handle;
  heads_[bucket] = handle;
  occupied_[level] |= std::uint64_t{1} << index;
}

void TimerWheel::unlink(Handle handle) {
  const Node& node = nodes_[handle];
  if (node.next != kNone) nodes_[node.next].previous = node.previous;
  if (node.previous != kNone) {
    nodes_[node.previous].next = node.next;
    return;
  }
  heads_[node.bucket] = node.next;
  if (node.next == kNone) {
    occupied_[node.bucket / kBuckets] &= ~(std::uint64_t{1} << (node.bucket % kBuckets));
  }
}

void TimerWheel::cancel(Handle handle) {
  FR_CHECK(handle < nodes_.size() && nodes_[handle].bucket != kFree);
  Node& node = nodes_[handle];
  if (node.bucket == kInDueList) {
    due_[node.previous].handle = kNone;
    drop_cancelled_front();
  } else {
    unlink(handle);
  }
  node.bucket = kFree;
  node.next = free_;
  free_ = handle;
  --live_;
}

void TimerWheel::drop_cancelled_front() {
  while (due_head_ < due_.size() && due_[due_head_].handle == kNone) ++due_head_;
  if (due_head_ == due_.size()) {
    due_.clear();
    due_head_ = 0;
  }
}

// A bucket opens when the clock reaches its index with all lower bits zero. Index 0 of a level is
// never used (it would be behind the clock), so no two buckets open at the same time.
bool TimerWheel::find_stop(Stop& stop) const {
  bool found = false;
  for (unsigned level = 0; level < kLevels; ++level) {
    if (occupied_[level] == 0) continue;
    const unsigned shift = level * kBits;
    const auto index = static_cast<std::int64_t>(std::countr_zero(occupied_[level]));
    const std::int64_t base = (now_ms_ >> (shift + kBits)) << (shift + kBits);
    const std::int64_t opens = base + (index << shift);
    if (!found || opens < stop.ms) stop = {opens, level};
    found = true;
  }
  return found;
}

// Empties one bucket: due timers go to the due list, the others to the buckets of a lower level.
void TimerWheel::open_bucket(const Stop& stop) {
  const unsigned index = static_cast<unsigned>(stop.ms >> (stop.level * kBits)) & (kBuckets - 1);
  const unsigned bucket = stop.level * kBuckets + index;
  Handle handle = heads_[bucket];
  heads_[bucket] = kNone;
  occupied_[stop.level] &= ~(std::uint64_t{1} << index);
  while (handle != kNone) {
    const Handle next = nodes_[handle].next;
    if (nodes_[handle].deadline_ms <= now_ms_) {
      put_due(handle);
    } else {
      place(handle);
    }
    handle = next;
  }
}

void TimerWheel::advance(Instant now) {
  const std::size_t due_before = due_.size();
  Stop stop;
  while (now_ms_ < now.ms && find_stop(stop) && stop.ms <= now.ms) {
    now_ms_ = stop.ms;
    open_bucket(stop);
  }
  now_ms_ = std::max(now_ms_, now.ms);
  if (due_.size() > due_before) sort_due_from(due_before);
}

// Timers that have just become due are nearly always later than those in the list; only a timer
// scheduled in the past has to be merged in between.
void TimerWheel::sort_due_from(std::size_t first) {
  const auto order = [](const Due& a, const Due& b) {
    return a.deadline != b.deadline ? a.deadline < b.deadline : a.key < b.key;
  };
  const auto tail = due_.begin() + static_cast<std::ptrdiff_t>(first);
  const auto head = due_.begin() + static_cast<std::ptrdiff_t>(due_head_);
  if (!std::is_sorted(tail, due_.end(), order)) std::sort(tail, due_.end(), order);
  std::size_t renumber = first;
  if (tail != head && order(*tail, *(tail - 1))) {
    std::inplace_merge(head, tail, due_.end(), order);
    renumber = due_head_;
  }
  for (std::size_t i = renumber; i < due_.size(); ++i) {
    if (due_[i].handle != kNone) nodes_[due_[i].handle].previous = static_cast<Handle>(i);
  }
}

Instant TimerWheel::next() const {
  if (due_head_ < due_.size()) return due_[due_head_].deadline;
  Stop stop;
  return find_stop(stop) ? Instant{stop.ms} : kNever;
}

}  // namespace frontrow
