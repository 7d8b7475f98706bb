// The newest changes of a date's seats between free and not free, so that a client which knows an
// earlier version of the map gets the difference only. A ring, bounded by kSeatChangesKept; it
// takes memory as it fills.
//
// Soft: made by apply, but not logged and not in snapshots; a restart clears it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"

namespace frontrow {

class SeatFlips {
 public:
  // Keeps at most `kept_max` changes.
  explicit SeatFlips(std::size_t kept_max = kSeatChangesKept) : kept_max_(kept_max) {}

  // Records that the seat changed in the map of this version. Versions never decrease.
  void note(std::uint64_t version, SeatNumber seat);
  // Forgets all changes of versions up to this one, the present one.
  void clear(std::uint64_t version);

  // Whether every change after that version is kept.
  bool reaches(std::uint64_t version) const { return version >= whole_since_; }
  // Calls visit(seat) for each change after that version, newest first.
  template <class Visit>
  void for_each_since(std::uint64_t version, const Visit& visit) const {
    std::size_t at = next_;
    for (std::size_t left = ring_.size(); left > 0; --left) {
      at = (at == 0 ? ring_.size() : at) - 1;
      if (ring_[at].version <= version) return;
      visit(ring_[at].seat);
    }
  }

 private:
  struct Flip {
    std::uint64_t version = 0;
    SeatNumber seat;
  };

  std::size_t kept_max_;
  std::vector<Flip> ring_;
  std::size_t next_ = 0;  // place of the oldest change once the ring is full
  std::uint64_t whole_since_ = 1;
};

}  // namespace frontrow
