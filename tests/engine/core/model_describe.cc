#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/core/apply.h"
#include "tests/engine/core/support/model.h"

namespace frontrow::model {
namespace {

std::string user_text(const UserId& user) { return fmt::format("u{}", user.bytes[15]); }

template <class List>
std::string seats_text(const List& seats) {
  std::string text = "[";
  for (const auto seat : seats) text += fmt::format("{} ", seat.value);
  return text + "]";
}

std::string text_of(const Done&) { return "done"; }
std::string text_of(const QueueEntry& e) {
  return fmt::format(
      "entry c{} phase {} {} state {} number {} epoch {} position {} of {} until {} at {} offered "
      "{} "
      "waitlist {} shuffle {} place {}",
      e.concert.value, int(e.phase), user_text(e.user), int(e.state), e.number.value, e.token_epoch,
      e.position, e.waiting, e.expires_at.ms, e.at.ms, e.offered.value, e.waitlist_position,
      int(e.shuffle), e.place.value);
}
std::string text_of(const HoldView& h) {
  return fmt::format("hold {} date {} seats {} amount {} until {} state {}", h.hold.value,
                     h.date.days, seats_text(h.seats), h.amount.minor, h.expires_at.ms,
                     int(h.state));
}
std::string text_of(const Purchase& p) {
  return fmt::format("payment {} hold {} c{} {} date {} seats {} amount {}", p.payment.value,
                     p.hold.value, p.concert.value, user_text(p.user), p.date.days,
                     seats_text(p.seats), p.amount.minor);
}
std::string text_of(const PaymentView& p) {
  std::string text = fmt::format("{} balance {} at {} state {}", text_of(p.purchase),
                                 p.balance.minor, p.paid_at.ms, int(p.state));
  for (const HoldId id : p.released) text += fmt::format(" released {}", id.value);
  if (p.is_of_office) text += " at the office";
  if (!p.refunded.empty())
    text += fmt::format(" refunded {} of {}", p.refunded_amount.minor, seats_text(p.refunded));
  return text;
}
std::string text_of(const RefundView& r) {
  return fmt::format("refund of {} balance {} at {}{}", text_of(r.purchase), r.balance.minor,
                     r.refunded_at.ms, r.is_of_office ? " at the office" : "");
}
std::string text_of(const BalanceView& b) {
  return fmt::format("{} has {}", user_text(b.user), b.balance.minor);
}
std::string text_of(const ChargeView& c) {
  return fmt::format("{} charged {} has {}", user_text(c.user), c.amount.minor, c.balance.minor);
}
std::string text_of(const AdjustmentView& a) {
  return fmt::format("{} adjusted {} has {} for {}", user_text(a.user), a.amount.minor,
                     a.balance.minor, a.reason);
}
std::string text_of(const WaitlistView& v) {
  std::string text = fmt::format("waitlist of c{}", v.concert.value);
  for (const WaitlistPlace& p : v.places)
    text += fmt::format("; {} of {} '{}' {} of {} since {}", p.quantity, p.date.days, p.section,
                        p.position, p.waiting, p.since.ms);
  for (const HoldView& hold : v.offers) text += "; offered " + text_of(hold);
  return text;
}
std::string text_of(const HoldsView& v) {
  std::string text = fmt::format("holds in c{}", v.concert.value);
  for (const HoldView& hold : v.holds) text += "; " + text_of(hold);
  return text;
}
std::string text_of(const AuditView& v) {
  return fmt::format("{} acts, more {}", v.acts.size(), v.more);
}
std::string text_of(const PassView& p) {
  return fmt::format("pass c{} {} number {} from {} until {}", p.concert.value, user_text(p.user),
                     p.number.value, p.admitted_at.ms, p.expires_at.ms);
}
std::string text_of(const TicketUse& use) {
  return fmt::format("seat {} used at {} by {}", use.seat.value, use.at.ms, use.by.text());
}
std::string text_of(const TicketsView& v) {
  std::string text = fmt::format("tickets of {} paid at {} state {} seat {}", text_of(v.purchase),
                                 v.paid_at.ms, int(v.state), v.seat.value);
  for (const TicketUse& use : v.uses) text += "; " + text_of(use);
  if (!v.refunded.empty()) text += "; refunded " + seats_text(v.refunded);
  return text;
}
std::string text_of(const ConcertCreated& c) { return fmt::format("concert {}", c.concert.value); }
std::string text_of(const PaymentsView& v) {
  std::string text = fmt::format("payments, more {}, undecided", v.more);
  std::vector<std::uint64_t> ids;
  for (const PaymentId id : v.undecided) ids.push_back(id.value);
  std::sort(ids.begin(), ids.end());
  for (const std::uint64_t id : ids) text += fmt::format(" {}", id);
  for (const PaymentView& p : v.payments) text += "; " + text_of(p);
  for (const PaymentId id : v.of_office) text += fmt::format("; at the office {}", id.value);
  return text;
}
std::string text_of(const DatesView& v) {
  std::string text = "dates";
  for (const DateView& d : v.dates)
    text += fmt::format(" {}: {} of {}", d.date.days, d.free, d.total);
  return text;
}
std::string text_of(const SeatsView& v) {
  std::string text =
      fmt::format("seats {} free {} of {}, bits {}", v->date.days, v->free, v->total, v->free_bits);
  for (const SectionView& s : v->sections) {
    text += fmt::format(" {} {}..{} price {} free {}", s.name, s.first.value, s.last.value,
                        s.price.minor, s.free);
  }
  return text;
}
std::string text_of(const SeatChanges& v) {
  return fmt::format("seats {} free {}, {} freed, {} taken", v.date.days, v.free, v.freed.size(),
                     v.taken.size());
}
std::string text_of(const WatchedSeats& v) {
  return fmt::format("{}, reset {}, closed {}, cancelled {}", text_of(v.changes), v.is_reset,
                     v.is_closed, v.is_cancelled);
}
std::string text_of(const ConcertView& v) {
  std::string text = fmt::format(
      "concert {} '{}' opens {} phase {} joined {} waiting {} active {} epoch {} revenue {} of "
      "{}-{}",
      v.concert.value, v.title, v.opens_at.ms, int(v.phase), v.joined, v.waiting, v.active,
      v.token_epoch, v.revenue.minor, v.payments, v.refunds);
  if (v.shuffle) text += " promise " + to_hex(v.shuffle->commitment);
  if (v.shuffle && v.shuffle->revealed)
    text += fmt::format(" kept by {} for {}", to_hex(v.shuffle->revealed->seed),
                        v.shuffle->revealed->count);
  for (const ConcertDateRef& d : v.dates)
    text += fmt::format(" {}: {}/{}/{}/{}", d->date.days, d->free, d->held, d->sold, d->blocked);
  return text;
}
std::string text_of(const CancellationView& v) {
  return fmt::format("cancelled c{} at {}: {} payments, {} refunding, {} refunded, {} undecided",
                     v.concert.value, v.cancelled_at.ms, v.payments, v.refunding, v.refunded,
                     v.undecided);
}
std::string text_of(const AccessCodesView& v) {
  std::string text = "codes";
  for (const CodeBatchView& b : v.batches)
    text += fmt::format(" {}: {} of {} uses from {}, {} used {} times", b.batch, b.count, b.uses,
                        b.opens_at.ms, b.codes_used, b.uses_spent);
  return text;
}
std::string text_of(const ConcertIds& v) { return fmt::format("{} concerts", v.concerts.size()); }
std::string text_of(const RejectDetail&) { return {}; }
// The simulation asks for no plan and none of the box office's records.
template <class Record>
  requires(std::same_as<Record, FoundPayments> || std::same_as<Record, FoundHolds> ||
           std::same_as<Record, SeatRecord> || std::same_as<Record, SeatStates> ||
           std::same_as<Record, LineView> || std::same_as<Record, LineBlock> ||
           std::same_as<Record, VisitorRecord> || std::same_as<Record, PlanCreated> ||
           std::same_as<Record, PlanView> || std::same_as<Record, PlansView> ||
           std::same_as<Record, ExpandedDates> || std::same_as<Record, ExportPage>)
std::string text_of(const Record&) {
  return "record";
}

// Of a rejection's detail, the members of its code only.
std::string text_of(Reject reject, const RejectDetail& d) {
  std::string text(name_of(reject));
  if (reject == Reject::kNotAdmitted) text += ": " + text_of(d.entry);
  if (reject == Reject::kSeatNotFound) text += seats_text(d.seats);
  if (reject == Reject::kSeatUnavailable)
    text += fmt::format("{} free {}", seats_text(d.seats), d.free);
  if (reject == Reject::kLimitExceeded) text += fmt::format(" {} of {}", d.held, d.limit);
  if (reject == Reject::kInsufficientBalance)
    text += fmt::format(" {} of {}", d.balance.minor, d.amount.minor);
  if (reject == Reject::kInvalidAmount) text += fmt::format(" bound {}", d.amount.minor);
  if (reject == Reject::kNotAvailable)
    text += fmt::format(" of {}, {} together", d.free, d.together);
  if (reject == Reject::kSingleSeatLeft) text += seats_text(d.seats);
  if (reject == Reject::kSeatsNotPaid || reject == Reject::kSeatsRefunded)
    text += seats_text(d.seats);
  if (reject == Reject::kTicketUsed) text += ": " + text_of(d.use);
  if (reject == Reject::kAlreadyPaid || reject == Reject::kHoldRefunded)
    text += fmt::format(" by {}", d.payment.value);
  return text;
}

}  // namespace

std::string describe(const Reply& reply) {
  if (reply.reject != Reject::kNone) {
    const auto* detail = std::get_if<RejectDetail>(&reply.body);
    return detail == nullptr ? "rejection without detail" : text_of(reply.reject, *detail);
  }
  const std::string body = std::visit([](const auto& b) { return text_of(b); }, reply.body);
  return fmt::format("{}{}{}", reply.created ? "created " : "", reply.replayed ? "replayed " : "",
                     body);
}

std::string describe(const CommandBody& body) {
  std::string text = name_of(body);
  std::visit(
      [&text](const auto& c) {
        if constexpr (requires { c.concert.value; }) text += fmt::format(" c{}", c.concert.value);
        if constexpr (requires { c.hold.value; }) text += fmt::format(" hold {}", c.hold.value);
        if constexpr (requires { c.holds.size(); })
          for (const HoldId id : c.holds) text += fmt::format(" hold {}", id.value);
        if constexpr (requires { c.payment.value; })
          text += fmt::format(" payment {}", c.payment.value);
        if constexpr (requires { c.purchase; }) text += " " + text_of(c.purchase);
        if constexpr (requires {
                        c.date.days;
                        c.seats.size();
                      })
          text += fmt::format(" date {}", c.date.days);
        if constexpr (requires { c.seats.size(); }) text += " seats " + seats_text(c.seats);
        if constexpr (requires { c.total; }) text += fmt::format(" of {} in all", c.total.minor);
        if constexpr (requires { c.price; })
          text += fmt::format(" to {} for {}", user_text(c.user), c.price ? c.price->minor : -1);
        if constexpr (requires { c.ranges; })
          for (const SeatRange& range : c.ranges)
            text += fmt::format(" {}..{}", range.first.value, range.last.value);
        if constexpr (requires { c.date.has_value(); })
          text += c.date ? fmt::format(" date {}", c.date->days) : " all dates";
        if constexpr (std::is_same_v<std::decay_t<decltype(c)>, JoinWaitlist>)
          text += fmt::format(" date {} {} of '{}'", c.date.days, c.quantity, c.section);
        if constexpr (requires { c.category; })
          text += fmt::format(" {} of '{}' '{}'{}", c.quantity, c.section, c.category,
                              c.together ? " together" : "");
        if constexpr (requires { c.number.value; })
          text += fmt::format(" number {}", c.number.value);
        if constexpr (requires { c.challenge; }) text += fmt::format(" challenge {}", c.challenge);
        if constexpr (requires { c.access_code; })
          if (c.access_code != Hash128{}) text += fmt::format(" code {}", c.access_code.low);
        if constexpr (requires { c.hashes; })
          text +=
              fmt::format(" {} codes of {} uses from {}", c.hashes.size(), c.uses, c.opens_at.ms);
        if constexpr (requires { c.change_dates; }) {
          for (const DateSpec& date : c.add_dates)
            text += fmt::format(" adds {} of {} sections", date.date.days, date.sections.size());
          for (const DateChange& d : c.change_dates) {
            text += fmt::format(" changes {}", d.date.days);
            for (const SectionSpec& s : d.new_sections)
              text += fmt::format(" +{} of '{}'", s.seats, s.name);
            for (const CategoryPrice& p : d.prices)
              text += fmt::format(" '{}' costs {}", p.category, p.price.minor);
            if (d.postponed) text += fmt::format(" to {}", d.postponed->to.days);
          }
        }
        if constexpr (requires { c.is_late; }) text += c.is_late ? " late" : "";
        if constexpr (requires { c.seat.value; }) text += fmt::format(" seat {}", c.seat.value);
        if constexpr (requires { c.granted; }) text += c.granted ? " granted" : " refused";
        if constexpr (requires { c.post; }) text += c.post ? " post" : " void";
        if constexpr (requires { c.amount.minor; }) text += fmt::format(" {}", c.amount.minor);
      },
      body);
  return text;
}

}  // namespace frontrow::model
