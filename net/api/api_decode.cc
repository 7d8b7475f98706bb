#include "net/api/api_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <type_traits>

#include "engine/base/text.h"
#include "net/api/api_render.h"
#include "net/api/decode_concert.h"
#include "net/api/decode_export.h"
#include "net/api/decode_faults.h"
#include "net/api/query.h"
#include "net/api/waitlist_document.h"
#include "net/auth/access_code.h"
#include "net/auth/challenge.h"
#include "net/json/json_fields.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kPaymentsLimitDefault = 20;
constexpr std::uint32_t kPaymentsLimitMax = 100;
constexpr std::uint32_t kTicketsLimitMax = 20;  // payments, whose tickets are all signed
constexpr std::uint32_t kActsLimitDefault = 100;
constexpr std::uint32_t kFoundLimitDefault = 100;

// A number without leading zeros: an id has one spelling.
template <class T>
std::optional<T> parse_plain_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_number<T>(text);
}

// A date on which no concert is played: the day after the last one that has a text.
constexpr Date kNoDate{2'932'897};

// The colon of a time may come encoded: RFC 3986 allows both in a path.
Date date_param(std::string_view text) {
  std::string plain(text.substr(0, kDateTextMax + 2));
  const std::size_t at = plain.find('%');
  if (at != plain.npos && (plain.substr(at, 3) == "%3A" || plain.substr(at, 3) == "%3a"))
    plain.replace(at, 3, ":");
  if (text.size() > kDateTextMax + 2) return kNoDate;
  return parse_date(plain).value_or(kNoDate);
}

HoldId hold_in(ConcertId concert, std::optional<std::uint64_t> id) {
  const HoldId hold{id.value_or(0)};
  return concert_of(hold) == concert ? hold : make_hold_id(concert, 0);
}

PaymentId payment_in(ConcertId concert, std::optional<std::uint64_t> id) {
  const PaymentId payment{id.value_or(0)};
  return concert_of(payment) == concert ? payment : make_payment_id(concert, 0);
}

Decoded decode_leave_waitlist(ConcertId concert, std::string_view query, CommandBody& body) {
  LeaveWaitlist command{concert, std::nullopt};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "date") command.date = date_param(value);
  }
  body = command;
  return {};
}

Decoded decode_line_block(ConcertId concert, std::string_view text, CommandBody& body) {
  const auto block = parse_plain_number<std::uint32_t>(text);
  if (!block) return invalid("block", "The last part of the path must be a block's number.");
  body = ReadLineBlock{concert, *block};
  return {};
}

Decoded decode_dates(ConcertId concert, std::string_view query, CommandBody& body) {
  ReadDates command{concert, false};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name != "all") continue;
    if (value != "true" && value != "false") return invalid("all", "all must be true or false.");
    command.all = value == "true";
  }
  body = command;
  return {};
}

std::optional<SeatsForm> parse_seats_form(std::string_view text) {
  if (text == "list") return SeatsForm::kList;
  if (text == "bitmap") return SeatsForm::kBitmap;
  return std::nullopt;
}

// ReadSeats or WatchSeats. The form of a map is the response's matter only. A client that connects
// again names the newest version that it got, besides the one in its target.
template <class Read>
Decoded decode_seats(ConcertId concert, Date date, const Request& request, CommandBody& body) {
  Read command{concert, date};
  std::string_view query = request.query;
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "view" && !parse_seats_form(value))
      return invalid("view", "view must be list or bitmap.");
    if (name != "since") continue;
    command.since = parse_plain_number<std::uint64_t>(value);
    if (!command.since) return invalid("since", "since must be the version of an earlier answer.");
  }
  if (std::is_same_v<Read, WatchSeats> && !request.last_event_id.empty())
    command.since = parse_plain_number<std::uint64_t>(request.last_event_id);
  body = command;
  return {};
}

Decoded decode_payments(const UserId& user, std::string_view query, std::uint32_t limit_max,
                        CommandBody& body) {
  ReadPayments command{user, kPaymentsLimitDefault, {}};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "limit") {
      const auto limit = parse_plain_number<std::uint32_t>(value);
      if (!limit || *limit < 1 || *limit > limit_max) {
        return invalid("limit", fmt::format("limit must be an integer from 1 to {}.", limit_max));
      }
      command.limit = *limit;
    }
    if (name == "before") {
      const auto before = parse_plain_number<std::uint64_t>(value);
      if (!before || *before == 0) return invalid("before", "before must be a payment's id.");
      command.before = PaymentId{*before};
    }
  }
  body = command;
  return {};
}

Decoded decode_audit(std::string_view query, CommandBody& body) {
  ReadAudit command{{}, {}, kActsLimitDefault};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "limit") {
      const auto limit = parse_plain_number<std::uint32_t>(value);
      if (!limit || *limit < 1 || *limit > kActsPerReplyMax) {
        return invalid("limit",
                       fmt::format("limit must be an integer from 1 to {}.", kActsPerReplyMax));
      }
      command.limit = *limit;
    }
    if (name == "after") {
      const auto after = parse_act_position(value);
      if (!after) return invalid("after", "after must be an act's id.");
      command.after = *after;
    }
  }
  body = command;
  return {};
}

Decoded decode_hold(ConcertId concert, const Request& request, JsonReader& reader,
                    CommandBody& body) {
  PlaceHold command{concert, {}, {}};
  std::optional<std::uint32_t> quantity;
  std::optional<bool> together;
  std::optional<std::string> section, category;
  const auto seat = [](SeatNumber& s) {
    return json::integer(s, 1, std::numeric_limits<std::uint32_t>::max());
  };
  if (!json::read(reader, request.body, json::required("date", json::date(command.date)),
                  json::optional("seats", json::list(command.seats, 1, kSeatsPerHoldMax, seat)),
                  json::optional("section", json::text(section, 1, kSectionNameCharsMax)),
                  json::optional("category", json::text(category, 1, kSectionNameCharsMax)),
                  json::optional("quantity", json::integer(quantity, 1, kSeatsPerHoldMax)),
                  json::optional("together", json::boolean(together)))) {
    return fault_of(reader);
  }
  if (command.seats.empty() && !quantity) return invalid("seats", "seats is missing.");
  for (const auto& [name, given] : {std::pair{"quantity", quantity.has_value()},
                                    {"section", section.has_value()},
                                    {"category", category.has_value()},
                                    {"together", together.has_value()}}) {
    if (given && !command.seats.empty())
      return invalid(name, fmt::format("{} is for holds without seats.", name));
  }
  command.section = section.value_or("");
  command.category = category.value_or("");
  command.quantity = quantity.value_or(0);
  command.together = together.value_or(false);
  if (Decoded fault = sort_seats(command.seats); fault.fault != DecodeFault::kNone) return fault;
  body = std::move(command);
  return {};
}

// The fault of a body whose amount may be the reason: a wrong amount has a problem type of its own.
Decoded fault_of_amount(const JsonReader& reader) {
  Decoded fault = fault_of(reader);
  if (fault.field == "amount" && reader.error().why != "is missing")
    fault.fault = DecodeFault::kInvalidAmount;
  return fault;
}

Decoded decode_charge(const UserId& user, const Request& request, JsonReader& reader,
                      CommandBody& body) {
  Charge command{user, {}};
  if (!json::read(
          reader, request.body,
          json::required("amount", json::integer(command.amount, 1, kBalanceMax)),
          json::optional("reference", json::text(command.reference, 1, kReferenceCharsMax)))) {
    return fault_of_amount(reader);
  }
  body = std::move(command);
  return {};
}

Decoded decode_adjustment(const UserId& user, const Request& request, JsonReader& reader,
                          CommandBody& body) {
  AdjustBalance command{user, {}, {}};
  if (!json::read(
          reader, request.body,
          json::required("amount", json::integer(command.amount, -kBalanceMax, kBalanceMax)),
          json::required("reason", json::text(command.reason, 1, kReasonCharsMax)))) {
    return fault_of_amount(reader);
  }
  body = std::move(command);
  return {};
}

// An optional body must be empty, or an object without members.
Decoded decode_empty(const Request& request, JsonReader& reader) {
  if (request.body.empty() || json::read(reader, request.body)) return {};
  return fault_of(reader);
}

// Without a body or its member: all seats that are left.
Decoded decode_refund(PaymentId payment, const Request& request, JsonReader& reader,
                      CommandBody& body) {
  Refund command{payment, {}};
  const auto seat = [](SeatNumber& s) { return json::integer(s, 1, kSeatsPerDateMax); };
  if (!request.body.empty() &&
      !json::read(reader, request.body,
                  json::optional("seats", json::list(command.seats, 1, kSeatsPerHoldMax, seat)))) {
    return fault_of(reader);
  }
  const Decoded fault = sort_seats(command.seats);
  body = std::move(command);
  return fault;
}

// With an identity there is no member that must be there, and so no body.
Decoded decode_join(ConcertId concert, const Request& request, JoinTerms& terms, JsonReader& reader,
                    CommandBody& body) {
  Join command{concert, terms.identity};
  std::string_view code;
  const auto challenge =
      json::optional("challenge", json::text(terms.challenge, 1, kChallengePayloadMax));
  const auto access_code = json::optional("accessCode", json::text(code, 1, kAccessCodeTextMax));
  const bool has_identity = !terms.identity.is_nil();
  const bool is_read =
      has_identity
          ? request.body.empty() || json::read(reader, request.body, challenge, access_code)
          : json::read(reader, request.body, json::required("userId", json::uuid(command.user)),
                       challenge, access_code);
  if (!is_read) return fault_of(reader);
  if (!code.empty()) command.access_code = hash_of_access_code(code);
  body = command;
  return {};
}

Decoded decode_pay(ConcertId concert, const Request& request, JsonReader& reader,
                   CommandBody& body) {
  std::optional<std::uint64_t> single;
  std::vector<std::uint64_t> several;
  const auto hold = [](std::uint64_t& id) { return json::integer(id, 0, kJsonIntegerMax); };
  if (!json::read(reader, request.body,
                  json::optional("holdId", json::integer(single, 0, kJsonIntegerMax)),
                  json::optional("holdIds", json::list(several, 1, kSeatsPerHoldMax, hold)))) {
    return fault_of(reader);
  }
  if (!single && several.empty()) return invalid("holdId", "holdId is missing.");
  if (single && !several.empty())
    return invalid("holdIds", "holdIds is for payments without holdId.");
  if (single) several.push_back(*single);
  std::ranges::sort(several);
  if (std::ranges::adjacent_find(several) != several.end())
    return invalid("holdIds", "holdIds must not name a hold twice.");
  Pay command{concert, {}};
  for (const std::uint64_t id : several) command.holds.push_back(hold_in(concert, id));
  std::ranges::sort(command.holds);
  // Two ids of other concerts stand for one hold that does not exist.
  command.holds.erase(std::unique(command.holds.begin(), command.holds.end()), command.holds.end());
  body = std::move(command);
  return {};
}

// PAYMENT-SEAT, with the seat 0 if the text is no ticket's id.
std::pair<PaymentId, SeatNumber> ticket_in(ConcertId concert, std::string_view text) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const std::string_view seat = text.substr(std::min(dash + 1, text.size()));
  return {payment_in(concert, parse_plain_number<std::uint64_t>(text.substr(0, dash))),
          SeatNumber{parse_plain_number<std::uint32_t>(seat).value_or(0)}};
}

constexpr std::array kPaymentStates = {PaymentState::kStarted, PaymentState::kCompleted,
                                       PaymentState::kRefunding, PaymentState::kRefunded};
constexpr std::array kHoldStates = {HoldState::kHeld, HoldState::kPaying, HoldState::kPaid,
                                    HoldState::kExpired, HoldState::kRefunded};

template <class State>
Decoded decode_state(std::string_view value, std::span<const std::type_identity_t<State>> states,
                     std::optional<State>& out) {
  std::string words;
  for (const State state : states) {
    if (text_of(state) == value) out = state;
    words.append(words.empty() ? "" : ", ").append(text_of(state));
  }
  return out ? Decoded{} : invalid("state", fmt::format("state must be one of {}.", words));
}

// The filters of a list of holds or payments, and its page.
template <class Find, class States>
Decoded decode_find(ConcertId concert, std::string_view query, const States& states,
                    CommandBody& body) {
  Find command{.concert = concert, .limit = kFoundLimitDefault};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "date") {
      command.filter.date = date_param(value);
      if (command.filter.date == kNoDate)
        return invalid("date", "date must be a date such as 2026-12-24 or 2026-12-24T19:30.");
    } else if (name == "state") {
      command.filter.state.reset();
      if (Decoded fault = decode_state(value, {states.begin(), states.end()}, command.filter.state);
          fault.fault != DecodeFault::kNone)
        return fault;
    } else if (name == "user") {
      const auto user = parse_uuid(value);
      if (!user) return invalid("user", "user must be a UUID.");
      command.filter.user = *user;
    } else if (name == "seat") {
      command.filter.seat = SeatNumber{parse_plain_number<std::uint32_t>(value).value_or(0)};
      if (command.filter.seat.value == 0) return invalid("seat", "seat must be a seat's number.");
    } else if (name == "after") {
      const auto after = parse_plain_number<std::uint64_t>(value);
      command.after = decltype(command.after){after.value_or(0)};
      if (!after || concert_of(command.after) != concert)
        return invalid("after", "after must be the member next of the page before.");
    } else if (name == "limit") {
      const auto limit = parse_plain_number<std::uint32_t>(value);
      if (!limit || *limit < 1 || *limit > kFoundPerReplyMax) {
        return invalid("limit",
                       fmt::format("limit must be an integer from 1 to {}.", kFoundPerReplyMax));
      }
      command.limit = *limit;
    } else {
      // A filter that is misspelt would list everything.
      return invalid(std::string(name), "There is no such parameter.");
    }
  }
  body = std::move(command);
  return {};
}

SeatNumber seat_param(std::string_view text) {
  return SeatNumber{parse_plain_number<std::uint32_t>(text).value_or(0)};
}

}  // namespace

std::optional<ActPosition> parse_act_position(std::string_view text) {
  std::array<std::uint64_t, 3> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const std::size_t end = i + 1 < numbers.size() ? text.find('-') : text.size();
    if (end == std::string_view::npos) return std::nullopt;
    const auto number = parse_plain_number<std::uint64_t>(text.substr(0, end));
    if (!number) return std::nullopt;
    numbers[i] = *number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  const auto ms_max = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (numbers[0] > ms_max || numbers[1] >= kSlotCount) return std::nullopt;
  return ActPosition{Instant{static_cast<std::int64_t>(numbers[0])},
                     SlotId{static_cast<std::uint16_t>(numbers[1])}, numbers[2]};
}

SeatsForm seats_form(std::string_view query) {
  SeatsForm form = SeatsForm::kList;
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "view") form = parse_seats_form(value).value_or(form);
  }
  return form;
}

ConcertId concert_param(const RouteMatch& match) {
  const auto id = parse_plain_number<std::uint32_t>(match.params[0]);
  return ConcertId{id && *id <= kConcertIdMax ? *id : 0};
}

std::optional<UserId> user_param(const RouteMatch& match) { return parse_uuid(match.params[0]); }

Decoded decode_request(const RouteMatch& match, const Request& request,
                       const SaleDefaults& defaults, JoinTerms& terms, JsonReader& reader,
                       CommandBody& body) {
  const auto& params = match.params;
  const ConcertId concert = concert_param(match);
  const auto date = [&params] { return date_param(params[1]); };
  const auto hold = [&] { return hold_in(concert, parse_plain_number<std::uint64_t>(params[1])); };
  const auto payment = [&] {
    return payment_in(concert, parse_plain_number<std::uint64_t>(params[1]));
  };
  const UserId user = user_param(match).value_or(UserId{});
  switch (match.spec->route) {
    case Route::kJoin:
      return decode_join(concert, request, terms, reader, body);
    case Route::kReadToken:
    case Route::kTokenEvents:
      body = ReadToken{concert};
      return {};
    case Route::kReadPass:
      body = ReadPass{concert};
      return {};
    case Route::kLeave:
      body = Leave{concert};
      return {};
    case Route::kMetrics:  // shows every concert's numbers
    case Route::kListConcerts:
      body = ListConcerts{};
      return {};
    case Route::kReadConcert:
    case Route::kReadConcertAdmin:
      body = ReadConcert{concert};
      return {};
    case Route::kReadLine:
      body = ReadLine{concert};
      return {};
    case Route::kReadLineBlock:
      return decode_line_block(concert, params[1], body);
    case Route::kReadDates:
      return decode_dates(concert, request.query, body);
    case Route::kReadSeats:
      return decode_seats<ReadSeats>(concert, date(), request, body);
    case Route::kSeatEvents:
      return decode_seats<WatchSeats>(concert, date(), request, body);
    case Route::kPlaceHold:
      return decode_hold(concert, request, reader, body);
    case Route::kListHolds:
      body = ReadHolds{concert};
      return {};
    case Route::kReadHold:
      body = ReadHold{hold()};
      return {};
    case Route::kReleaseHold:
      body = ReleaseHold{hold()};
      return {};
    case Route::kExtendHold:
      body = ExtendHold{hold()};
      return decode_empty(request, reader);
    case Route::kJoinWaitlist:
      return decode_join_waitlist(concert, request, reader, body);
    case Route::kReadWaitlist:
      body = ReadWaitlist{concert};
      return {};
    case Route::kLeaveWaitlist:
      return decode_leave_waitlist(concert, request.query, body);
    case Route::kCreatePlan:
      return decode_new_plan(request, reader, body);
    case Route::kListPlans:
      body = ListPlans{};
      return {};
    case Route::kReadPlan:
      body = ReadPlan{PlanId{parse_plain_number<std::uint32_t>(params[0]).value_or(0)}};
      return {};
    case Route::kPay:
      return decode_pay(concert, request, reader, body);
    case Route::kReadPayment:
      body = ReadPayment{payment()};
      return {};
    case Route::kReadBalance:
      body = ReadBalance{user};
      return {};
    case Route::kCharge:
      return decode_charge(user, request, reader, body);
    case Route::kAdjustBalance:
      return decode_adjustment(user, request, reader, body);
    case Route::kListTickets:
      return decode_payments(user, request.query, kTicketsLimitMax, body);
    case Route::kListPayments:
      return decode_payments(user, request.query, kPaymentsLimitMax, body);
    case Route::kReadAudit:
      return decode_audit(request.query, body);
    case Route::kCreateConcert:
      return decode_create(request, defaults, reader, body);
    case Route::kChangeConcert:
      return decode_change(concert, request, defaults, reader, body);
    case Route::kBlockSeat:
    case Route::kUnblockSeat:
      body =
          BlockSeat{concert, date(), seat_param(params[2]), match.spec->route == Route::kBlockSeat};
      return decode_empty(request, reader);
    case Route::kReadTicket: {
      const auto [paid, seat] = ticket_in(concert, params[1]);
      body = ReadTickets{seat.value == 0 ? make_payment_id(concert, 0) : paid, seat};
      return {};
    }
    case Route::kCheckIn: {
      const auto [paid, seat] = ticket_in(concert, params[1]);
      body = UseTicket{paid, seat};
      return decode_empty(request, reader);
    }
    case Route::kBlockSeats:
      return decode_blocks(concert, date(), request, reader, body);
    case Route::kCancelDate:
      return decode_cancellation(concert, date(), request, reader, body);
    case Route::kCancelConcert:
      return decode_cancellation(concert, std::nullopt, request, reader, body);
    case Route::kReadDateCancellation:
      body = ReadCancellation{concert, date()};
      return {};
    case Route::kReadCancellation:
      body = ReadCancellation{concert, std::nullopt};
      return {};
    case Route::kAddAccessCodes:
      return decode_access_codes(concert, request, reader, body);
    case Route::kReadAccessCodes:
      body = ReadAccessCodes{concert};
      return {};
    case Route::kRefund:
      return decode_refund(payment(), request, reader, body);
    case Route::kSellSeats:
      return decode_sale(concert, request, reader, body);
    case Route::kFindPayments:
      return decode_find<FindPayments>(concert, request.query, kPaymentStates, body);
    case Route::kFindHolds:
      return decode_find<FindHolds>(concert, request.query, kHoldStates, body);
    case Route::kDropHold:
      body = ReleaseHold{hold()};
      return {};
    case Route::kReadSeat:
      body = ReadSeat{concert, date(), seat_param(params[2])};
      return {};
    case Route::kReadSeatStates:
      body = ReadSeatStates{concert, date()};
      return {};
    case Route::kReadVisitor:
      body = ReadVisitor{concert, parse_uuid(params[1]).value_or(UserId{})};
      return {};
    case Route::kExport:
      return decode_export(concert, request.query, body);
    case Route::kEndToken:
      body =
          EndToken{concert, TicketNumber{parse_plain_number<std::uint32_t>(params[1]).value_or(0)}};
      return {};
    default:
      return {};
  }
}

}  // namespace frontrow
