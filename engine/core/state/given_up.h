// What users gave up lately in one concert: holds that ended without a payment, by release, by
// their deadline or with the session. Keeps two promises to everybody else:
//
//   - a new hold of the same user ends no later than the one given up would have, as long as that
//     deadline lies ahead: releasing and holding again moves no deadline;
//   - its seats are not that user's again for kSeatRestsFor: what comes free is others' first.
//
// Soft: made by apply, but not logged and not in snapshots; a restart forgets it. Bounded: the
// oldest are forgotten first. One thread.
#pragma once

#include <boost/container/small_vector.hpp>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>

#include "engine/core/protocol/types.h"

namespace frontrow {

class GivenUp {
 public:
  // A hold with this deadline ended, its seats came free at `freed_at`.
  void note(const UserId& user, Instant deadline, std::uint16_t date_index, const SeatList& seats,
            Instant freed_at, Instant now);
  // The latest deadline of a new hold; kNever when nothing bounds it.
  Instant deadline_for(const UserId& user, Instant now) const;
  // Whether the seat is not this user's yet.
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
  std::deque<SeatAge> seats_by_age_;  // a seat given up twice is here twice
};

}  // namespace frontrow
