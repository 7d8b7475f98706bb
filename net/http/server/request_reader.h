// From the socket to the handler: reads, parses, takes requests in, and pauses connections that
// have enough of them. Not thread-safe.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "net/http/http_parser.h"

namespace frontrow {

class ConnectionTable;
class HttpAcceptor;
class HttpClock;
class HttpHandler;
class InputMemory;
class ResponseQueue;
class ResponseSender;
class ResumeList;
struct Connection;
struct HttpLimits;
struct HttpStats;

class RequestReader {
 public:
  // All arguments must outlive the reader.
  RequestReader(const HttpLimits& limits, HttpHandler& handler, const HttpClock& clock,
                ConnectionTable& table, InputMemory& input, ResumeList& resumes,
                ResponseSender& sender, ResponseQueue& responses, HttpAcceptor& acceptor,
                HttpStats& stats);
  RequestReader(const RequestReader&) = delete;
  RequestReader& operator=(const RequestReader&) = delete;

  // Reads once; may close the connection.
  void read_from(Connection& c);
  // Goes on with a connection of the ResumeList.
  void resume(Connection& c);

 private:
  void end_input(Connection& c);
  void process(Connection& c, std::string_view input);
  std::size_t take_proxy_header(Connection& c, std::string_view input);
  void keep_rest(Connection& c, std::string_view input, std::size_t used);
  void note_partial(Connection& c);
  void admit(Connection& c);
  bool yields(Connection& c, std::size_t burst);

  const HttpLimits& limits_;
  HttpHandler& handler_;
  const HttpClock& clock_;
  ConnectionTable& table_;
  InputMemory& input_;
  ResumeList& resumes_;
  ResponseSender& sender_;
  ResponseQueue& responses_;
  HttpAcceptor& acceptor_;
  HttpStats& stats_;
  HttpParser parser_;
  std::vector<char> scratch_;  // every recv goes here first
};

}  // namespace frontrow
