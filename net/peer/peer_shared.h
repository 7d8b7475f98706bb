// State that the links of all threads of an instance share: its identity, the directory of its
// peers, the secret, and the newest link to each peer.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>

#include "engine/base/result.h"
#include "engine/runtime/cluster/peer_bytes.h"
#include "net/peer/peer_dialer.h"
#include "net/peer/peer_directory.h"
#include "net/peer/peer_handshake.h"
#include "net/peer/peer_link.h"
#include "net/peer/peer_tls.h"

namespace frontrow {

struct PeerOptions {
  std::string cluster;
  std::uint64_t cluster_id = 0;
  InstanceId self = 0;
  std::string secret;  // the same on all instances, at least kPeerSecretBytesMin bytes
  asio::ip::tcp::endpoint listen;
  std::string address;   // that the others dial, as in the directory of the others
  bool tls_off = false;  // for trusted networks; the same on all instances
  // Bytes that came for other layers. On the link's thread.
  TakePeerBytes on_bytes = [](InstanceId, PeerChannel, std::span<const std::byte>) {
    return Status();
  };
  // A link came up, or ended and no newer one has come up; one that replaces another thread's comes
  // up without an end before. In this order for each peer, on the link's thread.
  std::function<void(InstanceId peer, bool is_up)> on_link = [](InstanceId, bool) {};
  PeerLinkLimits limits;
  PeerDialLimits dial;
  std::size_t unproven_max = 16;  // unauthenticated connections of a thread
  std::uint64_t seed = 0;         // of the jitter
  // Sink of lines for the operator: the process's log, except in tests. Called from any thread.
  std::function<void(bool warning, const std::string& line)> log;
};

// The newest link of this process to each peer: several threads may make links to one peer, and the
// newest counts. Any thread; the lock is taken only when links come up or end.
class PeerHolders {
 public:
  // A link came up and is now the newest. No other change happens during `while_held`.
  std::uint64_t take(InstanceId peer, const std::function<void()>& while_held);
  // The link ended: calls `if_newest` if no newer one came up.
  void give_up(InstanceId peer, std::uint64_t serial, const std::function<void()>& if_newest);
  bool is_newest(InstanceId peer, std::uint64_t serial) const {
    return newest_[peer].load(std::memory_order_acquire) == serial;
  }

 private:
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::array<std::atomic<std::uint64_t>, kInstanceIdMax + 1> newest_{};
};

// The last logged reason of each peer for a failed link, over all threads, so that a reason is
// logged once. Any thread; called only when a link was not established.
class LogThrottle {
 public:
  // Minimum interval of lines about connections that other hosts make.
  static constexpr std::int64_t kTellEveryMs = 1'000;

  // Whether to log this reason for the peer, 0 if unknown. A dialed peer fails with the same reason
  // at each attempt, which is logged once. A peer that connects to us (accepted) can make up
  // reasons, so their rate is limited. now_ms: of a clock that all threads share.
  bool should_log(InstanceId peer, bool accepted, const std::string& why, std::int64_t now_ms);
  // The link is up: the next reason is logged.
  void forget(InstanceId peer);

 private:
  struct Told {
    std::string why;
    std::int64_t at_ms = 0;
  };
  std::mutex mutex_;
  std::map<InstanceId, Told> told_;
};

class PeersShared {
 public:
  // Fails if the secret is too short, among other faults.
  static Result<std::unique_ptr<PeersShared>> make(PeerOptions options);

  InstanceId self() const { return identity_.self; }
  const PeerIdentity& identity() const { return identity_; }
  const PeerOptions& options() const { return options_; }
  PeerDirectory& directory() { return directory_; }
  // The TLS of a link to an instance at this address; nullptr: plain.
  PeerTls* tls_for(const std::string& acceptor_address) const;
  PeerHolders& holders() { return holders_; }
  LogThrottle& log_throttle() { return log_throttle_; }
  void log(bool warning, const std::string& line) const { options_.log(warning, line); }

 private:
  explicit PeersShared(PeerOptions&& options);

  PeerOptions options_;
  HmacSha256 key_;
  PeerIdentity identity_;
  PeerDirectory directory_;
  std::unique_ptr<PeerTls> tls_;
  PeerHolders holders_;
  LogThrottle log_throttle_;
};

}  // namespace frontrow
