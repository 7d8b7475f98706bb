// Which members are dead, found without comparing clocks and without I/O.
//
// An observer beats, reads all records after its own beat has succeeded, and feeds them here. A
// record that stands still over five further beats of the observer, and over 2 s of its clock, is
// overdue. Standing still is the whole text: another process or another beat starts the count anew,
// as does the first sight of a record.
//
// Overdue is a finding of one observer, and it may be old when the observer acts. It becomes a fact
// by a compare-and-swap of the record to the state `dead` (MemberBeat does so), which is refused if
// the member has beaten meanwhile. After it no beat of that process takes effect, so its lease ends
// for good. The proof that the lease has ended before the swap takes effect:
//   - the newest beat was sent before it took effect, and took effect before the observer first saw
//     its text (`seen_ms` of that read); its lease ends 1.5 s after it was sent;
//   - the last read with that text was sent (`asked_ms`) 2 s of the observer's clock later, and the
//     swap later still. Two clocks whose rates differ by 1 % differ by 20 ms in 2 s.
//
// Why a live member is not declared dead when something else stands still:
//   - The observer (SIGSTOP, a slow disk, a machine that is paused with all others on it): a count
//     is of observations at most 1 s apart. After a longer pause every count starts anew, so that
//     the observer needs six further beats, at least 2 s, in which a live member beats five times.
//     A pause after the finding meets the compare-and-swap. A pause longer than 2 s usually has the
//     observer itself declared dead, and its swap expects its own record too.
//   - The store (etcd away for a minute, a leader change of 2 s): the observer has no successful
//     beat meanwhile, so nothing is counted; afterwards as above. A shorter stall is at most one
//     observation of the five; the others are 400 ms apart. The other members' beats were held up
//     for as long, and they are sent again within the deadline of one call.
//   - The observed member: standing still for 2 s is what dead means here. The member may go on
//     afterwards; its next beat is refused, and it has to join again.
//
// A member in the state `leaving` or `dead` is departed, with nothing to wait for, also after its
// record was erased. Another record that disappears counts as a text that stands still: overdue
// after the same wait, for then the lease of its writer, whose beats are refused, has ended.
//
// One thread.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/membership/lease.h"
#include "engine/runtime/membership/members.h"

namespace frontrow {

inline constexpr std::int64_t kOverdueMs = 2000;
inline constexpr int kOverdueBeats = 5;
// Observations further apart belong to different counts.
inline constexpr std::int64_t kObserverPauseMs = 1000;
// The lease of a clock that is 5 % slow ends first on a clock that is 5 % fast.
static_assert(kLeaseMs * 105 < kOverdueMs * 95);

// A read after a successful beat of the observer, by the observer's clock.
struct Observation {
  std::int64_t asked_ms = 0;  // before the read was sent
  std::int64_t seen_ms = 0;   // after its result was there
};

// How long one subject has stood still for one observer.
class Standstill {
 public:
  // REQUIRES: observations in their order. is_same: since the previous one nothing has changed.
  void observe(const Observation& at, bool is_same);
  bool is_overdue() const { return beats_ >= kOverdueBeats && still_ms_ >= kOverdueMs; }

 private:
  std::int64_t first_seen_ms_ = 0;
  std::int64_t last_seen_ms_ = 0;
  std::int64_t still_ms_ = 0;
  int beats_ = 0;  // of the observer, since the first sight
};

class Liveness {
 public:
  explicit Liveness(std::string self) : self_(std::move(self)) {}

  // Members that ought to have a record, such as the owners that the slot map names. Without one
  // they become overdue. Replaces the list before.
  void expect(std::vector<std::string> names) { expected_ = std::move(names); }

  void observe(const Observation& at, const MemberList& list);

  // As of the last observation, ascending by name: members that stood still, but for departed ones.
  std::vector<Member> overdue() const;

 private:
  struct Watched {
    Member member;
    Standstill standstill;
    bool erased_after_departure = false;

    bool is_departed() const { return member.text && member.record.is_departed(); }
    bool is_overdue() const { return erased_after_departure || standstill.is_overdue(); }
  };
  void observe_absent(const Observation& at, const MemberList& list);

  std::string self_;
  std::vector<std::string> expected_;
  std::map<std::string, Watched> watched_;
};

}  // namespace frontrow
