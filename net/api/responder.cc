#include "net/api/responder.h"

#include <chrono>

#include "net/api/api_problems.h"
#include "net/http/server/http_server.h"

namespace frontrow {

void Responder::respond(Route route, RequestRef ref, const ResponseHead& head,
                        std::string_view body) {
  count(route, head.status);
  server_->respond(ref, head, body);
}

void Responder::respond_shared(Route route, RequestRef ref, const ResponseHead& head,
                               const BodyParts& body) {
  count(route, head.status);
  server_->respond_shared(ref, head, body);
}

void Responder::refuse(Route route, RequestRef ref, const ProblemType& type,
                       std::string_view detail, std::string_view members, ResponseHead head) {
  problem_.clear();
  append_problem(problem_, type, detail, members);
  head.status = type.status;
  head.content_type = kProblemContentType;
  respond(route, ref, head, problem_);
}

void Responder::refuse_unauthorized(Route route, RequestRef ref, const ProblemType& type,
                                    std::string_view detail, std::string_view members) {
  refuse(route, ref, type, detail, members, {.www_authenticate = kBearerChallenge});
}

void Responder::refuse_precondition(Route route, RequestRef ref) {
  refuse(route, ref, problems::kPreconditionFailed, detail_of(Reject::kPreconditionFailed));
}

void Responder::finish(OpenRequest& request, const ResponseHead& head, const BodyParts& body) {
  const auto took = std::chrono::steady_clock::now() - request.since;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  stats_.latency_us[static_cast<std::size_t>(request.route)].add(static_cast<std::uint64_t>(us));
  respond_shared(request.route, request.ref, head, body);
  pool_.close(request);
}

bool Responder::begin_stream(const OpenRequest& request, const ResponseHead& head) {
  if (!server_->begin_stream(request.ref, head)) return false;
  count(request.route, head.status);
  return true;
}

}  // namespace frontrow
