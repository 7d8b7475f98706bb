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

PeersShared::PeersShared(PeerOptions&& options)
    : options_(std::move(options)),
      key_(key_of(options_.secret)),
      identity_{options_.cluster, options_.cluster_id, options_.self, key_} {
  if (!options_.log) options_.log = log_to_process;
  // Only the keyed form is needed from here on.
  OPENSSL_cleanse(options_.secret.data(), options_.secret.size());
  options_.secret.clear();
}

Result<std::unique_ptr<PeersShared>> PeersShared::make(PeerOptions options) {
  if (options.secret.size() < kPeerSecretBytesMin) {
    return Error{fmt::format("the secret of the cluster has {} bytes; at least {} are needed",
                             options.secret.size(), kPeerSecretBytesMin)};
  }
  if (options.cluster.empty() || options.cluster.size() > kClusterNameBytesMax)
    return Error{fmt::format("the cluster's name has 1 to {} bytes", kClusterNameBytesMax)};
  if (options.self == 0 || options.self > kInstanceIdMax)
    return Error{fmt::format("an instance has an id from 1 to {}", kInstanceIdMax)};
  if (const auto address = split_address(options.address); !address.ok())
    return Error{
        fmt::format("the address for the links, \"{}\", {}", options.address, address.error())};
  std::unique_ptr<PeersShared> shared(new PeersShared(std::move(options)));
  auto tls = PeerTls::make();
  if (!tls.ok()) return Error{tls.error()};
  shared->tls_ = std::move(*tls);
  return shared;
}

PeerTls* PeersShared::tls_for(const std::string& acceptor_address) const {
  return peer_link_uses_tls(acceptor_address, options_.tls_off) ? tls_.get() : nullptr;
}

}  // namespace frontrow
