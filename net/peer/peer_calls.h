// The requests sent over one link without a reply yet: a table whose places are reused, and lists
// by deadline. Each of the two kinds of request has one timeout, so the deadlines are in the order
// of sending: two lists, no timer and no heap.
//
// One thread. No allocation once the table has grown to the link's use.
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
  bool may_change = false;       // the command may have taken effect if no reply comes
  std::uint8_t line = 0;         // the list that it is in
  std::uint64_t frame_end = 0;   // the end of its frame in the link's output
  std::int64_t deadline_ms = 0;  // by our clock
};

class PeerCalls {
 public:
  static constexpr std::uint8_t kLines = 2;

  // Deadlines within a line must not decrease. Returns the correlation.
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

  // The peer has replied to `correlation`: frees its place. False: no such request is open.
  // awaited: the request has not expired, and `call` is set.
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

  // Takes the oldest request whose deadline has passed. The request is no longer awaited, but its
  // place is taken until the peer replies.
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

  // Returns all awaited requests, once each, and empties the table.
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

  // Requests without a reply of the peer, awaited or not.
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
