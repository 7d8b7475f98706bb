#include "net/api/api_problems.h"

#include <array>

#include "net/api/api_render.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

struct RejectText {
  ProblemType type;
  std::string_view detail;
};

// Indexed by the number of Reject.
constexpr std::array<RejectText, kRejectCount> kRejectTexts = {{
    {{"internal-error", "Internal error", 500}, "Internal error."},
    {problems::kNotFound, "There is no such concert."},
    {problems::kInvalidToken,
     "The token is not one that this server gave, or it was revoked. Join the line again."},
    {problems::kWrongToken, "The token belongs to another concert or user."},
    {{"idempotency-key-reused", "Idempotency key reused", 422},
     "This Idempotency-Key was sent with another request before."},
    {{"token-expired", "Token finished", 401},
     "The token has been used, has left or has run out. Join the line again."},
    {{"not-admitted", "Not admitted yet", 403}, "You are still in the line."},
    {{"sale-closed", "Sale closed", 409}, "The sale of this concert is closed."},
    {{"date-not-found", "Date not found", 404}, "The concert is not played on that date."},
    {{"seat-not-found", "Seat not found", 404}, "There is no such seat on that date."},
    {{"hold-not-found", "Hold not found", 404}, "There is no such hold."},
    {{"hold-expired", "Hold expired", 410}, "The hold has run out; its seats are free for others."},
    {{"already-paid", "Already paid", 409}, "The hold has been paid."},
    {{"payment-in-progress", "Payment in progress", 409},
     "A payment is being decided. Try again in a moment."},
    {problems::kNotFound, "There is no such payment."},
    {{"limit-exceeded", "Seat limit exceeded", 422},
     "More seats than one user may have over all holds and payments."},
    {{"seat-unavailable", "Seat unavailable", 409},
     "At least one of the seats is not free. A seat that you gave up is not available to you again "
     "for some "
     "seconds."},
    {{"seat-unavailable", "Seat unavailable", 409}, "The seat is held or sold."},
    {{"invalid-amount", "Invalid amount", 422},
     "The amount must be an integer within the limits of charge and balance, not zero, and "
     "positive in a charge."},
    {{"insufficient-balance", "Insufficient balance", 422}, "The balance is too small."},
    {{"payment-timeout", "Payment not decided in time", 503},
     "The wallet did not answer in time; no money was taken. Try again."},
    {{"line-full", "Line full", 503}, "The line is full."},
    {{"too-many-concerts", "Too many concerts", 409}, "No more concerts can be created here."},
    {problems::kOverloaded, "More requests than can be taken in. This request did nothing."},
    {{"low-disk", "Disk nearly full", 503},
     "The log has too little room for new work. This request did nothing."},
    {{"outcome-unknown", "Outcome unknown", 503},
     "The log, or the way to the instance that keeps this, failed under the request; it may have "
     "been done. Ask again with the same Idempotency-Key."},
    {{"draining", "Shutting down", 503}, "The server is shutting down. Nothing was done."},
    {{"conflicting-settings", "Conflicting settings", 409},
     "opensAt can be changed only until it has come; the sale must open before its last date "
     "closes, and can't be open once all dates have closed; access codes must open before it."},
    {{"instance-unavailable", "Instance unavailable", 503},
     "The instance that keeps this can't be reached. Nothing was done. Try again."},
    {{"hold-refunded", "Hold refunded", 410},
     "The payment of this hold was refunded; its seats are free for others."},
    {{"numbers-exhausted", "Numbers exhausted", 409},
     "All numbers that this concert or wallet can give have been given."},
    {problems::kPreconditionFailed,
     "If-Match names no version that is current. Nothing was done; read it again."},
    {{"low-memory", "Memory nearly full", 503},
     "The server has too little memory for new work. This request did nothing."},
    {{"log-unavailable", "Log unavailable", 503},
     "The log of the cluster takes no changes now. This request did nothing. Try again."},
    {problems::kChallengeFailed, "The challenge has served for another join."},
    {{"ticket-not-found", "Ticket not found", 404}, "There is no such ticket in this concert."},
    {{"ticket-void", "Ticket void", 409}, "The payment of this ticket was refunded."},
    {{"ticket-used", "Ticket used", 409}, "The ticket was checked in before."},
    {problems::kChallengeFailed, "The challenge has expired."},
    {{"date-passed", "Date passed", 422}, "A date of the concert has passed."},
    {{"date-closed", "Date off sale", 409}, "No more seats of this date are sold."},
    {{"not-available", "Not available", 409}, "So many seats are not free, or not side by side."},
    {{"single-seat-left", "Single seat left", 409},
     "The hold would leave a free seat without a neighbour."},
    {{"section-not-found", "Section not found", 404},
     "There is no such section or category on that date."},
    {problems::kNotFound, "There is no such place or user."},
    {{"place-over", "Place over", 409}, "The place in the line, or its session, is over."},
    {{"no-extension-left", "No extension left", 409},
     "The hold can't be extended again, or not beyond the session."},
    {{"holds-differ", "Holds differ", 409},
     "Holds that are paid together must be of one date, and have at most 32 seats together."},
    {{"plan-not-found", "Plan not found", 404}, "There is no such seating plan."},
    {{"too-many-plans", "Too many plans", 409}, "No more seating plans can be registered here."},
    {{"price-missing", "Price missing", 422}, "A category of the plan has no price."},
    {{"category-not-found", "Category not found", 422}, "The plan has no such category."},
    {{"plan-refused", "Plan refused", 422}, "The plan, or the dates made from it, can't be kept."},
    {{"date-cancelled", "Date cancelled", 409},
     "The date was cancelled; its payments are refunded."},
    {{"already-cancelled", "Already cancelled", 409}, "It was cancelled before."},
    {{"not-cancelled", "Not cancelled", 404}, "It is not cancelled."},
    {{"not-sold-out", "Not sold out", 409}, "So many seats are free: hold them."},
    {{"on-waitlist", "On the waitlist", 409},
     "The user waits for other seats of this date already."},
    {{"waitlist-full", "Waitlist full", 409}, "The waitlist of this date takes no more entries."},
    {{"offer-only", "Offer only", 409},
     "The session is for the seats that the waitlist offered; other seats need a turn in the "
     "line."},
    {{"access-code-required", "Access code required", 403},
     "Until the concert opens to everybody, a join needs an access code."},
    {{"access-code-invalid", "Access code invalid", 403},
     "There is no such access code here, or it is not open yet."},
    {{"access-code-used", "Access code used", 403}, "The access code has no use left."},
    {{"too-many-access-codes", "Too many access codes", 409},
     "The concert can't have so many access codes, or so many batches of them."},
    {problems::kNotFound, "The copy of that moment is gone."},
    {{"date-exists", "Date exists", 409}, "The concert has a date of this key."},
    {{"section-exists", "Section exists", 409}, "The date has a section of this name."},
    {{"change-refused", "Change refused", 422}, "The concert can't be changed so."},
    {{"seats-not-paid", "Seats not paid", 409}, "Some seats are not those of this payment."},
    {{"seats-refunded", "Seats refunded", 409}, "Some seats were refunded by another request."},
}};

}  // namespace

const ProblemType& problem_of(Reject reject) {
  return kRejectTexts[static_cast<std::size_t>(reject)].type;
}
std::string_view detail_of(Reject reject) {
  return kRejectTexts[static_cast<std::size_t>(reject)].detail;
}

void append_members(std::string& out, Reject reject, const RejectDetail& d) {
  const auto number = [&out](std::string_view name, auto value) {
    out.append(",\"").append(name).append("\":");
    const fmt::format_int digits(value);
    out.append(digits.data(), digits.size());
  };
  const auto seats = [&out](std::string_view name, const SeatList& list) {
    out.append(",\"").append(name).append("\":");
    JsonWriter json(out);
    json.begin_array();
    for (const SeatNumber seat : list) json.value(seat);
    json.end_array();
  };
  const auto text = [&out](std::string_view name, std::string_view value) {
    out.append(",\"").append(name).append("\":");
    JsonWriter(out).value(value);
  };
  // Of the dates that a request names; none where it names no date.
  const auto date = [&out, &d] {
    if (d.date == Date{}) return;
    out.append(",\"date\":");
    JsonWriter(out).value(d.date);
  };
  switch (reject) {
    case Reject::kNotAdmitted:
      number("position", d.entry.position);
      number("waiting", d.entry.waiting);
      if (d.entry.estimated_wait_s < 0) {
        out.append(",\"estimatedWaitSeconds\":null");
      } else {
        number("estimatedWaitSeconds", d.entry.estimated_wait_s);
      }
      number("pollAfterMs", d.entry.poll_after_ms);
      if (d.entry.phase != Phase{})
        out.append(",\"phase\":\"").append(text_of(d.entry.phase)).append("\"");
      if (d.entry.shuffle != Shuffle::kNone)
        out.append(",\"shuffle\":\"").append(text_of(d.entry.shuffle)).append("\"");
      return;
    case Reject::kSeatNotFound:
      return seats("unknownSeats", d.seats);
    case Reject::kSeatUnavailable:
      seats("unavailableSeats", d.seats);
      return number("seatsAvailable", d.free);
    case Reject::kSeatHeldOrSold:
      return seats("unavailableSeats", d.seats);
    case Reject::kSeatsNotPaid:
    case Reject::kSeatsRefunded:
      return seats("seats", d.seats);
    case Reject::kNotAvailable:
      number("seatsAvailable", d.free);
      return number("together", d.together);
    case Reject::kSingleSeatLeft:
      return seats("seats", d.seats);
    case Reject::kDatePassed:
    case Reject::kDateExists:
    case Reject::kDateNotFound:
    case Reject::kDateCancelled:
      return date();
    case Reject::kSectionNotFound:
    case Reject::kSectionExists:
      if (!d.text.empty()) text("section", d.text);
      return date();
    case Reject::kChangeRefused:
      text("reason", d.text);
      return date();
    case Reject::kLimitExceeded:
      number("limit", d.limit);
      return number("held", d.held);
    case Reject::kInsufficientBalance:
      number("balance", d.balance.minor);
      return number("amount", d.amount.minor);
    case Reject::kInvalidAmount:
      return number("limit", d.amount.minor);
    case Reject::kNotSoldOut:
      return number("seatsAvailable", d.free);
    case Reject::kNoExtensionLeft:
      return number("limit", d.limit);
    case Reject::kPriceMissing:
    case Reject::kNoSuchCategory:
      text("category", d.text);
      return date();
    case Reject::kPlanRefused:
      return text("reason", d.text);
    case Reject::kPlanNotFound:
      return date();
    case Reject::kChallengeSpent:
      out.append(",\"reason\":\"spent\"");
      return;
    case Reject::kChallengeExpired:
      out.append(",\"reason\":\"expired\"");
      return;
    case Reject::kTicketUsed: {
      out.append(",\"usedAt\":");
      JsonWriter(out).value(d.use.at);
      out.append(",\"usedBy\":");
      JsonWriter(out).plain(d.use.by.text());
      return;
    }
    case Reject::kAlreadyPaid:
    case Reject::kHoldRefunded:
      return number("paymentId", d.payment.value);
    default:
      return;
  }
}

std::int64_t retry_after_s(Reject reject, const RejectDetail& d) {
  if (reject == Reject::kNotAdmitted) return (d.entry.poll_after_ms + 999) / 1000;
  if (reject == Reject::kLowDisk || reject == Reject::kLowMemory) return 30;
  if (reject == Reject::kLineFull) return 30;
  if (is_transient(reject) || reject == Reject::kOutcomeUnknown) return 1;
  return -1;
}

}  // namespace frontrow
