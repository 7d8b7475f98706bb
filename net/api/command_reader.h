// From an HTTP request to the command of the engine: token or service key, form, idempotency key,
// body and precondition. A fault is refused here, as a problem response.
//
// One for each thread.
#pragma once

#include <string>

#include "engine/core/protocol/command.h"
#include "net/api/api_decode.h"
#include "net/api/api_routes.h"
#include "net/api/authenticator.h"
#include "net/api/responder.h"
#include "net/api/service.h"

namespace frontrow {

// Each function returns false when it has refused the request. In the order of the calls:
class CommandReader {
 public:
  // All arguments must outlive it.
  CommandReader(const ServiceSettings& settings, Authenticator& authenticator,
                Responder& responder);

  // Sets the caller. token_concert: of the token; none without one.
  bool authorize(const RouteMatch& match, const Request& request, RequestRef ref, Instant now,
                 Command& command, ConcertId& token_concert);
  bool check_form(const RouteMatch& match, const Request& request, RequestRef ref);
  // Sets the rest of the command.
  bool read(const RouteMatch& match, const Request& request, RequestRef ref, Instant now,
            Command& command);
  // Refuses a request that could not be decoded; also for later steps (change_steps.h).
  bool report(Route route, RequestRef ref, const Decoded& decoded);

 private:
  bool check_challenge(RequestRef ref, std::string_view payload, Instant now, Join& join);
  void refuse_identity(Route route, RequestRef ref, IdentityFault fault);
  void refuse_scope(const RouteSpec& spec, RequestRef ref);
  bool read_idempotency_key(const RouteMatch& match, const Request& request, RequestRef ref,
                            Command& command);
  bool check_precondition(const RouteMatch& match, const Request& request, RequestRef ref,
                          Command& command);

  const ServiceSettings& settings_;
  Authenticator& authenticator_;
  Responder& responder_;
  JsonReader json_;
  std::string members_;
};

}  // namespace frontrow
