#include "engine/runtime/controller/newest_map.h"

#include <fmt/format.h>

#include <utility>

namespace frontrow {

NewestMap::NewestMap(SharedLog& log, const ControllerOptions& options, OnNext on_next)
    : options_(options), on_next_(std::move(on_next)), store_(log, options.name, options.writer) {}

bool NewestMap::read() {
  auto map = store_.read();
  if (!map.ok()) return false;
  set(std::move(*map));
  return true;
}

MapOutcome NewestMap::change(const char* what, const ClusterMapStore::Change& change,
                             std::span<const MapExpectation> expected) {
  MapChange changed = store_.change(change, options_.give_up, expected);
  if (changed.ok()) {
    set(std::move(changed.map));
  } else {
    options_.on_note(fmt::format("the slot map is unchanged ({}): {}", what, changed.reason));
  }
  return changed.outcome;
}

bool NewestMap::is_needed(const ClusterMapStore::Change& change) const {
  const auto next = change(map_);
  return next.ok() && *next != map_;
}

bool NewestMap::supersede() {
  MapChange changed = store_.supersede(options_.give_up);
  if (!changed.ok()) return false;
  set(std::move(changed.map));
  return true;
}

void NewestMap::set(ClusterMap&& next) {
  on_next_(map_, next);
  map_ = std::move(next);
}

}  // namespace frontrow
