// The kernel interface of the HTTP server: a readiness set of its own, and listening sockets.
//
// An asio socket per connection would cost more: asio arms a descriptor anew with an epoll_ctl for
// every wait, so that a request costs three calls; a pending read would spare that call but keep a
// buffer for every idle connection. A level-triggered set of our own costs recv and send, is one
// descriptor in asio's set, and keeps a connection's state small. Not thread-safe: one set per
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include <sys/epoll.h>
#include <asio/ip/tcp.hpp>

#include "engine/base/result.h"

namespace frontrow {

// Data of an event: the generation and the index of a connection, or other two numbers.
constexpr std::uint64_t event_data(std::uint32_t high, std::uint32_t low) {
  return std::uint64_t{high} << 32 | low;
}

class ReadinessSet {
 public:
  ReadinessSet();
  // The descriptor; the caller takes ownership and closes it.
  int fd() const { return fd_; }
  // events: EPOLL* bits, level-triggered. data comes back with each event. False when the kernel is
  // out of room. A closed descriptor leaves the set by itself.
  [[nodiscard]] bool add(int fd, std::uint32_t events, std::uint64_t data);
  void change(int fd, std::uint32_t events, std::uint64_t data);
  // Fills a prefix of events with the current readiness and returns it; never waits.
  std::span<epoll_event> ready(std::span<epoll_event> events);

 private:
  int fd_;
};

// A non-blocking listening socket that shares its port with those of other threads (SO_REUSEPORT).
Result<int> open_listener(const asio::ip::tcp::endpoint& endpoint);
// The port of a bound socket, also if the kernel chose it.
std::uint16_t local_port(int fd);

// From now on the kernel probes the peer of a connection every few seconds.
void probe_peer(int fd);
// Time since the peer last acknowledged or sent bytes; none if the kernel does not know it.
std::optional<std::int64_t> peer_silence_ms(int fd);

// Raises the limit on open files to at least wanted, as far as this user may. An error gives the
// limit that was reached; the server then runs with fewer connections.
Status raise_open_files(std::size_t wanted);
std::size_t open_files_allowed();

}  // namespace frontrow
