// A proxy between a load test and its server that damages chosen requests like a network: resets,
// truncated responses, silence. A thread a connection; for tests with few of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace frontrow::drop {

enum class Mishap : std::uint8_t {
  kNone,
  kResetBefore,  // reset before the server sees the request
  kResetAfter,   // reset instead of the server's response
  kBreaksOff,    // half of the response, then the end of the connection
  kSilence,      // the server has answered, the response is dropped
  kWrongStatus,  // a bare 500 in place of the response
};
inline constexpr std::size_t kMishaps = 6;

class FaultyProxy {
 public:
  // The mishap of a request, by its first line, "POST /v1/..."; called by several threads at once.
  using Plan = std::function<Mishap(std::string_view line)>;

  FaultyProxy(std::uint16_t server_port, Plan plan);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // The count so far.
  std::uint64_t count(Mishap mishap) const { return counts_[static_cast<std::size_t>(mishap)]; }
  std::uint64_t requests() const;

 private:
  void accept_all();
  void serve(int client);
  bool pass(int client, int server, const std::string& request);

  std::uint16_t server_port_;
  Plan plan_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  std::atomic<std::uint64_t> counts_[kMishaps] = {};
  std::mutex mutex_;       // guards the next two
  std::vector<int> open_;  // sockets that threads may wait on
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A port of 127.0.0.1 without a listener.
std::uint16_t closed_port();
// Requests that only fans send, neither the operator nor the audit.
bool is_of_a_fan(std::string_view line);

}  // namespace frontrow::drop
