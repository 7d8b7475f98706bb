// Notifications to systemd (Type=notify): the test is systemd's end of the socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "tests/api/support/http_client.h"
#include "tests/api/support/server_process.h"
#include "tests/api/support/shop.h"
#include "tests/support/temp_directory.h"

namespace frontrow::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr int kTimeoutMs = 30'000;

// The socket; sets NOTIFY_SOCKET for programs that are started during its lifetime.
class NotifySocket {
 public:
  explicit NotifySocket(const std::string& name) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket_ < 0) throw std::runtime_error("no socket");
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), size), 0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);  // NOLINT(concurrency-mt-unsafe)
  }
  ~NotifySocket() {
    ::unsetenv("NOTIFY_SOCKET");  // NOLINT(concurrency-mt-unsafe)
    ::close(socket_);
  }
  NotifySocket(const NotifySocket&) = delete;
  NotifySocket& operator=(const NotifySocket&) = delete;

  // The next message; nullopt if none arrives in time.
  std::optional<std::string> next(int timeout_ms) {
    pollfd ready{socket_, POLLIN, 0};
    if (::poll(&ready, 1, timeout_ms) <= 0) return std::nullopt;
    char buffer[4096];
    const ssize_t size = ::recv(socket_, buffer, sizeof buffer, 0);
    if (size < 0) return std::nullopt;
    return std::string(buffer, static_cast<std::size_t>(size));
  }
  // The first message that is not a progress report; progress reports before it go to `work`.
  std::string next_change(std::string* work = nullptr) {
    while (auto message = next(kTimeoutMs)) {
      if (!message->starts_with("STATUS=")) return *message;
      EXPECT_THAT(*message, HasSubstr("\nEXTEND_TIMEOUT_USEC="));
      if (work != nullptr) *work += *message + '\n';
    }
    return "nothing came";
  }

 private:
  int socket_ = -1;
};

std::int64_t monotonic_micros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

class ServiceManagerTest : public testing::TestWithParam<bool> {
 protected:
  // A path, or a name in the abstract namespace.
  std::string socket_name() const {
    return GetParam() ? "@" + directory_.path().filename().string() : directory_ / "notify";
  }

  TempDirectory directory_;
};

TEST_P(ServiceManagerTest, hears_of_readiness_reload_and_stop) {
  NotifySocket systemd(socket_name());
  ServerProcess server;
  std::string work;
  EXPECT_THAT(systemd.next_change(&work),
              StartsWith("READY=1\nSTATUS=serving at http://127.0.0.1:"));
  EXPECT_THAT(work, HasSubstr("STATUS=opening "));
  EXPECT_EQ(HttpClient(server.port()).request("GET", "/readyz").status, 200);

  const std::int64_t before = monotonic_micros();
  server.send_signal(SIGHUP);
  const std::string reloading = systemd.next_change();
  const std::string mark = "RELOADING=1\nMONOTONIC_USEC=";
  ASSERT_THAT(reloading, StartsWith(mark));
  const std::int64_t at = std::stoll(reloading.substr(mark.size()));
  EXPECT_GE(at, before);
  EXPECT_LE(at, monotonic_micros());
  EXPECT_THAT(systemd.next_change(), StartsWith("READY=1\n"));

  server.send_signal(SIGTERM);
  EXPECT_THAT(systemd.next_change(),
              StartsWith("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC="));
  EXPECT_EQ(server.wait(kTimeoutMs), 0);
  EXPECT_EQ(systemd.next(0), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Sockets, ServiceManagerTest, testing::Bool(), [](const auto& abstract) {
  return std::string(abstract.param ? "abstract" : "path");
});

TEST(ServiceManager, hears_why_a_reload_kept_the_old_keys) {
  const TempDirectory directory;
  NotifySocket systemd(directory / "notify");
  ServerProcess server;
  EXPECT_THAT(systemd.next_change(), StartsWith("READY=1\n"));
  std::filesystem::remove(server.data() / "admin.key");
  server.send_signal(SIGHUP);
  EXPECT_THAT(systemd.next_change(), StartsWith("RELOADING=1\n"));
  EXPECT_THAT(systemd.next_change(), HasSubstr("with the previous keys: "));
}

TEST(ServiceManager, start_that_fails_says_why) {
  const TempDirectory directory;
  ServerProcess server;  // creates the directory
  NotifySocket systemd(directory / "notify");
  std::string output;
  EXPECT_NE(ServerProcess::run_once(
                {"serve", "--data-dir", server.data().string(), "--listen", "127.0.0.1:0"}, output),
            0);
  EXPECT_THAT(systemd.next_change(), StartsWith("STOPPING=1\nSTATUS="));
}

TEST(UserSignals, are_logged_and_end_nothing) {
  ServerProcess server;
  for (const int signal : {SIGUSR1, SIGUSR2, SIGALRM, SIGIO}) server.send_signal(signal);
  EXPECT_TRUE(await([&] {
    const std::string log = server.log();
    return log.find("SIGUSR1: nothing is done on it") != log.npos &&
           log.find("SIGUSR2: nothing is done on it") != log.npos;
  })) << server.log();
  EXPECT_EQ(HttpClient(server.port()).request("GET", "/readyz").status, 200);
  EXPECT_EQ(server.stop(), 0);
}

TEST(PlainLine, is_not_put_between_the_lines_of_the_log) {
  ServerProcess server;  // stdout and stderr go to one file
  const std::string log = "\n" + server.log();
  EXPECT_EQ(log.find("\nlistening on"), log.npos) << log;
}

}  // namespace
}  // namespace frontrow::api
