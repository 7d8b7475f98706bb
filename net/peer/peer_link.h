// One link to another instance, from the first byte to the last: handshake, requests and replies,
// messages between slots, credits, deadlines, heartbeats.
//
// A link handles frames and time and does not depend on workers: a PeerLinkHandler receives the
// input. A link never resends. Every request over a link gets exactly one reply: from the peer, or
// from the link when the deadline passes or the link ends - then kInstanceUnavailable where the
// request certainly had no effect (it was not sent, or is a read), and kOutcomeUnknown where it may
// have had one.
//
// Bounds: as many unanswered requests as the peer allows, and output_bytes_max in memory; beyond
// them requests are refused, messages are dropped (their slots resend them), and refusals replace
// large replies. Small replies are bounded by the number of requests that the peer may have open.
//
// Threads: that of the stream's io_context. The owner's turn: poll, tick(), flush(). The owner must
// not destroy a link while the link calls the handler.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "net/peer/peer_calls.h"
#include "net/peer/peer_clock.h"
#include "net/peer/peer_handshake.h"
#include "net/peer/peer_stats.h"
#include "net/peer/peer_stream.h"

namespace frontrow {

struct PeerLinkLimits {
  std::uint32_t requests_max = 8192;  // unanswered requests that a peer may have here
  std::size_t output_bytes_max = 16U << 20;
  std::int64_t handshake_ms = 5'000;      // from the connection to the last frame of the handshake
  std::int64_t ping_ms = 200;             // heartbeat interval of an idle link
  std::int64_t silence_ms = 750;          // a peer that is silent for this long is down
  std::int64_t request_ms = 1'000;        // for a reply
  std::int64_t slow_request_ms = 12'000;  // for a reply that waits for a further slot
};

class PeerLink;

class PeerLinkHandler {
 public:
  virtual ~PeerLinkHandler() = default;
  // The peer is proven and accepts requests.
  virtual void on_up(PeerLink& link) = 0;
  // Called once, whether or not the link was up; the link sends no more frames.
  virtual void on_down(PeerLink& link, const std::string& why) = 0;
  // A request in time. The handler must call send_reply() once, now or
  // later.
  virtual void on_request(PeerLink& link, std::uint64_t correlation, const Command& command) = 0;
  virtual void on_message(Command&& message) = 0;
  // Bytes for another layer. An error is a fault of the peer, which ends the link.
  virtual Status on_bytes(PeerLink& link, PeerChannel channel,
                          std::span<const std::byte> bytes) = 0;
  // The reply to a request of send_request().
  virtual void on_answer(const ReplyTo& to, Reply&& reply) = 0;
};

// State that the links of one thread share; must outlive them.
struct PeerLinkShared {
  const PeerIdentity& identity;
  const PeerLinkLimits& limits;
  const PeerClock& clock;
  PeerLinkHandler& handler;
};

class PeerLink final : private PeerStream::Owner {
 public:
  // dialed: the instance that a dialer dialed.
  PeerLink(const PeerLinkShared& shared, std::shared_ptr<PeerStream> stream, PeerRole role,
           InstanceId dialed);
  ~PeerLink() override;
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  void begin();

  // kNone: the request is on its way, and on_answer() gets its reply. Other values: it was not
  // sent, and on_answer() is not called.
  Reject send_request(const Command& command, const ReplyTo& reply_to);
  // False: the message was dropped.
  bool send_message(const Command& message);
  void send_reply(std::uint64_t correlation, const Reply& reply);
  // False: the link is not up.
  bool send_bytes(PeerChannel channel, std::span<const std::byte> bytes);
  // This instance is about to stop: the peer sends no more requests, and those in flight still get
  // replies. Messages continue.
  void say_goodbye();

  void flush();
  // Heartbeats, deadlines, silence. The owner must poll I/O between two calls: a peer is down
  // after silence at two calls in a row, so that a stalled thread does not find its peers silent.
  // Returns the milliseconds until the next call is due.
  std::int64_t tick();
  // Ends the link; all open requests get replies. `why` goes to on_down().
  void close(const std::string& why);

  // The instance that was dialed, or the other side's claim; proven once the link is up. 0:
  // unknown.
  InstanceId peer() const;
  PeerRole role() const { return role_; }
  bool is_up() const { return state_ == State::kUp; }
  bool is_closed() const { return state_ == State::kClosed; }
  bool is_proven() const { return state_ == State::kReady || state_ == State::kUp; }
  bool uses_tls() const { return stream_->uses_tls(); }
  // Set when either side refused the handshake.
  const PeerHandshake::Refusal* refusal() const {
    return refused_ ? &handshake_->refusal() : nullptr;
  }
  bool peer_leaves() const { return peer_leaves_; }
  // No request is unanswered on either side, and no bytes are unsent.
  bool is_idle() const;
  std::int64_t up_since_ms() const { return up_since_ms_; }
  std::size_t outstanding() const { return calls_.open_count(); }
  std::size_t bytes_held() const { return stream_->bytes_held(); }

  // Sets the counters to use from now on; must outlive the link.
  void count_into(PeerStats& stats) { stats_ = &stats; }

 private:
  enum class State : std::uint8_t {
    kOpening,    // the TLS handshake
    kHandshake,  // see PeerHandshake
    kReady,      // proven; awaits the peer's credits
    kUp,
    kEnding,  // refused: the refusal is on its way
    kClosed,
  };

  // peer_link.cc: life cycle of the link
  void on_open(std::span<const std::byte> binding) override;
  void on_input() override;
  void on_broken(const std::string& why) override;
  void take_frame(const Frame& frame);
  void take_handshake(const Frame& frame);
  void take_ready(const Frame& frame);
  void fault(const std::string& what);
  void end(const std::string& why, State state);
  void answer_everybody();
  void beat(std::int64_t now_us);
  void give_up_expired(std::int64_t now_ms);
  std::int64_t next_due_ms(std::int64_t now_ms) const;
  std::int64_t now_ms() const { return shared_.clock.now_us() / 1000; }

  // peer_link_traffic.cc: requests, replies, messages, pings
  void take_traffic(const Frame& frame);
  void take_request(const Frame& frame);
  void take_reply(const Frame& frame);
  void take_message(const Frame& frame);
  void take_bytes(PeerChannel channel, const Frame& frame);
  void take_ping(const Frame& frame);
  void take_pong(const Frame& frame);
  bool check_slot(SlotId slot);
  void refuse_request(std::uint64_t correlation, Reject reject);
  bool output_is_full() const;
  void answer(const PeerCall& call, Reject reject);

  const PeerLinkShared& shared_;
  std::shared_ptr<PeerStream> stream_;
  const PeerRole role_;
  const InstanceId dialed_;
  State state_ = State::kOpening;
  bool refused_ = false;
  bool peer_leaves_ = false;
  bool said_goodbye_ = false;
  bool suspected_ = false;  // silent for too long, at the last tick
  std::optional<PeerHandshake> handshake_;
  PeerStats own_stats_;
  PeerStats* stats_ = &own_stats_;

  std::int64_t deadline_ms_ = 0;  // of the handshake, or of the end
  std::int64_t up_since_ms_ = 0;
  std::int64_t heard_us_ = 0;   // time of the last input
  std::int64_t put_us_ = 0;     // time of the last output
  std::int64_t pinged_us_ = 0;  // time of the last ping
  PeerClockOffset offset_;

  PeerCalls calls_;               // requests to the peer
  std::size_t granted_ = 0;       // credit: number of requests that it allows
  std::size_t unanswered_ = 0;    // unanswered requests of the peer
  std::uint64_t counted_in_ = 0;  // bytes already added to stats_
  std::uint64_t counted_out_ = 0;
  Command command_;  // the command that is being decoded
};

}  // namespace frontrow
