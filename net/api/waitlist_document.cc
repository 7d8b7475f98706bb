#include "net/api/waitlist_document.h"

#include "net/api/api_render.h"
#include "net/api/decode_faults.h"
#include "net/api/render_parts.h"
#include "net/json/json_fields.h"

namespace frontrow {

Decoded decode_join_waitlist(ConcertId concert, const Request& request, JsonReader& reader,
                             CommandBody& body) {
  JoinWaitlist command{.concert = concert};
  if (!json::read(
          reader, request.body, json::required("date", json::date(command.date)),
          json::optional("section", json::text(command.section, 1, kSectionNameCharsMax)),
          json::required("quantity", json::integer(command.quantity, 1, kSeatsPerHoldMax)))) {
    return fault_of(reader);
  }
  body = std::move(command);
  return {};
}

void write_waitlist_places(JsonWriter& json, std::string_view name,
                           const std::vector<WaitlistPlace>& places) {
  json.array(name);
  for (const WaitlistPlace& place : places) {
    json.begin_object().member("date", place.date);
    if (!place.section.empty()) json.member("section", place.section);
    json.member("quantity", place.quantity)
        .member("position", place.position)
        .member("waiting", place.waiting)
        .member("since", place.since)
        .end_object();
  }
  json.end_array();
}

void render(std::string& out, const WaitlistView& waitlist) {
  JsonWriter json(out);
  json.begin_object().member("concertId", waitlist.concert);
  write_waitlist_places(json, "entries", waitlist.places);
  json.array("offers");
  for (const HoldView& offer : waitlist.offers) {
    json.begin_object();
    write_hold(json, offer);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace frontrow
