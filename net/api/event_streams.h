// Server-sent events (text/event-stream) of one thread. Each stream polls its queue entry once a
// second (more often where the sale's idle time is short) and writes the entry at most once a
// second, when it differs from the last written one.
//
// A poll keeps the token from becoming idle, so a stream polls only while its fan is present. On a
// direct connection the client's kernel shows presence: a stream does not poll while the kernel
// acknowledges no bytes. A proxy acknowledges in the client's place, so a stream through a proxy
// ends after a while, and when its fan is admitted; the client's next request then shows presence.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/slab.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"
#include "engine/runtime/shard/engine.h"
#include "net/api/request_pool.h"
#include "net/api/responder.h"

namespace frontrow {

class EventStreams {
 public:
  static constexpr Duration kPollEvery = seconds(1);
  static constexpr Duration kWriteEvery = seconds(1);
  static constexpr Duration kHeartbeatEvery = seconds(15);
  // The kernel probes a silent client every few seconds (HttpServer::probe_client).
  static constexpr Duration kSilenceMax = seconds(7);

  // All arguments must outlive it. proxied_life: of a stream through a proxy.
  EventStreams(RequestPool& pool, Responder& responder, const Engine& engine,
               Duration proxied_life);

  // No event follows such an entry.
  static bool is_last(const QueueEntry& entry) {
    return !is_live(entry.state) && entry.waitlist_position == 0;
  }

  // Begins the stream that an open request asks for, and closes the request. `entry`, which must
  // not be the last, is the first event.
  void begin(OpenRequest& request, const QueueEntry& entry);
  // Polls the streams that are due, and ends those whose time is over. To be called every turn.
  void tick();
  // The reply to a poll: request.stream is set. Closes the request.
  void on_reply(OpenRequest& request, const Reply& reply);
  // The client has gone.
  void close(RequestRef ref);
  void end_all();

  std::size_t size() const { return streams_.in_use_count(); }

 private:
  struct Stream : SlabPlace {
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
  };

  void open(const OpenRequest& request, const QueueEntry& entry, Instant now);
  void look_at(Stream& stream, Instant now);
  std::optional<Duration> due_silence(Stream& stream, Instant now);
  void poll(const Stream& stream, Duration silence);
  void on_entry(Stream& stream, const QueueEntry& entry, Instant now);
  void write(Stream& stream, const QueueEntry& entry, Instant now);
  void end_for_now(Stream& stream);

  RequestPool& pool_;
  Responder& responder_;
  const Engine& engine_;
  const Duration proxied_life_;
  Slab<Stream> streams_;
  Instant looked_at_;
  std::string text_;
};

}  // namespace frontrow
