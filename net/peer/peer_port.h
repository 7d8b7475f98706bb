// The links to other instances that one thread holds, between its worker and the sockets: dials the
// peers that are assigned to this thread, accepts the peers that dial, passes requests and messages
// to the engine and takes its replies back. The peers are those of the directory, which changes.
//
//   poll I/O -> turn of the worker -> tick() -> flush() -> HTTP responses -> sleep
//
// The instance with the higher id dials; the peers to dial are distributed over the threads by
// their ids. The thread that accepts a connection holds its link. A new link of a peer
// replaces its old one, even if another thread holds that.
//
// All calls on the worker's thread, except stats(), which any thread may call.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "engine/base/prng.h"
#include "engine/base/slab.h"
#include "engine/base/time.h"
#include "engine/runtime/cluster/links.h"
#include "engine/runtime/cluster/peer_bytes.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"
#include "net/peer/peer_dialer.h"
#include "net/peer/peer_link.h"
#include "net/peer/peer_listener.h"
#include "net/peer/peer_shared.h"
#include "net/peer/peer_stats.h"

namespace frontrow {

// One reading of the clock a turn.
class TurnClock final : public PeerClock {
 public:
  std::int64_t now_us() const override {
    if (now_us_ == 0) now_us_ = steady_.now_us();
    return now_us_;
  }
  void forget() { now_us_ = 0; }

 private:
  SteadyPeerClock steady_;
  mutable std::int64_t now_us_ = 0;
};

class Peers final : public PeerPort, private PeerLinkHandler {
 public:
  // All arguments must outlive it; the io_context must be destroyed after it or not run any more.
  // The caller passes it to the worker by set_port().
  Peers(asio::io_context& io, Worker& worker, Engine& engine, PeersShared& shared);
  ~Peers() override;

  // Listens and dials from now on. REQUIRES: recovery is done, and the worker takes its turns.
  Status start();
  // The port of the listener.
  std::uint16_t port() const { return listener_.port(); }

  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
  void send_bytes(const OutboundBytes& out) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

  // To be called once a turn, after I/O was polled. Returns the time that the thread may sleep.
  Duration tick();
  // Sends the gathered output. To be called once a turn, before HTTP responses are sent, because a
  // link that breaks here yields replies.
  void flush();

  // The instance is about to stop: no new links, and no more requests from peers. Requests in
  // flight continue, and so do messages.
  void drain();
  // No link has open requests or unsent bytes.
  bool is_idle() const;
  // Ends all links; all open requests get replies.
  void stop();

  // The counters of this thread, by peer.
  const ThreadLinks& stats() const { return stats_; }

 private:
  struct Held {
    std::unique_ptr<PeerLink> link;
    std::string address;       // for the log
    std::uint64_t serial = 0;  // of PeerHolders, once the link is up
  };
  // A request of a peer, until its reply.
  struct PeerRequest : SlabPlace {
    PeerLink* link = nullptr;  // nullptr: the link has ended
    std::uint64_t correlation = 0;
  };

  // PeerLinkHandler
  void on_up(PeerLink& link) override;
  void on_down(PeerLink& link, const std::string& why) override;
  void on_request(PeerLink& link, std::uint64_t correlation, const Command& command) override;
  void on_message(Command&& message) override;
  Status on_bytes(PeerLink& link, PeerChannel channel, std::span<const std::byte> bytes) override;
  void on_answer(const ReplyTo& to, Reply&& reply) override;

  void follow_directory();
  PeerDialer& add_dialer(InstanceId peer);
  void accepted(asio::ip::tcp::socket&& socket);
  void connected(InstanceId peer, asio::ip::tcp::socket&& socket);
  void add_link(asio::ip::tcp::socket&& socket, PeerRole role, InstanceId dialed,
                const std::string& address, PeerTls* tls);
  void make_room();
  void close_replaced();
  void forget_link(PeerLink& link);
  Held& held(const PeerLink& link);
  std::string name_of(InstanceId peer) const;
  void tell_end(const PeerLink& link, const std::string& address, const std::string& why);
  void tell_once(InstanceId peer, bool accepted, const std::string& line, const std::string& why);
  std::int64_t now_ms() const { return clock_.now_us() / 1000; }

  asio::io_context& io_;
  Worker& worker_;
  Engine& engine_;
  PeersShared& shared_;
  TurnClock clock_;
  PeerLinkShared link_shared_;
  Prng random_;
  PeerListener listener_;
  PeerAddresses addresses_;  // as of directory_version_
  std::uint64_t directory_version_ = 0;
  std::map<InstanceId, PeerDialer> dialers_;
  std::vector<Held> links_;
  std::array<PeerLink*, kInstanceIdMax + 1> up_{};
  Slab<PeerRequest> peer_requests_;
  ThreadLinks stats_;
  bool started_ = false;
  bool draining_ = false;
};

}  // namespace frontrow
