// Responses of one thread on their way to the HTTP server: counted by route and status, with the
// latency of the requests that waited for the engine.
#pragma once

#include <string>
#include <string_view>

#include "net/api/api_stats.h"
#include "net/api/request_pool.h"
#include "net/http/http_message.h"
#include "net/http/problem.h"

namespace frontrow {

class HttpServer;
struct BodyParts;

class Responder {
 public:
  // pool must outlive it.
  explicit Responder(RequestPool& pool) : pool_(pool) {}

  // REQUIRES: called before the first response.
  void set_server(HttpServer* server) { server_ = server; }
  HttpServer& server() { return *server_; }
  ApiStats& stats() { return stats_; }
  const ApiStats& stats() const { return stats_; }

  void respond(Route route, RequestRef ref, const ResponseHead& head, std::string_view body);
  void respond_shared(Route route, RequestRef ref, const ResponseHead& head, const BodyParts& body);

  // Problem responses.
  void refuse(Route route, RequestRef ref, const ProblemType& type, std::string_view detail,
              std::string_view members = {}, ResponseHead head = {});
  void refuse_unauthorized(Route route, RequestRef ref, const ProblemType& type,
                           std::string_view detail, std::string_view members = {});
  void refuse_precondition(Route route, RequestRef ref);

  // Responds to an open request, and closes it.
  void finish(OpenRequest& request, const ResponseHead& head, const BodyParts& body);
  // False: no stream is open (HttpServer::begin_stream). The request stays open.
  bool begin_stream(const OpenRequest& request, const ResponseHead& head);

 private:
  void count(Route route, int status) {
    stats_.answers[static_cast<std::size_t>(route)][status_index(status)].add();
  }

  RequestPool& pool_;
  HttpServer* server_ = nullptr;
  ApiStats stats_;
  std::string problem_;
};

}  // namespace frontrow
