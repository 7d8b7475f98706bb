#include "net/api/api.h"

#include <openssl/rand.h>

#include <optional>

#include "engine/base/check.h"
#include "net/api/api_decode.h"
#include "net/api/api_problems.h"
#include "net/api/decode_export.h"
#include "net/http/cors.h"
#include "net/http/server/http_server.h"

namespace frontrow {
namespace {

bool needs_ready(Route route) {
  return route != Route::kLive && route != Route::kReady && route != Route::kReadCluster &&
         route != Route::kOpenApi && route != Route::kProblem && route != Route::kJwks &&
         !is_page_route(route);
}

// Of a line's shuffle: the core has no randomness.
Bytes32 draw_seed() {
  Bytes32 seed;
  FR_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(seed.data()),
                      static_cast<int>(seed.size())) == 1);
  return seed;
}

bool is_health(std::string_view path) { return path == "/livez" || path == "/readyz"; }

bool is_for_operators(std::string_view path) {
  return path == "/metrics" || path == "/v1/admin" || path.starts_with("/v1/admin/") ||
         path == "/board";
}

// The board's files and the public reads that the board needs, served at either listener.
bool is_of_board(std::string_view path) {
  constexpr std::string_view kConcert = "/v1/concerts/";
  return path.starts_with("/assets/") || path == "/v1/concerts" ||
         (path.starts_with(kConcert) && path.find('/', kConcert.size()) == path.npos) ||
         path.starts_with("/v1/plans/") || path.starts_with("/v1/users/") ||
         path.starts_with("/problems/");
}

// The kind of a fan's request; none for probes and for routes that need a service key.
std::optional<LimitedKind> limited_kind(const RouteSpec& spec) {
  if (spec.route == Route::kJoin) return LimitedKind::kJoin;
  if (spec.auth == Auth::kKey || spec.auth == Auth::kKeyIfAsked || !needs_ready(spec.route))
    return std::nullopt;
  // Each ticket is signed anew, and a plan may have to be rendered and compressed.
  const bool is_cheap = spec.method == Method::kGet && spec.route != Route::kListTickets &&
                        spec.route != Route::kReadPlan;
  return is_cheap ? LimitedKind::kPoll : LimitedKind::kWrite;
}

// 0 for operators, who have no user.
std::uint64_t key_of(const UserId& user) {
  return user.is_nil() ? 0 : user.high() ^ mix64(user.low());
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Api::Api(const ServiceSettings& settings, Service& service, const Engine& engine, Worker& worker,
         const KeyRing& key_ring, const OperatorViews& operator_views)
    : settings_(settings),
      service_(service),
      engine_(engine),
      worker_(worker),
      authenticator_(key_ring, settings.metrics_need_key, settings.on_unknown_identity_key),
      address_limits_(settings.limits.of_address, settings.limits.entries),
      user_limits_(settings.limits.of_user, settings.limits.entries),
      pool_(worker),
      responder_(pool_),
      reader_(settings, authenticator_, responder_),
      change_steps_(pool_, reader_),
      plain_(service, engine, operator_views, authenticator_, responder_),
      renderer_(settings, authenticator_),
      gatherer_(pool_, responder_, renderer_, engine, operator_views),
      streams_(pool_, responder_, engine, seconds(settings.proxied_stream_s)),
      exports_(pool_, responder_, engine) {
  if (worker.index() == 0) recorder_.emplace(pool_, operator_views, service.history());
  worker_.set_sink(this);
}

// True when only the other listener serves the path.
bool Api::is_elsewhere(const Request& request) const {
  if (is_health(request.path)) return false;
  return request.ops ? !is_for_operators(request.path) && !is_of_board(request.path)
                     : settings_.ops_are_apart && is_for_operators(request.path);
}

// Health checks, metrics, and operators with a key may use the reserve when all connections are
// taken.
bool Api::may_use_reserve(const Request& request) {
  if (is_elsewhere(request)) return false;
  if (is_health(request.path) || request.path == "/metrics") return true;
  return is_for_operators(request.path) && authenticator_.is_operator(request.authorization);
}

void Api::tick() {
  streams_.tick();
  exports_.tick();
  gatherer_.take_step();
  if (recorder_) recorder_->tick(engine_.clock().now());
  ApiStats& stats = responder_.stats();
  stats.streams.set(streams_.size());
  stats.requests_open.set(pool_.open_count());
}

void Api::end_streams() {
  streams_.end_all();
  if (recorder_) recorder_->stop();
}

void Api::handle(const Request& request, RequestRef ref) {
  if (is_elsewhere(request)) return refuse_path(ref);
  const RouteMatch match = match_route(request.method, request.path);
  if (match.spec == nullptr) return answer_unmatched(match, request, ref);
  const Route route = match.spec->route;
  if (needs_ready(route) && refuse_unready(ref, route)) return;
  // The shop's own requests all come from one address.
  const bool is_shop = request.client != 0 && match.spec->auth == Auth::kTokenOrKey &&
                       authenticator_.is_operator(request.authorization);
  if (!is_shop && refuse_too_many(address_limits_, request.client, *match.spec, ref)) return;
  Command command;
  ConcertId token_concert;
  const Instant now = engine_.clock().now();
  if (!reader_.authorize(match, request, ref, now, command, token_concert)) return;
  if (token_concert) worker_.prefetch(token_concert, command.caller.number);
  if (!reader_.check_form(match, request, ref)) return;
  if (plain_.respond(match, request, ref)) return;
  if (!reader_.read(match, request, ref, now, command)) return;
  if (route == Route::kJoin) command.caller.user = std::get<Join>(command.body).user;
  if (refuse_too_many(user_limits_, key_of(command.caller.user), *match.spec, ref)) return;
  submit(route, request, ref, std::move(command), token_concert);
}

// True: the client has sent more requests of this kind than it may, and this one is refused.
bool Api::refuse_too_many(RateLimits& limits, std::uint64_t client, const RouteSpec& spec,
                          RequestRef ref) {
  if (client == 0 || !limits.is_on()) return false;
  const auto kind = limited_kind(spec);
  const std::int64_t wait_us = kind ? limits.take(client, *kind, now_us()) : 0;
  if (wait_us == 0) return false;
  responder_.refuse(spec.route, ref, problems::kTooManyRequests,
                    "More requests than one client may send.", {},
                    {.retry_after_s = (wait_us + 999'999) / 1'000'000});
  return true;
}

void Api::refuse_path(RequestRef ref) {
  responder_.refuse(Route::kNone, ref, problems::kNotFound, "There is no resource at this path.");
}

void Api::answer_unmatched(const RouteMatch& match, const Request& request, RequestRef ref) {
  if (request.method == Method::kOptions && (match.path_exists || request.path == "*")) {
    const std::string_view methods = allowed_methods(request.path);
    const bool is_preflight = settings_.answers_preflights && !request.origin.empty() &&
                              !request.preflight_method.empty();
    const std::string extra = is_preflight ? preflight_lines(methods) : std::string();
    return responder_.respond(Route::kNone, ref, {.status = 204, .allow = methods, .extra = extra},
                              {});
  }
  if (!match.path_exists) return refuse_path(ref);
  responder_.refuse(Route::kNone, ref, problems::kMethodNotAllowed,
                    "This path does not take that method.", {},
                    {.allow = allowed_methods(request.path)});
}

// Opens the request, and gives the engine its command or first the check of its token.
void Api::submit(Route route, const Request& request, RequestRef ref, Command&& command,
                 ConcertId token_concert) {
  OpenRequest& open = pool_.open(route, ref);
  open.since = std::chrono::steady_clock::now();
  if (route == Route::kReadSeats || route == Route::kReadConcert || route == Route::kReadPlan) {
    open.if_none_match = request.if_none_match;
    open.gzip = prefers_gzip(request.accept_encoding);
  }
  if (route == Route::kReadSeats) open.seats_form = seats_form(request.query);
  if (auto* read = std::get_if<ReadExport>(&command.body)) {
    open.export_format = export_format(request.query);
    if (request.head) read->limit = 0;
  }
  open.has_if_match = request.if_match && has_etag(route);
  if (open.has_if_match) open.if_match = *request.if_match;
  if (auto* add = std::get_if<AddAccessCodes>(&command.body))
    open.codes = std::make_unique<NewCodes>(draw_access_codes(add->hashes));
  if (auto* create = std::get_if<CreateConcert>(&command.body); create && create->seed)
    *create->seed = draw_seed();
  if (const auto* read = std::get_if<ReadPlan>(&command.body)) {
    if (const auto kept = renderer_.render_kept_plan(open, read->plan))
      return responder_.finish(open, kept->head, kept->body);
  }
  if (is_user_route(route) && command.caller.number) {
    // Reads need a token that is not revoked; a charge needs an active or completed token.
    const bool is_read = route != Route::kCharge;
    const Command check{
        command.caller,
        {},
        is_read ? CommandBody{ReadToken{token_concert}} : CommandBody{CheckToken{token_concert}}};
    open.command = std::move(command);
    return pool_.submit(open, check);
  }
  if (ChangeSteps::needs_steps(command)) {
    open.command = std::move(command);
    return change_steps_.begin(open);
  }
  open.checked = true;
  open.is_proxied = request.proxied || settings_.is_behind_proxy;
  // The response needs the command.
  if (route == Route::kListPayments || route == Route::kListTickets ||
      route == Route::kTokenEvents || route == Route::kSeatEvents || route == Route::kReadAudit ||
      route == Route::kExport) {
    open.command = command;
  }
  pool_.submit(open, command);
}

bool Api::refuse_unready(RequestRef ref, Route route) {
  switch (service_.state()) {
    case ServiceState::kReady:
    case ServiceState::kDraining:  // the last requests of open connections are still served
      return false;
    case ServiceState::kRecovering:
      responder_.refuse(route, ref, problems::kRecovering,
                        "The state is being rebuilt from the log.", {}, {.retry_after_s = 1});
      return true;
    case ServiceState::kFailed:
      responder_.refuse(route, ref, problem_of(Reject::kOutcomeUnknown),
                        "The log failed; the server is shutting down.", {}, {.retry_after_s = 5});
      return true;
  }
  return false;
}

void Api::on_reply(const ReplyTo& to, Reply&& reply) {
  OpenRequest* request = pool_.find(to.context, to.generation);
  if (request == nullptr) return;
  if (recorder_ && recorder_->take(*request, reply)) return;
  if (request->stream != 0 && request->route == Route::kExport)
    return exports_.on_reply(*request, std::move(reply));
  if (request->stream != 0) return streams_.on_reply(*request, reply);
  if (!request->checked && request->route == Route::kChangeConcert &&
      change_steps_.take(*request, reply)) {
    return;
  }
  if (!request->checked && reply.reject == Reject::kNone) {
    request->checked = true;
    return pool_.submit(*request, request->command);
  }
  if (gatherer_.take(*request, reply)) return;
  const auto* entry = std::get_if<QueueEntry>(&reply.body);
  if (entry != nullptr && request->route == Route::kTokenEvents && !EventStreams::is_last(*entry))
    return streams_.begin(*request, *entry);
  const auto* seats = std::get_if<WatchedSeats>(&reply.body);
  if (seats != nullptr && !EventStreams::is_last(*seats)) return streams_.begin(*request, *seats);
  if (auto* page = std::get_if<ExportPage>(&reply.body))
    return exports_.begin(*request, std::move(*page));
  const Response response = reply.reject == Reject::kNone ? renderer_.render(*request, reply)
                                                          : renderer_.render_rejection(reply);
  responder_.finish(*request, response.head, response.body);
}

}  // namespace frontrow
