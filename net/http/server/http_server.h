// The HTTP/1.x server of one thread: sockets, pipelining, deadlines, bounds. A HttpHandler makes
// the responses.
//
// The owner's turn: run or poll the io_context (requests reach the handler), respond to requests,
// then flush(), which sends the gathered output with one call per connection. Responses may come in
// any order and at any later turn; they leave in the order of the requests. No allocation per
// request once the pools are warm. Deadlines are absolute and checked every sweep_ms in one pass
// over a dense array.
//
// The server itself responds to failures of the protocol with a problem body and ends the
// connection, because later bytes can't be trusted. It shuts down its own side and reads on for at
// most linger_ms, as the kernel would otherwise discard the response together with the unread
// input.
//
// Threads: all calls on the thread that runs the io_context; several servers may share one port and
// one HttpShared. Left out: TLS, compression, upgrades, trailers, multipart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include <sys/epoll.h>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "engine/base/result.h"
#include "net/http/http_limits.h"
#include "net/http/http_message.h"
#include "net/http/output_queue.h"
#include "net/http/server/connection_counts.h"
#include "net/http/server/connection_table.h"
#include "net/http/server/http_acceptor.h"
#include "net/http/server/http_clock.h"
#include "net/http/server/http_connection.h"
#include "net/http/server/http_handler.h"
#include "net/http/server/http_socket.h"
#include "net/http/server/http_stats.h"
#include "net/http/server/input_memory.h"
#include "net/http/server/memory_relief.h"
#include "net/http/server/pending_answers.h"
#include "net/http/server/request_reader.h"
#include "net/http/server/response_queue.h"
#include "net/http/server/response_sender.h"
#include "net/http/server/resume_list.h"

namespace frontrow {

class HttpServer {
 public:
  // All arguments must outlive the server. The destructor closes all connections without calling
  // the handler.
  HttpServer(asio::io_context& io, HttpHandler& handler, const HttpLimits& limits,
             HttpShared& shared);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Port 0 lets the kernel choose. May be called for several endpoints.
  Status listen(const asio::ip::tcp::endpoint& endpoint, Audience audience = Audience::kPublic) {
    return acceptor_.listen(endpoint, audience);
  }
  // The port of the first endpoint, or of the first one for the audience (0: none).
  std::uint16_t port() const { return acceptor_.port(); }
  std::uint16_t port(Audience audience) const { return acceptor_.port(audience); }

  void respond(RequestRef ref, const ResponseHead& head, std::string_view body) {
    responses_.respond(ref, head, {body, {}, {}});
  }
  // The body in three parts; the middle one is not copied and may be shared.
  void respond_shared(RequestRef ref, const ResponseHead& head, const BodyParts& body) {
    responses_.respond(ref, head, body);
  }
  // False: no stream is open, because the request is a HEAD (now answered) or the client has gone.
  bool begin_stream(RequestRef ref, const ResponseHead& head) {
    return responses_.begin_stream(ref, head);
  }
  // False: the stream has ended, because the client has gone or lags by more than output_bytes.
  bool write_stream(RequestRef ref, std::string_view text) {
    return responses_.write_stream(ref, text);
  }
  void end_stream(RequestRef ref) { responses_.end_stream(ref); }
  // Whether the client's side has acknowledged all that was written to its connection.
  bool took_output(RequestRef ref);
  // Ends the stream's connection without the last chunk, so that the client sees that the body is
  // incomplete. Output that is not sent yet is lost.
  void abort_stream(RequestRef ref) { responses_.abort_stream(ref); }
  // The bytes of its connection that the kernel has not taken; nullopt: no such stream is open.
  std::optional<std::size_t> stream_backlog(RequestRef ref) {
    return responses_.stream_backlog(ref);
  }
  // From now on the kernel probes the request's client every few seconds.
  void probe_client(RequestRef ref);
  // Time since the client's side last acknowledged or sent bytes; the largest number if the
  // connection has gone.
  std::int64_t client_silence_ms(RequestRef ref);

  // Sends all gathered output. To be called at the end of every turn.
  void flush();

  // Drains: accepts the connections that are established already and no more; from now on the last
  // response of a connection carries Connection: close. Then the owner calls close_idle()
  // repeatedly until open_connections() is 0, and ends the streams.
  void stop_accepting();
  void close_idle();

  std::size_t open_connections() const { return stats_.open; }
  const HttpStats& stats() const { return stats_; }

 private:
  void await_readiness();
  void on_ready();
  void on_event(Connection& c, std::uint32_t events);
  void resume_all();
  void schedule_sweep();
  void sweep();
  void expire(Connection& c);

  const HttpLimits& limits_;
  ReadinessSet ready_set_;
  asio::posix::stream_descriptor readiness_;  // owns ready_set_'s descriptor
  asio::steady_timer sweep_timer_;
  std::shared_ptr<const bool> alive_;  // asio may still call back after the destructor

  // Each refers to earlier ones only.
  HttpStats stats_;
  HttpClock clock_;
  ConnectionCounts counts_;
  ConnectionTable table_;
  BufferPool buffers_;
  InputMemory input_{buffers_};
  OutputMemory output_{buffers_};
  MemoryRelief relief_;
  PendingAnswers answers_;
  ResumeList resumes_;
  ResponseSender sender_;
  ResponseQueue responses_;
  HttpAcceptor acceptor_;
  RequestReader reader_;
  std::vector<epoll_event> events_;
};

}  // namespace frontrow
