// State of one connection.
//
// An idle connection is this struct, a descriptor and 8 bytes of deadline: buffers are borrowed
// from a pool while they hold bytes. Plain data in a ConnectionTable, changed by the classes of one
// server, which keep the rules. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include "engine/base/slab.h"
#include "net/http/http_parser.h"
#include "net/http/output_queue.h"
#include "net/http/server/write_progress.h"

namespace frontrow {

inline constexpr std::uint32_t kNoIndex = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

class IdleList;

// Names a connection until it ends.
struct ConnectionRef {
  std::uint32_t index;
  std::uint32_t generation;
};

struct Connection : SlabPlace {
  // The count that its place belongs to.
  enum class Kind : std::uint8_t {
    kPublic,
    kOps,       // of the operators' listener
    kReserved,  // over the cap; its first request decides whether it is served
    kRefused,   // gets a refusal; not counted among the open ones
  };
  enum class Reading : std::uint8_t {
    kIdle,    // no byte of a next request has arrived
    kHead,    // part of a head has arrived
    kBody,    // the head is whole, the body is not
    kPaused,  // too much is unanswered or unsent, or others come first; reading is suspended
    kEnded,   // no further request will be taken in
    kLinger,  // the last response is out; waiting for the peer to close
  };

  int fd = -1;
  std::uint32_t interest = 0;  // EPOLL* bits registered
  std::uint32_t next_sequence = 0;
  std::uint32_t oldest = kNoIndex;  // of the list in PendingAnswers
  std::uint32_t newest = kNoIndex;
  std::uint32_t pending = 0;
  std::uint32_t streams = 0;
  std::uint32_t taken = 0;     // requests taken in this turn
  std::uint32_t taken_in = 0;  // the turn that `taken` counts
  Reading reading = Reading::kIdle;
  Kind kind = Kind::kPublic;
  bool was_used = false;             // has sent a request
  bool dirty = false;                // on the list of the next flush
  bool blocked = false;              // the kernel's buffer was full; waiting for room
  bool is_proxy = false;             // a trusted one
  bool awaits_proxy_header = false;  // before the first request
  bool sent_proxy_header = false;
  bool peer_ended = false;  // the client will send no more
  bool close_when_sent = false;
  bool yielding = false;       // paused within a turn in favour of other connections
  bool broken = false;         // the next flush closes it, with any unsent output
  bool owes_continue = false;  // "100 Continue", once older responses have left
  bool resuming = false;       // on the list of the next resume, or of the next turn's
  std::int64_t read_deadline_ms = kNoDeadline;
  std::int64_t write_deadline_ms = kNoDeadline;
  std::string in;  // the bytes of an incomplete message
  OutputQueue out;
  std::size_t late_bytes = 0;  // bytes in `late` of all pending responses
  WriteProgress writing;
  ParseProgress progress;
  std::uint64_t address = 0;  // key of its count (address_counts.h); 0: not counted
  std::uint64_t client = 0;   // as Request::client, unless a trusted proxy names another one
  IdleList* idle_in = nullptr;
  std::int64_t idle_since_ms = 0;        // while in a list
  std::uint32_t idle_before = kNoIndex;  // neighbours in that list
  std::uint32_t idle_after = kNoIndex;

  ConnectionRef ref() const { return {index(), generation()}; }
  std::size_t unsent() const { return out.unsent(); }
  bool is_idle() const { return reading == Reading::kIdle && pending == 0 && unsent() == 0; }
};
static_assert(sizeof(Connection) <= 448);

}  // namespace frontrow
