// The key of a group: stream, then group number, both u64 big endian, so that the order of the
// bytes is the order of the groups and one scan reads a stream from front to back.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace frontrow {

inline constexpr std::size_t kGroupKeySize = 16;

struct GroupKey {
  std::uint64_t stream = 0;
  std::uint64_t number = 0;
};

constexpr std::array<char, kGroupKeySize> encode_group_key(GroupKey key) {
  std::array<char, kGroupKeySize> out{};
  for (std::size_t i = 0; i < 8; ++i) {
    out[i] = static_cast<char>(key.stream >> (56 - 8 * i) & 0xff);
    out[8 + i] = static_cast<char>(key.number >> (56 - 8 * i) & 0xff);
  }
  return out;
}

// nullopt if the length is not that of a key.
constexpr std::optional<GroupKey> decode_group_key(std::string_view bytes) {
  if (bytes.size() != kGroupKeySize) return std::nullopt;
  GroupKey key;
  for (std::size_t i = 0; i < 8; ++i) {
    key.stream = key.stream << 8 | static_cast<unsigned char>(bytes[i]);
    key.number = key.number << 8 | static_cast<unsigned char>(bytes[8 + i]);
  }
  return key;
}

}  // namespace frontrow
