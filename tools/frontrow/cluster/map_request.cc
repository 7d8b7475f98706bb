#include "tools/frontrow/cluster/map_request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "engine/base/match.h"
#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/membership/placement.h"

namespace frontrow::cluster {
namespace {

using Moves = std::map<std::pair<InstanceId, InstanceId>, std::size_t>;

// Applies a change of one instance.
template <class Change>
Result<ClusterMap> change_named(const ClusterMap& map, const std::string& name,
                                const Change& change) {
  const auto id = instance_named(map, name);
  if (!id.ok()) return Error{id.error()};
  return change(*id);
}

Result<ClusterMap> add_named(const ClusterMap& map, const AddInstance& request) {
  if (map.find(request.name) != nullptr) {
    return Error{fmt::format(
        "{} is an instance already; `frontrow cluster weight` changes its weight", request.name)};
  }
  return add_instance(map, request.name, request.weight);
}

Result<ClusterMap> remove_named(const ClusterMap& map, const std::string& name) {
  return change_named(map, name, [&](InstanceId id) -> Result<ClusterMap> {
    if (const std::size_t slots = map.slots_of(id); slots > 0) {
      return Error{fmt::format(
          "{0} owns {1} slots: give them to others first with `frontrow cluster drain {0} --wait`",
          name, slots)};
    }
    return remove_instance(map, id);
  });
}

Living all_of(const ClusterMap& map) {
  Living all;
  for (const MapInstance& instance : map.instances) all.insert(instance.id);
  return all;
}

Moves moves_of(const ClusterMap& map) {
  Moves moves;
  for (const SlotMove& move : moves_wanted(map, all_of(map))) ++moves[{move.from, move.to}];
  return moves;
}

std::size_t total(const Moves& moves) {
  std::size_t count = 0;
  for (const auto& [ends, slots] : moves) count += slots;
  return count;
}

std::size_t copies_kept(const ClusterMap& map) {
  std::size_t count = 0;
  for (const SlotPlace& place : map.places) count += place.follower_count();
  return count;
}

std::string moves_text(const ClusterMap& before, const ClusterMap& after) {
  const Moves moves = moves_of(after);
  const std::size_t outstanding = total(moves_of(before));
  if (moves.empty()) {
    return outstanding == 0
               ? "no slot moves\n"
               : fmt::format("no slot moves; without the change {} would\n", outstanding);
  }
  std::string text =
      fmt::format("{} of {} slots move, if all instances live:\n", total(moves), kSlotCount);
  for (const auto& [ends, slots] : moves) {
    text += fmt::format("  {:>4}  from {} to {}\n", slots, instance_name(after, ends.first),
                        instance_name(after, ends.second));
  }
  if (outstanding > 0) text += fmt::format("without the change {} slots would move\n", outstanding);
  return text;
}

}  // namespace

std::string instance_name(const ClusterMap& map, InstanceId id) {
  const MapInstance* instance = map.find(id);
  return instance != nullptr ? instance->name : fmt::format("instance {}", id);
}

Result<InstanceId> instance_named(const ClusterMap& map, std::string_view name) {
  if (const MapInstance* instance = map.find(name); instance != nullptr) return instance->id;
  std::vector<std::string_view> names;
  for (const MapInstance& instance : map.instances) names.push_back(instance.name);
  if (names.empty())
    return Error{fmt::format("the cluster has no instance {}, nor any other", name)};
  return Error{
      fmt::format("the cluster has no instance {}; it has {}", name, fmt::join(names, ", "))};
}

Result<ClusterMap> apply_request(const MapRequest& request, const ClusterMap& map) {
  return std::visit(
      Match{
          [&](const AddInstance& r) { return add_named(map, r); },
          [&](const RemoveInstance& r) { return remove_named(map, r.name); },
          [&](const SetWeight& r) {
            return change_named(map, r.name,
                                [&](InstanceId id) { return set_weight(map, id, r.weight); });
          },
          [&](const PinSlot& r) {
            return change_named(map, r.name,
                                [&](InstanceId id) { return pin_slot(map, r.target.slot, id); });
          },
          [&](const UnpinSlot& r) -> Result<ClusterMap> {
            if (!map.pins.contains(r.target.slot))
              return Error{fmt::format("{} is not pinned", target_text(r.target))};
            return unpin_slot(map, r.target.slot);
          },
          [&](const DrainInstance& r) {
            return change_named(
                map, r.name, [&](InstanceId id) { return set_draining(map, id, r.is_draining); });
          },
          [&](const SetCopies& r) { return set_copies(map, r.copies); },
      },
      request);
}

std::string request_text(const MapRequest& request) {
  return std::visit(
      Match{
          [](const AddInstance& r) {
            return fmt::format("{} is an instance, of weight {}", r.name, r.weight);
          },
          [](const RemoveInstance& r) { return fmt::format("{} is no instance any more", r.name); },
          [](const SetWeight& r) {
            return fmt::format("the weight of {} is {}", r.name, r.weight);
          },
          [](const PinSlot& r) {
            return fmt::format("{} is pinned to {}", target_text(r.target), r.name);
          },
          [](const UnpinSlot& r) {
            return fmt::format("{} is no longer pinned", target_text(r.target));
          },
          [](const DrainInstance& r) {
            return fmt::format("{} {}", r.name, r.is_draining ? "drains" : "no longer drains");
          },
          [](const SetCopies& r) {
            return fmt::format("each slot has {} {}", r.copies, r.copies == 1 ? "copy" : "copies");
          },
      },
      request);
}

std::string consequences(const ClusterMap& before, const ClusterMap& after) {
  const auto unbegun = std::ranges::count(after.places, InstanceId{0}, &SlotPlace::owner);
  std::string text;
  if (unbegun < kSlotCount) text += moves_text(before, after);
  if (unbegun > 0) {
    text += fmt::format("{} slots have not begun: the instances that run share them\n", unbegun);
  }
  const std::size_t kept_before = copies_kept(before);
  const std::size_t kept_after = copies_kept(after);
  if (kept_after < kept_before)
    text += fmt::format("{} copies of slots are given up\n", kept_before - kept_after);
  if (after.copies > before.copies && unbegun < kSlotCount)
    text += "the missing copies are made in the background\n";
  if (after.instances.size() < after.copies && !after.instances.empty()) {
    text += fmt::format("{} copies of each slot need as many instances, and the cluster has {}\n",
                        after.copies, after.instances.size());
  }
  const bool any_may = std::ranges::any_of(after.instances, [](const MapInstance& instance) {
    return !instance.is_draining && instance.weight > 0;
  });
  if (!any_may && !after.instances.empty())
    text +=
        "no instance may get slots then: all drain, or have no weight; slots stay where they are\n";
  for (const auto& [slot, id] : after.pins) {
    const MapInstance& instance = *after.find(id);
    if (instance.is_draining)
      text +=
          fmt::format("slot {} is pinned to {}, which drains: the pin has no effect meanwhile\n",
                      slot.value, instance.name);
  }
  return text;
}

}  // namespace frontrow::cluster
