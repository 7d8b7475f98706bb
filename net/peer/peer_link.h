// One link to another instance, from the first byte to the last: handshake, requests and replies,
// messages between slots, credits, deadlines, heartbeats.
//
// It knows frames and time, and nothing of workers: a PeerLinkHandler gets what comes in. Nothing
// is ever sent twice. Who asked over a link is answered exactly once: by the peer, or by the link
// when the deadline passes or the link ends - then by kInstanceUnavailable where the request surely
// was not acted upon (it did not leave, or is a read) and by kOutcomeUnknown where it may have
// been.
//
// Bounds: as many unanswered requests as the peer allows, output_bytes_max in memory; beyond,
// requests are refused, messages are dropped (their slots send again), and large answers give way
// to a refusal. Small answers are bounded by what the peer was allowed to ask.
//
// Threads: that of the stream's io_context. The owner's turn: poll, tick(), flush(). It must not
// destroy a link while that calls the handler.
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
  std::uint32_t requests_max = 8192;  // that a peer may have unanswered here
  std::size_t output_bytes_max = 16U << 20;
  std::int64_t handshake_ms = 5'000;      // from the connection to the last frame of the handshake
  std::int64_t ping_ms = 200;             // without anything else to send
  std::int64_t silence_ms = 750;          // after which a peer is down
  std::int64_t request_ms = 1'000;        // for an answer
  std::int64_t slow_request_ms = 12'000;  // where the answer waits for a further slot
};

class PeerLink;

class PeerLinkHandler {
 public:
  virtual ~PeerLinkHandler() = default;
  // The peer is proven and requests may go.
  virtual void on_up(PeerLink& link) = 0;
  // Comes once, whether the link was up or not; nothing can be sent from here on.
  virtual void on_down(PeerLink& link, const std::string& why) = 0;
  // In time, and for a slot of ours. To be answered by send_reply(), now or later, once.
  virtual void on_request(PeerLink& link, std::uint64_t correlation, const Command& command) = 0;
  virtual void on_message(Command&& message) = 0;
  // Of what was sent by send_request().
  virtual void on_answer(const ReplyTo& to, Reply&& reply) = 0;
};

// What the links of one thread share; must outlive them.
struct PeerLinkShared {
  const PeerIdentity& identity;
  const PeerLinkLimits& limits;
  const PeerClock& clock;
  PeerLinkHandler& handler;
};

class PeerLink final : private PeerStream::Owner {
 public:
  // dialed: whom a dialer dialed.
  PeerLink(const PeerLinkShared& shared, std::shared_ptr<PeerStream> stream, PeerRole role,
           InstanceId dialed);
  ~PeerLink() override;
  PeerLink(const PeerLink&) = delete;
  PeerLink& operator=(const PeerLink&) = delete;

  void begin();

  // kNone: it is on its way and will be answered through on_answer(). Anything else: it was not
  // sent, and nothing more is heard of it.
  Reject send_request(const Command& command, const ReplyTo& reply_to);
  // False: dropped.
  bool send_message(const Command& message);
  void send_reply(std::uint64_t correlation, const Reply& reply);
  // This instance is about to stop: the peer sends no more requests, and those that are under way
  // are answered still. Messages go on.
  void say_goodbye();

  void flush();
  // Heartbeats, deadlines, silence. I/O is to be polled between two calls: a peer is down when it
  // was silent at two, so that a thread that stood still does not take its peers for silent.
  // Returns the milliseconds until it must be called again.
  std::int64_t tick();
  // Ends the link; whoever waits is answered. `why` goes to on_down().
  void close(const std::string& why);

  // Whom we dialed, or who the other side says that it is; proven once the link is up. 0: unknown.
  InstanceId peer() const;
  PeerRole role() const { return role_; }
  bool is_up() const { return state_ == State::kUp; }
  bool is_closed() const { return state_ == State::kClosed; }
  bool is_proven() const { return state_ == State::kReady || state_ == State::kUp; }
  bool uses_tls() const { return stream_->uses_tls(); }
  // Set when the handshake ended in a refusal by either side.
  const PeerHandshake::Refusal* refusal() const {
    return refused_ ? &handshake_->refusal() : nullptr;
  }
  bool peer_leaves() const { return peer_leaves_; }
  // Nothing is unanswered on either side, and nothing is unsent.
  bool is_idle() const;
  std::int64_t up_since_ms() const { return up_since_ms_; }
  std::size_t outstanding() const { return calls_.open_count(); }

  // Where it counts from now on; must outlive the link.
  void count_into(PeerStats& stats) { stats_ = &stats; }

 private:
  enum class State : std::uint8_t {
    kOpening,    // TLS is being made
    kHandshake,  // see PeerHandshake
    kReady,      // proven; its credits are awaited
    kUp,
    kEnding,  // refused: our last words are on their way
    kClosed,
  };

  // peer_link.cc: the way of the link
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

  // peer_link_traffic.cc: what it carries
  void take_traffic(const Frame& frame);
  void take_request(const Frame& frame);
  void take_reply(const Frame& frame);
  void take_message(const Frame& frame);
  void take_ping(const Frame& frame);
  void take_pong(const Frame& frame);
  bool check_slot(SlotId slot, std::uint64_t map_revision);
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
  std::int64_t heard_us_ = 0;   // when something came last
  std::int64_t put_us_ = 0;     // when something was put out last
  std::int64_t pinged_us_ = 0;  // when that was a ping
  PeerClockOffset offset_;

  PeerCalls calls_;               // ours to the peer
  std::size_t granted_ = 0;       // how many it allows
  std::size_t asked_ = 0;         // the peer's to us, unanswered
  std::uint64_t counted_in_ = 0;  // bytes that stats_ has
  std::uint64_t counted_out_ = 0;
  Command command_;  // the one that is being decoded
};

}  // namespace frontrow
