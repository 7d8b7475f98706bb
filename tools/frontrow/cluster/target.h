// The slot that a command names: by its number, or as the slot of a concert. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/core/protocol/command.h"

namespace frontrow::cluster {

struct Target {
  ConcertId concert;  // none: the slot itself is named
  SlotId slot;

  static Target of(ConcertId concert) { return {concert, slot_of_concert(concert)}; }
  static Target of(SlotId slot) { return {ConcertId{}, slot}; }
  auto operator<=>(const Target&) const = default;
};

// "concert:7" or "slot:17".
std::optional<Target> parse_target(std::string_view text);

// "slot 17" or "concert 7 (slot 301)".
std::string target_text(const Target& target);

}  // namespace frontrow::cluster
