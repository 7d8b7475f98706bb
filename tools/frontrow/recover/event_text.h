// Text forms of events, for people and for programs.
//
//   2026-12-24T20:00:03.123Z group 4711 slot 77 seq 12 hold_expired concert 1 hold 4294967299
//   {"time":"2026-12-24T20:00:03.123Z","group":4711,"slot":77,"seq":12,"event":"hold_expired",
//    "concert":1,"hold":4294967299}
//
// Lines: name and value of each field; a compound value stands in braces, a list in brackets, a
// text in quotes, an unset value is a dash. JSON: names in camel case, an unset value is null.
// Money is in minor units; keys and hashes are hexadecimal. A part of a slot's state is printed as
// its kind and size. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/protocol/event.h"

namespace frontrow::recover {

// Place and time of the event's record.
struct EventPlace {
  Instant time;
  std::uint64_t group = 0;
  SlotId slot;
  std::uint64_t seq = 0;
};

// Without a newline.
void append_line(std::string& out, const EventPlace& place, const Event& event);
// One object on one line, without a newline.
void append_json(std::string& out, const EventPlace& place, const Event& event);

// "token_epoch" -> "tokenEpoch"
std::string camel_case(std::string_view name);

}  // namespace frontrow::recover
