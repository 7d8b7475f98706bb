// The other instances of the cluster and their addresses for the links, as the slot map and the
// member records have them. They change while the instance runs.
//
// An address is a host and a port. A name is resolved by a thread of the directory, again every few
// seconds, so that a machine that comes back with another address is found; a resolver that hangs
// delays no other thread. A name may have several addresses: of IPv6 and IPv4, or of a machine with
// two networks.
//
// Threads: all methods from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "engine/base/host_port.h"
#include "engine/base/result.h"
#include "engine/runtime/cluster/peer_name.h"
#include "net/peer/peer_endpoint.h"

namespace frontrow {

struct PeerAddress {
  PeerName name;
  // At most kPeerEndpointsMax, in the order in which they are to be tried. None: the name is not
  // resolved yet, or could not be, for `error`.
  PeerEndpoints endpoints;
  std::string error;
  bool operator==(const PeerAddress&) const = default;
};

using PeerAddresses = std::map<InstanceId, PeerAddress>;

// All addresses of a name, the best first; may wait for a name server.
using ResolvePeer = std::function<Result<PeerEndpoints>(const HostAndPort& name)>;
Result<PeerEndpoints> resolve_by_system(const HostAndPort& name);

class PeerDirectory {
 public:
  explicit PeerDirectory(ResolvePeer resolve = resolve_by_system);
  ~PeerDirectory();
  PeerDirectory(const PeerDirectory&) = delete;
  PeerDirectory& operator=(const PeerDirectory&) = delete;

  // Replaces all of them.
  void set(const PeerNames& peers);

  // Changes with each change of the addresses.
  std::uint64_t version() const { return version_.load(std::memory_order_acquire); }
  PeerAddresses addresses() const;

 private:
  void run();
  void resolve_names();
  void resolve(PeerAddress& peer) const;

  const ResolvePeer resolve_;
  std::atomic<std::uint64_t> version_{0};
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  PeerAddresses addresses_;
  bool has_new_names_ = false;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace frontrow
