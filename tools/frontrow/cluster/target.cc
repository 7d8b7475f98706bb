#include "tools/frontrow/cluster/target.h"

#include <fmt/format.h>

#include "engine/base/text.h"
#include "engine/core/protocol/limits.h"

namespace frontrow::cluster {

std::optional<Target> parse_target(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return std::nullopt;
  const std::string_view kind = text.substr(0, colon);
  const auto number = parse_number<std::uint32_t>(text.substr(colon + 1));
  if (!number) return std::nullopt;
  if (kind == "concert" && *number >= 1 && *number <= kConcertIdMax)
    return Target::of(ConcertId{*number});
  if (kind == "slot" && *number < kSlotCount)
    return Target::of(SlotId{static_cast<std::uint16_t>(*number)});
  return std::nullopt;
}

std::string target_text(const Target& target) {
  if (!target.concert) return fmt::format("slot {}", target.slot.value);
  return fmt::format("concert {} (slot {})", target.concert.value, target.slot.value);
}

}  // namespace frontrow::cluster
