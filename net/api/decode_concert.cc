#include "net/api/decode_concert.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "net/api/decode_faults.h"
#include "net/api/local_time.h"
#include "net/json/json_fields.h"

namespace frontrow {
namespace {

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

// One section. Numbered ones have seats, general ones a capacity.
auto section_object(SectionSpec& s) {
  return [&s](JsonReader& reader) {
    std::optional<std::uint32_t> seats, capacity;
    if (!json::object(
            json::required("name", json::text(s.name, 1, kSectionNameCharsMax)),
            json::optional("seats", json::integer(seats, 1, kSeatsPerDateMax)),
            json::optional("capacity", json::integer(capacity, 1, kSeatsPerDateMax)),
            json::required("price", json::integer(s.price, 0, kPriceMax)),
            json::optional("kind", json::choice(s.kind, {{"numbered", SectionKind::kNumbered},
                                                         {"general", SectionKind::kGeneral}})))(
            reader)) {
      return false;
    }
    const bool is_general = s.kind == SectionKind::kGeneral;
    if (is_general && seats) return reader.fail_member("seats", "is for numbered sections");
    if (!is_general && capacity) return reader.fail_member("capacity", "is for general sections");
    if (!seats && !capacity)
      return reader.fail_member(is_general ? "capacity" : "seats", "is missing");
    s.seats = is_general ? *capacity : *seats;
    return true;
  };
}

// 1970-01-01T00:00:00Z stands for none inside.
constexpr const char* kNoClosing = "closesAt must be later than 1970-01-01T00:00:00Z.";

// When the dates begin and go off sale: a date with a time when it begins, another one at the end
// of its day, unless the date or the concert says otherwise.
Decoded place_in_time(ConcertSpec& spec, std::optional<Instant> closes_at) {
  if (closes_at && !closes_at->is_set()) return invalid("closesAt", kNoClosing);
  const std::optional<LocalTime> place = LocalTime::in(spec.time_zone);
  if (!place) {
    return invalid("timeZone",
                   "timeZone must be a name of the IANA time zone database, such as Asia/Seoul.");
  }
  for (DateSpec& d : spec.dates) {
    if (d.date.has_time()) d.starts_at = place->instant_of(d.date);
    if (d.closes_at.is_set()) continue;
    const Instant begin = d.starts_at.is_set() ? d.starts_at : place->end_of_day(d.date);
    d.closes_at = std::min(begin, closes_at.value_or(begin));
  }
  const auto last = std::ranges::max_element(spec.dates, {}, &DateSpec::closes_at);
  if (spec.opens_at.is_set() && spec.opens_at >= last->closes_at)
    return invalid("opensAt", "The sale must open before its last date closes.");
  return {};
}

// Checks the list of dates as a whole, fills in default sections and sorts the dates.
Decoded finish_dates(std::vector<DateSpec>& dates, Money default_price) {
  for (std::size_t i = 0; i < dates.size(); ++i) {
    if (dates[i].sections.empty())
      dates[i].sections.push_back(
          {.name = "general", .seats = kSeatsPerDateDefault, .price = default_price});
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

}  // namespace

Decoded decode_create(const Request& request, const SaleDefaults& defaults, JsonReader& reader,
                      CommandBody& body) {
  ConcertSpec spec{.currency = defaults.currency, .rules = defaults.rules, .time_zone = "UTC"};
  QueueFields queue;
  std::optional<Instant> closes_at;
  const auto date = [](DateSpec& d) {
    return json::object(
        json::required("date", json::date(d.date)),
        json::optional("closesAt", json::instant(d.closes_at)),
        json::optional("sections", json::list(d.sections, 0, kSectionsPerDateMax, section_object)));
  };
  if (!json::read(
          reader, request.body, json::required("title", json::text(spec.title, 1, kTitleCharsMax)),
          json::optional("opensAt", json::instant(spec.opens_at)),
          json::optional("closesAt", json::instant(closes_at)),
          json::optional("timeZone", json::text(spec.time_zone, 1, kTimeZoneBytesMax)),
          json::optional("currency", json::currency(spec.currency)),
          json::required("dates", json::list(spec.dates, 1, kDatesPerConcertMax, date)),
          json::optional("queue", queue_object(queue)),
          json::optional("holdSeconds", json::integer(spec.rules.hold_s, 1, kHoldSecondsMax)),
          json::optional("maxSeatsPerUser",
                         json::integer(spec.rules.seats_per_user, 1, kSeatsPerUserMax)),
          json::optional("noSingleSeats", json::boolean(spec.rules.no_single_seats)))) {
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
  if (Decoded fault = place_in_time(spec, closes_at); fault.fault != DecodeFault::kNone)
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
          json::optional("closesAt", json::instant(c.closes_at)),
          json::optional("queue", queue_object(queue)),
          json::optional("holdSeconds", json::integer(c.hold_s, 1, kHoldSecondsMax)),
          json::optional("maxSeatsPerUser", json::integer(c.seats_per_user, 1, kSeatsPerUserMax)),
          json::optional("noSingleSeats", json::boolean(c.no_single_seats)),
          json::optional("revokeTokens", json::boolean(c.revoke_tokens)))) {
    return fault_of(reader);
  }
  if (c.closes_at && !c.closes_at->is_set()) return invalid("closesAt", kNoClosing);
  c.max_active = queue.max_active;
  c.admit_per_second = queue.admit_per_second;
  c.session_s = queue.session_s;
  c.idle_s = queue.idle_s;
  body = std::move(c);
  return {};
}

}  // namespace frontrow
