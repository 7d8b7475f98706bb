#include "engine/core/act_of.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/base/match.h"

namespace frontrow {
namespace {

std::string_view text_of(Phase phase) {
  constexpr std::string_view kTexts[] = {"", "scheduled", "open", "paused", "closed"};
  return kTexts[static_cast<std::size_t>(phase)];
}

// "phase=open queue.maxActive=500", with the names of the API.
class SettingsNote {
 public:
  template <class T>
  void add(std::string_view name, const std::optional<T>& value) {
    if (value) add_text(name, fmt::to_string(*value));
  }
  void add_text(std::string_view name, std::string_view value) {
    fmt::format_to(std::back_inserter(text_), "{}{}={}", text_.empty() ? "" : " ", name, value);
  }
  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
};

// How many dates, sections and prices; a sale may have more than a note can name.
void note_dates(SettingsNote& note, const ChangeConcert& c) {
  std::size_t sections = 0, prices = 0, postponed = 0;
  for (const DateChange& change : c.change_dates) {
    sections += change.new_sections.size();
    prices += change.prices.size();
    postponed += change.postponed ? 1 : 0;
  }
  const auto count = [&note](std::string_view name, std::size_t n) {
    if (n != 0) note.add(name, std::optional(n));
  };
  count("addDates", c.add_dates.size());
  count("changeDates", c.change_dates.size());
  count("addSections", sections);
  count("prices", prices);
  if (postponed == 1 && c.change_dates.size() == 1) {
    note.add_text("postponeTo", to_string(c.change_dates.front().postponed->to));
  } else {
    count("postponed", postponed);
  }
}

std::string note_of(const ChangeConcert& c) {
  SettingsNote note;
  if (c.phase) note.add_text("phase", text_of(*c.phase));
  if (c.opens_at) note.add("opensAt", std::optional(c.opens_at->ms));
  if (c.closes_at) note.add("closesAt", std::optional(c.closes_at->ms));
  note.add("queue.maxActive", c.max_active);
  note.add("queue.admitPerSecond", c.admit_per_second);
  note.add("queue.sessionSeconds", c.session_s);
  note.add("queue.idleSeconds", c.idle_s);
  note.add("holdSeconds", c.hold_s);
  note.add("maxSeatsPerUser", c.seats_per_user);
  note.add("noSingleSeats", c.no_single_seats);
  note.add("holdExtensions", c.hold_extensions);
  note.add("offerSeconds", c.offer_s);
  note.add("queue.stayAfterPayment", c.stay_after_payment);
  if (c.revoke_tokens) note.add_text("revokeTokens", "true");
  note_dates(note, c);
  // Last, as it is a text of the operator's.
  if (c.title) note.add_text("title", *c.title);
  return std::move(note).text();
}

std::string note_of(const AddAccessCodes& c) {
  SettingsNote note;
  note.add("count", std::optional(c.hashes.size()));
  note.add("uses", std::optional(c.uses));
  note.add("opensAt", std::optional(c.opens_at.ms));
  return std::move(note).text();
}

// The note, and the seats: "press 7 8".
std::string note_of(const SellSeats& c) {
  std::string note = c.note;
  for (const SeatNumber seat : c.seats) fmt::format_to(std::back_inserter(note), " {}", seat.value);
  return note;
}

// "seats 3 4".
std::string note_of(const SeatsRefundStarted& e) {
  std::string note = "seats";
  for (const SeatNumber seat : e.seats) note += fmt::format(" {}", seat.value);
  return note;
}

// The reason, and the seats: "sponsors 1-20 25".
std::string note_of(const BlockSeats& c) {
  std::string note = c.label;
  for (const SeatRange& range : c.ranges) {
    if (note.size() > kActNoteBytesMax) break;
    if (!note.empty()) note += ' ';
    note += std::to_string(range.first.value);
    if (range.last != range.first) note += fmt::format("-{}", range.last.value);
  }
  return note;
}

ChargeId charge_of(const Event& event) {
  const auto* once = std::get_if<WalletChargedOnce>(&event);
  return once != nullptr ? once->charge : std::get<WalletCharged>(event).charge;
}

}  // namespace

std::optional<Act> act_of(const Slot& slot, const Command& command, const EventBatch& events) {
  std::optional<Act> act = std::visit(
      Match{
          [&](const CreateConcert& c) -> std::optional<Act> {
            return Act{.kind = ActKind::kCreateConcert,
                       .concert = std::get<ConcertRegistered>(events.front()).concert,
                       .note = c.spec.title};
          },
          [&](const CreatePlan&) -> std::optional<Act> {
            const auto& registered = std::get<PlanRegistered>(events.front());
            return Act{.kind = ActKind::kCreatePlan,
                       .object = registered.plan.value,
                       .note = registered.name};
          },
          [&](const ChangeConcert& c) -> std::optional<Act> {
            const bool is_of_one = c.change_dates.size() == 1;
            return Act{.kind = ActKind::kChangeConcert,
                       .concert = c.concert,
                       .date = is_of_one ? c.change_dates.front().date : Date{},
                       .note = note_of(c)};
          },
          [&](const BlockSeat& c) -> std::optional<Act> {
            return Act{.kind = c.blocked ? ActKind::kBlockSeat : ActKind::kUnblockSeat,
                       .concert = c.concert,
                       .object = c.seat.value,
                       .date = c.date};
          },
          [&](const BlockSeats& c) -> std::optional<Act> {
            return Act{.kind = c.blocked ? ActKind::kBlockSeats : ActKind::kUnblockSeats,
                       .concert = c.concert,
                       .date = c.date,
                       .note = note_of(c)};
          },
          [&](const CancelDates& c) -> std::optional<Act> {
            return Act{.kind = c.date ? ActKind::kCancelDate : ActKind::kCancelConcert,
                       .concert = c.concert,
                       .date = c.date.value_or(Date{}),
                       .note = c.reason};
          },
          [&](const AddAccessCodes& c) -> std::optional<Act> {
            return Act{.kind = ActKind::kAddAccessCodes,
                       .concert = c.concert,
                       .object = std::get<AccessCodesAdded>(events.front()).batch,
                       .note = note_of(c)};
          },
          [&](const SellSeats& c) -> std::optional<Act> {
            const auto& sold = std::get<SeatsSoldAtOffice>(events.back());
            return Act{.kind = ActKind::kSellSeats,
                       .concert = c.concert,
                       .user = c.user,
                       .object = sold.payment.value,
                       .date = c.date,
                       .amount = sold.amount,
                       .note = note_of(c)};
          },
          [&](const Refund& c) -> std::optional<Act> {
            const Payment& payment =
                *slot.find_concert(concert_of(c.payment))->find_payment(c.payment);
            const auto* part = std::get_if<SeatsRefundStarted>(&events.front());
            return Act{.kind = ActKind::kRefund,
                       .concert = concert_of(c.payment),
                       .user = payment.user,
                       .object = c.payment.value,
                       .amount = part == nullptr ? payment.amount : part->amount,
                       .note = part == nullptr ? std::string() : note_of(*part)};
          },
          [&](const Charge& c) -> std::optional<Act> {
            return Act{.kind = ActKind::kCharge,
                       .user = c.user,
                       .object = charge_of(events.front()).value,
                       .amount = c.amount,
                       .note = c.reference};
          },
          [&](const AdjustBalance& c) -> std::optional<Act> {
            return Act{.kind = ActKind::kAdjustBalance,
                       .user = c.user,
                       .object = std::get<WalletAdjusted>(events.front()).adjustment.value,
                       .amount = c.amount,
                       .note = c.reason};
          },
          [&](const ReleaseHold& c) -> std::optional<Act> {
            const Hold& hold = *slot.find_concert(concert_of(c.hold))->find_hold(c.hold);
            return Act{.kind = ActKind::kReleaseHold,
                       .concert = concert_of(c.hold),
                       .user = hold.user,
                       .object = c.hold.value,
                       .date = slot.find_concert(concert_of(c.hold))->dates[hold.date_index]->date,
                       .amount = hold.amount};
          },
          [&](const EndToken& c) -> std::optional<Act> {
            return Act{.kind = ActKind::kEndToken,
                       .concert = c.concert,
                       .user = slot.find_concert(c.concert)->line.token(c.number).user,
                       .object = c.number.value};
          },
          // Among them the use of a ticket, whose event names the key: thousands a minute would
          // displace all acts.
          [](const auto&) -> std::optional<Act> { return std::nullopt; },
      },
      command.body);
  if (!act) return act;
  act->actor = command.caller.actor;
  // Only a faulty peer sends more.
  act->note.resize(std::min(act->note.size(), kActNoteBytesMax));
  return act;
}

}  // namespace frontrow
