// For the tests of the links between instances: clusters, manual clocks, two links over a real TCP
// connection in one thread, and a peer that the test plays.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "net/peer/peer_link.h"

namespace frontrow {

inline const std::string kPeerSecret(32, 's');

HmacSha256 peer_key(const std::string& secret = kPeerSecret);

// An instance of a cluster, as its links introduce it.
struct ClusterMember {
  InstanceId self = 0;
  std::string cluster = "shop";
  std::uint64_t cluster_id = 0x5348'4f50'2026'0001;

  // `key` must outlive the result.
  PeerIdentity identity(const HmacSha256& key) const { return {cluster, cluster_id, self, key}; }
};

// The owner of a slot among instances 1 to `instances`.
InstanceId owner_of(SlotId slot, std::size_t instances = 2);
// A concert and a user whose slots belong to this instance.
ConcertId concert_of_instance(InstanceId owner, std::size_t instances = 2);
UserId user_of_instance(InstanceId owner, std::size_t instances = 2, std::uint8_t which = 1);

ByteBuffer bytes_of(std::string_view hex);

// The clocks of two instances are unrelated.
class ManualPeerClock final : public PeerClock {
 public:
  explicit ManualPeerClock(InstanceId self) : now_us_(1'000'000'000LL * (7 * self % 10)) {}
  std::int64_t now_us() const override { return now_us_; }
  void advance_ms(std::int64_t ms) { now_us_ += ms * 1000; }

 private:
  std::int64_t now_us_;
};

// Records a link's events.
struct RecordingPeerHandler final : PeerLinkHandler {
  struct PeerRequest {
    std::uint64_t correlation;
    Command command;
  };
  struct Answered {
    ReplyTo to;
    Reply reply;
  };
  void on_up(PeerLink&) override { ++ups; }
  void on_down(PeerLink&, const std::string& why) override { downs.push_back(why); }
  void on_request(PeerLink& link, std::uint64_t correlation, const Command& command) override {
    requests.push_back({correlation, command});
    if (answer_at_once) link.send_reply(correlation, *answer_at_once);
  }
  void on_message(Command&& message) override { messages.push_back(std::move(message)); }
  Status on_bytes(PeerLink&, PeerChannel channel, std::span<const std::byte> taken) override {
    bytes.emplace_back(channel, ByteBuffer(taken.begin(), taken.end()));
    return bytes_fault.empty() ? Status() : Status(Error{bytes_fault});
  }
  void on_answer(const ReplyTo& to, Reply&& reply) override {
    answered.push_back({to, std::move(reply)});
  }
  // The outcome of request `context`; how many answers it got.
  std::string outcome(std::uint32_t context) const;
  std::size_t answers(std::uint32_t context) const;

  int ups = 0;
  std::vector<std::string> downs;
  std::vector<PeerRequest> requests;
  std::vector<Command> messages;
  std::vector<Answered> answered;
  std::vector<std::pair<PeerChannel, ByteBuffer>> bytes;
  std::string bytes_fault;  // the error of on_bytes(); empty: none
  std::optional<Reply> answer_at_once;
};

// One side: an instance with one link.
struct LinkSide {
  LinkSide(InstanceId self, const PeerLinkLimits& link_limits,
           const std::string& secret = kPeerSecret)
      : key(peer_key(secret)),
        limits(link_limits),
        identity(ClusterMember{self}.identity(key)),
        clock(self),
        shared{identity, limits, clock, handler} {}
  void make(asio::ip::tcp::socket&& socket, PeerRole role, InstanceId dialed, PeerTls* tls) {
    stream = std::make_shared<PeerStream>(std::move(socket), role, tls);
    link = std::make_unique<PeerLink>(shared, stream, role, dialed);
    link->begin();
  }
  void turn() {
    link->tick();
    link->flush();
  }

  HmacSha256 key;
  PeerLinkLimits limits;
  PeerIdentity identity;
  ManualPeerClock clock;
  RecordingPeerHandler handler;
  PeerLinkShared shared;
  std::shared_ptr<PeerStream> stream;
  std::unique_ptr<PeerLink> link;
};

std::pair<asio::ip::tcp::socket, asio::ip::tcp::socket> connected_pair(asio::io_context& io);

// Polls io and calls turn() until done() or for 10 s.
template <class Turn, class Done>
bool poll_until(asio::io_context& io, const Turn& turn, const Done& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    turn();
    io.restart();
    if (io.poll() == 0) io.run_one_for(std::chrono::milliseconds(2));
  }
  return true;
}

// Instance 2 dials instance 1.
struct LinkPair {
  explicit LinkPair(const PeerLinkLimits& limits = {}, PeerTls* tls = nullptr)
      : LinkPair(limits, limits, tls, tls) {}
  LinkPair(const PeerLinkLimits& dialer_limits, const PeerLinkLimits& acceptor_limits,
           PeerTls* dialer_tls, PeerTls* acceptor_tls,
           const std::string& dialer_secret = kPeerSecret);

  bool until(const std::function<bool()>& done) {
    return poll_until(io, [this] { dialer.turn(), acceptor.turn(); }, done);
  }
  bool until_up() {
    return until([this] { return dialer.link->is_up() && acceptor.link->is_up(); });
  }

  asio::io_context io{1};
  LinkSide dialer;
  LinkSide acceptor;
};

// An instance that the test plays byte by byte, in the thread of the link under test.
class RawPeer {
 public:
  explicit RawPeer(asio::ip::tcp::socket&& socket) : socket_(std::move(socket)) {
    socket_.non_blocking(true);
  }
  void send(std::span<const std::byte> bytes);
  void send(const ByteBuffer& bytes) { send(std::span<const std::byte>(bytes)); }
  // Reads the available bytes; frames() returns the whole frames among them.
  void receive();
  bool ended() const { return ended_; }
  void close() { socket_.close(); }

  struct Got {
    FrameType type;
    ByteBuffer payload;
    ByteBuffer whole;
  };
  std::vector<Got>& frames() { return frames_; }
  std::size_t count(FrameType type) const;

 private:
  asio::ip::tcp::socket socket_;
  FrameInput input_;
  std::vector<Got> frames_;
  bool ended_ = false;
};

using Until = std::function<bool(const std::function<bool()>& done)>;
// Plays the dialer's handshake to instance 1 up to its ready. False if the other side ended it or
// did not continue.
bool play_dialer(RawPeer& peer, const ClusterMember& as, std::uint32_t requests_max,
                 const Until& until);

// Instance 1 accepts; the test plays instance 2, the dialer.
struct RawPair {
  explicit RawPair(const PeerLinkLimits& limits = {});
  bool until(const std::function<bool()>& done);
  // Plays the handshake of instance 2.
  bool shake_hands(std::uint32_t requests_max = 100);

  asio::io_context io{1};
  LinkSide side;
  std::unique_ptr<RawPeer> peer;
};

// Frames in a peer's form, unchecked. slot: nullopt means the right one.
ByteBuffer request_frame(const Command& command, std::uint64_t correlation,
                         std::optional<SlotId> slot = {});
ByteBuffer message_frame(const Command& command, std::optional<SlotId> slot = {});
ByteBuffer reply_frame(std::uint64_t correlation, const Reply& reply);
std::uint64_t correlation_of(const RawPeer::Got& request_or_reply);

Command read_concert(ConcertId concert);
Command place_hold_of(ConcertId concert);
ReplyTo to_context(std::uint32_t context);

}  // namespace frontrow
