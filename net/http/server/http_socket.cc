#include "net/http/server/http_socket.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/check.h"

namespace frontrow {
namespace {

constexpr int kBacklog = 4096;

// Bytes of a connection that the kernel buffers in addition to those in the network. The rest of a
// response waits in the server's memory, where it is shared, counted and bounded.
constexpr int kUnsentInKernelBytes = 32 * 1024;

// Time without an acknowledgement after which a peer is probed; the kernel's least unit is a
// second.
constexpr int kProbeAfterS = 4;
constexpr int kProbeEveryS = 1;

Error socket_error(const char* what, const asio::ip::tcp::endpoint& endpoint) {
  return Error{std::string(what) + " " + endpoint.address().to_string() + ":" +
               std::to_string(endpoint.port()) + ": " + std::generic_category().message(errno)};
}

}  // namespace

ReadinessSet::ReadinessSet() : fd_(::epoll_create1(EPOLL_CLOEXEC)) { FR_CHECK(fd_ >= 0); }

bool ReadinessSet::add(int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  return ::epoll_ctl(fd_, EPOLL_CTL_ADD, fd, &event) == 0;
}

void ReadinessSet::change(int fd, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  FR_CHECK(::epoll_ctl(fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

std::span<epoll_event> ReadinessSet::ready(std::span<epoll_event> events) {
  const int count = ::epoll_wait(fd_, events.data(), static_cast<int>(events.size()), 0);
  return events.first(count < 0 ? 0 : static_cast<std::size_t>(count));
}

Result<int> open_listener(const asio::ip::tcp::endpoint& endpoint) {
  const int fd =
      ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return socket_error("cannot open a socket for", endpoint);
  const int on = 1;
  const bool ready = ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                     ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
                     // Accepted sockets inherit both options on Linux.
                     ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0 &&
                     ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentInKernelBytes,
                                  sizeof kUnsentInKernelBytes) == 0 &&
                     ::bind(fd, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 &&
                     ::listen(fd, kBacklog) == 0;
  if (ready) return fd;
  Error error = socket_error("cannot listen on", endpoint);
  ::close(fd);
  return error;
}

std::uint16_t local_port(int fd) {
  asio::ip::tcp::endpoint endpoint;
  auto size = static_cast<socklen_t>(endpoint.capacity());
  FR_CHECK(::getsockname(fd, endpoint.data(), &size) == 0);
  endpoint.resize(size);
  return endpoint.port();
}

void probe_peer(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &kProbeAfterS, sizeof kProbeAfterS);
  ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &kProbeEveryS, sizeof kProbeEveryS);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

std::optional<std::int64_t> peer_silence_ms(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return std::nullopt;
  return std::min(info.tcpi_last_ack_recv, info.tcpi_last_data_recv);
}

Status raise_open_files(std::size_t wanted) {
  rlimit limit{};
  FR_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  if (limit.rlim_cur >= wanted) return {};
  // Root may raise the hard limit too.
  const rlimit raised{wanted, limit.rlim_max < wanted ? wanted : limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return {};
  limit.rlim_cur = limit.rlim_max;
  FR_CHECK(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  return Error{"only " + std::to_string(limit.rlim_cur) + " open files are allowed, " +
               std::to_string(wanted) + " are wanted"};
}

std::size_t open_files_allowed() {
  rlimit limit{};
  FR_CHECK(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit.rlim_cur;
}

}  // namespace frontrow
