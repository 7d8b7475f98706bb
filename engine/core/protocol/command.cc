#include "engine/core/protocol/command.h"

#include <array>
#include <bit>
#include <cstring>

namespace frontrow {
namespace {

enum class SlotKind : std::uint8_t { kConcert = 1, kUser = 2, kDirectory = 3 };

// slot = xxh3(kind, id) mod 4096. The mapping is part of the disk format and never changes.
template <std::size_t N>
SlotId slot_of_bytes(SlotKind kind, const std::array<std::byte, N>& id) {
  std::array<std::byte, N + 1> bytes;
  bytes[0] = static_cast<std::byte>(kind);
  std::memcpy(bytes.data() + 1, id.data(), N);
  return SlotId{
      static_cast<std::uint16_t>(xxh3_64(std::span<const std::byte>(bytes)) % kSlotCount)};
}

template <class C>
SlotId slot_of_command(const C& c) {
  constexpr DecidedBy kBy = kSpecOf<C>.decided_by;
  if constexpr (kBy == DecidedBy::kDirectory) {
    return slot_of_directory();
  } else if constexpr (kBy == DecidedBy::kNamedSlot) {
    return c.slot;
  } else if constexpr (kBy == DecidedBy::kUser) {
    if constexpr (requires { c.purchase; }) {
      return slot_of_user(c.purchase.user);
    } else {
      return slot_of_user(c.user);
    }
  } else if constexpr (requires { c.concert; }) {
    return slot_of_concert(c.concert);
  } else if constexpr (requires { c.hold; }) {
    return slot_of_concert(concert_of(c.hold));
  } else {
    return slot_of_concert(concert_of(c.payment));
  }
}

}  // namespace

SlotId slot_of_concert(ConcertId concert) {
  return slot_of_bytes(SlotKind::kConcert, std::bit_cast<std::array<std::byte, 4>>(concert.value));
}

SlotId slot_of_user(const UserId& user) {
  return slot_of_bytes(SlotKind::kUser, std::bit_cast<std::array<std::byte, 16>>(user.bytes));
}

SlotId slot_of_directory() {
  return slot_of_bytes(SlotKind::kDirectory, std::array<std::byte, 1>{});
}

SlotId slot_of(const CommandBody& body) {
  return std::visit([](const auto& c) { return slot_of_command(c); }, body);
}

}  // namespace frontrow
