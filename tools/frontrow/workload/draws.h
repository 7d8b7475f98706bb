// Every choice of a fan is derived from the run's seed, the fan's number and the purpose, so that a
// run can be repeated and a fan needs no generator of its own. Pure functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "engine/base/hash.h"
#include "engine/base/ids.h"

namespace frontrow::drop {

enum class Purpose : std::uint64_t {
  kUserHigh = 1,
  kUserLow,
  kAbandon,
  kRetry,
  kDoubleClick,
  kTwoTabs,
  kExpire,
  kPlace,  // where a fan leaves
  kPolls,  // after how many polls
  kDate,
  kSeat,
  kThink,
  kBackoff,
  kKey,  // of a request
  kByQuantity,
  kWaitlist,
  kQuantity,  // how many seats
  kSection,
};

// `turn` distinguishes repeated choices of one purpose.
constexpr std::uint64_t draw(std::uint64_t seed, std::uint32_t fan, Purpose purpose,
                             std::uint64_t turn = 0) {
  return HashFold(seed).add(static_cast<std::uint64_t>(purpose) << 32 | fan).add(turn).value();
}

// 0 <= result < 1.
constexpr double unit(std::uint64_t drawn) { return static_cast<double>(drawn >> 11) * 0x1.0p-53; }

// An index among `count` > 0 items, the most popular first: the squared choice, 0 <= choice < 1,
// prefers the front, so that a quarter of the fans want the first sixteenth.
constexpr std::size_t popular(double choice, std::size_t count) {
  return std::min(count - 1,
                  static_cast<std::size_t>(choice * choice * static_cast<double>(count)));
}

// A UUID of version 8 (RFC 9562: custom), different for each fan and seed.
constexpr UserId user_of(std::uint64_t seed, std::uint32_t fan) {
  UserId user;
  const std::uint64_t high = draw(seed, fan, Purpose::kUserHigh);
  const std::uint64_t low = draw(seed, fan, Purpose::kUserLow);
  for (std::size_t i = 0; i < 8; ++i) {
    user.bytes[i] = static_cast<std::uint8_t>(high >> (8 * i));
    user.bytes[8 + i] = static_cast<std::uint8_t>(low >> (8 * i));
  }
  user.bytes[6] = static_cast<std::uint8_t>((user.bytes[6] & 0x0f) | 0x80);
  user.bytes[8] = static_cast<std::uint8_t>((user.bytes[8] & 0x3f) | 0x80);
  return user;
}

}  // namespace frontrow::drop
