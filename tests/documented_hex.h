// Hex examples of the documents, for tests that compare the program with them.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <span>
#include <string>
#include <string_view>

#include "tests/source_tree.h"

namespace frontrow {

inline std::string hex_of(std::span<const std::byte> bytes) {
  std::string hex;
  for (const std::byte b : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[std::to_integer<unsigned>(b) >> 4];
    hex += kDigits[std::to_integer<unsigned>(b) & 15];
  }
  return hex;
}

// The hex digits of the fenced block of this name in a file of docs/, without comments after ';'.
inline std::string documented_hex(const std::string& file, const std::string& block) {
  const auto doc = source_tree() / "docs" / file;
  std::ifstream in(doc);
  EXPECT_TRUE(in.good()) << doc;
  std::string hex;
  bool inside = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) inside = line == "```" + block;
    if (!inside || line.starts_with("```")) continue;
    for (const char c : line.substr(0, line.find(';'))) {
      if (c != ' ') hex += c;
    }
  }
  return hex;
}

}  // namespace frontrow
