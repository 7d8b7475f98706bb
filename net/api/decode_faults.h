// Faults of a request's form, as the decoders report them.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "net/api/api_decode.h"
#include "net/json/json_reader.h"

namespace frontrow {

inline Decoded invalid(std::string field, std::string detail) {
  return {DecodeFault::kInvalidField, std::move(field), std::move(detail)};
}

// Sorts the member seats of a request. A fault if it names a seat twice.
inline Decoded sort_seats(SeatList& seats) {
  std::sort(seats.begin(), seats.end());
  const bool has_twice = std::adjacent_find(seats.begin(), seats.end()) != seats.end();
  return has_twice ? invalid("seats", "seats must not name a seat twice.") : Decoded{};
}

inline Decoded fault_of(const JsonReader& reader) {
  const JsonError& error = reader.error();
  if (error.kind == JsonError::Kind::kMalformed) {
    return {DecodeFault::kMalformed,
            {},
            fmt::format("The body at byte {}: the text {}.", error.offset, error.why)};
  }
  return invalid(error.field, fmt::format("{} {}.", error.field, error.why));
}

}  // namespace frontrow
