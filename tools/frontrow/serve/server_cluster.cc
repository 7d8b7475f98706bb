// The server as an instance of a cluster: its identity, its store, its links, its end.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <random>

#include "engine/base/check.h"
#include "tools/frontrow/config/cluster_identity.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/endpoints.h"
#include "tools/frontrow/serve/server.h"
#include "tools/frontrow/store/open_store.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

// A beat that takes longer is worth less than the next one (lease.h).
constexpr Duration kBeatDeadline = milliseconds(600);

void log_line(bool is_warning, const std::string& line) {
  spdlog::log(is_warning ? spdlog::level::warn : spdlog::level::info, "{}", line);
}

}  // namespace

// A directory belongs to one instance of one cluster, or to a single instance.
Status Server::check_identity() {
  const ClusterConfig& cluster = config_.cluster;
  const auto identity = read_cluster_identity(config_.data_dir);
  if (!identity.ok()) return Error{identity.error()};
  const bool has_log = fs::exists(fs::path(config_.data_dir) / "db");
  if (cluster.name.empty()) {
    if (!*identity) return {};
    return Error{fmt::format(
        "{0} is the directory of instance {1} of the cluster {2}: start it with --cluster {2} "
        "--etcd ... --instance {1}",
        config_.data_dir, (*identity)->instance, (*identity)->cluster)};
  }
  if (!*identity && has_log) {
    return Error{fmt::format(
        "{0} is the directory of a single instance or of a static cluster; to make it one of the "
        "first of the cluster {1}: frontrow cluster import --cluster {1} --etcd ... --data-dir "
        "{2}={0}",
        config_.data_dir, cluster.name, cluster.instance)};
  }
  if (*identity &&
      ((*identity)->cluster != cluster.name || (*identity)->instance != cluster.instance)) {
    return Error{fmt::format(
        "{} is the directory of instance {} of the cluster {}, not of {} of {}: an instance keeps "
        "its directory, and a new one begins with an empty directory",
        config_.data_dir, (*identity)->instance, (*identity)->cluster, cluster.instance,
        cluster.name)};
  }
  return {};
}

Status Server::find_cluster(const std::function<bool()>& stop_asked) {
  const ClusterConfig& cluster = config_.cluster;
  auto store = open_store(cluster.store);
  if (!store.ok()) return Error{store.error()};
  store_ = std::move(*store);
  auto beats = open_store(cluster.store, kBeatDeadline);
  if (!beats.ok()) return Error{beats.error()};
  beat_store_ = std::move(*beats);
  const auto addresses = reachable_addresses(config_);
  if (!addresses.ok()) return Error{addresses.error()};
  cluster_ = std::make_unique<ClusterInstance>(
      *store_, *beat_store_,
      ClusterInstanceOptions{.cluster = cluster.name,
                             .name = cluster.instance,
                             .weight = cluster.weight,
                             .http = addresses->http,
                             .peer = addresses->links,
                             .version = version_,
                             .retention = retention(),
                             .tail_bytes_max = std::uint64_t{cluster.tail_mib} << 20,
                             .stop_asked = stop_asked,
                             .log = log_line,
                             .on_failure = [this](const std::string& why) {
                               cluster_failed_ = true;
                               service_.fail();
                               spdlog::critical("{}", why);
                             }});
  const auto identity = read_cluster_identity(config_.data_dir);
  if (!identity.ok()) return Error{identity.error()};
  const auto id = cluster_->open(*identity ? std::optional((*identity)->id) : std::nullopt);
  if (!id.ok()) return Error{id.error()};
  cluster_id_ = *id;
  if (*identity) return {};
  std::error_code error;
  fs::create_directories(config_.data_dir, error);
  if (error) return Error{fmt::format("{}: can't be made: {}", config_.data_dir, error.message())};
  return write_cluster_identity(config_.data_dir, {cluster.name, *id, cluster.instance});
}

Status Server::join_cluster() {
  const auto listen = parse_listen_address(config_.cluster.listen);
  if (!listen.ok()) return Error{"cluster.listen " + listen.error()};
  if (Status s = check_port_is_free(endpoint_of(*listen)); !s.ok()) return s;
  const auto id = cluster_->join(*journal_, *journal_);
  if (!id.ok()) return Error{id.error()};
  instance_id_ = *id;
  spdlog::info("joined the cluster {} as {} (id {})", config_.cluster.name,
               config_.cluster.instance, *id);
  return make_links();
}

Status Server::make_links() {
  const ClusterConfig& cluster = config_.cluster;
  auto secret = cluster_secret_of(cluster);
  if (!secret.ok()) return Error{secret.error()};
  PeerOptions options;
  options.cluster = cluster.name;
  options.cluster_id = cluster_id_;
  options.self = instance_id_;
  options.secret = std::move(*secret);
  options.listen = endpoint_of(*parse_listen_address(cluster.listen));
  options.address = reachable_addresses(config_)->links;
  options.on_bytes = [this](InstanceId from, PeerChannel channel,
                            std::span<const std::byte> bytes) {
    return cluster_->take(from, channel, bytes);
  };
  options.on_link = [this](InstanceId peer, bool is_up) { cluster_->on_link(peer, is_up); };
  options.tls_off = !cluster.tls;
  options.limits.requests_max = cluster.credits;
  options.limits.output_bytes_max = std::size_t{cluster.output_mib} << 20;
  options.limits.ping_ms = cluster.heartbeat_ms;
  options.limits.silence_ms = cluster.silence_ms;
  options.limits.request_ms = cluster.request_timeout_ms;
  options.limits.slow_request_ms =
      cluster.request_timeout_ms + std::int64_t{config_.engine.payment_decide_s} * 1000;
  options.seed = std::random_device()();
  auto shared = PeersShared::make(std::move(options));
  if (!shared.ok()) return Error{shared.error()};
  peers_ = std::move(*shared);
  return {};
}

void Server::start_cluster() {
  cluster_->start(*engine_, [this](const PeerNames& peers) { peers_->directory().set(peers); });
}

Status Server::leave_cluster() {
  cluster_->end_waiting();
  engine_->stop();
  cluster_->stop();
  if (failed()) return Error{"this instance has stopped without leaving; start it again"};
  if (Status s = cluster_->journal().close(); !s.ok()) return s;
  return cluster_->leave();
}

}  // namespace frontrow
