// Server-sent events (text/event-stream) of one thread. Each stream polls its queue entry once a
// second (more often where the sale's idle time is short) and writes the entry at most once a
// second, when it differs from the last written one.
//
// A poll keeps the token from becoming idle, so a stream polls only while its fan is present. On a
// direct connection the client's kernel shows presence: a stream does not poll while the kernel
// acknowledges no bytes. A proxy acknowledges in the client's place, so a stream through a proxy
// ends after a while, and when its fan is admitted; the client's next request then shows presence.
//
// The owner polls: next_due() names a stream to poll, on_entry() takes the result.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "net/http/http_server.h"

namespace frontrow {

class EventStreams {
 public:
  static constexpr Duration kPollEvery = seconds(1);
  static constexpr Duration kWriteEvery = seconds(1);
  static constexpr Duration kHeartbeatEvery = seconds(15);
  // The kernel probes a silent client every few seconds (HttpServer::probe_client).
  static constexpr Duration kSilenceMax = seconds(7);

  explicit EventStreams(Duration proxied_life) : proxied_life_(proxied_life) {}

  // No event follows such an entry.
  static bool is_last(const QueueEntry& entry) { return !is_live(entry.state); }

  // The stream was begun on the server; `entry`, which must not be the last, is its first event.
  void open(HttpServer& server, RequestRef ref, const Caller& caller, const QueueEntry& entry,
            Instant now, bool is_proxied);
  void close(RequestRef ref);
  void end_all(HttpServer& server);

  // A stream whose poll is due (and now marked as polled), and the time since its client was heard
  // of.
  struct Due {
    std::uint32_t place = 0;
    Duration silence;
  };
  // Ends streams whose time is over. Returns nullopt when no further poll is due.
  std::optional<Due> next_due(HttpServer& server, Instant now);
  const Caller& caller(std::uint32_t place) const { return streams_[place].caller; }
  ConcertId concert(std::uint32_t place) const { return streams_[place].last.concert; }
  RequestRef ref(std::uint32_t place) const { return streams_[place].ref; }
  // Results of a poll. on_gone: the token is no longer valid.
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
    Instant opened_at;
    Instant written_at;
    Instant ends_at;         // while its fan waits; kNever: no time limit
    Instant told_active_at;  // unset: no admission awaits acknowledgement
    bool is_proxied = false;
    bool in_use = false;
  };
  std::optional<Duration> due(HttpServer& server, Stream& stream, Instant now);
  void end_for_now(HttpServer& server, std::uint32_t place);
  bool is(std::uint32_t place, RequestRef ref) const {
    return streams_[place].in_use && streams_[place].ref == ref;
  }
  void write(HttpServer& server, std::uint32_t place, const QueueEntry& entry, Instant now);
  void drop(std::uint32_t place);

  Duration proxied_life_;
  std::deque<Stream> streams_;
  std::vector<std::uint32_t> free_;
  std::size_t open_ = 0;
  Instant looked_at_;
  std::uint32_t cursor_ = 0;
  std::string text_;
};

}  // namespace frontrow
