#include "net/event_streams.h"

#include "net/api_render.h"

namespace frontrow {
namespace {

// How often all streams are looked at for due polls.
constexpr Duration kLookEvery = milliseconds(50);

bool differs(const QueueEntry& a, const QueueEntry& b) {
  return a.state != b.state || a.position != b.position || a.waiting != b.waiting ||
         a.expires_at != b.expires_at;
}

}  // namespace

void EventStreams::open(HttpServer& server, RequestRef ref, const Caller& caller,
                        const QueueEntry& entry, Instant now) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(streams_.size()));
    streams_.emplace_back();
  }
  const std::uint32_t place = free_.back();
  free_.pop_back();
  streams_[place] = {ref, caller, entry, now, now, true};
  ++open_;
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

bool EventStreams::next_due(Instant now, std::uint32_t& place) {
  if (cursor_ == 0 && now - looked_at_ < kLookEvery) return false;
  looked_at_ = now;
  for (; cursor_ < streams_.size(); ++cursor_) {
    Stream& stream = streams_[cursor_];
    if (!stream.in_use || stream.poll_at > now) continue;
    stream.poll_at = now + kPollEvery;
    place = cursor_++;
    return true;
  }
  cursor_ = 0;
  return false;
}

void EventStreams::write(HttpServer& server, std::uint32_t place, const QueueEntry& entry,
                         Instant now) {
  Stream& stream = streams_[place];
  text_ = "event: queue\ndata: ";
  render(text_, entry);
  text_ += "\n\n";
  stream.last = entry;
  stream.poll_at = now + kPollEvery;
  stream.heartbeat_at = now + kHeartbeatEvery;
  const RequestRef ref = stream.ref;
  if (!server.write_stream(ref, text_)) return drop(place);
  // A place that is over is told once; then there is nothing more to say.
  if (!is_live(entry.state)) {
    server.end_stream(ref);
    drop(place);
  }
}

void EventStreams::on_entry(HttpServer& server, std::uint32_t place, RequestRef ref,
                            const QueueEntry& entry, Instant now) {
  if (!is(place, ref)) return;
  Stream& stream = streams_[place];
  if (differs(stream.last, entry)) return write(server, place, entry, now);
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
