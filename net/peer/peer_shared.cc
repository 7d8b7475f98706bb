#include "net/peer/peer_shared.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <spdlog/spdlog.h>

#include <utility>

namespace frontrow {
namespace {

HmacSha256 key_of(const std::string& secret) {
  return HmacSha256({reinterpret_cast<const std::uint8_t*>(secret.data()), secret.size()});
}

void log_to_process(bool warning, const std::string& line) {
  spdlog::log(warning ? spdlog::level::warn : spdlog::level::info, "{}", line);
}

}  // namespace

std::uint64_t PeerHolders::take(InstanceId peer, const std::function<void()>& while_held) {
  const std::lock_guard lock(mutex_);
  newest_[peer].store(++last_, std::memory_order_release);
  while_held();
  return last_;
}

void PeerHolders::give_up(InstanceId peer, std::uint64_t serial,
                          const std::function<void()>& if_newest) {
  const std::lock_guard lock(mutex_);
  if (is_newest(peer, serial)) if_newest();
}

bool LogThrottle::should_log(InstanceId peer, bool accepted, const std::string& why,
                             std::int64_t now_ms) {
  const std::lock_guard lock(mutex_);
  Told& told = told_[peer];
  if (told.why == why) return false;
  if (accepted && told.at_ms != 0 && now_ms - told.at_ms < kTellEveryMs) return false;
  told = {why, now_ms};
  return true;
}

void LogThrottle::forget(InstanceId peer) {
  const std::lock_guard lock(mutex_);
  told_.erase(peer);
}

PeersShared::PeersShared(const ClusterView& cluster, PeerOptions&& options)
    : options_(std::move(options)), key_(key_of(options_.secret)), identity_{cluster, key_} {
  if (!options_.log) options_.log = log_to_process;
  // Only the keyed form is needed from here on.
  OPENSSL_cleanse(options_.secret.data(), options_.secret.size());
  options_.secret.clear();
}

Result<std::unique_ptr<PeersShared>> PeersShared::make(const ClusterView& cluster,
                                                       PeerOptions options) {
  if (options.secret.size() < kPeerSecretBytesMin) {
    return Error{fmt::format("the secret of the cluster has {} bytes; at least {} are needed",
                             options.secret.size(), kPeerSecretBytesMin)};
  }
  if (cluster.name.empty() || cluster.name.size() > kClusterNameBytesMax)
    return Error{fmt::format("the cluster's name has 1 to {} bytes", kClusterNameBytesMax)};
  if (!cluster.map.has(cluster.self))
    return Error{fmt::format("the map has no instance {}, which is this one", cluster.self)};
  bool any_tls = false;
  for (const SlotMap::Instance& instance : cluster.map.instances()) {
    const auto found = options.addresses.find(instance.id);
    if (found == options.addresses.end())
      return Error{fmt::format("instance {} has no peer address", instance.id)};
    any_tls = any_tls || peer_link_uses_tls(found->second, options.tls_off);
  }
  std::unique_ptr<PeersShared> shared(new PeersShared(cluster, std::move(options)));
  if (any_tls) {
    auto tls = PeerTls::make();
    if (!tls.ok()) return Error{tls.error()};
    shared->tls_ = std::move(*tls);
  }
  return shared;
}

PeerTls* PeersShared::tls_for(InstanceId acceptor) const {
  return peer_link_uses_tls(address_of(acceptor), options_.tls_off) ? tls_.get() : nullptr;
}

}  // namespace frontrow
