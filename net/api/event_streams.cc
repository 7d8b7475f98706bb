#include "net/api/event_streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

#include "engine/base/hash.h"
#include "net/api/api_render.h"

namespace frontrow {
namespace {

// Interval of the search for due polls.
constexpr Duration kLookEvery = milliseconds(50);

// The interval at which clients are asked to poll, well below the idle time of the sale, but at
// most kPollEvery.
Duration poll_interval(const QueueEntry& entry) {
  const Duration asked = milliseconds(entry.poll_after_ms);
  return entry.state == TokenState::kWaiting ? std::min(asked, EventStreams::kPollEvery)
                                             : EventStreams::kPollEvery;
}

bool differs(const QueueEntry& a, const QueueEntry& b) {
  return a.state != b.state || a.position != b.position || a.waiting != b.waiting ||
         a.expires_at != b.expires_at || a.phase != b.phase;
}

// No further event follows: the token has ended, or it waits for a sale that is closed.
bool ends_stream(const QueueEntry& entry) {
  return !is_live(entry.state) ||
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

void EventStreams::open(HttpServer& server, RequestRef ref, const Caller& caller,
                        const QueueEntry& entry, Instant now, bool is_proxied) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  Stream& stream = streams_[place];
  stream = {.ref = ref,
            .caller = caller,
            .last = entry,
            .opened_at = now,
            .ends_at = kNever,
            .is_proxied = is_proxied,
            .in_use = true};
  if (is_proxied) stream.ends_at = now + proxied_life_;
  ++open_;
  if (!is_proxied) server.probe_client(ref);
  text_.clear();
  append_retry(text_, caller.user, now);
  write(server, place, entry, now);
}

void EventStreams::drop(std::uint32_t place) {
  streams_[place].in_use = false;
  free_.push_back(place);
  --open_;
}

void EventStreams::close(RequestRef ref) {
  for (std::uint32_t place = 0; place < streams_.size(); ++place) {
    if (is(place, ref)) return drop(place);
  }
}

void EventStreams::end_all(HttpServer& server) {
  for (std::uint32_t place = 0; place < streams_.size(); ++place) {
    if (!streams_[place].in_use) continue;
    server.end_stream(streams_[place].ref);
    drop(place);
  }
}

std::optional<EventStreams::Due> EventStreams::next_due(HttpServer& server, Instant now) {
  if (cursor_ == 0 && now - looked_at_ < kLookEvery) return std::nullopt;
  looked_at_ = now;
  while (cursor_ < streams_.size()) {
    const std::uint32_t place = cursor_++;
    Stream& stream = streams_[place];
    if (!stream.in_use) continue;
    if (stream.last.state == TokenState::kWaiting && now >= stream.ends_at) {
      end_for_now(server, place);
    } else if (const auto silence = due(server, stream, now)) {
      stream.poll_at = now + poll_interval(stream.last);
      return Due{place, *silence};
    }
  }
  cursor_ = 0;
  return std::nullopt;
}

// Returns the client's silence if the stream must be polled now: its time has come, or the client
// has acknowledged the event of the admission. The latter poll keeps the fan from becoming a
// no-show.
std::optional<Duration> EventStreams::due(HttpServer& server, Stream& stream, Instant now) {
  const bool awaits_fan = stream.told_active_at.is_set();
  if (stream.poll_at > now && !awaits_fan) return std::nullopt;
  if (stream.is_proxied) return now - stream.opened_at;
  const Duration silence = milliseconds(server.client_silence_ms(stream.ref));
  if (silence > kSilenceMax) {
    stream.poll_at = now + kPollEvery;
    return std::nullopt;
  }
  const bool shows_fan = awaits_fan && now - silence >= stream.told_active_at;
  if (stream.poll_at > now && !shows_fan) return std::nullopt;
  if (shows_fan) stream.told_active_at = {};
  return silence;
}

// Ends the stream; the client shows its presence by another request.
void EventStreams::end_for_now(HttpServer& server, std::uint32_t place) {
  const RequestRef ref = streams_[place].ref;
  text_.assign(": ask again\n").append(kRetrySoon).append("\n");
  if (server.write_stream(ref, text_)) server.end_stream(ref);
  drop(place);
}

// Appends the event to text_, which may already hold a line, and sends both.
void EventStreams::write(HttpServer& server, std::uint32_t place, const QueueEntry& entry,
                         Instant now) {
  Stream& stream = streams_[place];
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
  const RequestRef ref = stream.ref;
  if (!server.write_stream(ref, text_)) return drop(place);
  if (!ends_stream(entry) && !(was_admitted && stream.is_proxied)) return;
  server.end_stream(ref);
  drop(place);
}

void EventStreams::on_entry(HttpServer& server, std::uint32_t place, RequestRef ref,
                            const QueueEntry& entry, Instant now) {
  if (!is(place, ref)) return;
  Stream& stream = streams_[place];
  if (differs(stream.last, entry)) {
    const Instant may_write_at = stream.written_at + kWriteEvery;
    if (now >= may_write_at) {
      text_.clear();
      return write(server, place, entry, now);
    }
    stream.poll_at = std::min(stream.poll_at, may_write_at);
  }
  stream.last.poll_after_ms = entry.poll_after_ms;
  if (now < stream.heartbeat_at) return;
  stream.heartbeat_at = now + kHeartbeatEvery;
  if (!server.write_stream(ref, ": still here\n\n")) drop(place);
}

void EventStreams::on_gone(HttpServer& server, std::uint32_t place, RequestRef ref) {
  if (!is(place, ref)) return;
  server.end_stream(ref);
  drop(place);
}

}  // namespace frontrow
