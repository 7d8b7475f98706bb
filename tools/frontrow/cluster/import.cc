#include "tools/frontrow/cluster/import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/membership/members.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/config/cluster_identity.h"
#include "tools/frontrow/recover/gathering.h"

namespace frontrow::cluster {
namespace {

namespace fs = std::filesystem;

using Directories = std::vector<ImportedDirectory>;
using Instances = std::vector<ImportedInstance>;

bool has_slots(const ClusterMap& map) {
  return std::ranges::any_of(map.places, [](const SlotPlace& place) { return place.owner != 0; });
}

Status check_has_stream(const ClusterMap& map, const std::string& name, std::uint64_t stream) {
  const MapInstance* found = map.find(name);
  if (found != nullptr && found->stream == stream) return {};
  return Error{
      "the cluster has slots already: only a new cluster takes imported directories; create one "
      "with `frontrow cluster init`"};
}

Status check_distinct(const Directories& directories) {
  std::set<std::string> names;
  std::set<std::string> paths;
  for (const ImportedDirectory& each : directories) {
    if (!names.insert(each.instance).second) {
      return Error{fmt::format("the name {} is given twice: each directory needs one of its own",
                               each.instance)};
    }
    std::error_code error;
    const fs::path path = fs::canonical(each.data_dir, error);
    if (!error && !paths.insert(path.string()).second)
      return Error{fmt::format("{} is given twice: give each directory once", each.data_dir)};
  }
  return {};
}

// Those that have no identity yet. Fails if all have it, or one has another one.
Result<Directories> find_unfinished(Access& access, const Directories& directories) {
  Directories unfinished;
  std::optional<Error> finished;
  for (const ImportedDirectory& each : directories) {
    const auto identity = read_cluster_identity(each.data_dir);
    if (!identity.ok()) return Error{identity.error()};
    if (!*identity) {
      unfinished.push_back(each);
      continue;
    }
    finished =
        Error{fmt::format("{} belongs to the instance {} of the cluster {} already: start it there",
                          each.data_dir, (*identity)->instance, (*identity)->cluster)};
    const ClusterIdentity expected{access.args().cluster, access.record().id, each.instance};
    if (**identity != expected) return std::move(*finished);
  }
  if (unfinished.empty()) return std::move(*finished);
  return unfinished;
}

Status check_does_not_run(Access& access, const std::string& instance) {
  const auto text = read_member_text(access.store(), access.log().keys().member(instance));
  if (!text.ok()) return store_error(access.args(), text.error());
  if (!*text) return {};
  const auto record = decode_member_record(**text);
  if (record.ok() && record->is_departed()) return {};
  return Error{fmt::format(
      "an instance {} runs in the cluster, with another directory: stop it, or take another name",
      instance)};
}

Status write_identities(Access& access, const Directories& directories) {
  for (const ImportedDirectory& each : directories) {
    const Status written = write_cluster_identity(
        each.data_dir, {access.args().cluster, access.record().id, each.instance});
    if (written.ok()) continue;
    return Error{fmt::format("the cluster has {}, but {}: run the command again", each.data_dir,
                             written.error())};
  }
  return {};
}

// Returns the states of the streams that the change of the map expects.
Result<std::vector<MapExpectation>> begin_streams(Access& access, const Instances& instances,
                                                  const Patience& patience) {
  std::vector<MapExpectation> unopened;
  for (const ImportedInstance& each : instances) {
    const auto begun = StreamAppender::begin_at(
        access.log(), {.stream = each.stream, .instance = each.name, .writer = access.record().id},
        each.end, gives_up_in_time(patience));
    if (!begun.ok()) return Error{begun.error() + "; run the command again"};
    unopened.push_back({access.log().keys().stream(each.stream), encode_stream_state(*begun)});
  }
  return unopened;
}

// A line for each instance, and one for each peculiarity.
std::string describe(const Instances& instances, const ImportedSlots& slots) {
  std::string text;
  for (std::size_t i = 0; i < instances.size(); ++i) {
    const std::size_t count = slots.slots_of(i);
    text += fmt::format("{} owns {}{} slots: stream {:016x} up to group {}\n", instances[i].name,
                        count == kSlotCount ? "all " : "", count, instances[i].stream,
                        instances[i].end.number);
  }
  if (slots.half_done > 0) {
    text += fmt::format("{} slots that were sealed and have not moved stay where they are\n",
                        slots.half_done);
  }
  if (const std::size_t left = slots.slots_of(std::nullopt); left > 0) {
    text += fmt::format(
        "{} slots have no record in any directory and begin as in a new cluster: make sure that "
        "these are all directories\n",
        left);
  }
  return text;
}

std::string next_steps(const ClusterArgs& cluster, const Directories& directories) {
  std::string text = "\nNext: start ";
  text += directories.size() == 1 ? fmt::format("it on {} with\n", directories.front().data_dir)
                                  : "each on its directory with\n";
  for (const ImportedDirectory& each : directories) {
    text +=
        fmt::format("  frontrow serve --cluster {} --etcd {} --instance {} --data-dir {} ...\n",
                    cluster.cluster, endpoints_option(cluster.store), each.instance, each.data_dir);
  }
  return text + "and then the other instances, each on an empty directory\n";
}

// The map has all directories: those of them that have no identity yet get it.
Result<std::string> finish(Access& access, const ImportArgs& args, const Directories& unfinished,
                           const ClusterMap& map) {
  for (const ImportedDirectory& each : unfinished) {
    const auto log = StoppedLog::open(each.data_dir);
    if (!log.ok()) return Error{log.error()};
    const Status status = check_has_stream(map, each.instance, (*log)->identity().stream);
    if (!status.ok()) return Error{status.error()};
  }
  if (args.dry_run)
    return std::string("a dry run, nothing is changed; the cluster has the directories already\n");
  if (Status s = write_identities(access, unfinished); !s.ok()) return Error{s.error()};
  return "the import is finished\n" + next_steps(args.cluster, args.directories);
}

Result<std::string> import_all(Access& access, const ImportArgs& args, const Patience& patience) {
  std::vector<std::string> paths;
  paths.reserve(args.directories.size());
  for (const ImportedDirectory& each : args.directories) paths.push_back(each.data_dir);
  SlotTable states;
  // Keeps instances out until the directories have their identities.
  const auto gathered = recover::load_newest_states(paths, states);
  if (!gathered.ok()) return Error{gathered.error()};
  const auto slots = find_owners(*gathered);
  if (!slots.ok()) return Error{slots.error()};
  Instances instances;
  for (const recover::Place& place : gathered->places) {
    instances.push_back({args.directories[place.directory].instance,
                         place.stream,
                         {.number = place.state.end.number, .hash = place.state.end.hash}});
  }
  const auto change = [&](const ClusterMap& map) { return with_imported(map, instances, *slots); };
  const auto map = access.read_map();
  if (!map.ok()) return Error{map.error()};
  if (const auto next = change(*map); !next.ok()) return Error{next.error()};
  const std::string text = describe(instances, *slots);
  if (args.dry_run) return "a dry run, nothing is changed; after the import\n" + text;
  const auto unopened = begin_streams(access, instances, patience);
  if (!unopened.ok()) return Error{unopened.error()};
  const auto changed = access.change_map(change, patience, *unopened);
  if (!changed.ok()) return Error{changed.error()};
  if (Status s = write_identities(access, args.directories); !s.ok()) return Error{s.error()};
  return fmt::format("{}map revision {}\n{}", text, changed->revision(),
                     next_steps(args.cluster, args.directories));
}

}  // namespace

Result<ClusterMap> with_imported(const ClusterMap& map, const Instances& instances,
                                 const ImportedSlots& slots) {
  if (has_slots(map)) {
    for (const ImportedInstance& each : instances) {
      Status status = check_has_stream(map, each.name, each.stream);
      if (!status.ok()) return Error{status.error()};
    }
    return map;
  }
  Result<ClusterMap> next = map;
  std::vector<InstanceId> ids;
  for (const ImportedInstance& each : instances) {
    if (next->find(each.name) == nullptr)
      next = add_instance(*next, each.name, MapInstance{}.weight);
    if (!next.ok()) return next;
    ids.push_back(next->find(each.name)->id);
    next = begin_stream(*next, ids.back(), each.stream);
    if (!next.ok()) return next;
  }
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    if (const auto owner = slots.owners[id]) next->places[id] = {.owner = ids[*owner]};
  }
  return next;
}

Result<std::string> import_into(ConsensusStore& store, const ImportArgs& args,
                                const Patience& patience) {
  if (Status status = check_distinct(args.directories); !status.ok()) return Error{status.error()};
  const auto access = Access::open(store, args.cluster);
  if (!access.ok()) return Error{access.error()};
  const auto unfinished = find_unfinished(**access, args.directories);
  if (!unfinished.ok()) return Error{unfinished.error()};
  for (const ImportedDirectory& each : *unfinished) {
    Status status = check_does_not_run(**access, each.instance);
    if (!status.ok()) return Error{status.error()};
  }
  const auto map = (*access)->read_map();
  if (!map.ok()) return Error{map.error()};
  if (has_slots(*map)) return finish(**access, args, *unfinished, *map);
  return import_all(**access, args, patience);
}

int import_directories(const ImportArgs& args) {
  return run_on_store(args.cluster, [&](ConsensusStore& store) {
    return import_into(store, args, Patience::real());
  });
}

}  // namespace frontrow::cluster
