// State of one connection and of its requests that await their responses.
//
// An idle connection is this struct, a descriptor and 8 bytes of deadline: buffers are borrowed
// from a pool while they hold bytes. Plain data, owned and changed by one HttpServer, whose methods
// keep the rules. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "net/http/http_parser.h"
#include "net/http/output_queue.h"

namespace frontrow {

inline constexpr std::uint32_t kNoIndex = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();
inline constexpr std::size_t kRequestIdBytes = 128;

// A request from its parsing until its whole response is in the output.
struct PendingAnswer {
  std::uint32_t next = kNoIndex;  // towards the newer ones of the connection; or in the free list
  std::uint32_t sequence = 0;
  bool head = false;
  bool http_1_0 = false;
  bool keep_alive = true;
  bool answered = false;  // complete in `late`; waits for its turn
  bool streaming = false;
  bool chunked = false;
  std::uint8_t request_id_size = 0;
  OutputQueue late;  // output of a response whose turn has not come
  std::array<char, kRequestIdBytes> request_id;

  std::string_view request_id_text() const { return {request_id.data(), request_id_size}; }
};

class IdleList;

// The client's progress in taking responses, measured by the bytes that its side has acknowledged.
struct WriteProgress {
  std::uint64_t given = 0;  // bytes that the kernel took, since the connection began
  // While the connection is blocked:
  std::uint64_t acknowledged = 0;  // of `given`, at the last check
  std::int64_t since_ms = 0;       // when the last growth was seen
  std::uint64_t window_bytes = 0;  // `acknowledged` when the running window of the rate began
  std::int64_t window_since_ms = 0;
};

struct Connection {
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
  std::uint32_t index = 0;       // its own place in the server's table
  std::uint32_t generation = 0;  // how many connections have had that place
  std::uint32_t interest = 0;    // EPOLL* bits registered
  std::uint32_t next_sequence = 0;
  std::uint32_t oldest = kNoIndex;  // pending responses, a list in order of arrival
  std::uint32_t newest = kNoIndex;
  std::uint32_t pending = 0;
  std::uint32_t streams = 0;
  std::uint32_t taken = 0;     // requests taken in this turn
  std::uint32_t taken_in = 0;  // the turn that `taken` counts
  Reading reading = Reading::kIdle;
  Kind kind = Kind::kPublic;
  bool was_used = false;    // has sent a request
  bool dirty = false;       // on the list of the next flush
  bool blocked = false;     // the kernel's buffer was full; waiting for room
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
  IdleList* idle_in = nullptr;
  std::int64_t idle_since_ms = 0;        // while in a list
  std::uint32_t idle_before = kNoIndex;  // neighbours in that list
  std::uint32_t idle_after = kNoIndex;

  bool is_open() const { return fd >= 0; }
  std::size_t unsent() const { return out.unsent(); }
};
static_assert(sizeof(Connection) <= 448);

}  // namespace frontrow
