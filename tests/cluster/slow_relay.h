// A relay in front of TCP servers that delays all bytes, in both directions: a slow network where
// the kernel can't make one. Listens on 127.0.0.1, on a port for each server.
//
// set_delay() and endpoints(): any thread. The relay has one thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace frontrow::cluster {

class SlowRelay {
 public:
  // Servers as ADDRESS:PORT.
  explicit SlowRelay(const std::vector<std::string>& servers);
  ~SlowRelay();
  SlowRelay(const SlowRelay&) = delete;

  // ADDRESS:PORT for each server, in order.
  const std::vector<std::string>& endpoints() const { return endpoints_; }
  // Of a request and its response together: each way takes half of it.
  void set_delay(std::chrono::milliseconds round_trip) { one_way_ms_ = round_trip.count() / 2; }

 private:
  struct Io;  // keeps asio out of this header

  std::unique_ptr<Io> io_;
  std::vector<std::string> endpoints_;
  std::atomic<std::int64_t> one_way_ms_{0};
  std::thread thread_;
};

}  // namespace frontrow::cluster
