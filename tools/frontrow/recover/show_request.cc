#include "tools/frontrow/recover/show_request.h"

#include <fmt/format.h>

#include "engine/base/calendar.h"
#include "engine/base/match.h"
#include "engine/base/text.h"
#include "engine/base/uuid.h"
#include "engine/core/apply.h"
#include "engine/core/protocol/command.h"

namespace frontrow::recover {
namespace {

// An id that is assigned from a counter; 0 is none.
template <class T>
std::optional<T> parse_id(std::string_view text) {
  const auto number = parse_number<decltype(T::value)>(text);
  return number && *number != 0 ? std::optional<T>(*number) : std::nullopt;
}

std::optional<SlotId> parse_slot(std::string_view text) {
  const auto number = parse_number<std::uint16_t>(text);
  return number && *number < kSlotCount ? std::optional<SlotId>(*number) : std::nullopt;
}

Error expected(std::string_view what) { return Error{fmt::format("show: expected {}", what)}; }

}  // namespace

Result<AskedThing> parse_thing(const std::vector<std::string>& words) {
  if (words.empty()) return AskedThing(AskOverview{});
  const std::string& kind = words[0];
  const auto has = [&words](std::size_t ids) { return words.size() == ids + 1; };
  if (kind == "concert") {
    const auto concert = has(1) ? parse_id<ConcertId>(words[1]) : std::nullopt;
    if (concert) return AskedThing(AskConcert{*concert});
    return expected("concert C, with the number of a concert");
  }
  if (kind == "user") {
    const auto user = has(1) ? parse_uuid(words[1]) : std::nullopt;
    if (user) return AskedThing(AskUser{*user});
    return expected("user UUID");
  }
  if (kind == "payment") {
    const auto payment = has(1) ? parse_id<PaymentId>(words[1]) : std::nullopt;
    if (payment) return AskedThing(AskPayment{*payment});
    return expected("payment P, with the number of a payment");
  }
  if (kind == "hold") {
    const auto hold = has(1) ? parse_id<HoldId>(words[1]) : std::nullopt;
    if (hold) return AskedThing(AskHold{*hold});
    return expected("hold H, with the number of a hold");
  }
  if (kind == "seat") {
    const auto concert = has(3) ? parse_id<ConcertId>(words[1]) : std::nullopt;
    const auto date = has(3) ? parse_date(words[2]) : std::nullopt;
    const auto seat = has(3) ? parse_id<SeatNumber>(words[3]) : std::nullopt;
    if (concert && date && seat) return AskedThing(AskSeat{*concert, *date, *seat});
    return expected("seat C DATE N, such as seat 1 2027-05-01 12");
  }
  if (kind == "slot") {
    const auto slot = has(1) ? parse_slot(words[1]) : std::nullopt;
    if (slot) return AskedThing(AskSlot{*slot});
    return expected(fmt::format("slot N, 0 to {}", kSlotCount - 1));
  }
  return expected(
      fmt::format("concert, user, payment, hold, seat, slot or nothing, not \"{}\"", kind));
}

Result<AskedTime> parse_at(const std::string& text) {
  if (text.empty()) return AskedTime();
  if (const auto instant = parse_instant(text)) return AskedTime(*instant);
  const std::size_t colon = text.find(':');
  const auto slot =
      colon == text.npos ? std::nullopt : parse_slot(std::string_view(text).substr(0, colon));
  const auto seq = colon == text.npos
                       ? std::nullopt
                       : parse_number<std::uint64_t>(std::string_view(text).substr(colon + 1));
  if (slot && seq && *seq > 0) return AskedTime(AtRecord{*slot, *seq});
  return Error{
      fmt::format("--at: expected a time such as 2026-12-24T20:00:03.500Z or SLOT:SEQ such as "
                  "77:12, not \"{}\"",
                  text)};
}

std::vector<SlotId> slots_of(const AskedThing& thing) {
  return std::visit(
      Match{
          [](const AskConcert& a) { return std::vector{slot_of_concert(a.concert)}; },
          [](const AskHold& a) { return std::vector{slot_of_concert(concert_of(a.hold))}; },
          [](const AskSeat& a) { return std::vector{slot_of_concert(a.concert)}; },
          [](const AskSlot& a) { return std::vector{a.slot}; },
          // Users have tokens in any concert, and payments have two sides.
          [](const auto&) { return std::vector<SlotId>(); },
      },
      thing);
}

std::vector<SlotId> homes_of(const AskedThing& thing) {
  if (const auto* user = std::get_if<AskUser>(&thing)) return {slot_of_user(user->user)};
  if (const auto* payment = std::get_if<AskPayment>(&thing))
    return {slot_of_concert(concert_of(payment->payment))};
  return slots_of(thing);
}

}  // namespace frontrow::recover
