#include "net/api/gatherer.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <utility>

namespace frontrow {
namespace {

constexpr std::size_t kPartsAStep = 100;

// True: the response leaves out a part that was refused. Four cases fail the whole request instead:
// a created concert, a payment that may have completed, an audit, and an unknown outcome.
bool may_lack_part(Route route, Reject reject) {
  const bool misses_payment =
      (route == Route::kListPayments || route == Route::kListTickets) && is_transient(reject);
  return route != Route::kCreateConcert && route != Route::kReadAudit &&
         reject != Reject::kOutcomeUnknown && !misses_payment;
}

}  // namespace

Gatherer::Gatherer(RequestPool& pool, Responder& responder, ReplyRenderer& renderer,
                   const Engine& engine, const OperatorViews& operator_views)
    : pool_(pool),
      responder_(responder),
      renderer_(renderer),
      engine_(engine),
      operator_views_(operator_views) {}

bool Gatherer::take(OpenRequest& request, Reply& reply) {
  if (request.gather != nullptr) {
    if (reply.reject != Reject::kNone && !may_lack_part(request.route, reply.reject)) {
      // The created concert exists but can't be read: "nothing was done" would be wrong.
      if (request.route == Route::kCreateConcert && is_transient(reply.reject))
        reply = {Reject::kOutcomeUnknown, false, false, RejectDetail{}};
      return false;
    }
    add_part(request, reply);
    return true;
  }
  if (request.route == Route::kMetrics && is_transient(reply.reject)) {
    // The directory is unavailable: the scrape covers the concerts that it listed last.
    gather_concerts(request, known_concerts_);
  } else if (reply.reject != Reject::kNone) {
    return false;
  } else if (auto* ids = std::get_if<ConcertIds>(&reply.body)) {
    gather_concerts(request, ids->concerts);
  } else if (auto* payments = std::get_if<PaymentsView>(&reply.body)) {
    if (request.route == Route::kListTickets) {
      gather_tickets(request, *payments);
    } else {
      gather_payments(request, *payments);
    }
  } else if (auto* audit = std::get_if<AuditView>(&reply.body)) {
    gather_audit(request, *audit);
  } else if (auto* created = std::get_if<ConcertCreated>(&reply.body)) {
    gather_created(request, *created, reply.replayed);
  } else {
    return false;
  }
  return true;
}

void Gatherer::add_part(OpenRequest& request, Reply& reply) {
  Gather& g = *request.gather;
  if (auto* concert = std::get_if<ConcertView>(&reply.body)) {
    if (request.route == Route::kMetrics) {
      g.scrape->add(*concert);
    } else {
      g.concerts.push_back(std::move(*concert));
    }
  }
  if (auto* payment = std::get_if<PaymentView>(&reply.body)) g.payments.push_back(*payment);
  if (auto* tickets = std::get_if<TicketsView>(&reply.body))
    g.tickets.push_back(std::move(*tickets));
  if (auto* audit = std::get_if<AuditView>(&reply.body)) {
    std::ranges::move(audit->acts, std::back_inserter(g.acts));
    g.more = g.more || audit->more;
    keep_first_acts(g, std::get<ReadAudit>(request.command.body).limit);
  }
  if (--g.awaited == 0) after_step(request);
}

void Gatherer::gather_created(OpenRequest& request, const ConcertCreated& created, bool replayed) {
  request.gather = std::make_unique<Gather>();
  request.gather->awaited = 1;
  request.gather->more = replayed;
  pool_.submit(request, {{}, {}, ReadConcert{created.concert}});
}

void Gatherer::gather_concerts(OpenRequest& request, const std::vector<ConcertId>& ids) {
  request.gather = std::make_unique<Gather>();
  std::vector<ConcertId>& concerts = request.gather->ids;
  concerts = ids;
  // Metrics cover the concerts of this instance only, so that a sum over all instances counts each
  // concert once.
  if (request.route == Route::kMetrics) {
    known_concerts_ = concerts;
    std::erase_if(concerts, [&](ConcertId id) { return !engine_.owns(slot_of_concert(id)); });
    request.gather->scrape = operator_views_.scrape(concerts.size());
  } else {
    request.gather->concerts.reserve(concerts.size());
  }
  request.gather->part_count = concerts.size();
  submit_step(request);
}

// The first slot's acts are there; those of the others follow.
void Gatherer::gather_audit(OpenRequest& request, AuditView& first) {
  request.gather = std::make_unique<Gather>();
  request.gather->acts = std::move(first.acts);
  request.gather->more = first.more;
  request.gather->part_count = kSlotCount - 1;
  submit_step(request);
}

// Keeps the first `limit` acts once there are many more, so that memory stays bounded.
void Gatherer::keep_first_acts(Gather& g, std::size_t limit) {
  if (g.acts.size() <= 4 * limit) return;
  std::ranges::sort(g.acts, {}, &ActView::position);
  g.acts.resize(limit);
  g.more = true;
}

CommandBody Gatherer::command_of_part(const OpenRequest& request, std::size_t part) {
  if (request.route != Route::kReadAudit) return ReadConcert{request.gather->ids[part]};
  ReadAudit read = std::get<ReadAudit>(request.command.body);
  read.slot = SlotId{static_cast<std::uint16_t>(part + 1)};
  return read;
}

void Gatherer::gather_payments(OpenRequest& request, PaymentsView& payments) {
  request.gather = std::make_unique<Gather>();
  Gather& g = *request.gather;
  g.payments = std::move(payments.payments);
  g.more = payments.more;
  // The slots of the concerts hold the outcome of these payments, and all of those at the office.
  std::vector<PaymentId> ids = std::move(payments.undecided);
  ids.insert(ids.end(), payments.of_office.begin(), payments.of_office.end());
  const auto read = [](PaymentId id) { return ReadPayment{id}; };
  if (submit_parts(request, ids, read) && g.awaited == 0) on_parts(request);
}

// The slots of the concerts hold the tickets.
void Gatherer::gather_tickets(OpenRequest& request, const PaymentsView& payments) {
  request.gather = std::make_unique<Gather>();
  Gather& g = *request.gather;
  g.more = payments.more;
  std::vector<PaymentId> ids = payments.undecided;
  ids.insert(ids.end(), payments.of_office.begin(), payments.of_office.end());
  for (const PaymentView& payment : payments.payments) ids.push_back(payment.purchase.payment);
  const auto read = [](PaymentId id) { return ReadTickets{id, {}}; };
  if (submit_parts(request, ids, read) && g.awaited == 0) on_parts(request);
}

// False: a part failed, and its rejection was the response.
template <class Ids, class MakeCommand>
bool Gatherer::submit_parts(OpenRequest& request, const Ids& ids, const MakeCommand& make_command) {
  const std::uint32_t generation = request.generation();
  // Counts one reply more than there are parts, so that immediate replies do not finish it early.
  request.gather->awaited += ids.size() + 1;
  for (const auto id : ids) {
    pool_.submit(request, {{}, {}, make_command(id)});
    if (request.generation() != generation) return false;
  }
  --request.gather->awaited;
  return true;
}

void Gatherer::submit_step(OpenRequest& request) {
  Gather& g = *request.gather;
  const std::size_t first = g.submitted;
  g.submitted = std::min(first + kPartsAStep, g.part_count);
  std::vector<std::size_t> parts(g.submitted - first);
  std::iota(parts.begin(), parts.end(), first);
  const auto command_of = [&request](std::size_t part) { return command_of_part(request, part); };
  if (submit_parts(request, parts, command_of) && g.awaited == 0) after_step(request);
}

// The parts of a step have arrived: the next step follows, in another turn. So a request has at
// most one step's replies on their way, which may be large.
void Gatherer::after_step(OpenRequest& request) {
  const Gather& g = *request.gather;
  if (g.submitted == g.part_count) return on_parts(request);
  due_.push_back({request.index(), request.generation()});
}

// All parts were requested and have arrived.
void Gatherer::on_parts(OpenRequest& request) {
  if (request.route == Route::kCreateConcert) return finish_created(request);
  if (request.route == Route::kListPayments) return finish_payments(request);
  if (request.route == Route::kListTickets) return finish_tickets(request);
  if (request.route == Route::kReadAudit) return finish_audit(request);
  const std::uint32_t generation = request.generation();
  render_step(request);
  if (request.generation() == generation) due_.push_back({request.index(), generation});
}

void Gatherer::take_step() {
  if (due_.empty()) return;
  const Due due = due_.front();
  due_.pop_front();
  OpenRequest* request = pool_.find(due.index, due.generation);
  if (request == nullptr) return;
  if (request->gather->submitted < request->gather->part_count) return submit_step(*request);
  on_parts(*request);
}

// Renders the next step; the last one finishes the request.
void Gatherer::render_step(OpenRequest& request) {
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
bool Gatherer::list_concerts(Gather& g) {
  if (g.order.empty()) {
    g.text = "{\"concerts\":[";
    g.order.resize(g.concerts.size());
    std::iota(g.order.begin(), g.order.end(), 0U);
    std::ranges::sort(g.order, {}, [&g](std::uint32_t i) { return g.concerts[i].concert; });
  }
  const std::size_t end = std::min(g.rendered + kPartsAStep, g.order.size());
  for (; g.rendered < end; ++g.rendered) {
    if (g.rendered != 0) g.text += ',';
    ConcertView& concert = g.concerts[g.order[g.rendered]];
    renderer_.append_public(g.text, concert);
    concert = {};  // freeing all at the end would take long
  }
  if (g.rendered < g.order.size()) {
    // Growth step by step would copy the whole text. Excess memory is never touched.
    if (end == kPartsAStep) g.text.reserve(g.text.size() * (g.order.size() / end + 2));
    return false;
  }
  g.text += "]}";
  return true;
}

void Gatherer::finish_text(OpenRequest& request, const ResponseHead& head) {
  auto text = std::make_shared<const Body>(std::move(request.gather->text));
  responder_.finish(request, head, {{}, std::move(text), {}});
}

void Gatherer::finish_created(OpenRequest& request) {
  const Gather& g = *request.gather;
  const Response response = renderer_.render_created(g.concerts.front(), g.more);
  responder_.finish(request, response.head, response.body);
}

void Gatherer::finish_payments(OpenRequest& request) {
  Gather& g = *request.gather;
  std::stable_sort(
      g.payments.begin(), g.payments.end(),
      [](const PaymentView& a, const PaymentView& b) { return a.paid_at > b.paid_at; });
  const auto& command = std::get<ReadPayments>(request.command.body);
  if (g.payments.size() > command.limit) {
    g.payments.resize(command.limit);
    g.more = true;
  }
  const Response response = renderer_.render_payments(command.user, std::move(g.payments), g.more);
  responder_.finish(request, response.head, response.body);
}

void Gatherer::finish_tickets(OpenRequest& request) {
  Gather& g = *request.gather;
  std::ranges::stable_sort(g.tickets, std::greater{}, &TicketsView::paid_at);
  const auto& command = std::get<ReadPayments>(request.command.body);
  if (g.tickets.size() > command.limit) {
    g.tickets.resize(command.limit);
    g.more = true;
  }
  const Response response = renderer_.render_tickets(command.user, g.tickets, g.more);
  responder_.finish(request, response.head, response.body);
}

void Gatherer::finish_audit(OpenRequest& request) {
  Gather& g = *request.gather;
  const std::size_t limit = std::get<ReadAudit>(request.command.body).limit;
  std::ranges::sort(g.acts, {}, &ActView::position);
  if (g.acts.size() > limit) {
    g.acts.resize(limit);
    g.more = true;
  }
  const Response response = renderer_.render_audit(g.acts, g.more);
  responder_.finish(request, response.head, response.body);
}

}  // namespace frontrow
