// The HTTP API of one thread: between the HTTP server and the engine.
//
//   handle(): route, token or admin key, body -> Command -> Worker::submit
//   on_reply(): Reply -> JSON -> HttpServer::respond
//
// Routes that belong to a user's slot but need a concert's token take two steps: the concert's slot
// checks the token, then the command goes to the user's slot. Lists are gathered from the slots of
// their parts.
//
// All calls on the thread of its server and worker.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"
#include "net/api/api_decode.h"
#include "net/api/api_routes.h"
#include "net/api/api_stats.h"
#include "net/api/authenticator.h"
#include "net/api/event_streams.h"
#include "net/api/operator_views.h"
#include "net/api/request_pool.h"
#include "net/api/service.h"
#include "net/api/view_cache.h"
#include "net/auth/key_ring.h"
#include "net/http/http_server.h"
#include "net/http/problem.h"

namespace frontrow {

class ConstantBody;

class Api final : public HttpHandler, public ReplySink {
 public:
  // All arguments must outlive the Api.
  Api(const ServiceSettings& settings, Service& service, Engine& engine, Worker& worker,
      const KeyRing& key_ring, const OperatorViews& operator_views);

  void set_server(HttpServer* server) { server_ = server; }
  // Polls for event streams and takes a step of a long response; to be called every turn.
  void tick();
  // True: another tick() has work at once.
  bool has_work() const { return !due_.empty(); }
  // Ends the event streams, for draining.
  void end_streams() { streams_.end_all(*server_); }
  std::size_t open_requests() const { return pool_.open_count(); }
  ApiStats& stats() { return stats_; }
  const ApiStats& stats() const { return stats_; }

  void handle(const Request& request, RequestRef ref) override;
  void stream_closed(RequestRef ref) override { streams_.close(ref); }
  bool may_use_reserve(const Request& request) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

 private:
  // api.cc: from the request to the engine
  bool is_elsewhere(const Request& request) const;
  bool refuse_unready(RequestRef ref, Route route);
  bool check_form(const RouteMatch& match, const Request& request, RequestRef ref);
  bool authorize(const RouteMatch& match, const Request& request, RequestRef ref, Command& command,
                 ConcertId& token_concert);
  bool read_idempotency_key(const RouteMatch& match, const Request& request, RequestRef ref,
                            Command& command);
  bool report(Route route, RequestRef ref, const Decoded& decoded);
  bool check_precondition(const RouteMatch& match, const Request& request, RequestRef ref,
                          Command& command);
  void submit(OpenRequest& request, const Command& command);

  // api_plain.cc: responses that need no slot
  bool answer_plain(const RouteMatch& match, const Request& request, RequestRef ref);
  void answer_ready(RequestRef ref);
  void answer_constant(Route route, const Request& request, RequestRef ref,
                       const ConstantBody& constant);
  void refuse_precondition(Route route, RequestRef ref);

  // api_reply.cc: from the engine to the response
  void answer(OpenRequest& request, Reply& reply);
  void answer_rejection(OpenRequest& request, const Reply& reply);
  void answer_join(OpenRequest& request, const QueueEntry& entry, ResponseHead& head);
  void answer_view(OpenRequest& request, ResponseHead& head);
  void answer_settings(OpenRequest& request, const ConcertView& concert, ResponseHead& head);
  bool meets_if_match(OpenRequest& request, std::string_view etag);
  void render_body(OpenRequest& request, Reply& reply, ResponseHead& head);
  void poll_stream(std::uint32_t stream, Duration silence);
  void on_stream_reply(OpenRequest& request, Reply& reply);
  void finish(OpenRequest& request, const ResponseHead& head, const BodyParts& body);

  // api_gather.cc: responses made of many replies
  bool gather(OpenRequest& request, Reply& reply);
  void gather_concerts(OpenRequest& request, const ConcertIds& ids);
  void gather_payments(OpenRequest& request, PaymentsView& payments);
  template <class Ids, class MakeCommand>
  bool submit_parts(OpenRequest& request, const Ids& ids, const MakeCommand& make_command);
  void ask_some(OpenRequest& request);
  void on_parts(OpenRequest& request);
  void take_step();
  void render_step(OpenRequest& request);
  bool list_concerts(Gather& gather);
  void finish_text(OpenRequest& request, const ResponseHead& head);
  void finish_gather(OpenRequest& request);

  void respond(Route route, RequestRef ref, const ResponseHead& head, std::string_view body);
  void respond_shared(Route route, RequestRef ref, const ResponseHead& head, const BodyParts& body);
  void refuse(Route route, RequestRef ref, const ProblemType& type, std::string_view detail,
              std::string_view members = {}, ResponseHead head = {});
  void refuse_unauthorized(Route route, RequestRef ref, const ProblemType& type,
                           std::string_view detail);

  const ServiceSettings& settings_;
  Service& service_;
  Engine& engine_;
  Worker& worker_;
  const OperatorViews& operator_views_;
  HttpServer* server_ = nullptr;

  Authenticator authenticator_;
  RequestPool pool_;
  EventStreams streams_;
  JsonReader json_;
  ApiStats stats_;
  ViewCache views_;
  struct Due {
    std::uint32_t index;
    std::uint32_t generation;
  };
  std::deque<Due> due_;                    // requests whose next step can be taken
  std::vector<ConcertId> known_concerts_;  // as of the last scrape of the metrics
  std::string body_;                       // of the response being made
  std::string location_;
  std::string etag_;
  std::string members_;
};

}  // namespace frontrow
