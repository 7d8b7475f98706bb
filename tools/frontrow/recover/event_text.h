// Events as a person or a program reads them.
//
//   2026-12-24T20:00:03.123Z group 4711 slot 77 seq 12 hold_expired concert 1 hold 4294967299
//   {"time":"2026-12-24T20:00:03.123Z","group":4711,"slot":77,"seq":12,"event":"hold_expired",
//    "concert":1,"hold":4294967299}
//
// Lines: name and value of each field; a value made of several stands in braces, a list in
// brackets, a text in quotes, what is not set is a dash. JSON: names in camel case, what is not set
// is null. Money is in minor units; keys and hashes are hexadecimal. A part of a slot's state is
// told by its kind and size. Any thread.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/protocol/event.h"

namespace frontrow::recover {

// Where an event stands: its record's place and time.
struct EventPlace {
  Instant time;
  std::uint64_t group = 0;
  SlotId slot;
  std::uint64_t seq = 0;
};

// Without an end of line.
void append_line(std::string& out, const EventPlace& place, const Event& event);
// One object, on one line, without an end of line.
void append_json(std::string& out, const EventPlace& place, const Event& event);

// "token_epoch" -> "tokenEpoch"
std::string camel_case(std::string_view name);

}  // namespace frontrow::recover
