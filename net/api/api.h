// The HTTP API of one thread: between the HTTP server and the engine.
//
//   handle(): match_route -> CommandReader -> Command -> Worker::submit
//   on_reply(): Reply -> ReplyRenderer -> Responder -> HttpServer::respond
//
// Routes that belong to a user's slot but need a concert's token take two steps: the concert's slot
// checks the token, then the command goes to the user's slot. ChangeSteps has the steps of a change
// of dates. PlainResponses responds where no slot is needed, Gatherer where the slots of many parts
// are, EventStreams and ExportStreams to the rest of a stream.
//
// All calls on the thread of its server and worker.
#pragma once

#include <optional>

#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"
#include "net/api/api_routes.h"
#include "net/api/api_stats.h"
#include "net/api/authenticator.h"
#include "net/api/change_steps.h"
#include "net/api/command_reader.h"
#include "net/api/event_streams.h"
#include "net/api/export_streams.h"
#include "net/api/gatherer.h"
#include "net/api/history_recorder.h"
#include "net/api/operator_views.h"
#include "net/api/plain_responses.h"
#include "net/api/rate_limits.h"
#include "net/api/reply_renderer.h"
#include "net/api/request_pool.h"
#include "net/api/responder.h"
#include "net/api/service.h"
#include "net/auth/key_ring.h"
#include "net/http/server/http_server.h"

namespace frontrow {

class Api final : public HttpHandler, public ReplySink {
 public:
  // All arguments must outlive the Api.
  Api(const ServiceSettings& settings, Service& service, const Engine& engine, Worker& worker,
      const KeyRing& key_ring, const OperatorViews& operator_views);

  void set_server(HttpServer* server) { responder_.set_server(server); }
  // Polls for event streams and takes a step of a long response; to be called every turn.
  void tick();
  // True: another tick() has work at once.
  bool has_work() { return gatherer_.has_work() || exports_.has_work(); }
  // Ends the event streams and the samples of the history, for draining. Exports go on until the
  // process stops.
  void end_streams();
  std::size_t open_requests() const { return pool_.open_count(); }
  ApiStats& stats() { return responder_.stats(); }
  const ApiStats& stats() const { return responder_.stats(); }

  void handle(const Request& request, RequestRef ref) override;
  void stream_closed(RequestRef ref) override {
    streams_.close(ref);
    exports_.close(ref);
  }
  bool may_use_reserve(const Request& request) override;
  void on_reply(const ReplyTo& to, Reply&& reply) override;

 private:
  bool is_elsewhere(const Request& request) const;
  void refuse_path(RequestRef ref);
  bool refuse_unready(RequestRef ref, Route route);
  bool refuse_too_many(RateLimits& limits, std::uint64_t client, const RouteSpec& spec,
                       RequestRef ref);
  void answer_unmatched(const RouteMatch& match, const Request& request, RequestRef ref);
  void submit(Route route, const Request& request, RequestRef ref, Command&& command,
              ConcertId token_concert);

  const ServiceSettings& settings_;
  const Service& service_;
  const Engine& engine_;
  Worker& worker_;

  Authenticator authenticator_;
  RateLimits address_limits_;
  RateLimits user_limits_;
  RequestPool pool_;
  Responder responder_;
  CommandReader reader_;
  ChangeSteps change_steps_;
  PlainResponses plain_;
  ReplyRenderer renderer_;
  Gatherer gatherer_;
  EventStreams streams_;
  ExportStreams exports_;
  std::optional<HistoryRecorder> recorder_;  // of the first thread
};

}  // namespace frontrow
