// Requests of the API as commands of the engine: path parameters, query and JSON body. What is
// wrong with the shape is said here; what is not allowed, the engine says.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/protocol/command.h"
#include "net/api/api_routes.h"
#include "net/http/http_message.h"
#include "net/json/json_reader.h"

namespace frontrow {

// Defaults for concerts that do not say otherwise, and what one instance fixes for all.
struct SaleDefaults {
  Currency currency;
  Money seat_price{50'000};
  SaleRules rules;
};

enum class DecodeFault : std::uint8_t { kNone, kMalformed, kInvalidField, kInvalidAmount };
struct Decoded {
  DecodeFault fault = DecodeFault::kNone;
  std::string field;   // invalid field
  std::string detail;  // why, for a person
};

// Fills command.body, from a request that matched. Parameters that cannot name anything (a date
// that does not exist, an id of another concert) become ones that nothing is found by, so that the
// engine's order of rejections holds.
Decoded decode_request(const RouteMatch& match, const Request& request,
                       const SaleDefaults& defaults, JsonReader& reader, CommandBody& body);

// The parameter {c} or {u} of a matched path; none if it is not a number or UUID.
ConcertId concert_param(const RouteMatch& match);
std::optional<UserId> user_param(const RouteMatch& match);

}  // namespace frontrow
