#include "tools/frontrow/cluster/import.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/recovery/slot_table.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/config/cluster_identity.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::cluster {
namespace {

Status check_not_in_a_cluster(const ImportArgs& args) {
  const auto identity = read_cluster_identity(args.data_dir);
  if (!identity.ok()) return Error{identity.error()};
  if (!*identity) return {};
  return Error{
      fmt::format("{} belongs to the instance {} of the cluster {} already: start it there",
                  args.data_dir, (*identity)->instance, (*identity)->cluster)};
}

// Reads the directory as a start would, and returns the end of its stream.
Result<StreamPosition> read_end(StoppedLog& log) {
  SlotTable slots;
  const auto state = recover::load_newest_state(log, slots);
  if (!state.ok()) return Error{state.error()};
  for (const auto& [slot, version] : recover::versions_of(slots)) {
    if (version.tenure.state == Tenure::State::kUnmarked) continue;
    return Error{
        fmt::format("{}: slot {} was in a static cluster: a directory of one can't be imported yet",
                    log.directory(), slot.value)};
  }
  return StreamPosition{.number = state->end.number, .hash = state->end.hash};
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

}  // namespace

Result<ClusterMap> with_imported(const ClusterMap& map, const std::string& instance,
                                 std::uint64_t stream) {
  const MapInstance* found = map.find(instance);
  const bool has_begun =
      std::ranges::any_of(map.places, [](const SlotPlace& place) { return place.owner != 0; });
  if (has_begun) {
    const bool is_imported =
        found != nullptr && found->stream == stream && map.slots_of(found->id) == kSlotCount;
    if (is_imported) return map;
    return Error{
        "the cluster has slots already: only a new cluster takes an imported directory; create one "
        "with `frontrow cluster init`"};
  }
  Result<ClusterMap> next = map;
  if (found == nullptr) next = add_instance(map, instance, MapInstance{}.weight);
  if (!next.ok()) return next;
  const InstanceId id = next->find(instance)->id;
  next = begin_stream(*next, id, stream);
  if (next.ok())
    for (SlotPlace& place : next->places) place = {.owner = id};
  return next;
}

Result<std::string> import_into(ConsensusStore& store, const ImportArgs& args,
                                const Patience& patience) {
  if (Status status = check_not_in_a_cluster(args); !status.ok()) return Error{status.error()};
  const auto access = Access::open(store, args.cluster);
  if (!access.ok()) return Error{access.error()};
  if (Status status = check_does_not_run(**access, args.instance); !status.ok())
    return Error{status.error()};
  // Keeps instances out until the directory has its identity.
  const auto log = StoppedLog::open(args.data_dir);
  if (!log.ok()) return Error{log.error()};
  const std::uint64_t stream = (*log)->identity().stream;
  const auto change = [&](const ClusterMap& map) {
    return with_imported(map, args.instance, stream);
  };
  const auto map = (*access)->read_map();
  if (!map.ok()) return Error{map.error()};
  if (const auto next = change(*map); !next.ok()) return Error{next.error()};
  const auto end = read_end(**log);
  if (!end.ok()) return Error{end.error()};
  const std::string position = fmt::format("stream {:016x} up to group {}", stream, end->number);
  if (args.dry_run) {
    return fmt::format("a dry run, nothing is changed; after the import {} owns all {} slots: {}\n",
                       args.instance, kSlotCount, position);
  }
  const auto begun = StreamAppender::begin_at(
      (*access)->log(),
      {.stream = stream, .instance = args.instance, .writer = (*access)->record().id}, *end,
      gives_up_in_time(patience));
  if (!begun.ok()) return Error{begun.error() + "; run the command again"};
  const MapExpectation unopened{(*access)->log().keys().stream(stream),
                                encode_stream_state(*begun)};
  const auto changed = (*access)->change_map(change, patience, {&unopened, 1});
  if (!changed.ok()) return Error{changed.error()};
  const Status written = write_cluster_identity(
      args.data_dir,
      {.cluster = args.cluster.cluster, .id = (*access)->record().id, .instance = args.instance});
  if (!written.ok()) {
    return Error{fmt::format("the cluster has the directory, but {}: run the command again",
                             written.error())};
  }
  return fmt::format(
      "{0} owns all {1} slots: {2} (map revision {3})\n"
      "\nNext: start it on {4} with\n"
      "  frontrow serve --cluster {5} --etcd {6} --instance {0} --data-dir {4} ...\n"
      "and then the other instances, each on an empty directory\n",
      args.instance, kSlotCount, position, changed->revision(), args.data_dir, args.cluster.cluster,
      endpoints_option(args.cluster.store));
}

int import_directory(const ImportArgs& args) {
  return run_on_store(args.cluster, [&](ConsensusStore& store) {
    return import_into(store, args, Patience::real());
  });
}

}  // namespace frontrow::cluster
