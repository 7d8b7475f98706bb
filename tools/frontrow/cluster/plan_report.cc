// Reports of a plan: text for people, JSON for programs.
#include <fmt/format.h>

#include <optional>
#include <set>

#include "net/json/json_writer.h"
#include "tools/frontrow/cluster/plan.h"

namespace frontrow::cluster {
namespace {

double share(std::size_t slots) { return static_cast<double>(slots) / kSlotCount; }

// One instance, before or after; no weight if the file lacks the instance.
struct Side {
  std::optional<std::uint32_t> weight;
  std::size_t slots = 0;
};

Side side_of(const ClusterFile& file, const SlotMap& map, InstanceId id) {
  const ClusterInstance* instance = file.find(id);
  if (instance == nullptr) return {};
  return {instance->weight, map.slots_of(id)};
}

std::set<InstanceId> ids_of(const Plan& plan) {
  std::set<InstanceId> ids;
  for (const ClusterFile* file : {&plan.before, &plan.after}) {
    for (const ClusterInstance& instance : file->instances) ids.insert(instance.id);
  }
  return ids;
}

std::string weight_text(const Side& side) {
  return side.weight ? std::to_string(*side.weight) : "-";
}

std::string arrow(const std::string& before, const std::string& after) {
  return before == after ? before : before + " -> " + after;
}

std::string percent(std::size_t slots) { return fmt::format("{:.1f} %", 100 * share(slots)); }

void write_sides(JsonWriter& json, const Side& before, const Side& after) {
  json.object("weight").member("before", before.weight).member("after", after.weight).end_object();
  json.object("slots").member("before", before.slots).member("after", after.slots).end_object();
  json.object("share").key("before").raw(fmt::format("{:.6f}", share(before.slots)));
  json.key("after").raw(fmt::format("{:.6f}", share(after.slots))).end_object();
}

// Instances that leave the cluster while they own slots: they can't migrate these slots any more.
std::vector<InstanceId> leaving_with_slots(const Plan& plan) {
  std::vector<InstanceId> ids;
  for (const SlotMap::Instance& instance : plan.map_before.instances()) {
    if (!plan.map_after.has(instance.id) && plan.map_before.slots_of(instance.id) > 0)
      ids.push_back(instance.id);
  }
  return ids;
}

}  // namespace

std::string hash_text(const SlotMap& map) { return fmt::format("{:016x}", map.hash()); }

std::string plan_text(const Plan& plan) {
  std::string text = fmt::format("cluster   {}\nrevision  {} -> {}\nmap hash  {} -> {}\n\n",
                                 plan.after.name, plan.before.revision, plan.after.revision,
                                 hash_text(plan.map_before), hash_text(plan.map_after));
  text += fmt::format("{:>8}  {:>14}  {:>14}  {:>18}\n", "instance", "weight", "slots", "share");
  for (const InstanceId id : ids_of(plan)) {
    const Side before = side_of(plan.before, plan.map_before, id);
    const Side after = side_of(plan.after, plan.map_after, id);
    text += fmt::format("{:>8}  {:>14}  {:>14}  {:>18}\n", id,
                        arrow(weight_text(before), weight_text(after)),
                        arrow(std::to_string(before.slots), std::to_string(after.slots)),
                        arrow(percent(before.slots), percent(after.slots)));
  }
  if (plan.moves.empty()) return text + "\nno slot would move\n";
  text += fmt::format("\n{:>8}  {:>8}  {:>8}\n", "from", "to", "slots");
  for (const auto& [ends, slots] : plan.moves)
    text += fmt::format("{:>8}  {:>8}  {:>8}\n", ends.first, ends.second, slots.size());
  text += fmt::format("\n{} of {} slots would move ({})\n", plan.slots_moved(), kSlotCount,
                      percent(plan.slots_moved()));
  for (const InstanceId id : leaving_with_slots(plan)) {
    text += fmt::format(
        "\nWARNING: instance {0} would be removed with {1} slots, which no instance would then "
        "serve.\nGive it --weight {0}:0 first, wait until `frontrow cluster status` prints \"all "
        "is well\", then --remove {0}\n",
        id, side_of(plan.before, plan.map_before, id).slots);
  }
  return text;
}

std::string plan_json(const Plan& plan) {
  std::string text;
  JsonWriter json(text);
  json.begin_object().member("name", plan.after.name);
  json.object("revision").member("before", plan.before.revision);
  json.member("after", plan.after.revision).end_object();
  json.object("mapHash").member("before", hash_text(plan.map_before));
  json.member("after", hash_text(plan.map_after)).end_object();
  json.array("instances");
  for (const InstanceId id : ids_of(plan)) {
    json.begin_object().member("id", id);
    write_sides(json, side_of(plan.before, plan.map_before, id),
                side_of(plan.after, plan.map_after, id));
    json.end_object();
  }
  json.end_array().array("moves");
  for (const auto& [ends, slots] : plan.moves) {
    json.begin_object().member("from", ends.first).member("to", ends.second).array("slots");
    for (const SlotId slot : slots) json.value(slot);
    json.end_array().end_object();
  }
  json.end_array().array("leavingWithSlots");
  for (const InstanceId id : leaving_with_slots(plan)) json.value(id);
  json.end_array().member("slotsMoved", plan.slots_moved()).end_object();
  return text;
}

}  // namespace frontrow::cluster
