#include "net/http/server/http_acceptor.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "engine/base/check.h"
#include "net/http/http_limits.h"
#include "net/http/http_message.h"
#include "net/http/problem.h"
#include "net/http/server/connection_counts.h"
#include "net/http/server/connection_table.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_handler.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/idle_list.h"
#include "net/http/server/input_memory.h"
#include "net/http/server/response_queue.h"
#include "net/http/server/response_sender.h"

namespace frontrow {
namespace {

using Kind = Connection::Kind;

constexpr int kAcceptsPerTurn = 128;
// Idle connections that are tried for one new connection: those with bytes to read are not idle.
constexpr int kIdleTries = 4;

std::uint64_t listener_event(int fd) {
  return event_data(static_cast<std::uint32_t>(fd), kNoIndex);
}

bool has_input(const Connection& c) {
  char byte = 0;
  return ::recv(c.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

}  // namespace

HttpAcceptor::~HttpAcceptor() {
  for (const Listener& listener : listeners_) ::close(listener.fd);
}

Status HttpAcceptor::listen(const asio::ip::tcp::endpoint& endpoint, Audience audience) {
  Result<int> listener = open_listener(endpoint);
  if (!listener.ok()) return Error{listener.error()};
  // Accepted sockets inherit the option on Linux.
  const auto unacknowledged_ms = static_cast<unsigned>(limits_.unacknowledged_ms);
  if (::setsockopt(*listener, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
                   sizeof unacknowledged_ms) != 0 ||
      !ready_set_.add(*listener, EPOLLIN, listener_event(*listener))) {
    ::close(*listener);
    return Error{"cannot watch the listening socket"};
  }
  if (listeners_.empty()) port_ = local_port(*listener);
  listeners_.push_back({*listener, audience, local_port(*listener)});
  return {};
}

std::uint16_t HttpAcceptor::port(Audience audience) const {
  for (const Listener& listener : listeners_) {
    if (listener.audience == audience) return listener.port;
  }
  return 0;
}

bool HttpAcceptor::accept_from(int listener) {
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
      if (errno != EAGAIN) {
        is_paused_ = true;
        watch_listeners(0);
      }
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

void HttpAcceptor::resume() {
  if (!is_paused_) return;
  is_paused_ = false;
  watch_listeners(EPOLLIN);
}

void HttpAcceptor::watch_listeners(std::uint32_t events) {
  for (const Listener& listener : listeners_) {
    ready_set_.change(listener.fd, events, listener_event(listener.fd));
  }
}

void HttpAcceptor::stop() {
  while (!listeners_.empty()) {
    const int listener = listeners_.back().fd;
    while (accept_from(listener)) {
    }
    listeners_.pop_back();
    ::close(listener);
  }
}

void HttpAcceptor::take_in(int fd, const sockaddr_storage& peer) {
  const bool is_proxy = counts_.proxies().has(peer);
  const bool awaits_header = is_proxy && counts_.proxies_send_headers();
  const std::uint64_t address = awaits_header ? 0 : counted_address(peer);
  if (!counts_.add_address(address)) return refuse_connection(fd);
  Connection* c = table_.adopt(fd);
  if (c == nullptr) return counts_.remove_address(address);
  c->address = address;
  c->client = client_key(peer, limits_);
  c->is_proxy = is_proxy;
  c->awaits_proxy_header = awaits_header;
  if (!take_public_place()) return take_in_reserve(*c);
  ++stats_.accepted;
  table_.set_deadline(*c);
}

// 0: not counted.
std::uint64_t HttpAcceptor::counted_address(const sockaddr_storage& peer) const {
  const bool is_counted =
      limits_.connections_per_address != 0 && (limits_.cap_private_addresses || !is_private(peer));
  return is_counted ? address_key(peer) : 0;
}

void HttpAcceptor::take_client(Connection& c, const sockaddr_storage& client) {
  c.client = client_key(client, limits_);
  // A proxy behind this one names its client in the header of its requests.
  c.is_proxy = counts_.proxies().has(client);
  const std::uint64_t address = counted_address(client);
  if (!counts_.add_address(address)) return refuse_counted(c);
  c.address = address;
}

void HttpAcceptor::name_client(const Connection& c, Request& request) const {
  request.client = c.client;
  if (!c.is_proxy || request.forwarded_for.empty()) return;
  const sockaddr_storage client = counts_.proxies().client_of(request.forwarded_for);
  if (client.ss_family != AF_UNSPEC) request.client = client_key(client, limits_);
}

// Takes one of the public places, and evicts an idle connection if all are taken.
bool HttpAcceptor::take_public_place() {
  if (counts_.add(Kind::kPublic)) return true;
  return make_room() && counts_.add(Kind::kPublic);
}

// Evicts the connection that has been idle for longest: first an unused one, otherwise one whose
// next request is not likely to be on its way.
bool HttpAcceptor::make_room() {
  if (close_oldest(table_.unused(), 0)) return true;
  return close_oldest(table_.used(), limits_.settled_idle_ms);
}

bool HttpAcceptor::close_oldest(IdleList& list, std::int64_t idle_ms_min) {
  for (int i = 0; i < kIdleTries; ++i) {
    Connection* oldest = list.oldest();
    if (oldest == nullptr || clock_.now_ms() - oldest->idle_since_ms < idle_ms_min) return false;
    if (!has_input(*oldest)) {
      ++stats_.evicted;
      sender_.close(*oldest);
      return true;
    }
    list.push_newest(*oldest);
  }
  return false;
}

// Over the cap: the connection's first request shows whether it may use the reserve.
void HttpAcceptor::take_in_reserve(Connection& c) {
  if (!take_reserved_place()) return refuse_newcomer(c);
  c.kind = Kind::kReserved;
  c.read_deadline_ms = clock_.now_ms() + limits_.reserve_ms;
  table_.reserve().push_newest(c);
  table_.settle(c);
}

// Evicts the oldest reserved connection without a request if all reserved places are taken.
bool HttpAcceptor::take_reserved_place() {
  if (counts_.add(Kind::kReserved)) return true;
  Connection* oldest = table_.reserve().oldest();
  if (oldest == nullptr) return false;
  refuse_counted(*oldest);
  return counts_.add(Kind::kReserved);
}

bool HttpAcceptor::leave_reserve(Connection& c, Request& request) {
  IdleList::leave(c);
  if (take_public_place()) {
    counts_.remove(Kind::kReserved);
    c.kind = Kind::kPublic;
    ++stats_.accepted;
    return true;
  }
  if (!handler_.may_use_reserve(request)) return false;
  request.keep_alive = false;
  return true;
}

void HttpAcceptor::refuse_counted(Connection& c) {
  counts_.remove(c.kind);
  counts_.remove_address(std::exchange(c.address, 0));
  IdleList::leave(c);
  c.kind = Kind::kRefused;
  static_cast<void>(counts_.add(c.kind));
  tell_refused(c);
}

void HttpAcceptor::take_in_ops(int fd) {
  if (!take_ops_place()) return refuse_connection(fd);
  Connection* c = table_.adopt(fd);
  if (c == nullptr) return counts_.remove(Kind::kOps);
  c->kind = Kind::kOps;
  ++stats_.accepted;
  table_.set_deadline(*c);
}

bool HttpAcceptor::take_ops_place() {
  if (counts_.add(Kind::kOps)) return true;
  return close_oldest(table_.ops_idle(), 0) && counts_.add(Kind::kOps);
}

void HttpAcceptor::refuse_connection(int fd) {
  if (Connection* c = table_.adopt(fd)) refuse_newcomer(*c);
}

void HttpAcceptor::refuse_newcomer(Connection& c) {
  c.kind = Kind::kRefused;
  static_cast<void>(counts_.add(c.kind));
  if (counts_.may_tell_refused()) return tell_refused(c);
  ++stats_.refused;
  sender_.close(c);
}

// Sends a 503 and lets the connection linger for the client to read it; beyond limits_.refusals the
// next flush closes the connection instead.
void HttpAcceptor::tell_refused(Connection& c) {
  ++stats_.refused;
  if (!counts_.may_tell_refused()) {
    c.reading = Connection::Reading::kEnded;
    sender_.close_at_flush(c);
    return table_.settle(c);
  }
  responses_.refuse(c, {&problems::kOverloaded, "too many connections"});
  input_.clear(c.in);
  table_.settle(c);
}

}  // namespace frontrow
