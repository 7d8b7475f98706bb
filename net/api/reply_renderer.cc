#include "net/api/reply_renderer.h"

#include <fmt/format.h>

#include <iterator>

#include "engine/core/protocol/settings_tag.h"
#include "net/api/api_problems.h"
#include "net/api/api_render.h"
#include "net/api/line_document.h"
#include "net/api/render_box_office.h"
#include "net/api/render_seats.h"
#include "net/api/waitlist_document.h"
#include "net/http/preconditions.h"

namespace frontrow {
namespace {

// Formats numbers in every response; a format string would cost more than the rest of the response.
class Digits {
 public:
  explicit Digits(std::uint64_t number) : digits_(number) {}
  std::string_view text() const { return {digits_.data(), digits_.size()}; }

 private:
  fmt::format_int digits_;
};

}  // namespace

ReplyRenderer::ReplyRenderer(const ServiceSettings& settings, Authenticator& authenticator)
    : settings_(settings),
      authenticator_(authenticator),
      views_(settings.view_cache_bytes),
      plans_(settings.view_cache_bytes / 2) {}

Response ReplyRenderer::render(const OpenRequest& request, const Reply& reply) {
  Response response;
  response.head.status = reply.created ? 201 : 200;
  response.head.idempotency_replayed = reply.replayed;
  body_.clear();
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    fill_entry(request, *entry, response);
  } else if (const auto* hold = std::get_if<HoldView>(&reply.body)) {
    if (reply.created) response.head.location = locate(hold->concert, "/holds/", hold->hold.value);
    frontrow::render(body_, *hold);
  } else if (const auto* holds = std::get_if<HoldsView>(&reply.body)) {
    frontrow::render(body_, *holds);
  } else if (const auto* waitlist = std::get_if<WaitlistView>(&reply.body)) {
    location_.assign("/v1/concerts/").append(Digits(waitlist->concert.value).text());
    location_.append("/waitlist");
    if (reply.created) response.head.location = location_;
    frontrow::render(body_, *waitlist);
  } else if (const auto* payment = std::get_if<PaymentView>(&reply.body)) {
    const Purchase& purchase = payment->purchase;
    // No token or identity reads the payment of a buyer without a name.
    if (reply.created && !purchase.user.is_nil())
      response.head.location = locate(purchase.concert, "/payments/", purchase.payment.value);
    // The box office prints the tickets that it sells.
    const bool shows_tickets =
        request.route == Route::kReadPayment || request.route == Route::kSellSeats;
    const bool has_tickets = shows_tickets && payment->state == PaymentState::kCompleted;
    frontrow::render(body_, *payment, has_tickets ? &authenticator_.passes() : nullptr);
  } else if (const auto* pass = std::get_if<PassView>(&reply.body)) {
    frontrow::render(body_, *pass, authenticator_.passes());
  } else if (const auto* tickets = std::get_if<TicketsView>(&reply.body)) {
    render_ticket(body_, *tickets);
  } else if (const auto* refund = std::get_if<RefundView>(&reply.body)) {
    frontrow::render(body_, *refund);
  } else if (const auto* balance = std::get_if<BalanceView>(&reply.body)) {
    frontrow::render(body_, *balance, settings_.defaults.currency);
  } else if (const auto* charge = std::get_if<ChargeView>(&reply.body)) {
    frontrow::render(body_, *charge, settings_.defaults.currency);
  } else if (const auto* adjustment = std::get_if<AdjustmentView>(&reply.body)) {
    frontrow::render(body_, *adjustment, settings_.defaults.currency);
  } else if (const auto* payments = std::get_if<FoundPayments>(&reply.body)) {
    frontrow::render(body_, *payments);
  } else if (const auto* found = std::get_if<FoundHolds>(&reply.body)) {
    frontrow::render(body_, *found);
  } else if (const auto* seat = std::get_if<SeatRecord>(&reply.body)) {
    frontrow::render(body_, *seat);
  } else if (const auto* states = std::get_if<SeatStates>(&reply.body)) {
    frontrow::render(body_, *states);
  } else if (const auto* visitor = std::get_if<VisitorRecord>(&reply.body)) {
    frontrow::render(body_, *visitor);
  } else if (const auto* cancelled = std::get_if<CancellationView>(&reply.body)) {
    const bool is_request =
        request.route == Route::kCancelDate || request.route == Route::kCancelConcert;
    if (is_request && !is_done(*cancelled)) response.head.status = 202;
    frontrow::render(body_, *cancelled);
  } else if (const auto* codes = std::get_if<AccessCodesView>(&reply.body)) {
    fill_codes(request, reply, *codes, response);
  } else if (const auto* line = std::get_if<LineView>(&reply.body)) {
    response.head.cache_control = kLineCacheControl;
    frontrow::render(body_, *line);
  } else if (const auto* block = std::get_if<LineBlock>(&reply.body)) {
    response.head.cache_control = kLineBlockCacheControl;
    frontrow::render(body_, *block);
  } else if (const auto* dates = std::get_if<DatesView>(&reply.body)) {
    frontrow::render(body_, *dates);
  } else if (fill_versioned(request, reply, response)) {
    return response;
  } else if (const auto* plans = std::get_if<PlansView>(&reply.body)) {
    frontrow::render(body_, *plans);
  } else if (const auto* planned = std::get_if<PlanCreated>(&reply.body)) {
    location_.assign("/v1/plans/").append(Digits(planned->plan.value).text());
    if (reply.created) response.head.location = location_;
    frontrow::render(body_, *planned);
  } else {  // also of a date off sale: a client that follows the standard asks for no stream again
    response.head.status = 204;
  }
  response.body.front = body_;
  return response;
}

std::optional<Response> ReplyRenderer::render_kept_plan(const OpenRequest& request, PlanId plan) {
  if (!plans_.open(plan)) return std::nullopt;
  Response response;
  response.head.status = 200;
  fill_plan(request, response);
  return response;
}

// Kept by every cache, as it never changes.
void ReplyRenderer::fill_plan(const OpenRequest& request, Response& response) {
  response.head.cache_control = "public, max-age=86400, immutable";
  fill_view(request, plans_, response);
}

void ReplyRenderer::fill_entry(const OpenRequest& request, const QueueEntry& entry,
                               Response& response) {
  // A client that follows the standard does not reconnect after a 204.
  if (request.route == Route::kTokenEvents) {
    response.head.status = 204;
    return;
  }
  if (entry.state == TokenState::kWaiting)
    response.head.retry_after_s = (entry.poll_after_ms + 999) / 1000;
  const bool is_cached = settings_.line_is_cached;
  if (request.route != Route::kJoin) return frontrow::render(body_, entry, {}, is_cached);
  // Issued when the entry was read, so that a stored answer yields the same token again.
  const std::int64_t issued_s = entry.at.ms / 1000;
  TokenBuffer buffer;
  const std::string_view token =
      authenticator_.signer().sign({entry.user, entry.concert, entry.number, issued_s,
                                    issued_s + settings_.token_ttl_s, entry.token_epoch},
                                   buffer);
  location_.assign("/v1/concerts/").append(Digits(entry.concert.value).text());
  location_.append("/queue/token");
  response.head.location = location_;
  frontrow::render(body_, entry, token, is_cached);
}

// The codes are told once, to the request that made them.
void ReplyRenderer::fill_codes(const OpenRequest& request, const Reply& reply,
                               const AccessCodesView& codes, Response& response) {
  if (request.route != Route::kAddAccessCodes) return frontrow::render(body_, codes);
  response.head.cache_control = "no-store";
  render_batch(body_, codes, reply.created ? request.codes.get() : nullptr);
}

// The response to a read that has an ETag; false if the reply is another one.
bool ReplyRenderer::fill_versioned(const OpenRequest& request, const Reply& reply,
                                   Response& response) {
  if (const auto* seats = std::get_if<SeatsView>(&reply.body)) {
    views_.open(*seats, request.seats_form);
    response.head.cache_control = "private, no-cache";
    fill_view(request, views_, response);
  } else if (const auto* changes = std::get_if<SeatChanges>(&reply.body)) {
    fill_changes(request, *changes, response);
  } else if (const auto* plan = std::get_if<PlanView>(&reply.body)) {
    plans_.open(*plan);
    fill_plan(request, response);
  } else if (const auto* concert = std::get_if<ConcertView>(&reply.body)) {
    if (request.route != Route::kReadConcert) {
      fill_settings(request, *concert, response);
    } else {
      views_.open(*concert);
      response.head.cache_control = "no-cache";
      fill_view(request, views_, response);
    }
  } else {
    return false;
  }
  return true;
}

// The open view, in the coding that the client accepts.
void ReplyRenderer::fill_view(const OpenRequest& request, ViewCache& views, Response& response) {
  const bool gzip = request.gzip && views.is_large();
  ResponseHead& head = response.head;
  head.etag = views.etag(gzip);
  head.extra =
      gzip ? "Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n" : "Vary: Accept-Encoding\r\n";
  if (!check_if_match(request, head.etag, response)) return;
  if (!matches_weakly(request.if_none_match, head.etag)) {
    response.body = views.body(gzip);
    return;
  }
  head.status = 304;
  head.extra = "Vary: Accept-Encoding\r\n";
}

// Two versions have one difference, so that the ETag names both.
void ReplyRenderer::fill_changes(const OpenRequest& request, const SeatChanges& changes,
                                 Response& response) {
  etag_.clear();
  fmt::format_to(std::back_inserter(etag_), "\"{}-{}-{}-since-{}\"", changes.concert.value,
                 pack(changes.date), changes.version, changes.since);
  ResponseHead& head = response.head;
  head.etag = etag_;
  head.cache_control = "private, no-cache";
  head.extra = "Vary: Accept-Encoding\r\n";
  if (!check_if_match(request, etag_, response)) return;
  if (matches_weakly(request.if_none_match, etag_)) {
    head.status = 304;
    return;
  }
  frontrow::render(body_, changes);
  response.body.front = body_;
}

// The ETag covers the settings only, for the If-Match of a change; the counters in the body change
// all the time.
void ReplyRenderer::fill_settings(const OpenRequest& request, const ConcertView& concert,
                                  Response& response) {
  etag_ = tag_of(settings_tag(concert));
  response.head.etag = etag_;
  if (!check_if_match(request, etag_, response)) return;
  render_admin(body_, concert);
  response.body.front = body_;
}

// False: the response is now a 412, because the tag matches none of the If-Match.
bool ReplyRenderer::check_if_match(const OpenRequest& request, std::string_view etag,
                                   Response& response) {
  if (!request.has_if_match || matches_strongly(request.if_match, etag)) return true;
  response = render_rejection({.reject = Reject::kPreconditionFailed, .body = {}});
  return false;
}

Response ReplyRenderer::render_rejection(const Reply& reply) {
  const auto* detail = std::get_if<RejectDetail>(&reply.body);
  static const RejectDetail kNoDetail;
  if (detail == nullptr) detail = &kNoDetail;
  const ProblemType& type = problem_of(reply.reject);
  members_.clear();
  append_members(members_, reply.reject, *detail);
  body_.clear();
  append_problem(body_, type, detail_of(reply.reject), members_);
  Response response;
  response.head.status = type.status;
  response.head.content_type = kProblemContentType;
  response.head.retry_after_s = retry_after_s(reply.reject, *detail);
  if (type.status == 401) response.head.www_authenticate = kBearerChallenge;
  response.body.front = body_;
  return response;
}

Response ReplyRenderer::render_created(const ConcertView& concert, bool replayed) {
  Response response;
  response.head.status = 201;
  response.head.idempotency_replayed = replayed;
  location_ = fmt::format("/v1/admin/concerts/{}", concert.concert.value);
  response.head.location = location_;
  etag_ = tag_of(settings_tag(concert));
  response.head.etag = etag_;
  body_.clear();
  render_admin(body_, concert);
  response.body.front = body_;
  return response;
}

Response ReplyRenderer::render_payments(const UserId& user, std::vector<PaymentView> payments,
                                        bool more) {
  for (PaymentView& payment : payments) payment.currency = settings_.defaults.currency;
  body_.clear();
  frontrow::render_payments(body_, user, payments, more);
  Response response;
  response.body.front = body_;
  return response;
}

Response ReplyRenderer::render_tickets(const UserId& user, std::span<const TicketsView> payments,
                                       bool more) {
  body_.clear();
  frontrow::render_tickets(body_, user, payments, more, authenticator_.passes());
  Response response;
  response.body.front = body_;
  return response;
}

Response ReplyRenderer::render_audit(std::span<const ActView> acts, bool more) {
  body_.clear();
  frontrow::render_audit(body_, acts, more);
  Response response;
  response.body.front = body_;
  return response;
}

void ReplyRenderer::append_public(std::string& out, const ConcertView& concert) {
  views_.open(concert);
  views_.append_to(out);
}

std::string_view ReplyRenderer::locate(ConcertId concert, std::string_view kind, std::uint64_t id) {
  location_.assign("/v1/concerts/").append(Digits(concert.value).text());
  location_.append(kind).append(Digits(id).text());
  return location_;
}

}  // namespace frontrow
