// Stands between a rehearsal and its server, and does to chosen requests what networks do: resets,
// answers that break off, silence. A thread a connection; for tests with few of them.
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
  kResetBefore,  // the connection is reset, the server never sees the request
  kResetAfter,   // the server has answered, the connection is reset instead
  kBreaksOff,    // half of the answer, then the end of the connection
  kSilence,      // the server has answered, nobody hears of it
  kWrongStatus,  // 500 and no more, in place of the answer
};
inline constexpr std::size_t kMishaps = 6;

class FaultyProxy {
 public:
  // What happens to a request, by its first line, "POST /v1/..."; from several threads at once.
  using Plan = std::function<Mishap(std::string_view line)>;

  FaultyProxy(std::uint16_t server_port, Plan plan);
  ~FaultyProxy();
  FaultyProxy(const FaultyProxy&) = delete;
  FaultyProxy& operator=(const FaultyProxy&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // So far.
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
  std::mutex mutex_;       // of the next two
  std::vector<int> open_;  // sockets that threads may wait on
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// A port of 127.0.0.1 on which nobody listens.
std::uint16_t closed_port();
// What only fans ask: neither the operator's questions nor the audit's.
bool is_of_a_fan(std::string_view line);

}  // namespace frontrow::drop
