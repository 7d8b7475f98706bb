// Who asks when: a wheel of lists, one a millisecond, threaded through the fans themselves. Adding
// and taking out cost the same for one fan and for ten million. One thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "tools/drop/fan.h"

namespace frontrow::drop {

class FanWheel {
 public:
  // The fans may grow, and must outlive the wheel.
  explicit FanWheel(std::vector<Fan>& fans) : fans_(fans), heads_(kSlots, kNobody) {}

  // The fan is due at its due_ms; what has passed already is due with the next millisecond. A fan
  // may be in once.
  void add(std::uint32_t fan) {
    Fan& f = fans_[fan];
    f.due_ms = std::max(f.due_ms, now_ms_ + 1);
    std::uint32_t& head = heads_[f.due_ms % kSlots];
    f.next = head;
    head = fan;
    ++size_;
  }

  // Up to and with now_ms: calls due(fan) for each fan, who is out by then and may be added again.
  template <class Due>
  void advance(std::uint32_t now_ms, Due due) {
    while (now_ms_ < now_ms) {
      ++now_ms_;
      std::uint32_t fan = heads_[now_ms_ % kSlots];
      heads_[now_ms_ % kSlots] = kNobody;
      while (fan != kNobody) {
        const std::uint32_t next = fans_[fan].next;
        --size_;
        if (fans_[fan].due_ms <= now_ms_) {
          due(fan);
        } else {
          add(fan);  // a later turn of the wheel
        }
        fan = next;
      }
    }
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kSlots = 1 << 16;  // 65 s a turn

  std::vector<Fan>& fans_;
  std::vector<std::uint32_t> heads_;
  std::uint32_t now_ms_ = 0;
  std::size_t size_ = 0;
};

}  // namespace frontrow::drop
