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

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/steady_timer.hpp>

#include "engine/base/result.h"
#include "net/http/address_counts.h"
#include "net/http/http_connection.h"
#include "net/http/http_date.h"
#include "net/http/http_limits.h"
#include "net/http/http_message.h"
#include "net/http/http_parser.h"
#include "net/http/http_response.h"
#include "net/http/http_socket.h"
#include "net/http/idle_list.h"

namespace frontrow {

// A body: a text of the response's own, a body that may be shared (or null), and another text.
struct BodyParts {
  std::string_view front;
  SharedBody shared;
  std::string_view back;  // empty without `shared`

  std::size_t size() const {
    return front.size() + (shared == nullptr ? 0 : shared->bytes().size()) + back.size();
  }
};

class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  // Must lead to exactly one respond() or begin_stream() for ref, now or later. request is valid
  // during the call, which must not call flush() or close_idle().
  virtual void handle(const Request& request, RequestRef ref) = 0;
  // The client of an open stream has gone. Called once, and not after end_stream() or a write that
  // failed.
  virtual void stream_closed(RequestRef ref) = 0;
  // Whether the request may use the connections that are kept in reserve.
  virtual bool may_use_reserve(const Request& request) {
    static_cast<void>(request);
    return false;
  }
};

// The users of a listener. That of the operators has its own cap of connections.
enum class Audience : std::uint8_t { kPublic, kOperators };

// State that the servers of one process share.
struct HttpShared {
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> reserved{0};
  std::atomic<std::uint32_t> ops_connections{0};
  AddressCounts addresses;
};

// Sums since the start, except `open` and `unsent_bytes`.
struct HttpStats {
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // over a cap of connections
  std::uint64_t evicted = 0;  // idle connections closed for a new one
  std::uint64_t open = 0;     // at present
  std::uint64_t requests = 0;
  std::uint64_t timeouts = 0;  // idle connections not counted
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t unsent_bytes = 0;  // memory of unsent responses, at present
  std::uint64_t shed = 0;          // connections closed because unsent_bytes exceeded its bound
  // Requests that the server itself refused, by status.
  std::uint64_t malformed_400 = 0;
  std::uint64_t timeout_408 = 0;
  std::uint64_t too_large_413 = 0;
  std::uint64_t uri_too_long_414 = 0;
  std::uint64_t expectation_417 = 0;
  std::uint64_t headers_431 = 0;
  std::uint64_t not_implemented_501 = 0;
  std::uint64_t overloaded_503 = 0;
  std::uint64_t version_505 = 0;
};

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
  Status listen(const asio::ip::tcp::endpoint& endpoint, Audience audience = Audience::kPublic);
  // The port of the first endpoint, or of the first one for the audience (0: none).
  std::uint16_t port() const { return port_; }
  std::uint16_t port(Audience audience) const;

  void respond(RequestRef ref, const ResponseHead& head, std::string_view body);
  // The body in three parts; the middle one is not copied and may be shared.
  void respond_shared(RequestRef ref, const ResponseHead& head, const BodyParts& body);
  // False: no stream is open, because the request is a HEAD (now answered) or the client has gone.
  bool begin_stream(RequestRef ref, const ResponseHead& head);
  // False: the stream has ended, because the client has gone or lags by more than output_bytes.
  bool write_stream(RequestRef ref, std::string_view text);
  void end_stream(RequestRef ref);
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
  struct Listed {
    std::uint32_t index;
    std::uint32_t generation;
  };

  struct Listener {
    int fd;
    Audience audience;
    std::uint16_t port;
  };

  // http_server.cc: the loop
  void look_at_clocks();
  void await_readiness();
  void on_ready();
  void schedule_sweep();
  void sweep();
  void expire(Connection& c);
  void close(Connection& c);
  Connection* find(std::uint32_t index, std::uint32_t generation);

  // http_server_accept.cc: accepting, evicting, refusing
  // Data of an epoll event: a connection's place and generation, or a listener.
  static constexpr std::uint64_t event_data(std::uint32_t high, std::uint32_t low) {
    return std::uint64_t{high} << 32 | low;
  }
  bool accept_from(int listener);
  void pause_accepting();
  void resume_accepting();
  void take_in(int fd, const sockaddr_storage& peer);
  bool take_public_place();
  bool make_room();
  bool close_oldest(IdleList& list, std::int64_t idle_ms_min);
  void take_in_reserve(Connection& c);
  bool take_reserved_place();
  bool leave_reserve(Connection& c, Request& request);
  void refuse_reserved(Connection& c);
  void take_in_ops(int fd);
  Connection* adopt(int fd);
  void refuse_connection(int fd);
  void refuse_newcomer(Connection& c);
  void tell_refused(Connection& c);
  void give_place_back(Connection& c);
  void note_idle(Connection& c, bool is_idle);

  // http_server_input.cc: from the socket to the handler
  void on_event(Connection& c, std::uint32_t events);
  void read_from(Connection& c);
  void process(Connection& c, std::string_view input);
  void keep_rest(Connection& c, std::string_view input, std::size_t used);
  void note_partial(Connection& c);
  void admit(Connection& c);
  void refuse_request(Connection& c, const ParseError& error);
  void pay_continue(Connection& c);
  PendingAnswer& add_pending(Connection& c);
  void count_refusal(int status);
  bool must_pause(const Connection& c) const;
  bool yields(Connection& c, std::size_t burst);
  void resume_later(Connection& c);
  void post_resume();
  void resume_all();
  void settle(Connection& c);
  void set_deadline(Connection& c);

  // http_server_output.cc: from the response to the socket
  PendingAnswer* find_pending(RequestRef ref, Connection*& c);
  AnswerContext context_of(const PendingAnswer& answer) const;
  void decide_keep_alive(Connection& c, PendingAnswer& answer, bool close);
  void finish(Connection& c, PendingAnswer& answer);
  void advance(Connection& c);
  void mark_dirty(Connection& c);
  template <class Write>
  void append(Connection& c, PendingAnswer& answer, const Write& write);
  void send_dirty();
  bool push(Connection& c);
  void send_out(Connection& c);
  void sent_all(Connection& c);
  void linger(Connection& c);
  std::uint8_t make_request_id(char* out);

  // http_server_pressure.cc: slow readers, the bound of unsent responses
  void begin_blocked(Connection& c);
  bool takes_answers(Connection& c);
  bool is_output_full() const { return output_.bytes() > limits_.output_bytes_per_thread; }
  bool shed_output();
  void drop_output(Connection& c);
  void relieve_memory();

  asio::io_context& io_;
  HttpHandler& handler_;
  const HttpLimits& limits_;
  HttpShared& shared_;
  ReadinessSet ready_set_;
  asio::posix::stream_descriptor readiness_;  // owns ready_set_'s descriptor
  asio::steady_timer sweep_timer_;
  std::shared_ptr<const bool> alive_;  // asio may still call back after the destructor
  HttpParser parser_;
  HttpStats stats_;

  std::vector<Listener> listeners_;
  std::uint16_t port_ = 0;
  bool accept_paused_ = false;
  bool draining_ = false;
  std::uint32_t refusals_ = 0;  // refused connections that linger

  std::deque<Connection> connections_;  // stable addresses; places are reused
  IdleList unused_{connections_};       // public connections without a request so far
  IdleList used_{connections_};         // public connections between requests
  IdleList ops_idle_{connections_};
  IdleList reserve_{connections_};          // not idle, but without a request so far
  std::vector<std::int64_t> deadlines_ms_;  // the earlier one of each connection
  std::vector<std::uint32_t> free_connections_;
  std::deque<PendingAnswer> answers_;
  std::uint32_t free_answer_ = kNoIndex;

  std::int64_t now_ms_ = 0;    // monotonic, as of this callback
  HttpDate date_;              // kept up with now_ms_
  std::vector<char> scratch_;  // every recv goes here first
  std::vector<epoll_event> events_;
  std::vector<Listed> dirty_;
  std::vector<Listed> resuming_;
  bool resume_posted_ = false;
  std::vector<Listed> resuming_now_;
  std::vector<Listed> next_turn_;  // to be resumed after the next flush
  std::uint32_t turn_ = 0;         // counted by flush()
  BufferPool buffers_;
  OutputMemory output_{buffers_};
  std::size_t memory_peak_ = 0;  // of input and output, since memory was last given back
  std::int64_t memory_given_back_ms_ = 0;
  std::size_t input_bytes_ = 0;  // held in all connections' `in`
  std::string problem_body_;
  std::string id_prefix_;
  std::uint64_t id_counter_ = 0;
};

}  // namespace frontrow
