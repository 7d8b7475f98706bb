#pragma once

// A blocking HTTP/1.1 client on one keep-alive connection, for tests: it exposes every byte that
// was received. One thread a client. A request without a whole response has status 0: its outcome
// is unknown.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/api/support/json.h"

namespace frontrow::api {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

struct Response {
  int status = 0;
  Headers headers;
  std::string body;

  // Empty if missing. Names are compared without case.
  std::string header(std::string_view name) const;
  Json json() const { return Json::parse(body); }
  // The part of the problem's `type` after /problems/.
  std::string slug() const;
};

// Address of a server, and a client's timeouts.
struct HttpPlace {
  std::string host = "127.0.0.1";  // IPv4, in digits
  std::uint16_t port = 0;
  int connect_timeout_ms = 20'000;
  int answer_timeout_ms = 20'000;  // from one piece of a response to the next
  std::string from = {};           // the client's own IPv4 address; empty: any
  int receive_buffer = 0;          // bytes, for a client that is slow to read; 0: the system's
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port);
  explicit HttpClient(HttpPlace place) : place_(std::move(place)) {}
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Clients created later for one of these ports send requests to all of them in turn, each over a
  // connection of its own: the ports of instances that serve one sale. Bytes of send() go to the
  // connection of the newest request.
  static void serve_together(const std::vector<std::uint16_t>& ports);
  static void serve_alone(std::uint16_t port);

  // Adds Host and, with a body, Content-Length and Content-Type (unless given).
  Response request(std::string_view method, std::string_view target, const Headers& headers = {},
                   std::string_view body = {});

  bool connect();
  void close();
  void close_sending_half();
  bool connected() const { return socket_ >= 0; }
  bool send(std::string_view bytes);
  // The next response on the connection; `head_only` for responses to HEAD.
  Response receive(bool head_only = false);
  // Whether the server closes the connection within the time; skips bytes sent before that.
  bool closed_by_server(int timeout_ms);
  // Simulates a phone without a network: from now on this connection receives no packet, and its
  // kernel acknowledges none.
  bool lose_network();
  // Further bytes as they arrive; empty at the end of the connection or after the timeout.
  std::string receive_some(int timeout_ms);

 private:
  void turn_to_next();
  bool fill(int timeout_ms);
  bool read_chunks(std::string& body);

  struct Connection {
    std::uint16_t port = 0;
    int socket = -1;
    std::string input;
  };
  HttpPlace place_;
  int socket_ = -1;
  std::string input_;
  std::vector<Connection> others_;  // to the other instances, the next one first
};

}  // namespace frontrow::api
