// Money: integer minor units of one currency. Never floating point; overflow is a value, not a
// wrap.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string_view>

namespace frontrow {

struct Money {
  std::int64_t minor = 0;
  constexpr auto operator<=>(const Money&) const = default;
};

constexpr std::optional<Money> checked_add(Money a, Money b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a.minor, b.minor, &sum)) return std::nullopt;
  return Money{sum};
}

// ISO 4217 alphabetic code, three capital letters.
struct Currency {
  std::array<char, 3> code{'K', 'R', 'W'};
  constexpr auto operator<=>(const Currency&) const = default;
  constexpr std::string_view text() const { return {code.data(), code.size()}; }
};

constexpr std::optional<Currency> parse_currency(std::string_view text) {
  if (text.size() != 3) return std::nullopt;
  Currency c;
  for (std::size_t i = 0; i < 3; ++i) {
    if (text[i] < 'A' || text[i] > 'Z') return std::nullopt;
    c.code[i] = text[i];
  }
  return c;
}

}  // namespace frontrow
