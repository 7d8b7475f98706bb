#include "tools/frontrow/cluster/show.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "engine/base/calendar.h"
#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {
namespace {

std::size_t slots_followed(const ClusterMap& map, InstanceId id) {
  return static_cast<std::size_t>(std::ranges::count_if(
      map.places, [id](const SlotPlace& place) { return place.has_follower(id); }));
}

std::string table_text(const ClusterMap& map) {
  std::size_t width = std::string_view("instance").size();
  for (const MapInstance& instance : map.instances) width = std::max(width, instance.name.size());
  std::string text =
      fmt::format("{:>4}  {:<{}}  {:>6}  {:>5}  {:>7}  {:>7}  {:<16}  {}\n", "id", "instance",
                  width, "weight", "owns", "share", "follows", "stream", "state");
  for (const MapInstance& instance : map.instances) {
    const std::size_t slots = map.slots_of(instance.id);
    text +=
        fmt::format("{:>4}  {:<{}}  {:>6}  {:>5}  {:>5.1f} %  {:>7}  {:<16}  {}\n", instance.id,
                    instance.name, width, instance.weight, slots,
                    100 * static_cast<double>(slots) / kSlotCount, slots_followed(map, instance.id),
                    instance.stream == 0 ? "none yet" : fmt::format("{:016x}", instance.stream),
                    instance.is_draining ? "draining" : "");
    while (text.ends_with(" \n")) text.erase(text.size() - 2, 1);
  }
  return text;
}

}  // namespace

std::string overview_text(const ClusterRecord& record, const ClusterMap& map) {
  std::string text = fmt::format(
      "cluster   {} (id {:016x}, created {})\nrevision  {}, by {}\ncopies    {} of each slot\n",
      record.cluster, record.id, to_string(record.created), map.revision(), map.author(),
      map.copies);
  const auto unbegun = std::ranges::count(map.places, InstanceId{0}, &SlotPlace::owner);
  text += fmt::format(
      "slots     {} begun, {} not begun, {} pinned, {} moved without a snapshot yet\n\n",
      kSlotCount - static_cast<std::size_t>(unbegun), unbegun, map.pins.size(), map.taken.size());
  if (map.instances.empty())
    return text +
           "no instance: start one with `frontrow serve`, or register it with `frontrow "
           "cluster add`\n";
  text += table_text(map);
  if (map.pins.empty()) return text;
  text += fmt::format("\n{:>6}  {:<16}  {}\n", "slot", "pinned to", "owner");
  for (const auto& [slot, id] : map.pins) {
    const InstanceId owner = map.place(slot).owner;
    text += fmt::format("{:>6}  {:<16}  {}\n", slot.value, instance_name(map, id),
                        owner == 0 ? "not begun" : instance_name(map, owner));
  }
  return text;
}

std::string whereabouts_text(const ClusterMap& map, const std::string& what, SlotId slot) {
  const SlotPlace& place = map.place(slot);
  std::string text = fmt::format("{}{}slot {}", what, what.empty() ? "" : ": ", slot.value);
  if (place.owner == 0) {
    text += ", not begun";
  } else {
    std::vector<std::string> followers;
    for (const InstanceId id : place.followers)
      if (id != 0) followers.push_back(instance_name(map, id));
    text += fmt::format(", owner {}, followers {}", instance_name(map, place.owner),
                        followers.empty() ? "none" : fmt::format("{}", fmt::join(followers, ", ")));
  }
  if (const auto pin = map.pins.find(slot); pin != map.pins.end())
    text += fmt::format(", pinned to {}", instance_name(map, pin->second));
  if (const auto taken = map.taken.find(slot); taken != map.taken.end()) {
    text += fmt::format(", its state is in stream {:016x} up to group {}", taken->second.stream,
                        taken->second.group);
  }
  return text + "\n";
}

int show(const ShowArgs& args) {
  return run_on_store(args.cluster, [&](ConsensusStore& store) -> Result<std::string> {
    const auto access = Access::open(store, args.cluster);
    if (!access.ok()) return Error{access.error()};
    const auto map = (*access)->read_map();
    if (!map.ok()) return Error{map.error()};
    if (args.concert) {
      return whereabouts_text(*map, fmt::format("concert {}", args.concert.value),
                              slot_of_concert(args.concert));
    }
    if (!args.user.is_nil())
      return whereabouts_text(*map, "user " + to_string(args.user), slot_of_user(args.user));
    if (args.slot) return whereabouts_text(*map, "", *args.slot);
    return overview_text((*access)->record(), *map);
  });
}

}  // namespace frontrow::cluster
