// Accepts connections: listeners, the caps, eviction for newcomers, the reserve, refusals. Not
// thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include <sys/socket.h>
#include <asio/ip/tcp.hpp>

#include "engine/base/result.h"
#include "net/http/server/http_socket.h"

namespace frontrow {

class ConnectionCounts;
class ConnectionTable;
class HttpClock;
class HttpHandler;
class IdleList;
class InputMemory;
class ResponseQueue;
class ResponseSender;
struct Connection;
struct HttpLimits;
struct HttpStats;
struct Request;

// The users of a listener. That of the operators has its own cap of connections.
enum class Audience : std::uint8_t { kPublic, kOperators };

class HttpAcceptor {
 public:
  // All arguments must outlive the acceptor.
  HttpAcceptor(const HttpLimits& limits, HttpHandler& handler, const HttpClock& clock,
               ReadinessSet& ready_set, ConnectionCounts& counts, ConnectionTable& table,
               InputMemory& input, ResponseSender& sender, ResponseQueue& responses,
               HttpStats& stats)
      : limits_(limits),
        handler_(handler),
        clock_(clock),
        ready_set_(ready_set),
        counts_(counts),
        table_(table),
        input_(input),
        sender_(sender),
        responses_(responses),
        stats_(stats) {}
  ~HttpAcceptor();
  HttpAcceptor(const HttpAcceptor&) = delete;
  HttpAcceptor& operator=(const HttpAcceptor&) = delete;

  // Port 0 lets the kernel choose. An event of the listener is {descriptor, kNoIndex}.
  Status listen(const asio::ip::tcp::endpoint& endpoint, Audience audience);
  // The port of the first listener, or of the first one for the audience (0: none).
  std::uint16_t port() const { return port_; }
  std::uint16_t port(Audience audience) const;

  // True: the backlog may hold more connections.
  bool accept_from(int listener);
  // Goes on if accepting has paused because the kernel had no room.
  void resume();
  // Accepts the connections that are established already and closes the listeners.
  void stop();

  // Called at the first request of a reserved connection. True: it is served, in a public place or
  // in the reserve, which serves one request.
  bool leave_reserve(Connection& c, Request& request);
  // Refuses a connection that has a place already.
  void refuse_counted(Connection& c);
  // The proxy at the other end has named the client of this connection, which is refused if the
  // client has too many.
  void take_client(Connection& c, const sockaddr_storage& client);
  // Sets the client of a request of this connection.
  void name_client(const Connection& c, Request& request) const;

 private:
  struct Listener {
    int fd;
    Audience audience;
    std::uint16_t port;
  };

  void watch_listeners(std::uint32_t events);
  void take_in(int fd, const sockaddr_storage& peer);
  std::uint64_t counted_address(const sockaddr_storage& peer) const;
  bool take_public_place();
  bool make_room();
  bool close_oldest(IdleList& list, std::int64_t idle_ms_min);
  void take_in_reserve(Connection& c);
  bool take_reserved_place();
  void take_in_ops(int fd);
  bool take_ops_place();
  void refuse_connection(int fd);
  void refuse_newcomer(Connection& c);
  void tell_refused(Connection& c);

  const HttpLimits& limits_;
  HttpHandler& handler_;
  const HttpClock& clock_;
  ReadinessSet& ready_set_;
  ConnectionCounts& counts_;
  ConnectionTable& table_;
  InputMemory& input_;
  ResponseSender& sender_;
  ResponseQueue& responses_;
  HttpStats& stats_;
  std::vector<Listener> listeners_;
  std::uint16_t port_ = 0;
  bool is_paused_ = false;
};

}  // namespace frontrow
