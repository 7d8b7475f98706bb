// The part of EventStreams that is about streams of seats.
#include <algorithm>
#include <string>

#include "net/api/event_streams.h"
#include "net/api/render_seats.h"
#include "net/http/server/http_server.h"

namespace frontrow {
namespace {

bool shows_nothing_new(const WatchedSeats& seats) {
  return !seats.is_reset && seats.changes.freed.empty() && seats.changes.taken.empty();
}

void append_seats_event(std::string& out, const WatchedSeats& seats) {
  out.append("id: ").append(std::to_string(seats.changes.version));
  out.append(seats.is_reset ? "\nevent: reset\ndata: " : "\nevent: seats\ndata: ");
  render(out, seats);
  out += "\n\n";
}

}  // namespace

void EventStreams::begin(OpenRequest& request, const WatchedSeats& seats) {
  if (responder_.begin_stream(request, kHead)) {
    const Instant now = engine_.clock().now();
    Stream& stream = take(request, now);
    stream.last.concert = seats.changes.concert;
    stream.last.state = TokenState::kActive;
    stream.view = View{seats.changes.date, 0};
    stream.poll_at = now + kPollEvery;
    stream.asked_at = now;
    append_seats_event(text_, seats);
    show_seats(stream, seats, text_, now);
  }
  pool_.close(request);
}

// Asks for the changes that the streams of this turn have not shown, once for each view.
void EventStreams::poll_seats(Instant now) {
  turn_ = (turn_ + 1) % kSeatTurns;
  gather_due_views(now);
  std::ranges::sort(due_views_);
  for (std::size_t from = 0, end = 0; from < due_views_.size(); from = end) {
    const DueView& first = due_views_[from];
    SeatPoll& poll = seat_polls_.take();
    poll.concert = first.concert;
    poll.view = first.view;
    poll.streams.clear();
    for (; end < due_views_.size() && due_views_[end].concert == first.concert &&
           due_views_[end].view == first.view;
         ++end) {
      Stream& stream = streams_[due_views_[end].stream];
      stream.asks = true;
      stream.asked_at = now;
      poll.streams.emplace_back(stream.index(), stream.ref);
    }
    OpenRequest& request = pool_.open(Route::kSeatEvents, {});
    request.stream = poll.index() + 1;
    pool_.submit(request, {{}, {}, WatchSeats{first.concert, first.view.date, first.view.version}});
  }
}

// Leaves out who has not acknowledged the last event.
void EventStreams::gather_due_views(Instant now) {
  due_views_.clear();
  for (std::uint32_t place = turn_; place < streams_.size(); place += kSeatTurns) {
    Stream& stream = streams_[place];
    const bool is_due =
        stream.in_use() && stream.view && !stream.asks && now - stream.asked_at >= kSeatEventsEvery;
    if (!is_due) continue;
    if (stream.was_told && !responder_.server().took_output(stream.ref)) continue;
    stream.was_told = false;
    due_views_.push_back({stream.last.concert, *stream.view, place});
  }
}

// The reply to a poll of seats: one text for all of its streams.
void EventStreams::on_seats(SeatPoll& poll, const Reply& reply) {
  const auto* seats = std::get_if<WatchedSeats>(&reply.body);
  const Instant now = engine_.clock().now();
  std::string event;
  if (seats != nullptr && !shows_nothing_new(*seats)) append_seats_event(event, *seats);
  for (const auto& [place, ref] : poll.streams) {
    Stream& stream = streams_[place];
    if (!stream.in_use() || stream.ref != ref) continue;
    stream.asks = false;
    if (seats != nullptr) show_seats(stream, *seats, event, now);
    // It had the date when the stream began.
    if (reply.reject == Reject::kDateNotFound) end_seats(stream, "postponed");
  }
  seat_polls_.release(poll);
}

// Writes the event, unless it is empty, and ends the stream if the date is off sale.
void EventStreams::show_seats(Stream& stream, const WatchedSeats& seats, std::string_view event,
                              Instant now) {
  stream.view->version = seats.changes.version;
  if (!event.empty()) {
    stream.was_told = true;
    stream.heartbeat_at = now + kHeartbeatEvery;
    if (!responder_.server().write_stream(stream.ref, event)) return streams_.release(stream);
  }
  if (is_last(seats)) end_seats(stream, seats.is_cancelled ? "cancelled" : "off-sale");
}

void EventStreams::end_seats(Stream& stream, std::string_view reason) {
  HttpServer& server = responder_.server();
  text_.assign("event: end\ndata: {\"reason\":\"").append(reason).append("\"}\n\n");
  if (server.write_stream(stream.ref, text_)) server.end_stream(stream.ref);
  streams_.release(stream);
}

}  // namespace frontrow
