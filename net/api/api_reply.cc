#include <fmt/format.h>

#include <algorithm>

#include "engine/core/protocol/settings_tag.h"
#include "engine/core/protocol/silence.h"
#include "net/api/api.h"
#include "net/api/api_problems.h"
#include "net/api/api_render.h"
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

void Api::on_reply(const ReplyTo& to, Reply&& reply) {
  OpenRequest* request = pool_.find(to.context, to.generation);
  if (request == nullptr) return;
  if (request->stream != 0) return on_stream_reply(*request, reply);
  if (request->route == Route::kMetrics && request->gather == nullptr &&
      is_transient(reply.reject)) {
    // The directory is unavailable: the scrape covers the concerts that it listed last.
    return gather_concerts(*request, {known_concerts_});
  }
  // A list leaves out a part that was refused. Three cases fail the whole request instead: a
  // created concert, a payment that may have completed, and an unknown outcome.
  const bool is_part = request->gather != nullptr && request->route != Route::kCreateConcert;
  const bool misses_payment = request->route == Route::kListPayments && is_transient(reply.reject);
  if (is_part && reply.reject != Reject::kOutcomeUnknown && !misses_payment) {
    gather(*request, reply);
    return;
  }
  if (request->gather != nullptr && request->route == Route::kCreateConcert &&
      is_transient(reply.reject)) {
    // The concert exists but can't be read: "nothing was done" would be wrong.
    reply = {Reject::kOutcomeUnknown, false, false, RejectDetail{}};
  }
  if (reply.reject != Reject::kNone) return answer_rejection(*request, reply);
  if (!request->checked) {
    request->checked = true;
    return submit(*request, request->command);
  }
  if (gather(*request, reply)) return;
  answer(*request, reply);
}

void Api::answer_rejection(OpenRequest& request, const Reply& reply) {
  const auto* detail = std::get_if<RejectDetail>(&reply.body);
  static const RejectDetail kNoDetail;
  if (detail == nullptr) detail = &kNoDetail;
  const ProblemType& type = problem_of(reply.reject);
  members_.clear();
  append_members(members_, reply.reject, *detail);
  body_.clear();
  append_problem(body_, type, detail_of(reply.reject), members_);
  ResponseHead head{.status = type.status, .content_type = kProblemContentType};
  head.retry_after_s = retry_after_s(reply.reject, *detail);
  if (type.status == 401) head.www_authenticate = kBearerChallenge;
  finish(request, head, {body_, {}, {}});
}

void Api::answer(OpenRequest& request, Reply& reply) {
  body_.clear();
  ResponseHead head{.status = reply.created ? 201 : 200, .idempotency_replayed = reply.replayed};
  render_body(request, reply, head);
  if (request.in_use) finish(request, head, {body_, {}, {}});
}

// Fills body_ and head, or finishes the request itself.
void Api::render_body(OpenRequest& request, Reply& reply, ResponseHead& head) {
  const auto location = [this, &head](std::string_view kind, ConcertId concert, std::uint64_t id) {
    location_.assign("/v1/concerts/").append(Digits(concert.value).text());
    location_.append(kind).append(Digits(id).text());
    head.location = location_;
  };
  if (auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    if (request.route == Route::kTokenEvents && !EventStreams::is_last(*entry)) {
      // The extra header asks a proxy (nginx) not to buffer events.
      const ResponseHead stream{.content_type = "text/event-stream",
                                .extra = "X-Accel-Buffering: no\r\n"};
      if (server_->begin_stream(request.ref, stream)) {
        stats_.answers[static_cast<std::size_t>(request.route)][status_index(200)].add();
        streams_.open(*server_, request.ref, request.command.caller, *entry, engine_.clock().now(),
                      request.is_proxied);
      }
      return pool_.close(request);
    }
    // A client that follows the standard does not reconnect after a 204.
    if (request.route == Route::kTokenEvents) {
      head.status = 204;
      return;
    }
    if (request.route == Route::kJoin) return answer_join(request, *entry, head);
    if (entry->state == TokenState::kWaiting)
      head.retry_after_s = (entry->poll_after_ms + 999) / 1000;
    render(body_, *entry);
  } else if (auto* hold = std::get_if<HoldView>(&reply.body)) {
    if (reply.created) location("/holds/", hold->concert, hold->hold.value);
    render(body_, *hold);
  } else if (auto* payment = std::get_if<PaymentView>(&reply.body)) {
    if (reply.created)
      location("/payments/", payment->purchase.concert, payment->purchase.payment.value);
    render(body_, *payment);
  } else if (auto* refund = std::get_if<RefundView>(&reply.body)) {
    render(body_, *refund);
  } else if (auto* balance = std::get_if<BalanceView>(&reply.body)) {
    render(body_, *balance, settings_.defaults.currency);
  } else if (auto* charge = std::get_if<ChargeView>(&reply.body)) {
    render(body_, *charge, settings_.defaults.currency);
  } else if (auto* dates = std::get_if<DatesView>(&reply.body)) {
    render(body_, *dates);
  } else if (auto* seats = std::get_if<SeatsView>(&reply.body)) {
    views_.open(*seats);
    head.cache_control = "private, no-cache";
    answer_view(request, head);
  } else if (auto* concert = std::get_if<ConcertView>(&reply.body)) {
    if (request.route != Route::kReadConcert) return answer_settings(request, *concert, head);
    views_.open(*concert);
    head.cache_control = "no-cache";
    answer_view(request, head);
  } else {
    head.status = 204;
  }
}

void Api::answer_join(OpenRequest& request, const QueueEntry& entry, ResponseHead& head) {
  // Issued when the entry was read, so that a stored answer yields the same token again.
  const std::int64_t issued_s = entry.at.ms / 1000;
  TokenBuffer buffer;
  const std::string_view token =
      authenticator_.signer().sign({entry.user, entry.concert, entry.number, issued_s,
                                    issued_s + settings_.token_ttl_s, entry.token_epoch},
                                   buffer);
  location_.assign("/v1/concerts/").append(Digits(entry.concert.value).text());
  location_.append("/queue/token");
  head.location = location_;
  if (entry.state == TokenState::kWaiting) head.retry_after_s = (entry.poll_after_ms + 999) / 1000;
  render(body_, entry, token);
  finish(request, head, {body_, {}, {}});
}

// Responds with the open view, in the coding that the client accepts.
void Api::answer_view(OpenRequest& request, ResponseHead& head) {
  const bool gzip = request.gzip && views_.is_large();
  head.etag = views_.etag(gzip);
  head.extra =
      gzip ? "Vary: Accept-Encoding\r\nContent-Encoding: gzip\r\n" : "Vary: Accept-Encoding\r\n";
  if (!meets_if_match(request, head.etag)) return;
  if (!matches_weakly(request.if_none_match, head.etag))
    return finish(request, head, views_.body(gzip));
  head.status = 304;
  head.extra = "Vary: Accept-Encoding\r\n";
  finish(request, head, {});
}

// The ETag covers the settings only, for the If-Match of a change; the counters in the body change
// all the time.
void Api::answer_settings(OpenRequest& request, const ConcertView& concert, ResponseHead& head) {
  etag_ = tag_of(settings_tag(concert));
  head.etag = etag_;
  if (meets_if_match(request, etag_)) render_admin(body_, concert);
}

// False: responded 412, because the tag matches none of the If-Match.
bool Api::meets_if_match(OpenRequest& request, std::string_view etag) {
  if (!request.has_if_match || matches_strongly(request.if_match, etag)) return true;
  answer_rejection(request, {.reject = Reject::kPreconditionFailed, .body = {}});
  return false;
}

void Api::finish(OpenRequest& request, const ResponseHead& head, const BodyParts& body) {
  const auto took = std::chrono::steady_clock::now() - request.since;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  stats_.latency_us[static_cast<std::size_t>(request.route)].add(static_cast<std::uint64_t>(us));
  respond_shared(request.route, request.ref, head, body);
  pool_.close(request);
}

void Api::tick() {
  const Instant now = engine_.clock().now();
  while (const auto due = streams_.next_due(*server_, now)) poll_stream(due->place, due->silence);
  take_step();
  stats_.streams.set(streams_.size());
  stats_.requests_open.set(pool_.open_count());
}

void Api::poll_stream(std::uint32_t stream, Duration silence) {
  OpenRequest& open = pool_.open(Route::kTokenEvents, streams_.ref(stream));
  open.stream = stream + 1;
  Command command{streams_.caller(stream), {}, ReadToken{streams_.concert(stream)}};
  set_silence(command, silence);
  submit(open, command);
}

void Api::on_stream_reply(OpenRequest& request, Reply& reply) {
  const std::uint32_t stream = request.stream - 1;
  const RequestRef ref = request.ref;
  pool_.close(request);
  if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
    return streams_.on_entry(*server_, stream, ref, *entry, engine_.clock().now());
  }
  if (!is_transient(reply.reject)) streams_.on_gone(*server_, stream, ref);
}

}  // namespace frontrow
