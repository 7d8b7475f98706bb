#include "tools/frontrow/serve/service_manager.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace frontrow {
namespace {

constexpr std::chrono::seconds kWorkingEvery{1};

// A status must be one line.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

std::int64_t micros(Duration duration) { return duration.ms * 1000; }

// The clock with which systemd compares the message.
std::int64_t monotonic_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

ServiceManager ServiceManager::of_environment() {
  const char* name = std::getenv("NOTIFY_SOCKET");
  return ServiceManager(name == nullptr ? std::string_view() : std::string_view(name));
}

ServiceManager::ServiceManager(std::string_view socket) : address_(socket) {
  const bool is_address =
      address_.starts_with('/') || (address_.starts_with('@') && address_.size() > 1);
  if (!is_address || address_.size() >= sizeof(sockaddr_un::sun_path)) {
    address_.clear();
    return;
  }
  if (address_.front() == '@') address_.front() = '\0';
  socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

void ServiceManager::working(std::string_view status, Duration limit) {
  const auto now = std::chrono::steady_clock::now();
  if (worked_ != std::chrono::steady_clock::time_point{} && now - worked_ < kWorkingEvery) return;
  worked_ = now;
  send(fmt::format("STATUS={}\nEXTEND_TIMEOUT_USEC={}", one_line(status), micros(limit)));
}

void ServiceManager::ready(std::string_view status) {
  send(fmt::format("READY=1\nSTATUS={}", one_line(status)));
}

void ServiceManager::reloading() {
  send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading the keys again",
                   monotonic_micros()));
}

void ServiceManager::stopping(std::string_view status, Duration limit) {
  send(fmt::format("STOPPING=1\nSTATUS={}\nEXTEND_TIMEOUT_USEC={}", one_line(status),
                   micros(limit)));
}

void ServiceManager::send(const std::string& message) {
  if (address_.empty() || !socket_.is_open()) return;
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::memcpy(to.sun_path, address_.data(), address_.size());
  // The length marks the end of an abstract name; a path ends with a zero byte.
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_.size() +
                                           (address_.front() == '\0' ? 0 : 1));
  static_cast<void>(::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), size));
}

}  // namespace frontrow
