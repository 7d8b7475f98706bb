#include "tools/frontrow/drop/pool.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <asio/post.hpp>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace frontrow::drop {
namespace {

constexpr std::size_t kScratchBytes = 256 * 1024;
constexpr std::size_t kEventsMax = 512;
// Connections that are being opened at a time; a listener's backlog is a few thousand.
constexpr std::uint32_t kOpeningMax = 256;

}  // namespace

std::int64_t monotonic_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

ConnectionPool::ConnectionPool(asio::io_context& io, std::vector<Target> targets,
                               const Settings& settings, PoolUser& user)
    : targets_(std::move(targets)),
      settings_(settings),
      user_(&user),
      readiness_(io, ready_set_.fd()),
      io_(io),
      connections_(settings.connections),
      scratch_(kScratchBytes),
      events_(kEventsMax),
      alive_(std::make_shared<const bool>(true)) {
  for (std::uint32_t i = 0; i < settings.connections; ++i) free_.push_back(i);
  await_readiness();
}

ConnectionPool::~ConnectionPool() {
  for (Connection& c : connections_) close(c);
}

const std::string& ConnectionPool::host_of(std::uint32_t connection) const {
  return targets_[target_of(connection)].host;
}

std::optional<std::uint32_t> ConnectionPool::take() {
  if (free_.empty()) return std::nullopt;
  const std::uint32_t index = free_.front();
  free_.pop_front();
  ++busy_;
  return index;
}

void ConnectionPool::send(std::uint32_t connection, std::string_view request, bool cut) {
  Connection& c = connections_[connection];
  c.cut = cut;
  c.has_request = true;
  c.deadline_us = monotonic_us() + settings_.timeout_us;
  c.parser.reset();
  if (c.state == State::kIdle) {
    c.state = State::kBusy;
    return write(connection, request);
  }
  c.out.assign(request);
  if (c.state == State::kClosed) connect(connection);
}

void ConnectionPool::connect(std::uint32_t index) {
  Connection& c = connections_[index];
  const Target& target = targets_[target_of(index)];
  const int family = target.endpoint.protocol().family();
  c.fd = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  c.state = State::kConnecting;
  c.wants_out = true;
  const int on = 1;
  const bool begun =
      c.fd >= 0 && ::setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
      (::connect(c.fd, target.endpoint.data(), static_cast<socklen_t>(target.endpoint.size())) ==
           0 ||
       errno == EINPROGRESS) &&
      ready_set_.add(c.fd, EPOLLIN | EPOLLOUT, index);
  if (!begun) fail_later(index, connect_fault(errno));
}

Fault ConnectionPool::connect_fault(int error) {
  last_failure_ = std::generic_category().message(error);
  if (error == ECONNREFUSED) return Fault::kRefused;
  if (error == ECONNRESET || error == EPIPE) return Fault::kReset;
  if (error == ETIMEDOUT) return Fault::kTimeout;
  return Fault::kUnreachable;
}

void ConnectionPool::open_all() {
  const auto count = static_cast<std::uint32_t>(connections_.size());
  while (next_to_open_ < count && next_to_open_ - tried_ < kOpeningMax) {
    const std::uint32_t index = next_to_open_++;
    Connection& c = connections_[index];
    if (c.state != State::kClosed) {
      ++tried_;
      continue;
    }
    c.warming = true;
    c.deadline_us = monotonic_us() + settings_.timeout_us;
    connect(index);
  }
}

void ConnectionPool::await_readiness() {
  readiness_.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, alive = std::weak_ptr(alive_)](const asio::error_code& error) {
                          if (error || alive.expired()) return;
                          on_ready();
                          await_readiness();
                        });
}

void ConnectionPool::on_ready() {
  for (const epoll_event& event : ready_set_.ready(events_))
    on_event(static_cast<std::uint32_t>(event.data.u64), event.events);
  run_late_faults();
  user_->on_turn_end();
}

void ConnectionPool::on_event(std::uint32_t index, std::uint32_t events) {
  Connection& c = connections_[index];
  if (c.fd < 0) return;  // closed by an earlier event of the same batch
  if (c.state == State::kConnecting) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) != 0) on_connected(index);
    return;
  }
  if ((events & EPOLLOUT) != 0 && c.state == State::kBusy && !c.out.empty()) {
    const std::string rest = std::move(c.out);
    c.out.clear();
    write(index, rest);
    if (c.state != State::kBusy) return;
  }
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read_from(index);
}

void ConnectionPool::on_connected(std::uint32_t index) {
  Connection& c = connections_[index];
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(c.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(index, connect_fault(error));
  ++open_;
  end_warming(c);
  if (!c.has_request) {
    c.state = State::kIdle;
    return want_out(index, false);
  }
  c.state = State::kBusy;
  const std::string request = std::move(c.out);
  c.out.clear();
  write(index, request);
}

void ConnectionPool::write(std::uint32_t index, std::string_view bytes) {
  Connection& c = connections_[index];
  const ssize_t sent = ::send(c.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent < 0 && errno != EAGAIN && errno != EINTR)
    return fail_later(index,
                      errno == ECONNRESET || errno == EPIPE ? Fault::kReset : Fault::kUnreachable);
  const std::size_t done = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (done == bytes.size()) {
    if (c.cut) return fail_later(index, Fault::kCut);
    return want_out(index, false);
  }
  c.out.assign(bytes.substr(done));
  want_out(index, true);
}

void ConnectionPool::want_out(std::uint32_t index, bool wanted) {
  Connection& c = connections_[index];
  if (c.wants_out == wanted) return;
  c.wants_out = wanted;
  ready_set_.change(c.fd, wanted ? EPOLLIN | EPOLLOUT : EPOLLIN, index);
}

void ConnectionPool::read_from(std::uint32_t index) {
  Connection& c = connections_[index];
  const ssize_t got = ::recv(c.fd, scratch_.data(), scratch_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (c.state == State::kIdle) return close(c);  // closed while idle: no request is lost
  if (got < 0) return fail(index, errno == ETIMEDOUT ? Fault::kTimeout : Fault::kReset);
  const AnswerParser::State state =
      got == 0 ? c.parser.finish()
               : c.parser.feed({scratch_.data(), static_cast<std::size_t>(got)});
  if (state == AnswerParser::State::kGarbage) return fail(index, Fault::kGarbage);
  if (state == AnswerParser::State::kPartial) {
    if (got == 0) fail(index, Fault::kClosed);
    return;
  }
  if (got == 0 || !c.parser.answer().keep_alive || !c.out.empty()) {
    close(c);
  } else {
    c.state = State::kIdle;
  }
  end_request(index, Fault::kNone, c.parser.answer());
}

void ConnectionPool::close(Connection& c) {
  if (c.fd >= 0) {
    ::close(c.fd);
    if (c.state != State::kConnecting) --open_;
  }
  c.fd = -1;
  c.state = State::kClosed;
}

void ConnectionPool::end_warming(Connection& c) {
  if (c.warming) ++tried_;
  c.warming = false;
}

void ConnectionPool::end_request(std::uint32_t index, Fault fault, const HttpAnswer& answer) {
  Connection& c = connections_[index];
  c.out.clear();
  c.has_request = false;
  --busy_;
  free_.push_back(index);
  user_->on_answer(index, fault, answer);
}

void ConnectionPool::fail(std::uint32_t index, Fault fault) {
  Connection& c = connections_[index];
  close(c);
  end_warming(c);
  if (c.has_request) end_request(index, fault, {});
}

void ConnectionPool::fail_later(std::uint32_t index, Fault fault) {
  Connection& c = connections_[index];
  close(c);
  end_warming(c);
  if (!c.has_request) return;
  if (late_faults_.empty()) {
    asio::post(io_, [this, alive = std::weak_ptr(alive_)] {
      if (alive.expired() || late_faults_.empty()) return;
      run_late_faults();
      user_->on_turn_end();
    });
  }
  late_faults_.emplace_back(index, fault);
}

void ConnectionPool::run_late_faults() {
  // Faults of requests that are sent by the callbacks wait for the next turn.
  std::vector<std::pair<std::uint32_t, Fault>> faults;
  faults.swap(late_faults_);
  for (const auto& [index, fault] : faults) end_request(index, fault, {});
}

void ConnectionPool::sweep(std::int64_t now_us) {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    const State state = connections_[i].state;
    if (state != State::kBusy && state != State::kConnecting) continue;
    if (connections_[i].deadline_us < now_us) fail(i, Fault::kTimeout);
  }
}

void ConnectionPool::abandon_all() {
  run_late_faults();
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i].has_request) fail(i, Fault::kTimeout);
  }
}

}  // namespace frontrow::drop
