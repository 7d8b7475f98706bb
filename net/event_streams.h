// Server-sent events (text/event-stream) of one thread: each stream polls its queue entry once a
// second, and writes it when it differs from the one written before. A poll also shows that the fan
// is there.
//
// The owner does the polling: next_due() names a stream to poll, on_entry() takes what came.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/core/command.h"
#include "engine/core/reply.h"
#include "net/http_server.h"

namespace frontrow {

class EventStreams {
 public:
  static constexpr Duration kPollEvery = seconds(1);
  static constexpr Duration kHeartbeatEvery = seconds(15);

  // The stream has been begun on the server, and `entry` is its first event.
  void open(HttpServer& server, RequestRef ref, const Caller& caller, const QueueEntry& entry,
            Instant now);
  void close(RequestRef ref);
  void end_all(HttpServer& server);

  // The place of a stream whose poll is due, marked as polled; false when there is none (left).
  bool next_due(Instant now, std::uint32_t& place);
  const Caller& caller(std::uint32_t place) const { return streams_[place].caller; }
  ConcertId concert(std::uint32_t place) const { return streams_[place].last.concert; }
  RequestRef ref(std::uint32_t place) const { return streams_[place].ref; }
  // What the poll found; `gone`: the token is no good any more.
  void on_entry(HttpServer& server, std::uint32_t place, RequestRef ref, const QueueEntry& entry,
                Instant now);
  void on_gone(HttpServer& server, std::uint32_t place, RequestRef ref);

  std::size_t size() const { return open_; }

 private:
  struct Stream {
    RequestRef ref;
    Caller caller;
    QueueEntry last;
    Instant poll_at;
    Instant heartbeat_at;
    bool in_use = false;
  };
  bool is(std::uint32_t place, RequestRef ref) const {
    return streams_[place].in_use && streams_[place].ref == ref;
  }
  void write(HttpServer& server, std::uint32_t place, const QueueEntry& entry, Instant now);
  void drop(std::uint32_t place);

  std::deque<Stream> streams_;
  std::vector<std::uint32_t> free_;
  std::size_t open_ = 0;
  Instant looked_at_;
  std::uint32_t cursor_ = 0;
  std::string text_;
};

}  // namespace frontrow
