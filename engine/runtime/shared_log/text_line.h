// Reads the lines of text that the cluster keeps in the consensus store: "name=value" fields,
// separated by one space, in a fixed order. A person can read them with etcdctl; transactions
// compare them as bytes, so each value has one text: a decoder encodes what it read and compares.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/text.h"

namespace frontrow {

// Removes "name=value", and the space behind it, from the front of `text`, and returns the value.
inline std::optional<std::string_view> take_field(std::string_view& text, std::string_view name) {
  if (!text.starts_with(name) || text.size() == name.size() || text[name.size()] != '=')
    return std::nullopt;
  text.remove_prefix(name.size() + 1);
  const std::string_view value = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(value.size() + 1, text.size()));
  return value;
}

inline std::optional<std::uint64_t> take_count(std::string_view& text, std::string_view name) {
  const auto value = take_field(text, name);
  return value ? parse_number<std::uint64_t>(*value) : std::nullopt;
}

inline std::optional<std::uint64_t> take_hex(std::string_view& text, std::string_view name) {
  const auto value = take_field(text, name);
  return value ? parse_hex_number(*value) : std::nullopt;
}

}  // namespace frontrow
