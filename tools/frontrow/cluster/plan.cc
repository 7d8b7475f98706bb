#include "tools/frontrow/cluster/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace frontrow::cluster {
namespace {

constexpr int kExitFailed = 1;
constexpr int kExitMistake = 2;

Error not_there(const char* flag, InstanceId id) {
  return {fmt::format("{}: there is no instance {}", flag, id)};
}

Status change_instances(ClusterFile& file, const Changes& changes) {
  for (const InstanceId id : changes.remove) {
    if (file.find(id) == nullptr) return not_there("--remove", id);
    std::erase_if(file.instances, [id](const ClusterInstance& i) { return i.id == id; });
  }
  for (const ClusterInstance& instance : changes.add) {
    // An id is never reused for another machine, so removing and adding it in one step is a
    // mistake.
    const bool left = std::find(changes.remove.begin(), changes.remove.end(), instance.id) !=
                      changes.remove.end();
    if (left || file.find(instance.id) != nullptr) {
      return Error{
          fmt::format("--add: there is an instance {} already; take a new id", instance.id)};
    }
    file.instances.push_back(instance);
  }
  for (const auto& [id, weight] : changes.weights) {
    const auto instance = std::find_if(file.instances.begin(), file.instances.end(),
                                       [id = id](const ClusterInstance& i) { return i.id == id; });
    if (instance == file.instances.end()) return not_there("--weight", id);
    instance->weight = weight;
  }
  return {};
}

Status change_pins(ClusterFile& file, const Changes& changes) {
  for (const PinTarget& target : changes.unpin) {
    const auto erased =
        std::erase_if(file.pins, [&](const ClusterPin& pin) { return pin.target == target; });
    if (erased == 0) return Error{fmt::format("--unpin: {} is not pinned", target.text())};
  }
  for (const ClusterPin& pin : changes.pin) {
    if (file.find(pin.instance) == nullptr) return not_there("--pin", pin.instance);
    std::erase_if(file.pins, [&](const ClusterPin& old) { return old.target == pin.target; });
    file.pins.push_back(pin);
  }
  return {};
}

// Replaces the file atomically: instances may be started with the old file.
bool replace_file(const std::string& path, const std::string& text) {
  const std::string aside = path + ".new";
  std::ofstream out(aside, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  std::error_code error;
  if (out.good()) std::filesystem::rename(aside, path, error);
  if (out.good() && !error) return true;
  std::filesystem::remove(aside, error);
  std::fputs(fmt::format("frontrow: {}: can't be written\n", path).c_str(), stderr);
  return false;
}

int mistake(const std::string& why) {
  std::fputs(fmt::format("frontrow: {}\n", why).c_str(), stderr);
  return kExitMistake;
}

}  // namespace

std::size_t Plan::slots_moved() const {
  std::size_t count = 0;
  for (const auto& [ends, slots] : moves) count += slots.size();
  return count;
}

Result<Plan> make_plan(const ClusterFile& before, const Changes& changes) {
  if (changes.remove.empty() && changes.add.empty() && changes.weights.empty() &&
      changes.unpin.empty() && changes.pin.empty()) {
    return Error{"cluster plan: no change given; see `frontrow cluster plan --help`"};
  }
  if (before.revision >= static_cast<std::uint64_t>(kClusterRevisionMax))
    return Error{"the file has the largest possible revision, so there is no next one"};
  ClusterFile after = before;
  ++after.revision;
  if (Status status = change_instances(after, changes); !status.ok()) return Error{status.error()};
  if (Status status = change_pins(after, changes); !status.ok()) return Error{status.error()};
  const auto map_before = before.slot_map();
  if (!map_before.ok()) return Error{map_before.error()};
  const auto map_after = after.slot_map();
  if (!map_after.ok()) return Error{"after this change, " + map_after.error()};
  return Plan{before, std::move(after), *map_before, *map_after,
              moves_between(*map_before, *map_after)};
}

int plan(const PlanArgs& args) {
  const auto file = read_cluster_file(args.file);
  if (!file.ok()) return mistake(file.error());
  const auto plan = make_plan(*file, args.changes);
  if (!plan.ok()) return mistake(plan.error());
  std::fputs(plan_text(*plan).c_str(), stdout);
  if (!args.json.empty() && !replace_file(args.json, plan_json(*plan) + '\n')) return kExitFailed;
  if (!args.output.empty() && !replace_file(args.output, format_cluster_file((*plan).after)))
    return kExitFailed;
  return 0;
}

}  // namespace frontrow::cluster
