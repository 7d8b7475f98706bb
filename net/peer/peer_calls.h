// The requests sent over one link without a reply yet: a slab, and lists by deadline. Each of the
// two kinds of request has one timeout, so the deadlines are in the order of sending: two lists, no
// timer and no heap.
//
// One thread. No allocation once the table has grown to the link's use.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/slab.h"
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
    Place& place = places_.take();
    place.call = call;
    place.awaited = true;
    append(place);
    return std::uint64_t{place.generation()} << 32 | place.index();
  }

  // The peer has replied to `correlation`: frees its place. False: no such request is open.
  // awaited: the request has not expired, and `call` is set.
  bool close(std::uint64_t correlation, PeerCall& call, bool& awaited) {
    Place* place = places_.find(static_cast<std::uint32_t>(correlation),
                                static_cast<std::uint32_t>(correlation >> 32));
    if (place == nullptr) return false;
    awaited = place->awaited;
    if (awaited) {
      call = place->call;
      remove(*place);
    }
    places_.release(*place);
    return true;
  }

  // Takes the oldest request whose deadline has passed. The request is no longer awaited, but its
  // place is taken until the peer replies.
  bool take_expired(std::int64_t now_ms, PeerCall& call) {
    for (const Line& line : lines_) {
      Place* oldest = line.first;
      if (oldest == nullptr || oldest->call.deadline_ms > now_ms) continue;
      call = oldest->call;
      remove(*oldest);
      oldest->awaited = false;
      return true;
    }
    return false;
  }
  std::int64_t earliest_deadline_ms(std::int64_t none) const {
    std::int64_t earliest = none;
    for (const Line& line : lines_) {
      if (line.first != nullptr) earliest = std::min(earliest, line.first->call.deadline_ms);
    }
    return earliest;
  }

  // Returns all awaited requests, once each, and empties the table.
  std::vector<PeerCall> take_all() {
    std::vector<PeerCall> calls;
    for (Place& place : places_) {
      if (!place.in_use()) continue;
      if (place.awaited) calls.push_back(place.call);
      places_.release(place);
    }
    lines_ = {};
    return calls;
  }

  // Requests without a reply of the peer, awaited or not.
  std::size_t open_count() const { return places_.in_use_count(); }

 private:
  struct Place : SlabPlace {
    PeerCall call;
    bool awaited = false;     // false: expired
    Place* before = nullptr;  // in its line
    Place* after = nullptr;
  };
  struct Line {
    Place* first = nullptr;
    Place* last = nullptr;
  };

  void append(Place& place) {
    Line& line = lines_[place.call.line];
    place.before = line.last;
    place.after = nullptr;
    (line.last == nullptr ? line.first : line.last->after) = &place;
    line.last = &place;
  }
  void remove(const Place& place) {
    Line& line = lines_[place.call.line];
    (place.before == nullptr ? line.first : place.before->after) = place.after;
    (place.after == nullptr ? line.last : place.after->before) = place.before;
  }

  Slab<Place> places_;
  std::array<Line, kLines> lines_;
};

}  // namespace frontrow
