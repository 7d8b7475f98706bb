#include "engine/runtime/controller/control_codec.h"

#include <fmt/format.h>

#include "engine/base/check.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr std::uint8_t kWantSlots = 1;
constexpr std::uint8_t kMapChanged = 2;

}  // namespace

void encode_control(const ControlMessage& message, ByteBuffer& out) {
  ByteWriter writer(out);
  const auto* wanted = std::get_if<WantSlots>(&message);
  if (wanted == nullptr) return writer.put(kMapChanged);
  FR_CHECK(wanted->slots.size() <= kSlotCount);
  writer.put(kWantSlots);
  writer.put(static_cast<std::uint16_t>(wanted->slots.size()));
  for (const SlotId slot : wanted->slots) writer.put(slot);
}

Result<ControlMessage> decode_control(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<std::uint8_t>();
  if (in.failed() || (kind != kWantSlots && kind != kMapChanged))
    return Error{fmt::format("kind {} is unknown", kind)};
  ControlMessage message = MapChanged{};
  if (kind == kWantSlots) {
    const auto count = in.get<std::uint16_t>();
    if (count > kSlotCount) in.fail();
    WantSlots wanted;
    for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
      wanted.slots.push_back(in.get<SlotId>());
      if (wanted.slots.back().value >= kSlotCount) in.fail();
    }
    message = std::move(wanted);
  }
  if (in.failed() || !in.at_end())
    return Error{fmt::format("its fields do not fill it exactly, at byte {}", in.position())};
  return message;
}

}  // namespace frontrow
