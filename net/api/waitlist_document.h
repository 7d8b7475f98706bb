// The documents of a concert's waitlist: a fan's wish, and the fan's entries and offers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "net/api/api_decode.h"
#include "net/json/json_reader.h"
#include "net/json/json_writer.h"

namespace frontrow {

Decoded decode_join_waitlist(ConcertId concert, const Request& request, JsonReader& reader,
                             CommandBody& body);
// The member `name`: an array of the entries.
void write_waitlist_places(JsonWriter& json, std::string_view name,
                           const std::vector<WaitlistPlace>& places);
void render(std::string& out, const WaitlistView& waitlist);

}  // namespace frontrow
