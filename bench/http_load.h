// A load generator for HTTP/1.1 servers: one thread, many keep-alive connections, a fixed number of
// requests in flight on each (closed loop), or requests at a fixed rate on any connection with room
// (open loop). A LoadScript makes the requests and checks the responses.
//
// Designed to cost little CPU on the machine that it shares with the server: epoll without a
// framework, one recv and one send per connection and wake-up, requests appended as ready bytes.
// The parser reads only the status, the Content-Length and the body. Chunked responses are refused.
//
// Latency runs until the whole response was read. It begins in a closed loop when the request is
// queued for sending, in an open loop when the request was due, so that delays of a stalled server
// or of a late generator count in full. Times are nanoseconds of the monotonic clock. One thread.
// Left out: TLS, redirects.
#pragma once

#include <sys/epoll.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tools/frontrow/common/latency.h"

namespace frontrow::bench {

class LoadScript {
 public:
  virtual ~LoadScript() = default;
  // Appends one whole request. False: the connection has no request before its next response.
  virtual bool next(std::uint32_t connection, std::string& out) = 0;
  // False: the scenario did not expect this response; the run ends as failed.
  virtual bool answered(std::uint32_t connection, int status, std::string_view body) = 0;
};

struct LoadBounds {
  double seconds = std::numeric_limits<double>::infinity();
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();
  double per_second = 0;                     // 0: a closed loop
  const std::atomic<bool>* ended = nullptr;  // no request is sent once it is set
};

struct LoadResult {
  std::uint64_t answers = 0;
  double seconds = 0;  // until the last response
  double client_cpu_s = 0;
  std::map<int, std::uint64_t> statuses;
  LatencyHistogram latency;  // nanoseconds
  std::string failure;       // empty: every response was the expected one
};

struct HttpTarget {
  std::string address = "127.0.0.1";  // an IPv4 address in dots
  std::uint16_t port = 0;
};

class HttpLoad {
 public:
  // Each target has its share of the connections.
  HttpLoad(std::vector<HttpTarget> targets, std::uint32_t connections, std::uint32_t pipeline);
  ~HttpLoad();
  HttpLoad(const HttpLoad&) = delete;
  HttpLoad& operator=(const HttpLoad&) = delete;

  // Returns empty when all connections are established, otherwise the reason.
  std::string connect();
  // Sends until a bound is reached or the script has no more requests, then waits for the
  // outstanding responses. Connections stay open for the next run, unless this one failed.
  LoadResult run(LoadScript& script, const LoadBounds& bounds);

 private:
  struct Connection {
    int fd = -1;
    std::uint32_t in_flight = 0;
    std::uint32_t oldest = 0;           // in sent_at
    std::vector<std::int64_t> sent_at;  // a ring, one place per request in flight
    std::string out;
    std::size_t sent = 0;
    std::string in;  // the start of a response that has not arrived whole
    bool awaits_room = false;
    bool listed = false;  // in with_room_
  };

  void fill(std::uint32_t index, std::int64_t now);
  bool ask(std::uint32_t index, std::int64_t since);
  void send_due();
  int wait(std::span<epoll_event> events) const;
  void send_out(std::uint32_t index);
  void read_from(std::uint32_t index);
  std::size_t take_answers(std::uint32_t index, std::string_view input, std::int64_t now);
  void fail(std::string why);
  bool may_send(std::int64_t now) const;

  std::vector<HttpTarget> targets_;
  std::uint32_t pipeline_;
  int epoll_ = -1;
  std::vector<Connection> connections_;
  std::vector<char> scratch_;

  // State of the current run.
  LoadScript* script_ = nullptr;
  LoadResult* result_ = nullptr;
  std::uint64_t requests_left_ = 0;
  std::int64_t ends_at_ = 0;
  const std::atomic<bool>* ended_ = nullptr;
  std::uint64_t in_flight_ = 0;
  double interval_ns_ = 0;  // of an open loop
  double due_at_ = 0;       // the next request
  std::deque<std::uint32_t> with_room_;
};

std::int64_t monotonic_ns();

}  // namespace frontrow::bench
