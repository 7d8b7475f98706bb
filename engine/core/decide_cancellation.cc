// Dates that are not played. The refunds begin in expire.cc, a bounded number at a time.
#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

// The dates that a command is about; none if there is no such date.
std::vector<const ConcertDate*> dates_of(const Concert& c, const std::optional<Date>& date) {
  std::vector<const ConcertDate*> dates;
  for (const auto& d : c.dates) {
    if (!date || d->date == *date) dates.push_back(d.get());
  }
  return dates;
}

CancellationView cancellation_view(const Concert& c, const std::optional<Date>& date) {
  CancellationView view{.concert = c.id, .date = date};
  for (const ConcertDate* d : dates_of(c, date)) {
    if (!d->is_cancelled()) continue;
    view.cancelled_at = std::max(view.cancelled_at, d->cancelled_at);
    view.undecided += d->payments_undecided;
    view.refunding += d->payments_refunding;
    view.refunded += d->payments_refunded;
    view.payments += d->payments_paid + d->payments_refunding + d->payments_refunded;
  }
  return view;
}

}  // namespace

Reject decide(const Ask& ask, const CancelDates& c, EventBatch& out, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const std::vector<const ConcertDate*> dates = dates_of(*concert, c.date);
  if (dates.empty()) return Reject::kDateNotFound;
  const RequestKey& key = ask.command.key;
  const bool is_reused = key.present() && std::ranges::any_of(dates, [&](const auto* date) {
                           return date->cancel_key.key == key.key && date->cancel_key != key;
                         });
  if (is_reused) return Reject::kIdempotencyKeyReused;
  for (const ConcertDate* date : dates) {
    if (!date->is_cancelled())
      out.push_back(DateCancelled{concert->id, index_of(*concert, *date), key});
  }
  // The same request again, whose answer was lost.
  const bool is_repeated = key.present() && std::ranges::any_of(dates, [&](const auto* date) {
                             return date->cancel_key == key;
                           });
  if (out.empty()) return is_repeated ? Reject::kNone : Reject::kAlreadyCancelled;
  if (!c.date && concert->phase != Phase::kClosed)
    out.push_back(PhaseChanged{concert->id, Phase::kClosed});
  return Reject::kNone;
}

void answer(const Ask& ask, const CancelDates& c, const EventBatch&, Reply& reply) {
  reply.body = cancellation_view(concert_at(ask, c.concert), c.date);
}

Reject decide(const Ask& ask, const ReadCancellation& c, EventBatch&, RejectDetail&) {
  const Concert* concert = ask.slot.find_concert(c.concert);
  if (concert == nullptr) return Reject::kConcertNotFound;
  const std::vector<const ConcertDate*> dates = dates_of(*concert, c.date);
  if (dates.empty()) return Reject::kDateNotFound;
  const bool is_any = std::ranges::any_of(dates, &ConcertDate::is_cancelled);
  return is_any ? Reject::kNone : Reject::kNotCancelled;
}

void answer(const Ask& ask, const ReadCancellation& c, const EventBatch&, Reply& reply) {
  reply.body = cancellation_view(concert_at(ask, c.concert), c.date);
}

}  // namespace frontrow
