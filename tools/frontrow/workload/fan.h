// A fan: a small state machine that chooses the next request. It uses no socket, no clock and no
// HTTP text; the crowd (crowd.h) sends its requests and passes it the responses.
//
//   join -> poll ... -> dates -> seats -> hold -> charge -> pay -> done
//                         |                         ^
//                         +-> wait -> leave -> poll ... -> offer
//
// A fan returns to the seats when another user got the seat, and leaves when no seat is left. Some
// fans hold by quantity, without the seats, and wish one seat fewer each time there were too few.
// Some join the waitlist where there is no seat for them, leave the shop, and poll until seats are
// offered to them or none can come back. A fan
// who is told to wait (429 or 503 with Retry-After) waits and repeats the request; a fan without a
// response repeats it with the same idempotency key. Fans who double-click or have two tabs send
// some requests in two copies at once; they continue when both are answered, and one success
// counts.
//
// Memory: 32 bytes a fan, 80 more for each fan who has chosen a seat or waits for one, and the
// token (token_store.h). One thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "tools/frontrow/workload/answer.h"
#include "tools/frontrow/workload/options.h"

namespace frontrow::drop {

inline constexpr std::uint32_t kNobody = 0xffff'ffff;

// The end of a fan's visit.
enum class Outcome : std::uint8_t {
  kNone,  // not ended
  kBought,
  kSoldOut,  // no seat was left
  kLeft,     // left the line or the shop, as drawn
  kLapsed,   // let the hold expire, as drawn
  kTooSlow,  // place, session or hold ended before the fan was done
  kNoSeat,   // other users were faster, repeatedly
  kClosed,   // the sale was closed
  kGaveUp,   // no responses
  kRefused,  // an unexpected response
};
inline constexpr std::size_t kOutcomes = 10;
const char* name_of(Outcome outcome);

enum Trait : std::uint8_t {
  kAbandons = 1,
  kCutsOff = 2,  // loses the connection once after each POST
  kDoubleClicks = 4,
  kTwoTabs = 8,
  kLetsExpire = 16,
  kByQuantity = 32,
  kWaits = 64,  // on the waitlist, where no seat is left
};

struct Fan {
  std::uint32_t due_ms = 0;       // time of the next request since the start
  std::uint32_t token = 0;        // handle in the token store
  std::uint32_t buyer = kNobody;  // index in the crowd's buyers
  std::uint32_t number = 0;       // in the line
  std::uint32_t since_ms = 0;     // arrival in the line, then: admission to the shop
  std::uint32_t seen_ms = 0;      // sending of the last request that only admitted fans may make
  std::uint16_t date = 0;         // index in SaleFacts::dates
  Ask ask = Ask::kJoin;           // open, or next
  std::uint8_t traits = 0;
  std::uint8_t in_flight : 4 = 0;  // copies without a response yet
  std::uint8_t finished : 1 = 0;
  std::uint8_t waits : 1 = 0;     // on the waitlist
  std::uint8_t offered : 1 = 0;   // has a hold of the waitlist
  std::uint8_t turns = 0;         // polls while in the line, requests for the seats in the shop
  std::uint8_t failures : 5 = 0;  // consecutive requests without a response
  std::uint8_t won : 1 = 0;       // one of the copies succeeded
  std::uint8_t was_cut : 1 = 0;   // the connection was already cut for this request
  std::uint8_t admitted : 1 = 0;
  Outcome outcome = Outcome::kNone;  // decided; reached when finished
};
static_assert(sizeof(Fan) <= 32, "a million fans must stay small");

// The records of a fan who has chosen a seat or waits for one, kept to the end for the check of the
// books.
struct Buyer {
  std::uint32_t fan = 0;
  Seats seats{};                        // chosen, then: held
  std::uint32_t waitlist_position = 0;  // newest
  std::int64_t price = 0;               // of these seats
  std::uint64_t hold = 0;               // 0: none
  std::uint64_t charge = 0;             // 0: none was acknowledged
  std::uint64_t payment = 0;            // 0: none was acknowledged
  std::int64_t amount = 0;              // of the payment, minor units
  std::int64_t balance = 0;             // after the charge
  std::uint16_t date = 0;
  bool charge_unsure = false;  // the outcome of a sent request is unknown
  bool pay_unsure = false;
};
static_assert(sizeof(Buyer) <= 80);

std::uint8_t draw_traits(std::uint64_t seed, std::uint32_t fan, const Shares& shares);

// Number of copies of the request that are sent at once, and whether they share one idempotency
// key.
std::uint8_t copies_of(const Fan& fan, Ask what);
bool copies_share_key(const Fan& fan);
// True if the connection is to be cut as soon as this request is sent.
bool is_cut(const Fan& fan, Ask what);

// Facts about the sale that all fans know.
struct SaleFacts {
  std::uint64_t seed = 0;
  std::int64_t hold_ms = 0;   // duration of a hold
  std::int64_t offer_ms = 0;  // duration of a hold that the waitlist offers
  std::int64_t place_ms = 0;  // minimum duration of a place without polls
  ThinkTime think;            // of each step until a seat is held
  ThinkTime pay;              // of each later step
  std::uint32_t dates = 1;    // number of them
  std::uint32_t quantity_max = kQuantityMax;
  bool has_standing = false;  // the showings have the sections of SaleOptions, both of them
  bool sold_out = false;      // known to all: fans in the line leave it
  // No seat comes back any more: fans who wait for so many seats leave the waitlist.
  std::uint32_t leaves_from = kQuantityMax + 1;
};

// The seats that a fan asks for who holds by quantity or waits.
struct Wish {
  std::uint32_t quantity = 1;
  std::string_view section = {};  // empty: any
};
Wish wish_of(const Fan& fan, std::uint32_t index, const SaleFacts& facts);

struct Move {
  bool done = false;  // the visit is over, with fan.outcome
  std::uint32_t after_ms = 0;
};

// Records one success, also of a copy. `buyer` may be null before a seat is chosen.
// `first_may_be_over`: enough time has passed that the place or hold of one tab may have ended
// before the other tab got its own. Returns the violation if copies of one request got different
// results, otherwise null.
const char* absorb(Fan& fan, Buyer* buyer, const Answer& answer, bool first_may_be_over = false);

// Called when all copies are answered; `answer` is the one that counts. Sets fan.ask to the next
// request and returns its time. A fan who has chosen a seat has a buyer.
Move step(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts);

}  // namespace frontrow::drop
