#include "tools/frontrow/cluster/init.h"

#include <fmt/format.h>

#include "engine/base/calendar.h"
#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {
namespace {

std::string created_text(const ClusterArgs& args, const ClusterRecord& record,
                         std::uint32_t copies) {
  return fmt::format(
      "cluster {0} was created: id {1:016x}, {2} {3} of each slot\n"
      "\nNext:\n"
      "  1. Make one secret, and copy it to every machine:\n"
      "       (umask 077; frontrow cluster secret > cluster.secret)\n"
      "  2. Start each instance under a name of its own:\n"
      "       frontrow serve --cluster {0} --etcd {4} --instance NAME ...\n"
      "     A single instance with data comes first: frontrow cluster import --help\n"
      "  3. Look at the whole:\n"
      "       frontrow cluster status --cluster {0} --etcd {4}\n",
      record.cluster, record.id, copies, copies == 1 ? "copy" : "copies",
      endpoints_option(args.store));
}

}  // namespace

Result<std::string> create(ConsensusStore& store, const ClusterArgs& args, std::uint32_t copies,
                           const Patience& patience) {
  SharedLog log(store, args.cluster);
  const auto found = read_value(store, log.keys().id());
  if (!found.ok()) return store_error(args, found.error());
  const auto exists = [&](const std::string& text) {
    const auto record = decode_cluster_record(text);
    return Error{fmt::format(
        "the cluster {} exists already{}: nothing was changed; see `frontrow cluster status`, or "
        "take another name",
        args.cluster,
        record.ok() ? fmt::format(", since {}", to_string(record->created)) : std::string())};
  };
  if (*found) return exists(**found);
  const ClusterRecord record{.cluster = args.cluster,
                             .id = random_id(),
                             .format = kClusterFormat,
                             .created = SystemClock().now()};
  const Status created = create_cluster(log, record, kOperator, copies, gives_up_in_time(patience));
  if (created.ok()) return created_text(args, record, copies);
  if (is_denied(created.error())) return store_error(args, created.error());
  // Created by another operator meanwhile, or a store that does not answer: the record tells.
  const auto now = read_value(store, log.keys().id());
  if (!now.ok()) return outcome_unknown(args, created.error());
  if (!*now) {
    const auto map = read_value(store, log.keys().map());
    if (map.ok() && *map) {
      return Error{fmt::format(
          "{}: no cluster was created; if no instance needs the map, erase it: `etcdctl del {}`",
          created.error(), log.keys().map())};
    }
    return outcome_unknown(args, created.error());
  }
  if (**now == encode_cluster_record(record)) return created_text(args, record, copies);
  return exists(**now);
}

int init(const InitArgs& args) {
  return run_on_store(args.cluster, [&](ConsensusStore& store) {
    return create(store, args.cluster, args.copies, Patience::real());
  });
}

}  // namespace frontrow::cluster
