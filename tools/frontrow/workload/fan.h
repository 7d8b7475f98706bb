// A fan: a small state machine that says what to ask next. It knows no socket, no clock and no
// text of HTTP; the crowd (crowd.h) sends what it asks and hands it the answers.
//
//   join -> poll ... -> dates -> seats -> hold -> charge -> pay -> done
//
// Back to the seats when somebody else was faster, out when nothing is left. Whoever is told to
// wait (429 or 503 with Retry-After) waits and asks the same again; so does, with its idempotency
// key, whoever got no answer. Fans who double-click or have two tabs ask some things in two copies
// at once; they go on when both are answered, and one success counts.
//
// Memory: 32 bytes a fan, 64 more for each who has chosen a seat, and the token (token_store.h).
// One thread.
#pragma once

#include <cstdint>

#include "tools/frontrow/workload/answer.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

inline constexpr std::uint32_t kNobody = 0xffff'ffff;

// How a fan's visit ended.
enum class Outcome : std::uint8_t {
  kNone,  // has not
  kBought,
  kSoldOut,  // nothing was left to buy
  kLeft,     // went away as drawn, from the line or the shop
  kLapsed,   // let the hold expire, as drawn
  kTooSlow,  // place, session or hold ended before the fan was done
  kNoSeat,   // others were faster, again and again
  kClosed,   // the sale was closed
  kGaveUp,   // no answers
  kRefused,  // an answer that should not have come
};
inline constexpr std::size_t kOutcomes = 10;
const char* name_of(Outcome outcome);

enum Trait : std::uint8_t {
  kAbandons = 1,
  kCutsOff = 2,  // loses the connection once after each POST
  kDoubleClicks = 4,
  kTwoTabs = 8,
  kLetsExpire = 16,
};

struct Fan {
  std::uint32_t due_ms = 0;       // since the start: when to ask
  std::uint32_t token = 0;        // handle in the token store
  std::uint32_t buyer = kNobody;  // index in the crowd's buyers
  std::uint32_t number = 0;       // in the line
  std::uint32_t since_ms = 0;     // arrived in the line, then: was told to be in the shop
  std::uint32_t seen_ms = 0;      // sent the last request that only those in the shop may
  std::uint16_t date = 0;         // index in SaleFacts::dates
  Ask ask = Ask::kJoin;           // under way, or next
  std::uint8_t traits = 0;
  std::uint8_t in_flight : 4 = 0;  // copies that are not answered yet
  std::uint8_t finished : 1 = 0;
  std::uint8_t turns = 0;         // polls while in the line, looks at the seats in the shop
  std::uint8_t failures : 5 = 0;  // asks in a row without an answer
  std::uint8_t won : 1 = 0;       // one of the copies was a success
  std::uint8_t was_cut : 1 = 0;   // the connection was lost for this ask already
  std::uint8_t admitted : 1 = 0;
  Outcome outcome = Outcome::kNone;  // decided; reached when finished
};
static_assert(sizeof(Fan) <= 32, "a million fans must stay small");

// What is known of a fan who has chosen a seat: kept to the end, for the books.
struct Buyer {
  std::uint32_t fan = 0;
  std::uint32_t seat = 0;
  std::int64_t price = 0;
  std::uint64_t hold = 0;     // 0: none
  std::uint64_t charge = 0;   // 0: none that was acknowledged
  std::uint64_t payment = 0;  // 0: none that was acknowledged
  std::int64_t amount = 0;    // of the payment, minor units
  std::int64_t balance = 0;   // after the charge
  std::uint16_t date = 0;
  bool charge_unsure = false;  // a request was sent whose outcome nobody told
  bool pay_unsure = false;
};
static_assert(sizeof(Buyer) <= 64);

std::uint8_t draw_traits(std::uint64_t seed, std::uint32_t fan, const Shares& shares);

// How many copies of the ask are sent at once, and whether copies share one idempotency key.
std::uint8_t copies_of(const Fan& fan, Ask what);
bool copies_share_key(const Fan& fan);
// Whether the connection is to be dropped as soon as this ask is sent.
bool is_cut(const Fan& fan, Ask what);

// What all fans know of the sale.
struct SaleFacts {
  std::uint64_t seed = 0;
  std::int64_t hold_ms = 0;   // how long a hold stands
  std::int64_t place_ms = 0;  // how long a place stands at least of which nobody asks
  ThinkTime think;            // of each step until a seat is held
  ThinkTime pay;              // of each step from there
  bool sold_out = false;      // word has spread: who waits in the line leaves it
};

struct Move {
  bool done = false;  // the visit is over, with fan.outcome
  std::uint32_t after_ms = 0;
};

// Takes one success into the records, also that of a copy. `buyer` may be null before a seat is
// chosen. `first_may_be_over`: so much time has passed that what one tab got, a place or a hold,
// may have ended before the other tab got its own. Returns what is wrong when copies of one ask
// were answered by different things, else null.
const char* absorb(Fan& fan, Buyer* buyer, const Answer& answer, bool first_may_be_over = false);

// All copies are answered, and `answer` counts: sets fan.ask to the next ask and says when. A fan
// who has chosen a seat has a buyer.
Move step(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts);

}  // namespace frontrow::drop
