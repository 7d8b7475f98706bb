#include "net/api/plain_responses.h"

#include <openssl/rand.h>

#include "engine/base/check.h"
#include "net/api/api_decode.h"
#include "net/api/api_problems.h"
#include "net/http/media_types.h"
#include "net/http/output_queue.h"
#include "net/http/preconditions.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

// The explanation of a problem type is HTML, unless the client asks for JSON and not for HTML.
bool wants_html(std::string_view accept) {
  const bool names_json = accept.find("json") != std::string_view::npos;
  const bool names_html = accept.find("html") != std::string_view::npos;
  return accepts(accept, Produces::kHtml) && (names_html || !names_json);
}

}  // namespace

PlainResponses::PlainResponses(const Service& service, const Engine& engine,
                               const OperatorViews& operator_views, Authenticator& authenticator,
                               Responder& responder)
    : service_(service),
      engine_(engine),
      operator_views_(operator_views),
      history_(service.history()),
      authenticator_(authenticator),
      responder_(responder) {
  prepare_constant_bodies();
}

bool PlainResponses::respond(const RouteMatch& match, const Request& request, RequestRef ref) {
  const Route route = match.spec->route;
  switch (route) {
    case Route::kLive:
      responder_.respond(Route::kLive, ref, {}, R"({"status":"alive"})");
      return true;
    case Route::kReady:
      respond_ready(ref);
      return true;
    case Route::kReadCluster:
      respond_cluster(ref);
      return true;
    case Route::kReadChallenge:
      respond_challenge(match, ref);
      return true;
    case Route::kJwks:
      body_ = authenticator_.passes().signer.jwk_set();
      responder_.respond(Route::kJwks, ref, {.cache_control = "public, max-age=300"}, body_);
      return true;
    case Route::kOpenApi:
      respond_constant(route, request, ref, &openapi_body(), {});
      return true;
    case Route::kPages:
    case Route::kBoard:
    case Route::kPageFile:
    case Route::kWorker:
    case Route::kManifest:
      respond_constant(route, request, ref, page_body(request.path),
                       "There is no such file of the pages.");
      return true;
    case Route::kProblem:
      respond_constant(route, request, ref,
                       problem_body(match.params[0], wants_html(request.accept)),
                       "There is no such problem type.");
      return true;
    case Route::kReadKey:
      respond_key(request, ref);
      return true;
    case Route::kReadHistory:
      body_.clear();
      history_.write_load(body_);
      responder_.respond(route, ref, {}, body_);
      return true;
    case Route::kReadConcertHistory:
      respond_concert_history(match, ref);
      return true;
    default:
      return false;
  }
}

void PlainResponses::respond_ready(RequestRef ref) {
  const ServiceState state = service_.state();
  if (state == ServiceState::kReady && !engine_.may_decide()) {
    responder_.refuse(Route::kReady, ref, not_ready(kCutOff),
                      "This instance is out of touch with its cluster and decides on nothing.", {},
                      {.retry_after_s = 1});
  } else if (state == ServiceState::kReady) {
    responder_.respond(Route::kReady, ref, {}, R"({"status":"ready"})");
  } else {
    responder_.refuse(Route::kReady, ref, not_ready(name_of(state)),
                      "The server takes no requests now.", {}, {.retry_after_s = 1});
  }
}

// For any concert: a join finds out whether it exists.
void PlainResponses::respond_challenge(const RouteMatch& match, RequestRef ref) {
  const auto settings = authenticator_.challenge();  // a copy, as the next call may renew it
  if (!settings) {
    return responder_.refuse(Route::kReadChallenge, ref, problems::kNotFound,
                             "This server asks for no challenge; join without.");
  }
  ChallengeMaker::Seed seed;
  FR_CHECK(RAND_bytes(seed.data(), static_cast<int>(seed.size())) == 1);
  body_ = authenticator_.challenges().make(concert_param(match), engine_.clock().now(), *settings,
                                           seed);
  responder_.respond(Route::kReadChallenge, ref, {}, body_);
}

// The rights of the key, for programs that offer only permitted acts to their user.
void PlainResponses::respond_key(const Request& request, RequestRef ref) {
  const ServiceKey& key = *authenticator_.find_operator(request.authorization);
  body_.clear();
  JsonWriter json(body_);
  json.begin_object().member("id", key.id).array("scopes");
  for (std::size_t i = 0; i < kScopeCount; ++i) {
    if (key.scopes.has(static_cast<Scope>(i))) json.value(name_of(static_cast<Scope>(i)));
  }
  json.end_array().key("concerts");
  if (key.is_limited()) {
    json.begin_array();
    for (const ConcertId concert : key.concerts) json.value(concert);
    json.end_array();
  } else {
    json.null();
  }
  json.end_object();
  responder_.respond(Route::kReadKey, ref, {}, body_);
}

void PlainResponses::respond_concert_history(const RouteMatch& match, RequestRef ref) {
  body_.clear();
  history_.write_concert(body_, concert_param(match));
  responder_.respond(Route::kReadConcertHistory, ref, {}, body_);
}

void PlainResponses::respond_cluster(RequestRef ref) {
  body_.clear();
  if (!operator_views_.render_cluster(body_, service_.state())) {
    return responder_.refuse(Route::kReadCluster, ref, problems::kNotFound,
                             "This server is not one of several instances.");
  }
  responder_.respond(Route::kReadCluster, ref, {}, body_);
}

void PlainResponses::respond_constant(Route route, const Request& request, RequestRef ref,
                                      const ConstantBody* constant, std::string_view missing) {
  if (constant == nullptr) return responder_.refuse(route, ref, problems::kNotFound, missing);
  const ConstantBody::Form& form = constant->form_for(request.accept_encoding);
  if (request.if_match && !matches_strongly(*request.if_match, form.etag))
    return responder_.refuse_precondition(route, ref);
  if (matches_weakly(request.if_none_match, form.etag))
    return responder_.respond(route, ref, constant->not_modified(form), {});
  responder_.respond_shared(route, ref, constant->head(form),
                            {{}, Body::of_constant(form.body), {}});
}

}  // namespace frontrow
