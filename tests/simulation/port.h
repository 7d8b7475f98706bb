// What one thread of a simulated instance knows of its links: the part of the real link
// (net/peer_*) that the engine relies on, over connections that lose, delay and break (links.h).
// Commands and replies travel as the bytes of the real codec.
//
// A link gathers frames and hands them to its connection in order. When it closes, every request
// that waits for its peer is answered: not handed over yet, or a read, as kInstanceUnavailable;
// anything else as kOutcomeUnknown. An answer that comes after that, or for a connection that is
// gone, is dropped.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/prng.h"
#include "engine/runtime/cluster/cluster.h"

namespace frontrow::sim {

class Instance;

// What an answer rests on: the sequence of its slot when it was decided.
struct Decision {
  bool is_known = false;
  std::uint64_t seq = 0;
};

struct Frame {
  ByteBuffer bytes;
  Instant decided_by;  // of answers, beside the bytes, for the ledger: by its owner's clock
};

// Bytes in order, each way, until it breaks. Each end learns of that by itself.
struct Connection {
  struct Way {
    std::deque<Frame> frames;
    bool stands_still = false;
  };
  std::array<Way, 2> ways;       // by the side that sends
  std::array<Instant, 2> hello;  // the clocks of both when it was made
  bool is_broken = false;
};

struct LinkOptions {
  std::size_t credit = 64;         // requests under way over one link
  Duration patience = seconds(5);  // after which a request is given up
  bool heeds_deadlines = true;     // a request that comes after its deadline is refused
};

// What goes wrong with links; nothing unless told.
struct LinkFaults {
  // In thousandths of the steps of a link.
  std::uint64_t broken = 0;
  std::uint64_t still = 0;  // one direction stands still, or goes on
  // In percent of the messages: dropped, as where too much waits to be sent.
  std::uint64_t dropped = 0;
};

// Of a whole night.
struct LinkStats {
  std::uint64_t made = 0;
  std::uint64_t broken = 0;
  std::uint64_t forwarded = 0;  // requests handed over
  std::uint64_t messages = 0;   // that came through
  std::uint64_t dropped = 0;    // messages
  std::uint64_t answered = 0;   // requests whose answer came in time
  std::uint64_t unsent = 0;     // requests under a broken link that surely changed nothing
  std::uint64_t unknown = 0;    // requests under a broken link that may have
  std::uint64_t given_up = 0;   // requests whose deadline passed under them
  std::uint64_t without_credit = 0;
  std::uint64_t came_late = 0;     // answers after that, or of an earlier life
  std::uint64_t for_nobody = 0;    // decided here, and the link to the asker is gone
  std::uint64_t refused_late = 0;  // requests that came after their deadline
  // Slots that matter, in handovers.
  std::uint64_t sealed = 0, adopted = 0, released = 0;
  std::uint64_t kept = 0;  // sealed, and never taken
};

// What all links of a night have in common.
struct Weather {
  Prng& random;
  bool calm = true;  // nothing fails: requests are not given up, so each must be answered
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
  // Hands the oldest gathered frame over; false when there is none.
  bool flush(InstanceId peer);
  // Takes one frame that has come; false when there is none.
  bool receive(InstanceId peer);
  void give_up_overdue();
  // No request of this instance waits for a peer.
  bool idle() const;

  // --- the engine's side
  void send(InstanceId to, const Command& command, const ReplyTo& reply_to) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

 private:
  struct Asked {  // of a peer
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
    std::uint64_t handed_over = 0;  // of a handover, the sequence of the state
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
