// The bits of GET .../seats?view=bitmap.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "tests/api/support/json.h"

namespace frontrow::api {

// One for each seat, in order: whether it is free.
inline std::vector<bool> bits_of(const Json& map) {
  static constexpr std::string_view kCharacters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const std::string text = map["bits"].text();
  const auto seats = static_cast<std::size_t>(map["seatsTotal"].integer());
  const std::size_t bytes = (seats + 7) / 8;
  EXPECT_EQ(text.size(), (bytes + 2) / 3 * 4);
  std::vector<unsigned> decoded;
  for (std::size_t at = 0; at + 4 <= text.size(); at += 4) {
    unsigned group = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::size_t value = kCharacters.find(text[at + i]);
      EXPECT_TRUE(value != std::string_view::npos || text[at + i] == '=');
      group = group << 6 | (value == std::string_view::npos ? 0U : static_cast<unsigned>(value));
    }
    for (const int shift : {16, 8, 0}) decoded.push_back(group >> shift & 255U);
  }
  std::vector<bool> bits;
  for (std::size_t bit = 0; bit < bytes * 8; ++bit)
    bits.push_back((decoded.at(bit / 8) >> bit % 8 & 1U) != 0);
  EXPECT_EQ(std::count(bits.begin() + static_cast<std::ptrdiff_t>(seats), bits.end(), true), 0);
  bits.resize(seats);
  return bits;
}

}  // namespace frontrow::api
