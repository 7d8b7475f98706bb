// The waiting line of one concert: every token ever drawn, the waiting ones, and exact positions.
//
// A token is 24 bytes in chunks that never move; a bitmap with ranks (rank_bitmap.h) marks the
// waiting places; an index (user_index.h) finds a user's newest token. Together 36 to 48 bytes a
// person. One thread.
//
// Tokens are let in by place. A number is its own place, unless the line was shuffled (decision
// 17): the numbers drawn until then have the places of a permutation, at 8 bytes more a person.
// A number identifies its user; a place says when the turn comes. Holds no rules: decide_*.cc
// decides on joining and entering.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/sha256.h"
#include "engine/base/time.h"
#include "engine/core/containers/rank_bitmap.h"
#include "engine/core/containers/user_index.h"
#include "engine/core/protocol/types.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct Token {
  UserId user;
  // When the server last heard of the user: milliseconds since the epoch in 48 bits, until the year
  // 10889. Not logged, not hashed: a restart sets it to its own time.
  std::uint32_t seen_low = 0;
  std::uint16_t seen_high = 0;
  TokenState state = TokenState::kWaiting;
  // True if the user completed a payment in this concert, under this token or an earlier one.
  // Derived.
  bool has_bought = false;

  Instant seen() const {
    return Instant{static_cast<std::int64_t>(std::uint64_t{seen_high} << 32 | seen_low)};
  }
  void see(Instant now) {
    seen_low = static_cast<std::uint32_t>(now.ms);
    seen_high = static_cast<std::uint16_t>(now.ms >> 32);
  }
};
static_assert(sizeof(Token) == 24);

StateHash hash_of_token(TicketNumber number, const Token& token);

class Line {
 public:
  explicit Line(StateHash& hash) : hash_(hash) {}
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  // Draws the next number for a user who has no live token.
  TicketNumber join(const UserId& user, Instant now);
  TicketNumber next_number() const { return TicketNumber{drawn() + 1}; }
  // For snapshots: appends the next number in the given state. Returns false and changes no state
  // if the user has a live token already.
  bool restore(const UserId& user, TokenState state);
  // The user's newest token, live or not; none if the user never joined.
  TicketNumber find(const UserId& user) const;
  // Prefetches the index entry that find() and join() of this user read.
  void prefetch(const UserId& user) const { index_.prefetch(IdHash{}(user)); }
  void prefetch(TicketNumber number) const {
    if (was_drawn(number)) __builtin_prefetch(&at(number));
  }

  std::uint32_t drawn() const { return waiting_.size(); }
  bool was_drawn(TicketNumber number) const { return number.value >= 1 && number.value <= drawn(); }
  const Token& token(TicketNumber number) const { return at(number); }

  // Gives the numbers drawn so far, of which there are `count`, their places by the seed. For
  // snapshots: of a line that had `count` numbers then. REQUIRES: count <= drawn(), and once.
  void shuffle(const Bytes32& seed, std::uint32_t count);
  // REQUIRES, here and below: a number that was drawn, or the next one.
  LinePlace place_of(TicketNumber number) const {
    return LinePlace{number.value <= places_.size() ? places_[number.value - 1] : number.value};
  }
  TicketNumber at_place(LinePlace place) const {
    return TicketNumber{place.value <= numbers_.size() ? numbers_[place.value - 1] : place.value};
  }

  // Moves a token from waiting to active.
  void admit(TicketNumber number);
  // Records a payment under an active token that stays.
  void mark_bought(TicketNumber number) { at(number).has_bought = true; }
  // Moves a user's newest token from a final state to active.
  void readmit(TicketNumber number);
  // Moves a token from waiting or active to a final state.
  void end(TicketNumber number, TokenState final_state);

  // The first place >= from whose token waits; none if there is no such place.
  LinePlace next_waiting(LinePlace from) const;
  std::uint32_t waiting() const { return waiting_.count(); }
  // The count of waiting people at places before that of this waiting number, plus one.
  std::uint32_t position(TicketNumber number) const {
    return waiting_.rank(place_of(number).value - 1) + 1;
  }
  // Which places wait: bit p-1 is place p.
  const RankBitmap& waiting_places() const { return waiting_; }

  // Soft state: records that the user was present at `seen`, unless a later time is known.
  void touch(TicketNumber number, Instant seen) {
    if (at(number).seen() < seen) at(number).see(seen);
  }
  void touch_all(Instant now);

 private:
  static constexpr std::uint32_t kChunkTokens = 4096;
  const Token& at(TicketNumber number) const {
    const std::uint32_t index = number.value - 1;
    return (*chunks_[index / kChunkTokens])[index % kChunkTokens];
  }
  Token& at(TicketNumber number) { return const_cast<Token&>(std::as_const(*this).at(number)); }
  auto is_of(const UserId& user) const {
    return [this, &user](std::uint32_t number) {
      return is_same_user(at(TicketNumber{number}).user, user);
    };
  }
  TicketNumber append(const UserId& user, Instant seen);
  void set_state(TicketNumber number, TokenState state);

  StateHash& hash_;
  std::vector<std::unique_ptr<std::array<Token, kChunkTokens>>> chunks_;
  RankBitmap waiting_;  // bit p-1 is place p
  // Of a shuffled line: the number at each place, and the place of each number.
  std::vector<std::uint32_t> numbers_, places_;
  UserIndex index_;
};

}  // namespace frontrow
