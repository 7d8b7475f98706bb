#include "engine/core/state/seat_flips.h"

namespace frontrow {

void SeatFlips::note(std::uint64_t version, SeatNumber seat) {
  if (ring_.size() < kept_max_) return ring_.push_back({version, seat});
  whole_since_ = ring_[next_].version;
  ring_[next_] = {version, seat};
  next_ = (next_ + 1) % ring_.size();
}

void SeatFlips::clear(std::uint64_t version) {
  ring_ = {};
  next_ = 0;
  whole_since_ = version;
}

}  // namespace frontrow
