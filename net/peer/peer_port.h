// The links to other instances that one thread holds, between its worker and the sockets: dials the
// peers that are this thread's to dial, accepts those that dial us, hands requests and messages to
// the engine and takes its answers back.
//
//   poll I/O -> turn of the worker -> tick() -> flush() -> answers of HTTP -> sleep
//
// The instance with the higher id dials; the peers to dial are dealt out over the threads by their
// rank in the map. Whoever accepts a connection holds its link. A link that a peer makes anew takes
// the place of its old one, on whatever thread that is.
//
// Everything is called on the worker's thread, but for stats(), which any may read.
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
#include "engine/base/time.h"
#include "engine/runtime/cluster/cluster.h"
#include "engine/runtime/shard/engine.h"
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
  // All must outlive it; the io_context must be destroyed after it or not run any more. To be given
  // to the worker by set_port().
  Peers(asio::io_context& io, Worker& worker, Engine& engine, PeersShared& shared);
  ~Peers() override;

  // Listens and dials from here on: recovery is done, and the worker takes its turns.
  Status start();
  // Where it listens.
  std::uint16_t port() const { return listener_.port(); }

  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

  // Once a turn, after I/O was polled. Returns how long the thread may sleep.
  Duration tick();
  // Sends what has gathered. To be called once a turn, before the answers of HTTP are sent, as a
  // link that breaks here is answered for.
  void flush();

  // The instance is about to stop: no new links, and peers that send no more requests. What is
  // under way goes on, messages too.
  void drain();
  // Nothing is under way over any link.
  bool is_idle() const;
  // Ends all links; whoever waits is answered.
  void stop();

  // By peer, what this thread has counted.
  const std::map<InstanceId, PeerStats>& stats() const { return stats_; }

 private:
  struct Held {
    std::unique_ptr<PeerLink> link;
    std::string address;       // for the log
    std::uint64_t serial = 0;  // among the holders, once it is up
  };
  // What a peer has asked, until it is answered.
  struct Asked {
    PeerLink* link = nullptr;  // nullptr: it has ended meanwhile
    std::uint64_t correlation = 0;
    std::uint32_t generation = 0;
  };

  // PeerLinkHandler
  void on_up(PeerLink& link) override;
  void on_down(PeerLink& link, const std::string& why) override;
  void on_request(PeerLink& link, std::uint64_t correlation, const Command& command) override;
  void on_message(Command&& message) override;
  void on_answer(const ReplyTo& to, Reply&& reply) override;

  void add_dialers();
  void accepted(asio::ip::tcp::socket&& socket);
  void connected(InstanceId peer, asio::ip::tcp::socket&& socket);
  void add_link(asio::ip::tcp::socket&& socket, PeerRole role, InstanceId dialed,
                const std::string& address);
  void make_room();
  void close_replaced();
  void forget_link(PeerLink& link);
  Held& held(const PeerLink& link);
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
  std::map<InstanceId, PeerDialer> dialers_;
  std::vector<Held> links_;
  std::array<PeerLink*, kInstanceIdMax + 1> up_{};
  std::vector<Asked> asked_;
  std::vector<std::uint32_t> free_asked_;
  std::map<InstanceId, PeerStats> stats_;
  bool draining_ = false;
};

}  // namespace frontrow
