#include "tools/frontrow/workload/watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow::drop {

void Watch::on_number(std::uint32_t number, bool fresh, const Known& sent_with) {
  if (fresh && number <= sent_with.drawn) {
    violations_.add(fmt::format("order: a fan who came after number {} got number {}",
                                sent_with.drawn, number));
  }
  known_.drawn = std::max(known_.drawn, number);
}

void Watch::on_waiting(std::uint32_t number, const Known& sent_with) {
  if (number >= sent_with.admitted) return;
  violations_.add(
      fmt::format("order: number {} waits although number {} is in", number, sent_with.admitted));
}

void Watch::on_active(std::uint32_t number) { known_.admitted = std::max(known_.admitted, number); }

void Watch::on_visit(std::uint32_t from_ms, std::uint32_t to_ms) {
  if (to_ms <= from_ms) return;
  if (changes_.size() <= to_ms)
    changes_.resize(std::max<std::size_t>(to_ms + 1, 2 * changes_.size()));
  ++changes_[from_ms];
  --changes_[to_ms];
}

std::uint32_t Watch::most_inside() const {
  std::int32_t inside = 0;
  std::int32_t most = 0;
  for (const std::int32_t change : changes_) {
    inside += change;
    most = std::max(most, inside);
  }
  return static_cast<std::uint32_t>(most);
}

void Watch::check_cap(std::uint32_t max_active) {
  const std::uint32_t most = most_inside();
  if (most <= max_active) return;
  violations_.add(
      fmt::format("cap: {} fans were in the shop at once, {} are allowed", most, max_active));
}

}  // namespace frontrow::drop
