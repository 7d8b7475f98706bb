#pragma once

// An HTTP server of one text, at every path: the source of a shop's keys. One thread of its own.

#include <atomic>
#include <cstdint>
#include <string>
#include <thread>

#include <asio.hpp>

namespace frontrow::api {

class TextServer {
 public:
  explicit TextServer(std::string body)
      : acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        response_("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) +
                  "\r\nConnection: close\r\n\r\n" + body),
        thread_([this] { run(); }) {}
  ~TextServer() {
    stopping_ = true;
    asio::error_code ignored;
    asio::ip::tcp::socket wake(io_);
    wake.connect(acceptor_.local_endpoint(), ignored);
    thread_.join();
  }
  TextServer(const TextServer&) = delete;
  TextServer& operator=(const TextServer&) = delete;

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  int requests() const { return requests_; }

 private:
  void run() {
    while (!stopping_) {
      asio::error_code error;
      asio::ip::tcp::socket client = acceptor_.accept(error);
      if (error || stopping_) continue;
      std::string head;
      asio::read_until(client, asio::dynamic_buffer(head), "\r\n\r\n", error);
      asio::write(client, asio::buffer(response_), error);
      ++requests_;
    }
  }

  asio::io_context io_;
  asio::ip::tcp::acceptor acceptor_;
  const std::string response_;
  std::atomic<bool> stopping_{false};
  std::atomic<int> requests_{0};
  std::thread thread_;
};

}  // namespace frontrow::api
