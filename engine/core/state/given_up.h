// Seats that users lately gave up in one concert: holds that ended without a payment, by release,
// by their deadline or with the session. Enforces two rules in favour of other users:
//
//   - a new hold of the same user ends no later than the one given up would have, as long as that
//     deadline lies ahead: releasing and holding again moves no deadline;
//   - the same user cannot hold the seats again for kSeatRestsFor: other users come first.
//
// Soft: made by apply, but not logged and not in snapshots; a restart clears it. Bounded: the
// oldest entries are erased first. One thread.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>

#include "engine/core/protocol/types.h"

namespace frontrow {

class GivenUp {
 public:
  // Records a hold with this deadline that ended; its seats came free at `freed_at`.
  void note(const UserId& user, Instant deadline, std::uint16_t date_index, const SeatList& seats,
            Instant freed_at, Instant now);
  // The latest deadline of a new hold; kNever if it is not bounded.
  Instant deadline_for(const UserId& user, Instant now) const;
  // Whether the seat is still withheld from this user.
  bool rests(std::uint16_t date_index, SeatNumber seat, const UserId& user, Instant now) const;
  void clear() { *this = {}; }

  std::size_t user_count() const { return users_by_age_.size(); }
  std::size_t seat_count() const { return seats_by_age_.size(); }

 private:
  using Deadlines = boost::container::small_vector<Instant, 2>;  // ascending
  struct Rest {
    UserId user;
    Instant until;
  };
  struct SeatAge {
    std::uint64_t seat = 0;
    Instant until;
  };
  static std::uint64_t key_of(std::uint16_t date_index, SeatNumber seat) {
    return std::uint64_t{date_index} << 32 | seat.value;
  }
  void note_deadline(const UserId& user, Instant deadline, Instant now);
  void note_seat(std::uint64_t seat, const UserId& user, Instant until, Instant now);

  boost::unordered_flat_map<UserId, Deadlines, IdHash> deadlines_;
  std::deque<UserId> users_by_age_;  // those of deadlines_, each once
  boost::unordered_flat_map<std::uint64_t, Rest> seats_;
  std::deque<SeatAge> seats_by_age_;  // one entry for each time a seat is given up
};

}  // namespace frontrow
