// Parts of documents that several views have: each writes members into an object that is open, or,
// an act, an object. Used by the files of net/api that render replies.
#pragma once

#include <string_view>

#include "engine/core/protocol/reply.h"
#include "net/json/json_writer.h"

namespace frontrow {

// null where it is not set.
JsonWriter& optional_instant(JsonWriter& json, std::string_view name, Instant instant);
void write_purchase(JsonWriter& json, const Purchase& p, Currency currency);
// The seats of a payment that were refunded, and their money; nothing if there are none.
void write_refunded(JsonWriter& json, const SeatList& seats, Money amount);
// null for the buyer without a name.
JsonWriter& write_user(JsonWriter& json, const UserId& user);
// Of payments at the box office only; those of wallets do not name it.
void write_paid_by(JsonWriter& json, bool is_of_office);
void write_hold(JsonWriter& json, const HoldView& h);
void write_act(JsonWriter& json, const ActView& view);

}  // namespace frontrow
