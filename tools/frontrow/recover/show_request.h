// The parsed arguments of `frontrow recover show`: the kind of entity, its ids, and the time.
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

// The error names the expected words.
Result<AskedThing> parse_thing(const std::vector<std::string>& words);

// The state right after a record.
struct AtRecord {
  SlotId slot;
  std::uint64_t seq = 0;
};
// The newest state; the state after the last record that is not later; the state after a record.
using AskedTime = std::variant<std::monostate, Instant, AtRecord>;
Result<AskedTime> parse_at(const std::string& text);

// The slots whose records fully describe the entity; empty: any slot may contribute.
std::vector<SlotId> slots_of(const AskedThing& thing);
// The slots that the entity lives in, except the other side of a payment.
std::vector<SlotId> homes_of(const AskedThing& thing);

}  // namespace frontrow::recover
