// The loop: readiness, connections coming and going, deadlines.
#include "net/http_server.h"

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
constexpr int kAcceptsPerTurn = 128;

// What an epoll event carries: a connection's place and generation, or a listener.
constexpr std::uint64_t event_data(std::uint32_t high, std::uint32_t low) {
  return std::uint64_t{high} << 32 | low;
}

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

// At every readiness, flush and sweep: no answer is dated earlier than the last sweep.
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
  for (const int listener : listeners_) ::close(listener);
  for (const Connection& c : connections_) {
    if (!c.is_open()) continue;
    ::close(c.fd);
    if (!c.refused) shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  }
}

Status HttpServer::listen(const asio::ip::tcp::endpoint& endpoint) {
  Result<int> listener = open_listener(endpoint);
  if (!listener) return Error{listener.error()};
  if (!ready_set_.add(*listener, EPOLLIN,
                      event_data(static_cast<std::uint32_t>(*listener), kNoIndex))) {
    ::close(*listener);
    return Error{"cannot watch the listening socket"};
  }
  if (listeners_.empty()) port_ = local_port(*listener);
  listeners_.push_back(*listener);
  return {};
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

// True: there may be more.
bool HttpServer::accept_from(int listener) {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Out of descriptors or memory: the connection stays in the backlog and would wake us for
      // ever.
      if (errno != EAGAIN) pause_accepting();
      return false;
    }
    if (shared_.connections.fetch_add(1, std::memory_order_relaxed) >= limits_.connections) {
      shared_.connections.fetch_sub(1, std::memory_order_relaxed);
      refuse_connection(fd);
      continue;
    }
    Connection* c = adopt(fd);
    if (c == nullptr) {
      shared_.connections.fetch_sub(1, std::memory_order_relaxed);
      continue;
    }
    ++stats_.accepted;
    ++stats_.open;
    set_deadline(*c);
  }
  return true;
}

void HttpServer::pause_accepting() {
  accept_paused_ = true;
  for (const int listener : listeners_) {
    ready_set_.change(listener, 0, event_data(static_cast<std::uint32_t>(listener), kNoIndex));
  }
}

void HttpServer::resume_accepting() {
  accept_paused_ = false;
  for (const int listener : listeners_) {
    ready_set_.change(listener, EPOLLIN,
                      event_data(static_cast<std::uint32_t>(listener), kNoIndex));
  }
}

// Gives fd a place in the table; nullptr, with fd closed, when the kernel has no room.
Connection* HttpServer::adopt(int fd) {
  if (free_connections_.empty()) {
    const auto index = static_cast<std::uint32_t>(connections_.size());
    connections_.emplace_back().index = index;
    deadlines_ms_.push_back(kNoDeadline);
    free_connections_.push_back(index);
  }
  Connection& c = connections_[free_connections_.back()];
  constexpr std::uint32_t kInterest = EPOLLIN | EPOLLRDHUP;
  if (!ready_set_.add(fd, kInterest, event_data(c.generation, c.index))) {
    ::close(fd);
    return nullptr;
  }
  free_connections_.pop_back();
  c.fd = fd;
  c.interest = kInterest;
  return &c;
}

// Tells a connection over the cap so, and lets it linger for the client to read that; when many do
// already, it is closed at once.
void HttpServer::refuse_connection(int fd) {
  ++stats_.refused;
  Connection* c = refusals_ < limits_.refusals ? adopt(fd) : nullptr;
  if (c == nullptr) {
    if (refusals_ >= limits_.refusals) ::close(fd);
    return;
  }
  ++refusals_;
  c->refused = true;
  refuse_request(*c, {&problems::kOverloaded, "too many connections"});
  settle(*c);
}

void HttpServer::close(Connection& c) {
  ::close(c.fd);
  if (c.refused) {
    --refusals_;
  } else {
    --stats_.open;
    shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  }
  input_bytes_ -= c.in.size();
  buffers_.give_back(c.in);
  buffers_.give_back(c.out);
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
    buffers_.give_back(answer.late);
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
  for (std::size_t i = 0; i < deadlines_ms_.size(); ++i) {
    if (deadlines_ms_[i] <= now_ms_) expire(connections_[i]);
  }
}

void HttpServer::expire(Connection& c) {
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
    const int listener = listeners_.back();
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
    // A request that is already in the socket will be answered, and be the last.
    char byte = 0;
    if (::recv(c.fd, &byte, 1, MSG_PEEK) > 0) continue;
    close(c);
  }
}

}  // namespace frontrow
