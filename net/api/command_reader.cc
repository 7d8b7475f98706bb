#include "net/api/command_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "net/api/api_problems.h"
#include "net/http/media_types.h"
#include "net/http/preconditions.h"

namespace frontrow {
namespace {

// POST routes change state and so take an Idempotency-Key.
bool takes_key(const RouteSpec& spec) { return spec.method == Method::kPost; }

}  // namespace

CommandReader::CommandReader(const ServiceSettings& settings, Authenticator& authenticator,
                             Responder& responder)
    : settings_(settings), authenticator_(authenticator), responder_(responder) {}

bool CommandReader::authorize(const RouteMatch& match, const Request& request, RequestRef ref,
                              Instant now, Command& command, ConcertId& token_concert) {
  const Route route = match.spec->route;
  const Authentication sender = authenticator_.authenticate(match, request.authorization, now);
  switch (sender.fault) {
    case AuthFault::kNone:
      break;
    case AuthFault::kNeedsKey:
      responder_.refuse_unauthorized(
          route, ref, problems::kInvalidToken,
          "This route needs a service key or the admin key as bearer token.");
      return false;
    case AuthFault::kOutOfScope:
      refuse_scope(*match.spec, ref);
      return false;
    case AuthFault::kOtherConcert:
      responder_.refuse(route, ref, problems::kKeyNotAllowed,
                        "The key is limited to concerts that this request is not about.");
      return false;
    case AuthFault::kInvalidToken:
      responder_.refuse_unauthorized(route, ref, problems::kInvalidToken,
                                     "The queue token is missing, malformed or forged.");
      return false;
    case AuthFault::kExpired:
      responder_.refuse_unauthorized(route, ref, problem_of(Reject::kTokenExpired),
                                     "The token is too old. Join the line again.");
      return false;
    case AuthFault::kIdentity:
      refuse_identity(route, ref, sender.identity_fault);
      return false;
    case AuthFault::kOtherResource:
      responder_.refuse(route, ref, problems::kWrongToken, detail_of(Reject::kWrongToken));
      return false;
  }
  if (route == Route::kCharge && !sender.caller.actor && !settings_.fans_may_charge) {
    responder_.refuse(route, ref, problems::kChargeNotAllowed,
                      "Wallets are charged by the shop, with a service key.");
    return false;
  }
  command.caller = sender.caller;
  token_concert = sender.concert;
  return true;
}

void CommandReader::refuse_identity(Route route, RequestRef ref, IdentityFault fault) {
  members_ = ",\"reason\":";
  append_json_string(members_, name_of(fault));
  responder_.refuse_unauthorized(route, ref, problems::kInvalidIdentity,
                                 "The shop's token for this user is missing or not accepted.",
                                 members_);
}

void CommandReader::refuse_scope(const RouteSpec& spec, RequestRef ref) {
  members_ = ",\"needs\":[";
  for (std::size_t i = 0; i < kScopeCount; ++i) {
    const auto scope = static_cast<Scope>(i);
    if (!spec.scopes.has(scope)) continue;
    if (members_.back() != '[') members_ += ',';
    append_json_string(members_, name_of(scope));
  }
  members_ += ']';
  responder_.refuse(spec.route, ref, problems::kKeyNotAllowed,
                    "The key has none of the scopes that this route needs.", members_);
}

bool CommandReader::check_form(const RouteMatch& match, const Request& request, RequestRef ref) {
  const RouteSpec& spec = *match.spec;
  if (!accepts(request.accept, spec.produces)) {
    responder_.refuse(spec.route, ref, problems::kNotAcceptable,
                      "The Accept header excludes the media type of this route.");
    return false;
  }
  const bool has_body = !request.body.empty();
  // With an identity a join has no member that must be there.
  const bool may_lack_body = spec.auth == Auth::kIdentity && authenticator_.has_identities();
  if (spec.body == BodyRule::kJson && !has_body && !may_lack_body) {
    responder_.refuse(spec.route, ref, problems::kMalformedRequest,
                      "The body at byte 0: a JSON object is needed.");
    return false;
  }
  if (spec.body != BodyRule::kNone && has_body && !is_json(request.content_type)) {
    responder_.refuse(spec.route, ref, problems::kUnsupportedMediaType,
                      "The body must be application/json.");
    return false;
  }
  if (spec.produces == Produces::kTable && request.http_1_0) {
    responder_.refuse(spec.route, ref, problems::kVersionNotSupported,
                      "An export needs HTTP/1.1, as only its chunks show whether it is complete.");
    return false;
  }
  if (is_user_route(spec.route) && !user_param(match)) {
    responder_.refuse(spec.route, ref, problems::kNotFound,
                      "The path does not name a user by UUID.");
    return false;
  }
  return true;
}

bool CommandReader::read(const RouteMatch& match, const Request& request, RequestRef ref,
                         Instant now, Command& command) {
  if (!read_idempotency_key(match, request, ref, command)) return false;
  JoinTerms terms{command.caller.user};
  const Decoded decoded =
      decode_request(match, request, settings_.defaults, terms, json_, command.body);
  if (!report(match.spec->route, ref, decoded)) return false;
  auto* join = std::get_if<Join>(&command.body);
  if (join != nullptr && !check_challenge(ref, terms.challenge, now, *join)) return false;
  return check_precondition(match, request, ref, command);
}

// A payload is not looked at where no challenge is asked for, so that challenges can be switched
// off while clients solve them.
bool CommandReader::check_challenge(RequestRef ref, std::string_view payload, Instant now,
                                    Join& join) {
  if (!authenticator_.challenge()) return true;
  if (payload.empty()) {
    responder_.refuse(Route::kJoin, ref, problems::kChallengeRequired,
                      "A join needs a solved challenge.");
    return false;
  }
  const ChallengeCheck check = authenticator_.challenges().check(payload, join.concert, now);
  join.challenge = check.hash;
  // A join that is sent again may have its place or its stored answer.
  join.is_late = check.fault == ChallengeFault::kExpired;
  if (check.fault == ChallengeFault::kNone || join.is_late) return true;
  members_ = ",\"reason\":";
  append_json_string(members_, name_of(check.fault));
  responder_.refuse(Route::kJoin, ref, problems::kChallengeFailed,
                    "The solution of the challenge is not accepted.", members_);
  return false;
}

bool CommandReader::read_idempotency_key(const RouteMatch& match, const Request& request,
                                         RequestRef ref, Command& command) {
  if (!request.idempotency_key || !takes_key(*match.spec)) return true;
  const std::string_view key = *request.idempotency_key;
  const bool visible =
      std::all_of(key.begin(), key.end(), [](char c) { return c >= 0x21 && c <= 0x7e; });
  if (!visible || key.empty() || key.size() > kIdempotencyKeyBytesMax) {
    responder_.refuse(match.spec->route, ref, problems::kMalformedRequest,
                      "The Idempotency-Key header must be 1 to 255 visible ASCII characters.");
    return false;
  }
  // Each service key has Idempotency-Keys of its own; no key has a space. Those of the admin key
  // have the hash that they had before there were others.
  const Actor& actor = command.caller.actor;
  if (actor && actor != kAdminActor) {
    command.key.key = xxh3_128(fmt::format("{} {}", actor.text(), key));
  } else {
    command.key.key = xxh3_128(key);
  }
  command.key.request = xxh3_64(request.body, xxh3_64(request.path));
  return true;
}

bool CommandReader::report(Route route, RequestRef ref, const Decoded& decoded) {
  switch (decoded.fault) {
    case DecodeFault::kNone:
      return true;
    case DecodeFault::kMalformed:
      responder_.refuse(route, ref, problems::kMalformedRequest, decoded.detail);
      return false;
    case DecodeFault::kInvalidField:
    case DecodeFault::kInvalidAmount:
      break;
  }
  members_ = ",\"field\":";
  append_json_string(members_, decoded.field);
  const bool amount = decoded.fault == DecodeFault::kInvalidAmount;
  responder_.refuse(route, ref,
                    amount ? problem_of(Reject::kInvalidAmount) : problems::kInvalidField,
                    decoded.detail, members_);
  return false;
}

// If-Match (RFC 9110, 13.1.1). A change of settings carries the tag to the slot, which compares and
// changes in one step; a read with an ETag compares the tag with that of its response. Other routes
// have no ETag that could match.
bool CommandReader::check_precondition(const RouteMatch& match, const Request& request,
                                       RequestRef ref, Command& command) {
  if (!request.if_match || matches_strongly(*request.if_match, {})) return true;
  if (auto* change = std::get_if<ChangeConcert>(&command.body)) {
    change->expected = strong_bits(*request.if_match);
    return true;
  }
  if (has_etag(match.spec->route)) return true;
  responder_.refuse_precondition(match.spec->route, ref);
  return false;
}

}  // namespace frontrow
