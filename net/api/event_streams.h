// Server-sent events (text/event-stream) of one thread. Each stream polls its queue entry once a
// second (more often where the sale's idle time is short) and writes the entry at most once a
// second, when it differs from the last written one.
//
// A poll keeps the token from becoming idle, so a stream polls only while its fan is present. On a
// direct connection the client's kernel shows presence: a stream does not poll while the kernel
// acknowledges no bytes. A proxy acknowledges in the client's place, so a stream through a proxy
// ends after a while, and when its fan is admitted; the client's next request then shows presence.
//
// A stream of seats (seat_streams.cc) polls its queue entry likewise, and ends with the fan's
// session. Its events come from a second poll, one for all streams of the thread that show the same
// version of a date: its reply is rendered once, and the cost for the date's slot does not grow
// with the fans. The streams are spread over kSeatTurns, one each kLookEvery. A client that has not
// acknowledged its last event is left out, so that one event at most is on its way; the next one
// leads from the version that it has. Thus a slow reader gets merged changes, and no queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/slab.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/limits.h"
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
  // Interval of the search for due polls.
  static constexpr Duration kLookEvery = milliseconds(50);
  // The extra header asks a proxy (nginx) not to buffer events.
  static constexpr ResponseHead kHead{.content_type = "text/event-stream",
                                      .extra = "X-Accel-Buffering: no\r\n"};
  static constexpr std::uint32_t kSeatTurns = kSeatEventsEvery.ms / kLookEvery.ms;
  // The kernel probes a silent client every few seconds (HttpServer::probe_client).
  static constexpr Duration kSilenceMax = seconds(7);

  // All arguments must outlive it. proxied_life: of a stream through a proxy.
  EventStreams(RequestPool& pool, Responder& responder, const Engine& engine,
               Duration proxied_life);

  // No event follows such an entry.
  static bool is_last(const QueueEntry& entry) {
    return !is_live(entry.state) && entry.waitlist_position == 0;
  }

  // The date is off sale: nothing to choose.
  static bool is_last(const WatchedSeats& seats) { return seats.is_closed || seats.is_cancelled; }

  // Begins the stream that an open request asks for, and closes the request. `entry`, which must
  // not be the last, is the first event.
  void begin(OpenRequest& request, const QueueEntry& entry);
  void begin(OpenRequest& request, const WatchedSeats& seats);
  // Polls the streams that are due, and ends those whose time is over. To be called every turn.
  void tick();
  // The reply to a poll: request.stream is set. Closes the request.
  void on_reply(OpenRequest& request, const Reply& reply);
  // The client has gone.
  void close(RequestRef ref);
  void end_all();

  std::size_t size() const { return streams_.in_use_count(); }

 private:
  // The seats that a stream shows.
  struct View {
    Date date;
    std::uint64_t version = 0;
    auto operator<=>(const View&) const = default;
  };
  struct Stream : SlabPlace {
    RequestRef ref;
    Caller caller;
    QueueEntry last;  // of a stream of seats: the concert and the state only
    Instant poll_at;
    Instant heartbeat_at;
    Instant opened_at;
    Instant written_at;
    Instant ends_at;         // while its fan waits; kNever: no time limit
    Instant told_active_at;  // unset: no admission awaits acknowledgement
    bool is_proxied = false;

    std::optional<View> view;  // none: a stream of the queue entry
    Instant asked_at;          // for changes of the seats
    bool asks = false;         // such a poll is under way
    bool was_told = false;     // and has perhaps not acknowledged it
  };

  // A stream that is due, and its place in `streams_`.
  struct DueView {
    ConcertId concert;
    View view;
    std::uint32_t stream = 0;
    auto operator<=>(const DueView&) const = default;
  };
  // A poll for some streams of the same view.
  struct SeatPoll : SlabPlace {
    ConcertId concert;
    View view;
    std::vector<std::pair<std::uint32_t, RequestRef>> streams;
  };

  Stream& take(const OpenRequest& request, Instant now);
  void open(const OpenRequest& request, const QueueEntry& entry, Instant now);
  void look_at(Stream& stream, Instant now);
  std::optional<Duration> due_silence(Stream& stream, Instant now);
  void poll(const Stream& stream, Duration silence);
  void on_entry(Stream& stream, const QueueEntry& entry, Instant now);
  void write(Stream& stream, const QueueEntry& entry, Instant now);
  void end_for_now(Stream& stream);
  void keep_alive(Stream& stream, Instant now);

  void poll_seats(Instant now);
  void gather_due_views(Instant now);
  void on_seats(SeatPoll& poll, const Reply& reply);
  void show_seats(Stream& stream, const WatchedSeats& seats, std::string_view event, Instant now);
  void end_seats(Stream& stream, std::string_view reason);

  RequestPool& pool_;
  Responder& responder_;
  const Engine& engine_;
  const Duration proxied_life_;
  Slab<Stream> streams_;
  Instant looked_at_;
  std::string text_;
  std::uint32_t turn_ = 0;  // below kSeatTurns
  std::vector<DueView> due_views_;
  Slab<SeatPoll> seat_polls_;
};

}  // namespace frontrow
