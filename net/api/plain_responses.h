// Responses that need no slot: probes, the cluster, the history, challenges, public keys, the
// rights of a key, and bodies that never change.
#pragma once

#include <string>

#include "engine/runtime/shard/engine.h"
#include "net/api/api_routes.h"
#include "net/api/authenticator.h"
#include "net/api/constant_bodies.h"
#include "net/api/operator_views.h"
#include "net/api/responder.h"
#include "net/api/service.h"

namespace frontrow {

class PlainResponses {
 public:
  // All arguments must outlive it. Makes the constant bodies.
  PlainResponses(const Service& service, const Engine& engine, const OperatorViews& operator_views,
                 Authenticator& authenticator, Responder& responder);

  // False: the route needs a slot.
  bool respond(const RouteMatch& match, const Request& request, RequestRef ref);

 private:
  void respond_challenge(const RouteMatch& match, RequestRef ref);
  void respond_ready(RequestRef ref);
  void respond_cluster(RequestRef ref);
  void respond_constant(Route route, const Request& request, RequestRef ref,
                        const ConstantBody* constant, std::string_view missing);
  void respond_key(const Request& request, RequestRef ref);
  void respond_concert_history(const RouteMatch& match, RequestRef ref);

  const Service& service_;
  const Engine& engine_;
  const OperatorViews& operator_views_;
  const History& history_;
  Authenticator& authenticator_;
  Responder& responder_;
  std::string body_;
};

}  // namespace frontrow
