// The parts of a snapshot in sequence, each after its length (u16): loaded or refused. A loaded
// snapshot encodes and loads again, to the same state.
#include <cstdint>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/state/invariants.h"

namespace frontrow {
namespace {

void load(std::span<const std::byte> bytes) {
  Slot slot(SlotId{7});
  ByteReader reader(bytes);
  while (!reader.at_end()) {
    const auto part = reader.get_bytes(reader.get<std::uint16_t>());
    if (reader.failed() || !load_snapshot_part(part, slot).ok()) return;
  }
  FR_CHECK(recompute_hash(slot) == slot.state_hash());
  Slot again(SlotId{7});
  const Status reloaded = encode_snapshot(
      slot, [&again](std::span<const std::byte> part) { return load_snapshot_part(part, again); });
  FR_CHECK(reloaded.ok() && again.state_hash() == slot.state_hash());
}

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  frontrow::load(std::as_bytes(std::span(data, size)));
  return 0;
}
