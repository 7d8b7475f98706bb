// The documents of a concert's waitlist: a fan's wish, and the fan's entries and offers.
#pragma once

#include <string>

#include "net/api/api_decode.h"
#include "net/json/json_reader.h"

namespace frontrow {

Decoded decode_join_waitlist(ConcertId concert, const Request& request, JsonReader& reader,
                             CommandBody& body);
void render(std::string& out, const WaitlistView& waitlist);

}  // namespace frontrow
