// What the links of all threads of an instance share: who the instance is, where its peers are, the
// secret, and which link to a peer is the newest.
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
#include "engine/runtime/cluster/cluster.h"
#include "net/peer/peer_dialer.h"
#include "net/peer/peer_handshake.h"
#include "net/peer/peer_link.h"
#include "net/peer/peer_tls.h"

namespace frontrow {

struct PeerOptions {
  std::string secret;  // the same on all instances, at least kPeerSecretBytesMin bytes
  // Of every instance of the map, this one among them, as all instances have them configured. Names
  // are resolved by whoever fills this in.
  std::map<InstanceId, asio::ip::tcp::endpoint> addresses;
  // Where this instance listens, if that is not its address as the others see it.
  std::optional<asio::ip::tcp::endpoint> listen;
  bool tls_off = false;  // for networks in which nobody listens; the same on all instances
  PeerLinkLimits limits;
  PeerDialLimits dial;
  std::size_t unproven_max = 16;  // connections of a thread that have not proven anything yet
  std::uint64_t seed = 0;         // of the jitter
  // Where lines for the operator go; the process's log, but for tests. From any thread.
  std::function<void(bool warning, const std::string& line)> log;
};

// Which link of this process is the newest to a peer: links to one peer may be made by several
// threads, and the newest counts. Any thread; the lock is taken when links come and go only.
class PeerHolders {
 public:
  // A link came up: from now on it is the newest. `while_held` sees no other change meanwhile.
  std::uint64_t take(InstanceId peer, const std::function<void()>& while_held);
  // It ended: `if_newest` is called if no newer one came.
  void give_up(InstanceId peer, std::uint64_t serial, const std::function<void()>& if_newest);
  bool is_newest(InstanceId peer, std::uint64_t serial) const {
    return newest_[peer].load(std::memory_order_acquire) == serial;
  }

 private:
  std::mutex mutex_;
  std::uint64_t last_ = 0;
  std::array<std::atomic<std::uint64_t>, kInstanceIdMax + 1> newest_{};
};

// What was said last about a peer, by whichever thread, so that it is said once. Any thread; only
// when a link did not come to be.
class PeerTold {
 public:
  // Lines about connections that somebody else makes: no more often than this.
  static constexpr std::int64_t kTellEveryMs = 1'000;

  // Whether to say this of the peer, 0 for somebody unknown. A peer that is dialed comes to the
  // same end at each attempt, which is told once. Whoever connects to us (accepted) can make up
  // reasons; they are told as often as is bearable. now_ms: of a clock that all threads share.
  bool is_news(InstanceId peer, bool accepted, const std::string& why, std::int64_t now_ms);
  // The link to it is up: whatever comes next is news.
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
  // Fails where the secret is too short or an instance of the map has no address. The view must
  // outlive it.
  static Result<std::unique_ptr<PeersShared>> make(const ClusterView& cluster, PeerOptions options);

  const ClusterView& cluster() const { return identity_.cluster; }
  const PeerIdentity& identity() const { return identity_; }
  const PeerOptions& options() const { return options_; }
  const asio::ip::tcp::endpoint& address_of(InstanceId id) const {
    return options_.addresses.at(id);
  }
  asio::ip::tcp::endpoint listen_address() const {
    return options_.listen.value_or(address_of(cluster().self));
  }
  // For a link whose acceptor is this instance; nullptr: plain.
  PeerTls* tls_for(InstanceId acceptor) const;
  PeerHolders& holders() { return holders_; }
  PeerTold& told() { return told_; }
  void log(bool warning, const std::string& line) const { options_.log(warning, line); }

 private:
  PeersShared(const ClusterView& cluster, PeerOptions&& options);

  PeerOptions options_;
  HmacSha256 key_;
  PeerIdentity identity_;
  std::unique_ptr<PeerTls> tls_;
  PeerHolders holders_;
  PeerTold told_;
};

}  // namespace frontrow
