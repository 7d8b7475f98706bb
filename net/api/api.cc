#include "net/api/api.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "net/api/api_problems.h"
#include "net/api/constant_bodies.h"
#include "net/http/media_types.h"
#include "net/http/preconditions.h"

namespace frontrow {
namespace {

bool needs_ready(Route route) {
  return route != Route::kLive && route != Route::kReady && route != Route::kReadCluster &&
         route != Route::kOpenApi && route != Route::kPages && route != Route::kProblem;
}

// Routes whose responses have an ETag, besides constant ones.
bool has_etag(Route route) {
  return route == Route::kReadSeats || route == Route::kReadConcert ||
         route == Route::kReadConcertAdmin;
}

bool is_health(std::string_view path) { return path == "/livez" || path == "/readyz"; }

bool is_for_operators(std::string_view path) {
  return path == "/metrics" || path == "/v1/admin" || path.starts_with("/v1/admin/");
}

// POST routes change state and so take an Idempotency-Key.
bool takes_key(const RouteSpec& spec) { return spec.method == Method::kPost; }

}  // namespace

Api::Api(const ServiceSettings& settings, Service& service, Engine& engine, Worker& worker,
         const KeyRing& key_ring, const OperatorViews& operator_views)
    : settings_(settings),
      service_(service),
      engine_(engine),
      worker_(worker),
      operator_views_(operator_views),
      authenticator_(key_ring),
      streams_(seconds(settings.proxied_stream_s)),
      views_(settings.view_cache_bytes) {
  worker_.set_sink(this);
  prepare_constant_bodies();
}

// True when only the other listener serves the path.
bool Api::is_elsewhere(const Request& request) const {
  if (is_health(request.path)) return false;
  return request.ops ? !is_for_operators(request.path)
                     : settings_.ops_are_apart && is_for_operators(request.path);
}

// Health checks, metrics, and operators with the key may use the reserve when all connections are
// taken.
bool Api::may_use_reserve(const Request& request) {
  if (is_elsewhere(request)) return false;
  if (is_health(request.path) || request.path == "/metrics") return true;
  return is_for_operators(request.path) && authenticator_.is_operator(request.authorization);
}

void Api::handle(const Request& request, RequestRef ref) {
  if (is_elsewhere(request))
    return refuse(Route::kNone, ref, problems::kNotFound, "There is no resource at this path.");
  const RouteMatch match = match_route(request.method, request.path);
  if (match.spec == nullptr) {
    if (request.method == Method::kOptions && (match.path_exists || request.path == "*")) {
      return respond(Route::kNone, ref, {.status = 204, .allow = allowed_methods(request.path)},
                     {});
    }
    if (!match.path_exists)
      return refuse(Route::kNone, ref, problems::kNotFound, "There is no resource at this path.");
    return refuse(Route::kNone, ref, problems::kMethodNotAllowed,
                  "This path does not take that method.", {},
                  {.allow = allowed_methods(request.path)});
  }
  const Route route = match.spec->route;
  if (needs_ready(route) && refuse_unready(ref, route)) return;
  Command command;
  ConcertId token_concert;
  if (!authorize(match, request, ref, command, token_concert)) return;
  if (!check_form(match, request, ref)) return;
  if (answer_plain(match, request, ref)) return;
  if (!read_idempotency_key(match, request, ref, command)) return;
  const Decoded decoded = decode_request(match, request, settings_.defaults, json_, command.body);
  if (!report(route, ref, decoded)) return;
  if (!check_precondition(match, request, ref, command)) return;
  if (route == Route::kJoin) command.caller.user = std::get<Join>(command.body).user;

  OpenRequest& open = pool_.open(route, ref);
  open.since = std::chrono::steady_clock::now();
  if (route == Route::kReadSeats || route == Route::kReadConcert) {
    open.if_none_match = request.if_none_match;
    open.gzip = prefers_gzip(request.accept_encoding);
  }
  open.has_if_match = request.if_match && has_etag(route);
  if (open.has_if_match) open.if_match = *request.if_match;
  if (is_user_route(route) && !command.caller.is_operator()) {
    // Reads need a token that is not revoked; a charge needs an active or completed token.
    const bool is_read = route != Route::kCharge;
    const Command check{
        command.caller,
        {},
        is_read ? CommandBody{ReadToken{token_concert}} : CommandBody{CheckToken{token_concert}}};
    open.command = std::move(command);
    return submit(open, check);
  }
  open.checked = true;
  open.is_proxied = request.proxied || settings_.is_behind_proxy;
  // The response needs the command.
  if (route == Route::kListPayments || route == Route::kTokenEvents) open.command = command;
  submit(open, command);
}

void Api::submit(OpenRequest& request, const Command& command) {
  worker_.submit(command, worker_.reply_to(request.index, request.generation));
}

bool Api::refuse_unready(RequestRef ref, Route route) {
  switch (service_.state()) {
    case ServiceState::kReady:
    case ServiceState::kDraining:  // the last requests of open connections are still served
      return false;
    case ServiceState::kRecovering:
      refuse(route, ref, problems::kRecovering, "The state is being rebuilt from the log.", {},
             {.retry_after_s = 1});
      return true;
    case ServiceState::kFailed:
      refuse(route, ref, problem_of(Reject::kOutcomeUnknown),
             "The log failed; the server is shutting down.", {}, {.retry_after_s = 5});
      return true;
  }
  return false;
}

// False: the request was refused.
bool Api::authorize(const RouteMatch& match, const Request& request, RequestRef ref,
                    Command& command, ConcertId& token_concert) {
  const Route route = match.spec->route;
  const Authentication sender =
      authenticator_.authenticate(match, request.authorization, engine_.clock().now());
  switch (sender.fault) {
    case AuthFault::kNone:
      break;
    case AuthFault::kNeedsAdminKey:
      refuse_unauthorized(route, ref, problems::kInvalidToken,
                          "This route needs the admin key as bearer token.");
      return false;
    case AuthFault::kInvalidToken:
      refuse_unauthorized(route, ref, problems::kInvalidToken,
                          "The queue token is missing, malformed or forged.");
      return false;
    case AuthFault::kExpired:
      refuse_unauthorized(route, ref, problem_of(Reject::kTokenExpired),
                          "The token is too old. Join the line again.");
      return false;
    case AuthFault::kOtherResource:
      refuse(route, ref, problems::kWrongToken, detail_of(Reject::kWrongToken));
      return false;
  }
  if (sender.concert) worker_.prefetch(sender.concert, sender.caller.number);
  command.caller = sender.caller;
  token_concert = sender.concert;
  return true;
}

bool Api::check_form(const RouteMatch& match, const Request& request, RequestRef ref) {
  const RouteSpec& spec = *match.spec;
  if (!accepts(request.accept, spec.produces)) {
    refuse(spec.route, ref, problems::kNotAcceptable,
           "The Accept header excludes the media type of this route.");
    return false;
  }
  const bool has_body = !request.body.empty();
  if (spec.body == BodyRule::kJson && !has_body) {
    refuse(spec.route, ref, problems::kMalformedRequest,
           "The body at byte 0: a JSON object is needed.");
    return false;
  }
  if (spec.body != BodyRule::kNone && has_body && !is_json(request.content_type)) {
    refuse(spec.route, ref, problems::kUnsupportedMediaType, "The body must be application/json.");
    return false;
  }
  if (is_user_route(spec.route) && !user_param(match)) {
    refuse(spec.route, ref, problems::kNotFound, "The path does not name a user by UUID.");
    return false;
  }
  return true;
}

bool Api::read_idempotency_key(const RouteMatch& match, const Request& request, RequestRef ref,
                               Command& command) {
  if (!request.idempotency_key || !takes_key(*match.spec)) return true;
  const std::string_view key = *request.idempotency_key;
  const bool visible =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (!visible || key.empty() || key.size() > kIdempotencyKeyBytesMax) {
    refuse(match.spec->route, ref, problems::kMalformedRequest,
           "The Idempotency-Key header must be 1 to 255 visible ASCII characters.");
    return false;
  }
  command.key.key = xxh3_128(key);
  command.key.request = xxh3_64(request.body, xxh3_64(request.path));
  return true;
}

bool Api::report(Route route, RequestRef ref, const Decoded& decoded) {
  switch (decoded.fault) {
    case DecodeFault::kNone:
      return true;
    case DecodeFault::kMalformed:
      refuse(route, ref, problems::kMalformedRequest, decoded.detail);
      return false;
    case DecodeFault::kInvalidField:
    case DecodeFault::kInvalidAmount:
      break;
  }
  members_ = ",\"field\":";
  append_json_string(members_, decoded.field);
  const bool amount = decoded.fault == DecodeFault::kInvalidAmount;
  refuse(route, ref, amount ? problem_of(Reject::kInvalidAmount) : problems::kInvalidField,
         decoded.detail, members_);
  return false;
}

// If-Match (RFC 9110, 13.1.1). A change of settings carries the tag to the slot, which compares and
// changes in one step; a read with an ETag compares the tag with that of its response. Other routes
// have no ETag that could match.
bool Api::check_precondition(const RouteMatch& match, const Request& request, RequestRef ref,
                             Command& command) {
  if (!request.if_match || matches_strongly(*request.if_match, {})) return true;
  if (auto* change = std::get_if<ChangeConcert>(&command.body)) {
    change->expected = strong_bits(*request.if_match);
    return true;
  }
  if (has_etag(match.spec->route)) return true;
  refuse_precondition(match.spec->route, ref);
  return false;
}

void Api::respond(Route route, RequestRef ref, const ResponseHead& head, std::string_view body) {
  stats_.answers[static_cast<std::size_t>(route)][status_index(head.status)].add();
  server_->respond(ref, head, body);
}

void Api::respond_shared(Route route, RequestRef ref, const ResponseHead& head,
                         const BodyParts& body) {
  stats_.answers[static_cast<std::size_t>(route)][status_index(head.status)].add();
  server_->respond_shared(ref, head, body);
}

void Api::refuse(Route route, RequestRef ref, const ProblemType& type, std::string_view detail,
                 std::string_view members, ResponseHead head) {
  std::string& body = body_;
  body.clear();
  append_problem(body, type, detail, members);
  head.status = type.status;
  head.content_type = kProblemContentType;
  respond(route, ref, head, body);
}

void Api::refuse_unauthorized(Route route, RequestRef ref, const ProblemType& type,
                              std::string_view detail) {
  refuse(route, ref, type, detail, {}, {.www_authenticate = kBearerChallenge});
}

}  // namespace frontrow
