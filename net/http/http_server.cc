// The loop: readiness, closing connections, deadlines.
#include "net/http/http_server.h"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <random>

#include <sys/socket.h>
#include <unistd.h>

namespace frontrow {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::size_t kEventsMax = 512;

template <class Clock>
std::int64_t ms_since_epoch() {
  const auto now = Clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

std::string random_id_prefix() {
  std::random_device device;
  char text[17];
  const std::uint64_t bits = (std::uint64_t{device()} << 32 | device()) >> 16;
  std::string prefix(text, std::to_chars(text, text + sizeof text, bits, 16).ptr);
  prefix += '-';
  return prefix;
}

}  // namespace

// Called at every readiness, flush and sweep: no response is dated earlier than the last sweep.
void HttpServer::look_at_clocks() {
  now_ms_ = ms_since_epoch<std::chrono::steady_clock>();
  if (!date_.is_due(now_ms_)) return;
  date_.set(now_ms_, Instant{ms_since_epoch<std::chrono::system_clock>()});
}

HttpServer::HttpServer(asio::io_context& io, HttpHandler& handler, const HttpLimits& limits,
                       HttpShared& shared)
    : io_(io),
      handler_(handler),
      limits_(limits),
      shared_(shared),
      readiness_(io, ready_set_.fd()),
      sweep_timer_(io),
      alive_(std::make_shared<bool>(true)),
      parser_(limits_),
      scratch_(kScratchBytes),
      events_(kEventsMax),
      id_prefix_(random_id_prefix()) {
  look_at_clocks();
  await_readiness();
  schedule_sweep();
}

HttpServer::~HttpServer() {
  alive_.reset();
  for (const Listener& listener : listeners_) ::close(listener.fd);
  for (Connection& c : connections_) {
    if (!c.is_open()) continue;
    ::close(c.fd);
    give_place_back(c);
  }
}

void HttpServer::await_readiness() {
  readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
                          if (error || alive.expired()) return;
                          on_ready();
                          await_readiness();
                        });
}

void HttpServer::on_ready() {
  look_at_clocks();
  for (const epoll_event& event : ready_set_.ready(events_)) {
    const auto low = static_cast<std::uint32_t>(event.data.u64);
    const auto high = static_cast<std::uint32_t>(event.data.u64 >> 32);
    if (low == kNoIndex) {
      accept_from(static_cast<int>(high));
    } else if (Connection* c = find(low, high)) {
      on_event(*c, event.events);
    }
  }
}

Connection* HttpServer::find(std::uint32_t index, std::uint32_t generation) {
  if (index >= connections_.size()) return nullptr;
  Connection& c = connections_[index];
  return c.is_open() && c.generation == generation ? &c : nullptr;
}

void HttpServer::close(Connection& c) {
  ::close(c.fd);
  give_place_back(c);
  IdleList::leave(c);
  input_bytes_ -= c.in.size();
  buffers_.give_back(c.in);
  c.out.clear(output_);
  const std::uint32_t index = c.index;
  const std::uint32_t generation = c.generation;
  std::uint32_t at = c.oldest;
  Connection fresh;
  fresh.index = index;
  fresh.generation = generation + 1;
  c = std::move(fresh);
  deadlines_ms_[index] = kNoDeadline;
  free_connections_.push_back(index);
  // Last, as the handler may call back: every ref to the connection is stale by now.
  while (at != kNoIndex) {
    PendingAnswer& answer = answers_[at];
    const RequestRef ref{index, generation, answer.sequence};
    const bool streaming = answer.streaming;
    const std::uint32_t next = answer.next;
    answer.late.clear(output_);
    answer.next = free_answer_;
    free_answer_ = at;
    at = next;
    if (streaming) handler_.stream_closed(ref);
  }
}

void HttpServer::schedule_sweep() {
  sweep_timer_.expires_after(std::chrono::milliseconds(limits_.sweep_ms));
  sweep_timer_.async_wait([this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
    if (error || alive.expired()) return;
    sweep();
    schedule_sweep();
  });
}

void HttpServer::sweep() {
  look_at_clocks();
  if (accept_paused_) resume_accepting();
  relieve_memory();
  for (std::size_t i = 0; i < deadlines_ms_.size(); ++i) {
    if (deadlines_ms_[i] <= now_ms_) expire(connections_[i]);
  }
}

void HttpServer::expire(Connection& c) {
  if (c.idle_in == &reserve_) return refuse_reserved(c);
  if (c.write_deadline_ms <= now_ms_ && takes_answers(c)) {
    set_deadline(c);
    if (deadlines_ms_[c.index] > now_ms_) return;
  }
  const bool stalled = c.write_deadline_ms <= now_ms_;
  const bool partial =
      c.reading == Connection::Reading::kHead || c.reading == Connection::Reading::kBody;
  if (stalled || partial) ++stats_.timeouts;
  if (stalled || !partial) {
    close(c);
    return;
  }
  refuse_request(c, {&problems::kRequestTimeout, "the request did not arrive in time"});
  keep_rest(c, {}, 0);
  settle(c);
}

void HttpServer::stop_accepting() {
  draining_ = true;
  while (!listeners_.empty()) {
    const int listener = listeners_.back().fd;
    while (accept_from(listener)) {
    }
    listeners_.pop_back();
    ::close(listener);
  }
}

void HttpServer::close_idle() {
  for (Connection& c : connections_) {
    if (!c.is_open() || c.reading != Connection::Reading::kIdle) continue;
    if (c.pending != 0 || c.unsent() != 0) continue;
    // A request that is already in the socket gets a response, the last of the connection.
    char byte = 0;
    if (::recv(c.fd, &byte, 1, MSG_PEEK) > 0) continue;
    close(c);
  }
}

}  // namespace frontrow
