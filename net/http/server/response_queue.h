// The responses of all connections of a thread, from the handler to the output.
//
// Responses may come in any order and at any later turn; they leave in the order of the requests. A
// response whose turn has not come waits in its own queue. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/http_message.h"
#include "net/http/server/request_ids.h"

namespace frontrow {

class ConnectionTable;
class CorsPolicy;
class HttpClock;
class OutputMemory;
class PendingAnswers;
class ResponseSender;
struct AnswerContext;
struct BodyParts;
struct Connection;
struct HttpLimits;
struct HttpStats;
struct ParseError;
struct PendingAnswer;

class ResponseQueue {
 public:
  // All arguments must outlive the queue.
  ResponseQueue(const HttpLimits& limits, const CorsPolicy& cors, const HttpClock& clock,
                ConnectionTable& table, PendingAnswers& answers, OutputMemory& output,
                ResponseSender& sender, HttpStats& stats)
      : limits_(limits),
        cors_(cors),
        clock_(clock),
        table_(table),
        answers_(answers),
        output_(output),
        sender_(sender),
        stats_(stats) {}
  ResponseQueue(const ResponseQueue&) = delete;
  ResponseQueue& operator=(const ResponseQueue&) = delete;

  // Takes a request in, which awaits its response from now on, and gives it an id if it has none.
  RequestRef take_in(Connection& c, Request& request);
  // Responds with a problem, in its turn like any other response, as the last one of the
  // connection.
  void refuse(Connection& c, const ParseError& error);
  // "100 Continue", if the connection owes it and older responses have left.
  void pay_continue(Connection& c);

  // See HttpServer.
  void respond(RequestRef ref, const ResponseHead& head, const BodyParts& body);
  bool begin_stream(RequestRef ref, const ResponseHead& head);
  bool write_stream(RequestRef ref, std::string_view text);
  void end_stream(RequestRef ref);
  void abort_stream(RequestRef ref);
  std::optional<std::size_t> stream_backlog(RequestRef ref);

  // From now on the last response of a connection carries Connection: close.
  void drain() { draining_ = true; }

 private:
  PendingAnswer* find(RequestRef ref, Connection*& c);
  AnswerContext context_of(const PendingAnswer& answer) const;
  void decide_keep_alive(Connection& c, PendingAnswer& answer, bool close);
  template <class Write>
  void append(Connection& c, PendingAnswer& answer, const Write& write);
  void finish(Connection& c, PendingAnswer& answer);
  void advance(Connection& c);

  const HttpLimits& limits_;
  const CorsPolicy& cors_;
  const HttpClock& clock_;
  ConnectionTable& table_;
  PendingAnswers& answers_;
  OutputMemory& output_;
  ResponseSender& sender_;
  HttpStats& stats_;
  RequestIds ids_;
  std::string problem_body_;
  bool draining_ = false;
};

}  // namespace frontrow
