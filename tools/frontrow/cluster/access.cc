#include "tools/frontrow/cluster/access.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <random>
#include <thread>

#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow::cluster {
namespace {

constexpr int kExitFailed = 1;
constexpr Duration kBetweenAttempts = milliseconds(100);

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

}  // namespace

Patience Patience::real() {
  return {.clock = monotonic_ms, .sleep = [](Duration time) {
            std::this_thread::sleep_for(std::chrono::milliseconds(time.ms));
          }};
}

StreamAppender::GiveUp gives_up_in_time(const Patience& patience) {
  return [patience, end = patience.clock() + kGiveUpAfter.ms](const std::string&) {
    if (patience.clock() >= end) return true;
    patience.sleep(kBetweenAttempts);
    return false;
  };
}

std::uint64_t random_id() {
  std::random_device device;
  std::uint64_t id = 0;
  while (id == 0) id = std::uint64_t{device()} << 32 | device();
  return id;
}

bool is_denied(std::string_view reason) { return has(reason, "permission denied"); }

Error store_error(const ClusterArgs& args, const std::string& reason) {
  if (is_denied(reason)) {
    return Error{fmt::format(
        "{}: the user \"{}\" of etcd needs the rights to read and write the keys below "
        "/frontrow/{}/: `etcdctl role grant-permission --prefix=true ROLE readwrite /frontrow/{}/`",
        reason, args.store.user, args.cluster, args.cluster)};
  }
  if (has(reason, "user name is empty") || has(reason, "authentication failed") ||
      has(reason, "invalid user") || has(reason, "invalid auth token")) {
    return Error{fmt::format(
        "{}: give the user of etcd with --etcd-user, and its password with --etcd-password-file",
        reason)};
  }
  if (has(reason, "database space exceeded")) {
    return Error{fmt::format(
        "{}: etcd takes no writes until its alarm NOSPACE is disarmed: see `frontrow cluster "
        "status`",
        reason)};
  }
  return Error{
      fmt::format("no answer from etcd at {}: {}; a majority of its members must run, --etcd must "
                  "name them, and --etcd-ca-file belongs to members with TLS only",
                  endpoints_text(args.store), reason)};
}

Error outcome_unknown(const ClusterArgs& args, const std::string& reason) {
  return Error{
      fmt::format("the outcome is unknown: {}; it may take effect later: look with `frontrow "
                  "cluster status`",
                  store_error(args, reason).message)};
}

Result<std::unique_ptr<Access>> Access::open(ConsensusStore& store, const ClusterArgs& args) {
  SharedLog log(store, args.cluster);
  const auto text = read_value(store, log.keys().id());
  if (!text.ok()) return store_error(args, text.error());
  if (!*text) {
    return Error{fmt::format(
        "etcd at {} has no cluster {}: check --cluster and --etcd, or create it with `frontrow "
        "cluster init`",
        endpoints_text(args.store), args.cluster)};
  }
  auto record = open_cluster(log, args.cluster, std::nullopt);
  if (!record.ok()) {
    return Error{
        fmt::format("{}; use the program of the version that the instances run", record.error())};
  }
  return std::unique_ptr<Access>(new Access(store, args, std::move(*record)));
}

Result<ClusterMap> Access::read_map() {
  // Distinguishes a store that does not answer from a map that this program can't read.
  const auto text = read_value(store(), log_.keys().map());
  if (!text.ok()) return store_error(args_, text.error());
  if (!*text) return Error{fmt::format("{}: the cluster has no slot map", log_.keys().map())};
  auto map = decode_cluster_map(**text);
  if (!map.ok()) return Error{fmt::format("{}: {}", log_.keys().map(), map.error())};
  return map;
}

Result<ClusterMap> Access::change_map(const ClusterMapStore::Change& change,
                                      const Patience& patience,
                                      std::span<const MapExpectation> expected) {
  MapChange changed = maps_.change(change, gives_up_in_time(patience), expected);
  switch (changed.outcome) {
    case MapOutcome::kChanged:
    case MapOutcome::kNothingToDo:
      return std::move(changed.map);
    case MapOutcome::kRejected:
    case MapOutcome::kUnexpected:
      return Error{std::move(changed.reason)};
    case MapOutcome::kFailed:
      return store_error(args_, changed.reason);
    case MapOutcome::kUnknown:
      break;
  }
  return outcome_unknown(args_, changed.reason);
}

std::string endpoints_option(const StoreConfig& config) {
  std::string text = endpoints_text(config);
  std::erase(text, ' ');
  return text;
}

int fail(const std::string& why) {
  std::fputs(fmt::format("frontrow: {}\n", why).c_str(), stderr);
  return kExitFailed;
}

int run_on_store(const ClusterArgs& args,
                 const std::function<Result<std::string>(ConsensusStore&)>& command) {
  const auto store = open_store(args.store);
  if (!store.ok()) return fail(store.error());
  const auto text = command(**store);
  if (!text.ok()) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace frontrow::cluster
