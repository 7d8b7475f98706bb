// Responses made of many replies: lists, metrics, a created concert.
//
// Parts of long responses (all concerts, all slots) are requested and rendered in steps, one step a
// turn, so that a thread with ten thousand concerts serves other requests in between.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/runtime/shard/engine.h"
#include "net/api/operator_views.h"
#include "net/api/reply_renderer.h"
#include "net/api/request_pool.h"
#include "net/api/responder.h"

namespace frontrow {

class Gatherer {
 public:
  // All arguments must outlive it.
  Gatherer(RequestPool& pool, Responder& responder, ReplyRenderer& renderer, const Engine& engine,
           const OperatorViews& operator_views);

  // Takes a reply that is a part of a response, or that leads to its parts. False: neither, and the
  // reply, which may have become another rejection, is the response.
  bool take(OpenRequest& request, Reply& reply);
  // Takes a step of one long response.
  void take_step();
  // True: another step can be taken at once.
  bool has_work() const { return !due_.empty(); }

 private:
  struct Due {
    std::uint32_t index;
    std::uint32_t generation;
  };

  void add_part(OpenRequest& request, Reply& reply);
  void gather_created(OpenRequest& request, const ConcertCreated& created, bool replayed);
  void gather_concerts(OpenRequest& request, const std::vector<ConcertId>& ids);
  void gather_audit(OpenRequest& request, AuditView& first);
  void gather_payments(OpenRequest& request, PaymentsView& payments);
  void gather_tickets(OpenRequest& request, const PaymentsView& payments);
  template <class Ids, class MakeCommand>
  bool submit_parts(OpenRequest& request, const Ids& ids, const MakeCommand& make_command);
  void submit_step(OpenRequest& request);
  void after_step(OpenRequest& request);
  static CommandBody command_of_part(const OpenRequest& request, std::size_t part);
  static void keep_first_acts(Gather& gather, std::size_t limit);
  void on_parts(OpenRequest& request);
  void render_step(OpenRequest& request);
  bool list_concerts(Gather& gather);
  void finish_text(OpenRequest& request, const ResponseHead& head);
  void finish_created(OpenRequest& request);
  void finish_payments(OpenRequest& request);
  void finish_tickets(OpenRequest& request);
  void finish_audit(OpenRequest& request);

  RequestPool& pool_;
  Responder& responder_;
  ReplyRenderer& renderer_;
  const Engine& engine_;
  const OperatorViews& operator_views_;
  std::deque<Due> due_;                    // requests whose next step can be taken
  std::vector<ConcertId> known_concerts_;  // as of the last scrape of the metrics
};

}  // namespace frontrow
