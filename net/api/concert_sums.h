// The figures of a concert that are kept beyond its view: by the metrics and by the history.
#pragma once

#include <array>
#include <cstdint>

#include "engine/core/protocol/reply.h"

namespace frontrow {

struct ConcertSums {
  ConcertSums() = default;
  explicit ConcertSums(const ConcertView& concert);

  ConcertId concert;
  std::uint64_t waiting = 0, active = 0, joined = 0;
  std::uint32_t admitted_per_minute = 0, sold_per_minute = 0;
  std::int64_t revenue = 0;
  std::array<std::uint64_t, 4> seats{};  // free, held, sold, blocked
};

// Whether `a` is busier than `b`: users waiting and active, then numbers drawn; the older of
// equals.
bool is_busier(const ConcertSums& a, const ConcertSums& b);

}  // namespace frontrow
