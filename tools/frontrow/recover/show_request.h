// What `frontrow recover show` was asked for: the kind of thing, its ids, and when.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/types.h"

namespace frontrow::recover {

struct AskOverview {};
struct AskConcert {
  ConcertId concert;
};
struct AskUser {
  UserId user;
};
struct AskPayment {
  PaymentId payment;
};
struct AskHold {
  HoldId hold;
};
struct AskSeat {
  ConcertId concert;
  Date date;
  SeatNumber seat;
};
struct AskSlot {
  SlotId slot;
};
using AskedThing =
    std::variant<AskOverview, AskConcert, AskUser, AskPayment, AskHold, AskSeat, AskSlot>;

// The error says what is expected in which place.
Result<AskedThing> parse_thing(const std::vector<std::string>& words);

// Right after a record.
struct AtRecord {
  SlotId slot;
  std::uint64_t seq = 0;
};
// The newest state; after the last record that is not later; right after a record.
using AskedTime = std::variant<std::monostate, Instant, AtRecord>;
Result<AskedTime> parse_at(const std::string& text);

// The slots whose records say everything about it; empty: any slot may.
std::vector<SlotId> slots_of(const AskedThing& thing);
// The slots that it lives in, but for the other side of a payment.
std::vector<SlotId> homes_of(const AskedThing& thing);

}  // namespace frontrow::recover
