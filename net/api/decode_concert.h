// Decodes the bodies that create and change concerts and plans (see api_decode.h). Pure functions,
// any thread.
#pragma once

#include <optional>
#include <string>

#include "engine/core/protocol/command.h"
#include "net/api/api_decode.h"
#include "net/http/http_message.h"
#include "net/json/json_reader.h"

namespace frontrow {

Decoded decode_create(const Request& request, const SaleDefaults& defaults, JsonReader& reader,
                      CommandBody& body);
Decoded decode_change(ConcertId concert, const Request& request, const SaleDefaults& defaults,
                      JsonReader& reader, CommandBody& body);
// Whether the change has dates whose times depend on where the concert is.
bool needs_place(const ChangeConcert& change);
// Fills in when its dates begin and go off sale. `time_zone`: of the concert.
Decoded place_changed_dates(const std::string& time_zone, ChangeConcert& change);

Decoded decode_new_plan(const Request& request, JsonReader& reader, CommandBody& body);
// Sales at the box office.
Decoded decode_sale(ConcertId concert, const Request& request, JsonReader& reader,
                    CommandBody& body);
// Seats and ranges, with one reason.
Decoded decode_blocks(ConcertId concert, Date date, const Request& request, JsonReader& reader,
                      CommandBody& body);
// Leaves the hashes zero: the codes are drawn by the caller.
Decoded decode_access_codes(ConcertId concert, const Request& request, JsonReader& reader,
                            CommandBody& body);
// Without a date: of the whole concert.
Decoded decode_cancellation(ConcertId concert, std::optional<Date> date, const Request& request,
                            JsonReader& reader, CommandBody& body);

}  // namespace frontrow
