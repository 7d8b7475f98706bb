#include "tests/tools/frontrow/drop/faulty_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <utility>

namespace frontrow::drop {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_socket(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    std::abort();
  port = ntohs(address.sin_port);
  return fd;
}

int connected_socket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

// One whole message, head and body; empty if the connection ended first.
std::string read_message(int fd) {
  std::string message;
  std::size_t wanted = 0;
  char buffer[16 * 1024];
  while (wanted == 0 || message.size() < wanted) {
    const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) return {};
    message.append(buffer, static_cast<std::size_t>(got));
    const std::size_t head_end = message.find("\r\n\r\n");
    if (wanted != 0 || head_end == message.npos) continue;
    std::string head = message.substr(0, head_end);
    std::transform(head.begin(), head.end(), head.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    constexpr std::string_view kLength = "\r\ncontent-length: ";
    const std::size_t at = head.find(kLength);
    std::size_t body = 0;
    if (at != head.npos)
      std::from_chars(head.data() + at + kLength.size(), head.data() + head.size(), body);
    wanted = head_end + 4 + body;
  }
  return message;
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Makes the following close send a reset.
void let_close_reset(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void await_end(int fd) {
  char byte = 0;
  while (::recv(fd, &byte, 1, 0) > 0) {
  }
}

}  // namespace

FaultyProxy::FaultyProxy(std::uint16_t server_port, Plan plan)
    : server_port_(server_port), plan_(std::move(plan)) {
  listener_ = bound_socket(port_);
  if (::listen(listener_, 128) != 0) std::abort();
  acceptor_ = std::thread([this] { accept_all(); });
}

FaultyProxy::~FaultyProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

void FaultyProxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    open_.push_back(client);
    threads_.emplace_back([this, client] { serve(client); });
  }
}

void FaultyProxy::serve(int client) {
  int server = connected_socket(server_port_);
  while (server >= 0) {
    const std::string request = read_message(client);
    if (request.empty() || !pass(client, server, request)) break;
  }
  if (server >= 0) ::close(server);
  const std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), client));
  ::close(client);
}

// Whether the connection stays open.
bool FaultyProxy::pass(int client, int server, const std::string& request) {
  const Mishap mishap = plan_(std::string_view(request).substr(0, request.find("\r\n")));
  ++counts_[static_cast<std::size_t>(mishap)];
  if (mishap == Mishap::kResetBefore) {
    let_close_reset(client);
    return false;
  }
  std::string answer;
  if (!write_all(server, request) || (answer = read_message(server)).empty()) return false;
  switch (mishap) {
    case Mishap::kNone:
      return write_all(client, answer);
    case Mishap::kResetBefore:
    case Mishap::kResetAfter:
      let_close_reset(client);
      return false;
    case Mishap::kBreaksOff:
      write_all(client, std::string_view(answer).substr(0, answer.size() / 2));
      return false;
    case Mishap::kSilence:
      await_end(client);
      return false;
    case Mishap::kWrongStatus:
      return write_all(client,
                       "HTTP/1.1 500 Internal Server Error\r\nContent-Type: "
                       "application/problem+json\r\nContent-Length: 2\r\n\r\n{}");
  }
  return false;
}

std::uint64_t FaultyProxy::requests() const {
  std::uint64_t sum = 0;
  for (const auto& count : counts_) sum += count;
  return sum;
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  ::close(bound_socket(port));
  return port;
}

bool is_of_a_fan(std::string_view line) {
  return !line.starts_with("GET /v1/users/") && line.find(" /v1/admin/") == line.npos;
}

}  // namespace frontrow::drop
