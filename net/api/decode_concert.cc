#include "net/api/decode_concert.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "net/api/decode_faults.h"
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

}  // namespace

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

}  // namespace frontrow
