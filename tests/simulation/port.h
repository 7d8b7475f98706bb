// One thread's links of a simulated instance: the part of the real link (net/peer_*) that the
// engine relies on, over connections that lose, delay and break (links.h). Commands and replies
// travel in the real codec's bytes.
//
// A link gathers frames and passes them to its connection in order. When it closes, every request
// that waits for its peer is answered: kInstanceUnavailable for unsent requests and reads,
// kOutcomeUnknown for all others. Later answers, or answers for a closed connection, are dropped.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/prng.h"
#include "engine/runtime/cluster/links.h"

namespace frontrow::sim {

class Instance;

// The sequence number of the slot at a decision, which the reply depends on.
struct Decision {
  bool is_known = false;
  std::uint64_t seq = 0;
};

struct Frame {
  ByteBuffer bytes;
  Instant decided_by;  // of answers, beside the bytes, for the ledger: by its owner's clock
};

// Bytes in order, each way, until it breaks. Each end notices a break by itself.
struct Connection {
  struct Way {
    std::deque<Frame> frames;
    bool stands_still = false;
  };
  std::array<Way, 2> ways;       // by the sending side
  std::array<Instant, 2> hello;  // the clocks of both when it was made
  bool is_broken = false;
};

struct LinkOptions {
  std::size_t credit = 64;         // requests in flight over one link
  Duration patience = seconds(5);  // after which a request is given up
  bool heeds_deadlines = true;     // rejects requests that arrive after their deadline
};

// Faults of links; none by default.
struct LinkFaults {
  // In thousandths of the steps of a link.
  std::uint64_t broken = 0;
  std::uint64_t still = 0;  // one direction stalls, or resumes
  // In percent of the messages: dropped, as when the unsent output is too large.
  std::uint64_t dropped = 0;
};

// Counts of a whole night.
struct LinkStats {
  std::uint64_t made = 0;
  std::uint64_t broken = 0;
  std::uint64_t forwarded = 0;  // requests passed to the connection
  std::uint64_t messages = 0;   // that arrived
  std::uint64_t dropped = 0;    // messages
  std::uint64_t answered = 0;   // requests whose answer came in time
  std::uint64_t unsent = 0;     // requests on a broken link that certainly had no effect
  std::uint64_t unknown = 0;    // requests on a broken link that may have acted
  std::uint64_t given_up = 0;   // requests whose deadline passed
  std::uint64_t without_credit = 0;
  std::uint64_t came_late = 0;     // answers after that, or of an earlier life
  std::uint64_t for_nobody = 0;    // decided here, and the link to the asker is gone
  std::uint64_t refused_late = 0;  // requests that arrived after their deadline
};

// Shared by all links of a night.
struct Weather {
  Prng& random;
  bool calm = true;  // no faults: requests are not given up, so each must be answered
  LinkFaults faults;
  LinkStats stats;
};

class Port final : public PeerPort {
 public:
  Port(Instance& instance, std::uint16_t worker, const LinkOptions& options, Weather& weather)
      : instance_(instance), worker_(worker), options_(options), weather_(weather) {}

  // --- the links' side
  void open(InstanceId peer, std::shared_ptr<Connection> connection, std::size_t side);
  void close(InstanceId peer);
  // Passes the oldest gathered frame to the connection; false if there is none.
  bool flush(InstanceId peer);
  // Takes one frame that has arrived; false if there is none.
  bool receive(InstanceId peer);
  void give_up_overdue();
  // No request of this instance waits for a peer.
  bool idle() const;

  // --- the engine's side
  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

 private:
  struct Asked {  // by a peer
    ReplyTo reply_to;
    bool is_read = false;
    bool is_sent = false;
    Instant deadline;
  };
  struct Gathered {
    Frame frame;
    std::uint64_t request = 0;  // 0: not a request
  };
  struct Link {
    std::shared_ptr<Connection> connection;
    std::size_t side = 0;
    std::deque<Gathered> gathered;
    std::map<std::uint64_t, Asked> asked;
    std::uint64_t last_request = 0;
  };
  struct AskedOfUs {
    InstanceId peer = 0;
    std::shared_ptr<Connection> connection;
    std::uint64_t request = 0;
    SlotId slot;
    bool is_open = true;
    Decision decision;
  };

  void refuse(const ReplyTo& to, Reject reject);
  void on_request(InstanceId peer, const Link& link, ByteReader& in);
  bool is_overdue(const Link& link, Instant deadline) const;
  void on_answer(Link& link, ByteReader& in, Instant decided_by);
  void on_message(ByteReader& in);

  Instance& instance_;
  const std::uint16_t worker_;
  const LinkOptions& options_;
  Weather& weather_;
  LinkStats& stats_ = weather_.stats;
  std::map<InstanceId, Link> links_;
  std::deque<AskedOfUs> asked_of_us_;
};

}  // namespace frontrow::sim
