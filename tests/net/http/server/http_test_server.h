// A server over real sockets for tests: an io_context that the test runs, a handler that records
// requests, and clients that run the loop while they wait.
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "net/http/server/http_server.h"

namespace frontrow {

// Answers `/now...` at once with the path as the body; keeps other requests for the test to answer.
class RecordingHandler final : public HttpHandler {
 public:
  struct Seen {
    std::string path;
    std::string body;
    std::string request_id;
    RequestRef ref;
    bool ops = false;
    bool proxied = false;
  };
  HttpServer* server = nullptr;
  std::vector<Seen> waiting;
  std::vector<RequestRef> closed;

  void handle(const Request& request, RequestRef ref) override {
    if (request.path.starts_with("/now")) return server->respond(ref, {}, request.path);
    waiting.push_back({std::string(request.path), std::string(request.body),
                       std::string(request.request_id), ref, request.ops, request.proxied});
  }
  bool may_use_reserve(const Request& request) override {
    return request.path.starts_with("/now/reserved");
  }
  void stream_closed(RequestRef ref) override { closed.push_back(ref); }
};

class TestServer {
 public:
  explicit TestServer(const HttpLimits& limits = {}) : TestServer(limits, own_shared_) {}
  TestServer(const HttpLimits& limits, HttpShared& shared)
      : limits_(limits), server_(io_, handler_, limits_, shared) {
    handler_.server = &server_;
    const Status status = server_.listen({asio::ip::make_address("127.0.0.1"), 0});
    EXPECT_TRUE(status.ok());
  }

  HttpServer& operator*() { return server_; }
  HttpServer* operator->() { return &server_; }
  RecordingHandler& handler() { return handler_; }
  // Runs turns for so long.
  void run_for(std::int64_t ms) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
    while (std::chrono::steady_clock::now() < end) turn();
  }

  // One turn, waiting at most 5 ms for an event.
  void turn() {
    io_.restart();
    io_.run_one_for(std::chrono::milliseconds(5));
    io_.restart();
    io_.poll();
    server_.flush();
  }
  // Runs turns until done() or for 10 s.
  template <class Done>
  bool until(Done done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done()) {
      if (std::chrono::steady_clock::now() > end) return false;
      turn();
    }
    return true;
  }
  bool until_waiting(std::size_t count) {
    return until([&] { return handler_.waiting.size() >= count; });
  }
  void answer(std::size_t i, const ResponseHead& head = {}) {
    server_.respond(handler_.waiting[i].ref, head, handler_.waiting[i].path);
  }

 private:
  asio::io_context io_{1};
  HttpLimits limits_;
  HttpShared own_shared_;
  RecordingHandler handler_;
  HttpServer server_;
};

class TestClient {
 public:
  // `source`: the client's loopback address; port 0: the public port.
  explicit TestClient(TestServer& server, int receive_buffer = 0,
                      std::uint32_t source = INADDR_LOOPBACK, std::uint16_t port = 0)
      : server_(server) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (receive_buffer != 0) {
      ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(source);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    address.sin_port = htons(port == 0 ? server->port() : port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~TestClient() { close(); }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  void send(std::string_view text) {
    EXPECT_EQ(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }
  void get(std::string_view path, std::string_view headers = {}) {
    send("GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n");
  }
  // From now on the client receives and acknowledges no packet, like a phone without a network.
  void lose_network() {
    sock_filter drop[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
    const sock_fprog program{1, drop};
    EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), 0);
  }
  void end_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  void reset() {
    const linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  // Reads the available bytes; ended() reports the end.
  void receive() {
    char bytes[65536];
    for (;;) {
      const ssize_t got = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
      if (got > 0) {
        text_.append(bytes, static_cast<std::size_t>(got));
        continue;
      }
      if (got == 0) ended_ = true;
      if (got < 0 && errno != EAGAIN) was_reset_ = ended_ = true;
      return;
    }
  }
  // Reads at most so many of the available bytes.
  void receive_some(std::size_t bytes) {
    std::string part(bytes, '\0');
    const ssize_t got = ::recv(fd_, part.data(), part.size(), MSG_DONTWAIT);
    if (got > 0) text_.append(part, 0, static_cast<std::size_t>(got));
    if (got == 0) ended_ = true;
    if (got < 0 && errno != EAGAIN) was_reset_ = ended_ = true;
  }
  bool until_end() {
    return server_.until([&] { return receive(), ended_; });
  }
  // Searches each byte once: a long text that arrives in small pieces is not searched anew for each
  // of them.
  bool until_received(std::string_view part) {
    std::size_t searched = 0;
    return server_.until([&] {
      receive();
      const std::size_t from = searched;
      if (text_.size() >= part.size()) searched = text_.size() - part.size() + 1;
      return text_.find(part, from) != std::string::npos;
    });
  }
  const std::string& text() const { return text_; }
  bool ended() const { return ended_; }
  bool was_reset() const { return was_reset_; }
  void forget() { text_.clear(); }

 private:
  TestServer& server_;
  int fd_ = -1;
  std::string text_;
  bool ended_ = false;
  bool was_reset_ = false;
};

// How many times `part` occurs in `text`.
inline std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace frontrow
