// Decodes requests of the API into commands of the engine: path parameters, query and JSON body.
// Reports faults of form; faults against the rules of the sale are the engine's to reject.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/protocol/command.h"
#include "net/api/api_routes.h"
#include "net/api/render_seats.h"
#include "net/http/http_message.h"
#include "net/json/json_reader.h"

namespace frontrow {

// Defaults for concerts that omit a setting, and the currency, which is fixed for an instance.
struct SaleDefaults {
  Currency currency;
  Money seat_price{50'000};
  SaleRules rules;
};

enum class DecodeFault : std::uint8_t { kNone, kMalformed, kInvalidField, kInvalidAmount };
struct Decoded {
  DecodeFault fault = DecodeFault::kNone;
  std::string field;   // invalid field
  std::string detail;  // the reason, in words
};

// The sender of a join, and its proof of work.
struct JoinTerms {
  UserId identity;               // whom the shop's token names; nil: the body names the user
  std::string_view challenge{};  // set by the decoding: the payload, empty if there is none
};

// Fills `body` from a matched request. A parameter that cannot name an entity (a date that does not
// exist, an id of another concert) becomes a value that matches no entity, so that the engine's
// order of rejections holds. The text in `terms` is valid until the reader's next body.
Decoded decode_request(const RouteMatch& match, const Request& request,
                       const SaleDefaults& defaults, JoinTerms& terms, JsonReader& reader,
                       CommandBody& body);

// The id of an act in an audit, "MILLISECONDS-SLOT-SEQUENCE" (append_act_position() writes it).
std::optional<ActPosition> parse_act_position(std::string_view text);

// The form of a seat map that this query asks for; the list if it names none.
SeatsForm seats_form(std::string_view query);

// The parameter {c} or {u} of a matched path; id 0 or nullopt if it is not a number or UUID.
ConcertId concert_param(const RouteMatch& match);
std::optional<UserId> user_param(const RouteMatch& match);

}  // namespace frontrow
