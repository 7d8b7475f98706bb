// Responses made of many replies: lists, metrics, a created concert.
//
// Parts of long responses (all concerts) are requested and rendered in steps of kConcertsAStep, one
// step a turn, so that a thread with ten thousand concerts serves other requests in between.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <span>

#include "engine/core/protocol/settings_tag.h"
#include "net/api/api.h"
#include "net/api/api_render.h"
#include "net/http/preconditions.h"

namespace frontrow {
namespace {

constexpr std::size_t kConcertsAStep = 100;

}  // namespace

// Takes a reply that is a part of a response, or that leads to its parts. False: neither.
bool Api::gather(OpenRequest& request, Reply& reply) {
  if (auto* ids = std::get_if<ConcertIds>(&reply.body)) {
    gather_concerts(request, *ids);
    return true;
  }
  if (auto* payments = std::get_if<PaymentsView>(&reply.body)) {
    gather_payments(request, *payments);
    return true;
  }
  if (auto* created = std::get_if<ConcertCreated>(&reply.body)) {
    request.gather = std::make_unique<Gather>();
    request.gather->awaited = 1;
    request.gather->more = reply.replayed;
    submit(request, {{}, {}, ReadConcert{created->concert}});
    return true;
  }
  if (request.gather == nullptr) return false;
  Gather& g = *request.gather;
  if (auto* concert = std::get_if<ConcertView>(&reply.body)) {
    if (request.route == Route::kMetrics) {
      g.scrape->add(*concert);
    } else {
      g.concerts.push_back(std::move(*concert));
    }
  }
  if (auto* payment = std::get_if<PaymentView>(&reply.body)) g.payments.push_back(*payment);
  if (--g.awaited == 0 && g.asked == g.ids.size()) on_parts(request);
  return true;
}

void Api::gather_concerts(OpenRequest& request, const ConcertIds& ids) {
  request.gather = std::make_unique<Gather>();
  std::vector<ConcertId>& concerts = request.gather->ids;
  concerts = ids.concerts;
  // Metrics cover the concerts of this instance only, so that a sum over all instances counts each
  // concert once.
  if (request.route == Route::kMetrics) {
    known_concerts_ = concerts;
    std::erase_if(concerts, [&](ConcertId id) { return !engine_.owns(slot_of_concert(id)); });
    request.gather->scrape = operator_views_.scrape(concerts.size());
  } else {
    request.gather->concerts.reserve(concerts.size());
  }
  ask_some(request);
}

void Api::gather_payments(OpenRequest& request, PaymentsView& payments) {
  request.gather = std::make_unique<Gather>();
  Gather& g = *request.gather;
  g.payments = std::move(payments.payments);
  g.more = payments.more;
  // The slots of the concerts hold the outcome of these payments.
  const auto read = [](PaymentId id) { return ReadPayment{id}; };
  if (submit_parts(request, payments.undecided, read) && g.awaited == 0) on_parts(request);
}

// False: a part failed, and its rejection was the response.
template <class Ids, class MakeCommand>
bool Api::submit_parts(OpenRequest& request, const Ids& ids, const MakeCommand& make_command) {
  const std::uint32_t generation = request.generation;
  // Counts one reply more than there are parts, so that immediate replies do not finish it early.
  request.gather->awaited += ids.size() + 1;
  for (const auto id : ids) {
    submit(request, {{}, {}, make_command(id)});
    if (request.generation != generation) return false;
  }
  --request.gather->awaited;
  return true;
}

void Api::ask_some(OpenRequest& request) {
  Gather& g = *request.gather;
  const std::size_t count = std::min(kConcertsAStep, g.ids.size() - g.asked);
  const std::span<const ConcertId> ids = std::span(g.ids).subspan(g.asked, count);
  g.asked += count;
  if (!submit_parts(request, ids, [](ConcertId id) { return ReadConcert{id}; })) return;
  if (g.asked < g.ids.size()) return due_.push_back({request.index, request.generation});
  if (g.awaited == 0) on_parts(request);
}

// All parts were requested and have arrived.
void Api::on_parts(OpenRequest& request) {
  const bool is_long = request.route == Route::kMetrics || request.route == Route::kListConcerts;
  if (!is_long) return finish_gather(request);
  const std::uint32_t generation = request.generation;
  render_step(request);
  if (request.generation == generation) due_.push_back({request.index, generation});
}

void Api::take_step() {
  if (due_.empty()) return;
  const Due due = due_.front();
  due_.pop_front();
  OpenRequest* request = pool_.find(due.index, due.generation);
  if (request == nullptr) return;
  if (request->gather->asked < request->gather->ids.size()) return ask_some(*request);
  on_parts(*request);
}

// Renders the next step; the last one finishes the request.
void Api::render_step(OpenRequest& request) {
  Gather& g = *request.gather;
  switch (request.route) {
    case Route::kMetrics:
      if (g.scrape->step(g.text)) return;
      return finish_text(request, {.content_type = kMetricsContentType});
    case Route::kListConcerts:
      if (!list_concerts(g)) return;
      return finish_text(request, {});
    default:
      return;
  }
}

// Appends the next concerts, ordered by id. True: the list is complete.
bool Api::list_concerts(Gather& g) {
  if (g.order.empty()) {
    g.text = "{\"concerts\":[";
    g.order.resize(g.concerts.size());
    std::iota(g.order.begin(), g.order.end(), 0U);
    std::ranges::sort(g.order, {}, [&g](std::uint32_t i) { return g.concerts[i].concert; });
  }
  const std::size_t end = std::min(g.rendered + kConcertsAStep, g.order.size());
  for (; g.rendered < end; ++g.rendered) {
    if (g.rendered != 0) g.text += ',';
    ConcertView& concert = g.concerts[g.order[g.rendered]];
    views_.open(concert);
    views_.append_to(g.text);
    concert = {};  // freeing all at the end would take long
  }
  if (g.rendered < g.order.size()) {
    // Growth step by step would copy the whole text. Excess memory is never touched.
    if (end == kConcertsAStep) g.text.reserve(g.text.size() * (g.order.size() / end + 2));
    return false;
  }
  g.text += "]}";
  return true;
}

void Api::finish_text(OpenRequest& request, const ResponseHead& head) {
  finish(request, head, {{}, std::make_shared<const Body>(std::move(request.gather->text)), {}});
}

void Api::finish_gather(OpenRequest& request) {
  body_.clear();
  Gather& g = *request.gather;
  std::stable_sort(
      g.payments.begin(), g.payments.end(),
      [](const PaymentView& a, const PaymentView& b) { return a.paid_at > b.paid_at; });
  ResponseHead head;
  if (request.route == Route::kCreateConcert) {
    head.status = 201;
    head.idempotency_replayed = g.more;
    location_ = fmt::format("/v1/admin/concerts/{}", g.concerts.front().concert.value);
    head.location = location_;
    etag_ = tag_of(settings_tag(g.concerts.front()));
    head.etag = etag_;
    render_admin(body_, g.concerts.front());
  } else {
    const auto& command = std::get<ReadPayments>(request.command.body);
    for (PaymentView& payment : g.payments) payment.currency = settings_.defaults.currency;
    if (g.payments.size() > command.limit) {
      g.payments.resize(command.limit);
      g.more = true;
    }
    render_payments(body_, command.user, g.payments, g.more);
  }
  finish(request, head, {body_, {}, {}});
}

}  // namespace frontrow
