// What the HTTP server needs from the kernel: a readiness set of its own, and listening sockets.
//
// Why not one asio socket per connection: asio arms a descriptor anew with an epoll_ctl for every
// wait, so that a request costs three calls; a pending read would spare that call but keep a buffer
// for every idle connection. A level-triggered set of our own costs recv and send, hangs as one
// descriptor in asio's set, and keeps a connection's state small.
// Not thread-safe: one set per thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <sys/epoll.h>
#include <asio/ip/tcp.hpp>

#include "engine/base/result.h"

namespace frontrow {

class ReadinessSet {
 public:
  ReadinessSet();
  // The descriptor; whoever takes it closes it.
  int fd() const { return fd_; }
  // events: EPOLL* bits, level-triggered. data comes back with each event. False when the kernel is
  // out of room. A closed descriptor leaves the set by itself.
  [[nodiscard]] bool add(int fd, std::uint32_t events, std::uint64_t data);
  void change(int fd, std::uint32_t events, std::uint64_t data);
  // Fills a prefix of events with what is ready now and returns it; never waits.
  std::span<epoll_event> ready(std::span<epoll_event> events);

 private:
  int fd_;
};

// A non-blocking listening socket that shares its port with those of other threads (SO_REUSEPORT).
Result<int> open_listener(const asio::ip::tcp::endpoint& endpoint);
// Port of a bound socket, as the kernel chose it.
std::uint16_t local_port(int fd);

// Raises the limit on open files to at least wanted, as far as this user may. An error says how
// many there are; the server then runs, with fewer connections.
Status raise_open_files(std::size_t wanted);
std::size_t open_files_allowed();

}  // namespace frontrow
