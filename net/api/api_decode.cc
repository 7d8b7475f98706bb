#include "net/api/api_decode.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

#include "engine/base/text.h"
#include "net/json/json_fields.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kPaymentsLimitDefault = 20;
constexpr std::uint32_t kPaymentsLimitMax = 100;
constexpr std::uint32_t kActsLimitDefault = 100;

// A number without leading zeros: an id has one spelling.
template <class T>
std::optional<T> parse_plain_number(std::string_view text) {
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return parse_number<T>(text);
}

// A date on which no concert is played.
constexpr Date kNoDate{-1};

HoldId hold_in(ConcertId concert, std::optional<std::uint64_t> id) {
  const HoldId hold{id.value_or(0)};
  return concert_of(hold) == concert ? hold : make_hold_id(concert, 0);
}

PaymentId payment_in(ConcertId concert, std::optional<std::uint64_t> id) {
  const PaymentId payment{id.value_or(0)};
  return concert_of(payment) == concert ? payment : make_payment_id(concert, 0);
}

Decoded invalid(std::string field, std::string detail) {
  return {DecodeFault::kInvalidField, std::move(field), std::move(detail)};
}

Decoded fault_of(const JsonReader& reader) {
  const JsonError& error = reader.error();
  if (error.kind == JsonError::Kind::kMalformed) {
    return {DecodeFault::kMalformed,
            {},
            fmt::format("The body at byte {}: the text {}.", error.offset, error.why)};
  }
  return invalid(error.field, fmt::format("{} {}.", error.field, error.why));
}

// Takes the next `name=value` off a query.
bool next_parameter(std::string_view& query, std::string_view& name, std::string_view& value) {
  if (query.empty()) return false;
  const std::size_t end = std::min(query.find('&'), query.size());
  const std::string_view pair = query.substr(0, end);
  query.remove_prefix(std::min(end + 1, query.size()));
  const std::size_t equals = std::min(pair.find('='), pair.size());
  name = pair.substr(0, equals);
  value = pair.substr(std::min(equals + 1, pair.size()));
  return true;
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

Decoded decode_payments(const UserId& user, std::string_view query, CommandBody& body) {
  ReadPayments command{user, kPaymentsLimitDefault, {}};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "limit") {
      const auto limit = parse_plain_number<std::uint32_t>(value);
      if (!limit || *limit < 1 || *limit > kPaymentsLimitMax) {
        return invalid("limit",
                       fmt::format("limit must be an integer from 1 to {}.", kPaymentsLimitMax));
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
  const auto seat = [](SeatNumber& s) {
    return json::integer(s, 1, std::numeric_limits<std::uint32_t>::max());
  };
  if (!json::read(reader, request.body, json::required("date", json::date(command.date)),
                  json::required("seats", json::list(command.seats, 1, kSeatsPerHoldMax, seat)))) {
    return fault_of(reader);
  }
  std::sort(command.seats.begin(), command.seats.end());
  if (std::adjacent_find(command.seats.begin(), command.seats.end()) != command.seats.end()) {
    return invalid("seats", "seats must not name a seat twice.");
  }
  body = command;
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

struct QueueFields {
  std::optional<std::uint32_t> max_active, admit_per_second, session_s, idle_s;
};

auto queue_object(QueueFields& q) {
  return json::object(
      json::optional("maxActive", json::integer(q.max_active, 1, kMaxActiveMax)),
      json::optional("admitPerSecond", json::integer(q.admit_per_second, 1, kAdmitPerSecondMax)),
      json::optional("sessionSeconds", json::integer(q.session_s, 1, kSessionSecondsMax)),
      json::optional("idleSeconds", json::integer(q.idle_s, 1, kIdleSecondsMax)));
}

// Checks the list of dates as a whole, fills in default sections and sorts the dates.
Decoded finish_dates(std::vector<DateSpec>& dates, Money default_price) {
  for (std::size_t i = 0; i < dates.size(); ++i) {
    if (dates[i].sections.empty())
      dates[i].sections.push_back({"general", kSeatsPerDateDefault, default_price});
    std::uint64_t seats = 0;
    for (const SectionSpec& section : dates[i].sections) seats += section.seats;
    if (seats > kSeatsPerDateMax) {
      return invalid(fmt::format("dates[{}].sections", i),
                     fmt::format("A date has at most {} seats.", kSeatsPerDateMax));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (dates[j].date == dates[i].date)
        return invalid(fmt::format("dates[{}].date", i), "A date must not be repeated.");
    }
  }
  std::sort(dates.begin(), dates.end(),
            [](const DateSpec& a, const DateSpec& b) { return a.date < b.date; });
  return {};
}

Decoded decode_create(const Request& request, const SaleDefaults& defaults, JsonReader& reader,
                      CommandBody& body) {
  ConcertSpec spec{.currency = defaults.currency, .rules = defaults.rules};
  QueueFields queue;
  const auto section = [](SectionSpec& s) {
    return json::object(json::required("name", json::text(s.name, 1, kSectionNameCharsMax)),
                        json::required("seats", json::integer(s.seats, 1, kSeatsPerDateMax)),
                        json::required("price", json::integer(s.price, 0, kPriceMax)));
  };
  const auto date = [&section](DateSpec& d) {
    return json::object(
        json::required("date", json::date(d.date)),
        json::optional("sections", json::list(d.sections, 0, kSectionsPerDateMax, section)));
  };
  if (!json::read(
          reader, request.body, json::required("title", json::text(spec.title, 1, kTitleCharsMax)),
          json::optional("opensAt", json::instant(spec.opens_at)),
          json::optional("currency", json::currency(spec.currency)),
          json::required("dates", json::list(spec.dates, 1, kDatesPerConcertMax, date)),
          json::optional("queue", queue_object(queue)),
          json::optional("holdSeconds", json::integer(spec.rules.hold_s, 1, kHoldSecondsMax)),
          json::optional("maxSeatsPerUser",
                         json::integer(spec.rules.seats_per_user, 1, kSeatsPerUserMax)))) {
    return fault_of(reader);
  }
  if (spec.currency != defaults.currency) {
    return invalid("currency",
                   fmt::format("The wallets of this server hold {}; nothing else can be paid.",
                               defaults.currency.text()));
  }
  QueueRules& rules = spec.rules.queue;
  rules.max_active = queue.max_active.value_or(rules.max_active);
  rules.admit_per_second = queue.admit_per_second.value_or(rules.admit_per_second);
  rules.session_s = queue.session_s.value_or(rules.session_s);
  rules.idle_s = queue.idle_s.value_or(rules.idle_s);
  if (Decoded fault = finish_dates(spec.dates, defaults.seat_price);
      fault.fault != DecodeFault::kNone)
    return fault;
  body = CreateConcert{std::move(spec)};
  return {};
}

Decoded decode_change(ConcertId concert, const Request& request, JsonReader& reader,
                      CommandBody& body) {
  ChangeConcert c{.concert = concert};
  QueueFields queue;
  if (!json::read(
          reader, request.body,
          json::optional("phase", json::choice(c.phase, {{"open", Phase::kOpen},
                                                         {"paused", Phase::kPaused},
                                                         {"closed", Phase::kClosed}})),
          json::optional("title", json::text(c.title, 1, kTitleCharsMax)),
          json::optional("opensAt", json::instant(c.opens_at)),
          json::optional("queue", queue_object(queue)),
          json::optional("holdSeconds", json::integer(c.hold_s, 1, kHoldSecondsMax)),
          json::optional("maxSeatsPerUser", json::integer(c.seats_per_user, 1, kSeatsPerUserMax)),
          json::optional("revokeTokens", json::boolean(c.revoke_tokens)))) {
    return fault_of(reader);
  }
  c.max_active = queue.max_active;
  c.admit_per_second = queue.admit_per_second;
  c.session_s = queue.session_s;
  c.idle_s = queue.idle_s;
  body = std::move(c);
  return {};
}

Decoded decode_join(ConcertId concert, const Request& request, JsonReader& reader,
                    CommandBody& body) {
  Join command{concert, {}};
  if (!json::read(reader, request.body, json::required("userId", json::uuid(command.user))))
    return fault_of(reader);
  body = command;
  return {};
}

Decoded decode_pay(ConcertId concert, const Request& request, JsonReader& reader,
                   CommandBody& body) {
  std::uint64_t id = 0;
  if (!json::read(reader, request.body,
                  json::required("holdId", json::integer(id, 0, kJsonIntegerMax)))) {
    return fault_of(reader);
  }
  body = Pay{concert, hold_in(concert, id)};
  return {};
}

// An optional body must be empty, or an object without members.
Decoded decode_empty(const Request& request, JsonReader& reader) {
  if (request.body.empty() || json::read(reader, request.body)) return {};
  return fault_of(reader);
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

ConcertId concert_param(const RouteMatch& match) {
  const auto id = parse_plain_number<std::uint32_t>(match.params[0]);
  return ConcertId{id && *id <= kConcertIdMax ? *id : 0};
}

std::optional<UserId> user_param(const RouteMatch& match) { return parse_uuid(match.params[0]); }

Decoded decode_request(const RouteMatch& match, const Request& request,
                       const SaleDefaults& defaults, JsonReader& reader, CommandBody& body) {
  const auto& params = match.params;
  const ConcertId concert = concert_param(match);
  const auto date = [&params] { return parse_date(params[1]).value_or(kNoDate); };
  const auto hold = [&] { return hold_in(concert, parse_plain_number<std::uint64_t>(params[1])); };
  const auto payment = [&] {
    return payment_in(concert, parse_plain_number<std::uint64_t>(params[1]));
  };
  const UserId user = user_param(match).value_or(UserId{});
  switch (match.spec->route) {
    case Route::kJoin:
      return decode_join(concert, request, reader, body);
    case Route::kReadToken:
    case Route::kTokenEvents:
      body = ReadToken{concert};
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
    case Route::kReadDates:
      return decode_dates(concert, request.query, body);
    case Route::kReadSeats:
      body = ReadSeats{concert, date()};
      return {};
    case Route::kPlaceHold:
      return decode_hold(concert, request, reader, body);
    case Route::kReadHold:
      body = ReadHold{hold()};
      return {};
    case Route::kReleaseHold:
      body = ReleaseHold{hold()};
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
    case Route::kListPayments:
      return decode_payments(user, request.query, body);
    case Route::kReadAudit:
      return decode_audit(request.query, body);
    case Route::kCreateConcert:
      return decode_create(request, defaults, reader, body);
    case Route::kChangeConcert:
      return decode_change(concert, request, reader, body);
    case Route::kBlockSeat:
    case Route::kUnblockSeat:
      body =
          BlockSeat{concert, date(), seat_param(params[2]), match.spec->route == Route::kBlockSeat};
      return decode_empty(request, reader);
    case Route::kRefund:
      body = Refund{payment()};
      return decode_empty(request, reader);
    default:
      return {};
  }
}

}  // namespace frontrow
