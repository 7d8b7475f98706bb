#include "net/api/event_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "engine/base/hash.h"
#include "engine/core/protocol/silence.h"
#include "net/api/api_problems.h"
#include "net/api/api_render.h"
#include "net/http/server/http_server.h"

namespace frontrow {
namespace {

// The interval at which clients are asked to poll, well below the idle time of the sale, but at
// most kPollEvery.
Duration poll_interval(const QueueEntry& entry) {
  const Duration asked = milliseconds(entry.poll_after_ms);
  return entry.state == TokenState::kWaiting ? std::min(asked, EventStreams::kPollEvery)
                                             : EventStreams::kPollEvery;
}

bool differs(const QueueEntry& a, const QueueEntry& b) {
  return a.state != b.state || a.position != b.position || a.waiting != b.waiting ||
         a.expires_at != b.expires_at || a.phase != b.phase || a.offered != b.offered ||
         a.waitlist_position != b.waitlist_position || a.shuffle != b.shuffle;
}

// No further event follows: the token has ended and is on no waitlist, or it waits for a sale that
// is closed.
bool ends_stream(const QueueEntry& entry) {
  return EventStreams::is_last(entry) ||
         (entry.state == TokenState::kWaiting && entry.phase == Phase::kClosed);
}

// Reconnect delay of clients: spread, so that a restart does not bring all clients at once; short
// where the server ended the stream to check the client's presence.
constexpr std::int64_t kRetryMsMin = 2000;
constexpr std::int64_t kRetryMsMax = 5000;
constexpr std::string_view kRetrySoon = "retry: 200\n";

void append_retry(std::string& out, const UserId& user, Instant now) {
  const std::uint64_t drawn = IdHash{}(user) ^ xxh3_64(std::to_string(now.ms));
  fmt::format_to(std::back_inserter(out), "retry: {}\n",
                 kRetryMsMin + static_cast<std::int64_t>(drawn % (kRetryMsMax - kRetryMsMin + 1)));
}

}  // namespace

EventStreams::EventStreams(RequestPool& pool, Responder& responder, const Engine& engine,
                           Duration proxied_life)
    : pool_(pool), responder_(responder), engine_(engine), proxied_life_(proxied_life) {}

void EventStreams::begin(OpenRequest& request, const QueueEntry& entry) {
  if (responder_.begin_stream(request, kHead)) open(request, entry, engine_.clock().now());
  pool_.close(request);
}

// A stream of which nothing is written, and its first line in text_.
EventStreams::Stream& EventStreams::take(const OpenRequest& request, Instant now) {
  Stream& stream = streams_.take();
  stream = Stream{};
  stream.ref = request.ref;
  stream.caller = request.command.caller;
  stream.opened_at = now;
  stream.ends_at = request.is_proxied ? now + proxied_life_ : kNever;
  stream.is_proxied = request.is_proxied;
  if (!stream.is_proxied) responder_.server().probe_client(stream.ref);
  text_.clear();
  append_retry(text_, stream.caller.user, now);
  return stream;
}

void EventStreams::open(const OpenRequest& request, const QueueEntry& entry, Instant now) {
  Stream& stream = take(request, now);
  stream.last = entry;
  write(stream, entry, now);
}

void EventStreams::close(RequestRef ref) {
  for (Stream& stream : streams_) {
    if (stream.in_use() && stream.ref == ref) return streams_.release(stream);
  }
}

void EventStreams::end_all() {
  for (Stream& stream : streams_) {
    if (!stream.in_use()) continue;
    responder_.server().end_stream(stream.ref);
    streams_.release(stream);
  }
}

void EventStreams::tick() {
  const Instant now = engine_.clock().now();
  if (now - looked_at_ < kLookEvery) return;
  looked_at_ = now;
  // A poll may begin another stream.
  for (std::uint32_t place = 0; place < streams_.size(); ++place) {
    if (streams_[place].in_use()) look_at(streams_[place], now);
  }
  poll_seats(now);
}

void EventStreams::look_at(Stream& stream, Instant now) {
  const bool may_end = stream.last.state == TokenState::kWaiting || stream.view;
  if (may_end && now >= stream.ends_at) return end_for_now(stream);
  const std::optional<Duration> silence = due_silence(stream, now);
  if (!silence) return;
  stream.poll_at = now + poll_interval(stream.last);
  poll(stream, *silence);
}

// Returns the client's silence if the stream must be polled now: its time has come, or the client
// has acknowledged the event of the admission. The latter poll keeps the fan from becoming a
// no-show.
std::optional<Duration> EventStreams::due_silence(Stream& stream, Instant now) {
  const bool awaits_fan = stream.told_active_at.is_set();
  if (stream.poll_at > now && !awaits_fan) return std::nullopt;
  if (stream.is_proxied) return now - stream.opened_at;
  const Duration silence = milliseconds(responder_.server().client_silence_ms(stream.ref));
  if (silence > kSilenceMax) {
    stream.poll_at = now + kPollEvery;
    return std::nullopt;
  }
  const bool shows_fan = awaits_fan && now - silence >= stream.told_active_at;
  if (stream.poll_at > now && !shows_fan) return std::nullopt;
  if (shows_fan) stream.told_active_at = {};
  return silence;
}

void EventStreams::poll(const Stream& stream, Duration silence) {
  OpenRequest& request = pool_.open(Route::kTokenEvents, stream.ref);
  request.stream = stream.index() + 1;
  Command command{stream.caller, {}, ReadToken{stream.last.concert}};
  set_silence(command, silence);
  pool_.submit(request, command);
}

void EventStreams::on_reply(OpenRequest& request, const Reply& reply) {
  if (request.route == Route::kSeatEvents) {
    SeatPoll& poll = seat_polls_[request.stream - 1];
    pool_.close(request);
    return on_seats(poll, reply);
  }
  Stream& stream = streams_[request.stream - 1];
  const bool is_open = stream.in_use() && stream.ref == request.ref;
  pool_.close(request);
  if (!is_open) return;
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body))
    return on_entry(stream, *entry, engine_.clock().now());
  if (is_transient(reply.reject)) return;
  if (stream.view) return end_seats(stream, problem_of(reply.reject).slug);
  responder_.server().end_stream(stream.ref);
  streams_.release(stream);
}

// Ends the stream; the client shows its presence by another request.
void EventStreams::end_for_now(Stream& stream) {
  HttpServer& server = responder_.server();
  text_.assign(": ask again\n").append(kRetrySoon).append("\n");
  if (server.write_stream(stream.ref, text_)) server.end_stream(stream.ref);
  streams_.release(stream);
}

// Appends the event to text_, which may already hold a line, and sends both.
void EventStreams::write(Stream& stream, const QueueEntry& entry, Instant now) {
  const bool was_admitted =
      stream.last.state == TokenState::kWaiting && entry.state == TokenState::kActive;
  if (was_admitted && stream.is_proxied) text_ += kRetrySoon;
  // A client that reconnects by itself (EventSource) must return no sooner than one that polls.
  if (entry.state == TokenState::kWaiting && ends_stream(entry))
    text_.append("retry: ").append(std::to_string(entry.poll_after_ms)).append("\n");
  text_ += "event: queue\ndata: ";
  render(text_, entry);
  text_ += "\n\n";
  stream.last = entry;
  stream.poll_at = now + poll_interval(entry);
  stream.heartbeat_at = now + kHeartbeatEvery;
  stream.written_at = now;
  stream.told_active_at = was_admitted ? now : Instant{};
  HttpServer& server = responder_.server();
  if (!server.write_stream(stream.ref, text_)) return streams_.release(stream);
  if (!ends_stream(entry) && !(was_admitted && stream.is_proxied)) return;
  server.end_stream(stream.ref);
  streams_.release(stream);
}

void EventStreams::on_entry(Stream& stream, const QueueEntry& entry, Instant now) {
  if (stream.view) {
    if (entry.state != TokenState::kActive) return end_seats(stream, text_of(entry.state));
    return keep_alive(stream, now);
  }
  if (differs(stream.last, entry)) {
    const Instant may_write_at = stream.written_at + kWriteEvery;
    if (now >= may_write_at) {
      text_.clear();
      return write(stream, entry, now);
    }
    stream.poll_at = std::min(stream.poll_at, may_write_at);
  }
  stream.last.poll_after_ms = entry.poll_after_ms;
  keep_alive(stream, now);
}

void EventStreams::keep_alive(Stream& stream, Instant now) {
  if (now < stream.heartbeat_at) return;
  stream.heartbeat_at = now + kHeartbeatEvery;
  if (!responder_.server().write_stream(stream.ref, ": still here\n\n")) streams_.release(stream);
}

}  // namespace frontrow
