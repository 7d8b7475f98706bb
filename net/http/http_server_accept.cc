// Accepting connections: listeners, the caps, eviction for new connections, the reserve; and
// probing whether a client is still present.
#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "net/http/http_server.h"

namespace frontrow {
namespace {

constexpr int kAcceptsPerTurn = 128;
// Idle connections that are tried for one new connection: those with bytes to read are not idle.
constexpr int kIdleTries = 4;
// Time without an acknowledgement after which a stream's client is probed; the kernel's least unit
// is a second.
constexpr int kProbeAfterS = 4;
constexpr int kProbeEveryS = 1;

bool count_one(std::atomic<std::uint32_t>& count, std::uint32_t max) {
  if (count.fetch_add(1, std::memory_order_relaxed) < max) return true;
  count.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

bool has_input(const Connection& c) {
  char byte = 0;
  return ::recv(c.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

Status HttpServer::listen(const asio::ip::tcp::endpoint& endpoint, Audience audience) {
  Result<int> listener = open_listener(endpoint);
  if (!listener.ok()) return Error{listener.error()};
  // Accepted sockets inherit the option on Linux.
  const auto unacknowledged_ms = static_cast<unsigned>(limits_.unacknowledged_ms);
  if (::setsockopt(*listener, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
                   sizeof unacknowledged_ms) != 0 ||
      !ready_set_.add(*listener, EPOLLIN,
                      event_data(static_cast<std::uint32_t>(*listener), kNoIndex))) {
    ::close(*listener);
    return Error{"cannot watch the listening socket"};
  }
  if (listeners_.empty()) port_ = local_port(*listener);
  listeners_.push_back({*listener, audience, local_port(*listener)});
  return {};
}

std::uint16_t HttpServer::port(Audience audience) const {
  for (const Listener& listener : listeners_) {
    if (listener.audience == audience) return listener.port;
  }
  return 0;
}

// True: the backlog may hold more connections.
bool HttpServer::accept_from(int listener) {
  const auto at = std::find_if(listeners_.begin(), listeners_.end(),
                               [listener](const Listener& l) { return l.fd == listener; });
  FR_CHECK(at != listeners_.end());
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Out of descriptors or memory: the connection stays in the backlog and would wake the thread
      // again and again.
      if (errno != EAGAIN) pause_accepting();
      return false;
    }
    if (at->audience == Audience::kOperators) {
      take_in_ops(fd);
    } else {
      take_in(fd, peer);
    }
  }
  return true;
}

void HttpServer::pause_accepting() {
  accept_paused_ = true;
  for (const Listener& listener : listeners_) {
    ready_set_.change(listener.fd, 0,
                      event_data(static_cast<std::uint32_t>(listener.fd), kNoIndex));
  }
}

void HttpServer::resume_accepting() {
  accept_paused_ = false;
  for (const Listener& listener : listeners_) {
    ready_set_.change(listener.fd, EPOLLIN,
                      event_data(static_cast<std::uint32_t>(listener.fd), kNoIndex));
  }
}

void HttpServer::take_in(int fd, const sockaddr_storage& peer) {
  const bool is_counted =
      limits_.connections_per_address != 0 && (limits_.cap_private_addresses || !is_private(peer));
  const std::uint64_t address = is_counted ? address_key(peer) : 0;
  if (address != 0 && !shared_.addresses.add(address, limits_.connections_per_address)) {
    return refuse_connection(fd);
  }
  Connection* c = adopt(fd);
  if (c == nullptr) {
    if (address != 0) shared_.addresses.remove(address);
    return;
  }
  c->address = address;
  if (take_public_place()) {
    ++stats_.accepted;
    ++stats_.open;
    return set_deadline(*c);
  }
  take_in_reserve(*c);
}

// Takes one of the public places, and evicts an idle connection if all are taken.
bool HttpServer::take_public_place() {
  if (count_one(shared_.connections, limits_.connections)) return true;
  return make_room() && count_one(shared_.connections, limits_.connections);
}

// Evicts the connection that has been idle for longest: first an unused one, otherwise one whose
// next request is not likely to be on its way.
bool HttpServer::make_room() {
  if (close_oldest(unused_, 0)) return true;
  return close_oldest(used_, limits_.settled_idle_ms);
}

bool HttpServer::close_oldest(IdleList& list, std::int64_t idle_ms_min) {
  for (int i = 0; i < kIdleTries; ++i) {
    Connection* oldest = list.oldest();
    if (oldest == nullptr || now_ms_ - oldest->idle_since_ms < idle_ms_min) return false;
    if (!has_input(*oldest)) {
      ++stats_.evicted;
      close(*oldest);
      return true;
    }
    list.push_newest(*oldest);
  }
  return false;
}

// Over the cap: the connection's first request shows whether it may use the reserve.
void HttpServer::take_in_reserve(Connection& c) {
  if (!take_reserved_place()) return refuse_newcomer(c);
  c.kind = Connection::Kind::kReserved;
  ++stats_.open;
  c.read_deadline_ms = now_ms_ + limits_.reserve_ms;
  reserve_.push_newest(c);
  settle(c);
}

// Evicts the oldest reserved connection without a request if all reserved places are taken.
bool HttpServer::take_reserved_place() {
  if (count_one(shared_.reserved, limits_.reserved_connections)) return true;
  Connection* oldest = reserve_.oldest();
  if (oldest == nullptr) return false;
  refuse_reserved(*oldest);
  return count_one(shared_.reserved, limits_.reserved_connections);
}

// Called at the first request of a reserved connection. True: it is served, in a public place or in
// the reserve, which serves one request.
bool HttpServer::leave_reserve(Connection& c, Request& request) {
  IdleList::leave(c);
  if (take_public_place()) {
    shared_.reserved.fetch_sub(1, std::memory_order_relaxed);
    c.kind = Connection::Kind::kPublic;
    ++stats_.accepted;
    return true;
  }
  if (!handler_.may_use_reserve(request)) return false;
  request.keep_alive = false;
  return true;
}

void HttpServer::refuse_reserved(Connection& c) {
  give_place_back(c);
  IdleList::leave(c);
  c.kind = Connection::Kind::kRefused;
  ++refusals_;
  tell_refused(c);
}

void HttpServer::take_in_ops(int fd) {
  const bool counted =
      count_one(shared_.ops_connections, limits_.ops_connections) ||
      (close_oldest(ops_idle_, 0) && count_one(shared_.ops_connections, limits_.ops_connections));
  if (!counted) return refuse_connection(fd);
  Connection* c = adopt(fd);
  if (c == nullptr) {
    shared_.ops_connections.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  c->kind = Connection::Kind::kOps;
  ++stats_.accepted;
  ++stats_.open;
  set_deadline(*c);
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

void HttpServer::refuse_connection(int fd) {
  if (Connection* c = adopt(fd)) refuse_newcomer(*c);
}

void HttpServer::refuse_newcomer(Connection& c) {
  c.kind = Connection::Kind::kRefused;
  ++refusals_;
  if (refusals_ <= limits_.refusals) return tell_refused(c);
  ++stats_.refused;
  close(c);
}

// Sends a 503 and lets the connection linger for the client to read it; beyond limits_.refusals the
// next flush closes the connection instead.
void HttpServer::tell_refused(Connection& c) {
  ++stats_.refused;
  if (refusals_ > limits_.refusals) {
    c.reading = Connection::Reading::kEnded;
    c.broken = true;
    return mark_dirty(c);
  }
  refuse_request(c, {&problems::kOverloaded, "too many connections"});
  keep_rest(c, {}, 0);
  settle(c);
}

void HttpServer::give_place_back(Connection& c) {
  switch (c.kind) {
    case Connection::Kind::kPublic:
      shared_.connections.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Connection::Kind::kReserved:
      shared_.reserved.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Connection::Kind::kOps:
      shared_.ops_connections.fetch_sub(1, std::memory_order_relaxed);
      break;
    case Connection::Kind::kRefused:
      --refusals_;
      break;
  }
  if (c.kind != Connection::Kind::kRefused) --stats_.open;
  if (c.address != 0) shared_.addresses.remove(std::exchange(c.address, 0));
}

// Maintains the lists of idle connections; other connections are in none.
void HttpServer::note_idle(Connection& c, bool is_idle) {
  if (!is_idle) return IdleList::leave(c);
  c.idle_since_ms = now_ms_;
  IdleList& public_list = c.was_used ? used_ : unused_;
  (c.kind == Connection::Kind::kOps ? ops_idle_ : public_list).push_newest(c);
}

void HttpServer::probe_client(RequestRef ref) {
  const Connection* c = find(ref.connection, ref.generation);
  if (c == nullptr) return;
  const int on = 1;
  ::setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPIDLE, &kProbeAfterS, sizeof kProbeAfterS);
  ::setsockopt(c->fd, IPPROTO_TCP, TCP_KEEPINTVL, &kProbeEveryS, sizeof kProbeEveryS);
  ::setsockopt(c->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

std::int64_t HttpServer::client_silence_ms(RequestRef ref) {
  const Connection* c = find(ref.connection, ref.generation);
  tcp_info info{};
  socklen_t size = sizeof info;
  if (c == nullptr || ::getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
    return kNoDeadline;
  }
  return std::min(info.tcpi_last_ack_recv, info.tcpi_last_data_recv);
}

}  // namespace frontrow
