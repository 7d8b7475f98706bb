// The requests that were sent over one link and are not answered yet: a table whose places are
// reused, and by deadline. Both kinds of request have one patience each, so their deadlines stand
// in the order in which they were sent: two lists, no timer and no heap.
//
// One thread. Nothing is allocated once the table has grown to what the link is used for.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/check.h"
#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

struct PeerCall {
  ReplyTo reply_to;
  bool may_change = false;       // a command that may have changed something when no answer comes
  std::uint8_t line = 0;         // which list it stands in
  std::uint64_t frame_end = 0;   // where its last byte stands in the link's output
  std::int64_t deadline_ms = 0;  // our clock
};

class PeerCalls {
 public:
  static constexpr std::uint8_t kLines = 2;

  // Deadlines within a line must not go back. Returns the correlation.
  std::uint64_t open(const PeerCall& call) {
    FR_CHECK(call.line < kLines);
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(places_.size()));
      places_.emplace_back();
      free_.reserve(places_.capacity());  // so that closing never allocates
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    Place& place = places_[at];
    place.call = call;
    place.state = State::kAwaited;
    append(at);
    ++open_;
    return std::uint64_t{place.generation} << 32 | at;
  }

  // The peer has answered `correlation`: the place is free again. False: no such request is open.
  // awaited: whether somebody waits still; his call is in `call` then.
  bool close(std::uint64_t correlation, PeerCall& call, bool& awaited) {
    const auto at = static_cast<std::uint32_t>(correlation);
    if (at >= places_.size()) return false;
    Place& place = places_[at];
    if (place.state == State::kFree || place.generation != correlation >> 32) return false;
    awaited = place.state == State::kAwaited;
    if (awaited) {
      call = place.call;
      remove(at);
    }
    place.state = State::kFree;
    ++place.generation;
    free_.push_back(at);
    --open_;
    return true;
  }

  // The oldest whose deadline has passed: nobody waits for it from now on, but its place is taken
  // until the peer has answered.
  bool take_expired(std::int64_t now_ms, PeerCall& call) {
    for (const Line& line : lines_) {
      if (line.first == kNone || places_[line.first].call.deadline_ms > now_ms) continue;
      const std::uint32_t at = line.first;
      call = places_[at].call;
      remove(at);
      places_[at].state = State::kGivenUp;
      return true;
    }
    return false;
  }
  std::int64_t earliest_deadline_ms(std::int64_t none) const {
    std::int64_t earliest = none;
    for (const Line& line : lines_) {
      if (line.first != kNone) earliest = std::min(earliest, places_[line.first].call.deadline_ms);
    }
    return earliest;
  }

  // All who still wait, once each; there is nothing open afterwards.
  std::vector<PeerCall> take_all() {
    std::vector<PeerCall> calls;
    for (Place& place : places_) {
      if (place.state == State::kAwaited) calls.push_back(place.call);
    }
    places_.clear();
    free_.clear();
    lines_ = {};
    open_ = 0;
    return calls;
  }

  // Unanswered by the peer, whether somebody waits or not.
  std::size_t open_count() const { return open_; }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  enum class State : std::uint8_t { kFree, kAwaited, kGivenUp };
  struct Place {
    PeerCall call;
    State state = State::kFree;
    std::uint32_t generation = 0;
    std::uint32_t before = kNone;
    std::uint32_t after = kNone;
  };
  struct Line {
    std::uint32_t first = kNone;
    std::uint32_t last = kNone;
  };

  void append(std::uint32_t at) {
    Place& place = places_[at];
    Line& line = lines_[place.call.line];
    place.before = line.last;
    place.after = kNone;
    (line.last == kNone ? line.first : places_[line.last].after) = at;
    line.last = at;
  }
  void remove(std::uint32_t at) {
    const Place& place = places_[at];
    Line& line = lines_[place.call.line];
    (place.before == kNone ? line.first : places_[place.before].after) = place.after;
    (place.after == kNone ? line.last : places_[place.after].before) = place.before;
  }

  std::vector<Place> places_;
  std::vector<std::uint32_t> free_;
  std::array<Line, kLines> lines_;
  std::size_t open_ = 0;
};

}  // namespace frontrow
