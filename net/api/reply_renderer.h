// Replies of the engine as responses: status, header fields, body. The JSON documents themselves
// are in net/api/api_render.h.
//
// One for each thread, with its cache of views. Texts of a response are valid until the next call.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "net/api/authenticator.h"
#include "net/api/request_pool.h"
#include "net/api/service.h"
#include "net/api/view_cache.h"
#include "net/http/http_message.h"
#include "net/http/output_queue.h"

namespace frontrow {

struct Response {
  ResponseHead head;
  BodyParts body;
};

class ReplyRenderer {
 public:
  // All arguments must outlive it. The authenticator signs the tokens of new queue entries.
  ReplyRenderer(const ServiceSettings& settings, Authenticator& authenticator);

  // REQUIRES: the reply is no rejection. A condition of the request on the ETag may turn the
  // response into a 304 or a 412.
  Response render(const OpenRequest& request, const Reply& reply);
  // A plan that was rendered before; nullopt: the engine has to be asked.
  std::optional<Response> render_kept_plan(const OpenRequest& request, PlanId plan);
  Response render_rejection(const Reply& reply);

  // Responses of many replies.
  Response render_created(const ConcertView& concert, bool replayed);
  Response render_payments(const UserId& user, std::vector<PaymentView> payments, bool more);
  Response render_tickets(const UserId& user, std::span<const TicketsView> payments, bool more);
  Response render_audit(std::span<const ActView> acts, bool more);
  // Appends the public view of a concert, for a list.
  void append_public(std::string& out, const ConcertView& concert);

 private:
  // Each fills a response of status 200.
  void fill_entry(const OpenRequest& request, const QueueEntry& entry, Response& response);
  void fill_codes(const OpenRequest& request, const Reply& reply, const AccessCodesView& codes,
                  Response& response);
  bool fill_versioned(const OpenRequest& request, const Reply& reply, Response& response);
  void fill_view(const OpenRequest& request, ViewCache& views, Response& response);
  void fill_plan(const OpenRequest& request, Response& response);
  void fill_changes(const OpenRequest& request, const SeatChanges& changes, Response& response);
  void fill_settings(const OpenRequest& request, const ConcertView& concert, Response& response);
  bool check_if_match(const OpenRequest& request, std::string_view etag, Response& response);

  std::string_view locate(ConcertId concert, std::string_view kind, std::uint64_t id);

  const ServiceSettings& settings_;
  Authenticator& authenticator_;
  ViewCache views_;
  ViewCache plans_;  // apart, so that large plans do not displace the sale's seat maps
  std::string body_;
  std::string location_;
  std::string etag_;
  std::string members_;
};

}  // namespace frontrow
