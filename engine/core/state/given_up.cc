#include "engine/core/state/given_up.h"

#include <algorithm>

namespace frontrow {

void GivenUp::note(const UserId& user, Instant deadline, std::uint16_t date_index,
                   const SeatList& seats, Instant freed_at, Instant now) {
  if (deadline > now) note_deadline(user, deadline, now);
  const Instant until = freed_at + kSeatRestsFor;
  if (until <= now) return;
  for (const SeatNumber seat : seats) note_seat(key_of(date_index, seat), user, until, now);
}

void GivenUp::note_deadline(const UserId& user, Instant deadline, Instant now) {
  const auto is_over = [now](const Deadlines& d) { return d.empty() || d.back() <= now; };
  while (!users_by_age_.empty()) {
    const auto oldest = deadlines_.find(users_by_age_.front());
    if (users_by_age_.size() < kGivenUpUsersKept && !is_over(oldest->second)) break;
    if (oldest->first == user) break;
    deadlines_.erase(oldest);
    users_by_age_.pop_front();
  }
  const auto [found, is_new] = deadlines_.try_emplace(user);
  if (is_new) users_by_age_.push_back(user);
  Deadlines& all = found->second;
  all.erase(all.begin(), std::upper_bound(all.begin(), all.end(), now));
  const auto place = std::lower_bound(all.begin(), all.end(), deadline);
  if (place == all.end() || *place != deadline) all.insert(place, deadline);
  if (all.size() > kGivenUpDeadlinesKept) all.pop_back();
}

void GivenUp::note_seat(std::uint64_t seat, const UserId& user, Instant until, Instant now) {
  while (!seats_by_age_.empty()) {
    const SeatAge& oldest = seats_by_age_.front();
    if (seats_by_age_.size() < kGivenUpSeatsKept && oldest.until > now) break;
    const auto found = seats_.find(oldest.seat);
    if (found != seats_.end() && found->second.until <= oldest.until) seats_.erase(found);
    seats_by_age_.pop_front();
  }
  seats_[seat] = {user, until};
  seats_by_age_.push_back({seat, until});
}

Instant GivenUp::deadline_for(const UserId& user, Instant now) const {
  const auto found = deadlines_.find(user);
  if (found == deadlines_.end()) return kNever;
  const Deadlines& all = found->second;
  const auto ahead = std::upper_bound(all.begin(), all.end(), now);
  return ahead == all.end() ? kNever : *ahead;
}

bool GivenUp::rests(std::uint16_t date_index, SeatNumber seat, const UserId& user,
                    Instant now) const {
  const auto found = seats_.find(key_of(date_index, seat));
  return found != seats_.end() && found->second.until > now && found->second.user == user;
}

}  // namespace frontrow
