#include "net/api/decode_concert.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/core/codec/plan_codec.h"
#include "engine/core/protocol/plan_fault.h"
#include "net/api/decode_faults.h"
#include "net/api/local_time.h"
#include "net/api/plan_document.h"
#include "net/json/json_fields.h"

namespace frontrow {
namespace {

// The document of a plan repeats the name of the category in each seat.
constexpr std::size_t kPlanTextBytesMax = std::size_t{8} << 20;

struct QueueFields {
  std::optional<std::uint32_t> max_active, admit_per_second, session_s, idle_s;
  std::optional<bool> stay_after_payment;
};

auto queue_object(QueueFields& q) {
  return json::object(
      json::optional("maxActive", json::integer(q.max_active, 1, kMaxActiveMax)),
      json::optional("admitPerSecond", json::integer(q.admit_per_second, 1, kAdmitPerSecondMax)),
      json::optional("sessionSeconds", json::integer(q.session_s, 1, kSessionSecondsMax)),
      json::optional("idleSeconds", json::integer(q.idle_s, 1, kIdleSecondsMax)),
      json::optional("stayAfterPayment", json::boolean(q.stay_after_payment)));
}

// An object with a price for each category.
auto price_object(std::vector<CategoryPrice>& prices) {
  return [&prices](JsonReader& reader) {
    if (!reader.enter_object()) return false;
    std::string_view name;
    while (reader.next_member(name)) {
      const bool is_known = std::ranges::any_of(
          prices, [name](const CategoryPrice& p) { return p.category == name; });
      if (is_known) return reader.fail("must not name a category twice");
      if (name.empty() || name.size() > kSectionNameBytesMax)
        return reader.fail("must have the names of categories");
      if (prices.size() == kCategoriesPerPlanMax) return reader.fail("has too many members");
      CategoryPrice& price = prices.emplace_back();
      price.category = std::string(name);
      if (!json::integer(price.price, 0, kPriceMax)(reader)) return false;
    }
    return !reader.failed();
  };
}

// A date as a request has it.
struct DateFields {
  DateSpec spec;
  PlannedDate planned;
};

// Either the date's sections, or a plan and its prices. `path`: of the date.
Decoded check_source(const DateFields& date, const std::string& path) {
  if (!date.planned.plan && !date.planned.prices.empty())
    return invalid(path + ".prices", "prices are for dates with a planId.");
  if (date.planned.plan && !date.spec.sections.empty())
    return invalid(path + ".sections", "The plan has the sections.");
  return {};
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

auto date_object(DateFields& d) {
  return json::object(json::required("date", json::date(d.spec.date)),
                      json::optional("closesAt", json::instant(d.spec.closes_at)),
                      json::optional("sections", json::list(d.spec.sections, 0, kSectionsPerDateMax,
                                                            section_object)),
                      json::optional("planId", json::id(d.planned.plan)),
                      json::optional("prices", price_object(d.planned.prices)));
}

// The change of a date that is on sale. The rest of a postponement follows from its key and the
// place.
auto change_object(DateChange& d) {
  return [&d](JsonReader& reader) {
    std::optional<Date> to;
    if (!json::object(
            json::required("date", json::date(d.date)),
            json::optional("addSections",
                           json::list(d.new_sections, 1, kSectionsPerDateMax, section_object)),
            json::optional("prices", price_object(d.prices)),
            json::optional("postponeTo", json::date(to)))(reader)) {
      return false;
    }
    if (to) d.postponed = Postponement{.to = *to};
    return true;
  };
}

// 1970-01-01T00:00:00Z stands for none inside.
constexpr const char* kNoClosing = "closesAt must be later than 1970-01-01T00:00:00Z.";

Decoded unknown_time_zone() {
  return invalid("timeZone",
                 "timeZone must be a name of the IANA time zone database, such as Asia/Seoul.");
}

// A date begins at its time, or at the end of its day.
Instant begin_of(const LocalTime& place, Date date) {
  return date.has_time() ? place.instant_of(date) : place.end_of_day(date);
}

// When the dates begin and go off sale: when they begin, unless the date or the concert says
// otherwise.
void place_in_time(const LocalTime& place, std::optional<Instant> closes_at,
                   std::vector<DateSpec>& dates) {
  for (DateSpec& d : dates) {
    if (d.date.has_time()) d.starts_at = place.instant_of(d.date);
    if (d.closes_at.is_set()) continue;
    const Instant begin = begin_of(place, d.date);
    d.closes_at = std::min(begin, closes_at.value_or(begin));
  }
}

Decoded place_in_time(ConcertSpec& spec, std::optional<Instant> closes_at) {
  if (closes_at && !closes_at->is_set()) return invalid("closesAt", kNoClosing);
  const std::optional<LocalTime> place = LocalTime::in(spec.time_zone);
  if (!place) return unknown_time_zone();
  place_in_time(*place, closes_at, spec.dates);
  const auto last = std::ranges::max_element(spec.dates, {}, &DateSpec::closes_at);
  if (spec.opens_at.is_set() && spec.opens_at >= last->closes_at)
    return invalid("opensAt", "The sale must open before its last date closes.");
  return {};
}

// Checks the list of dates as a whole, fills in default sections and sorts the dates. `member`:
// that has the list.
Decoded finish_dates(std::vector<DateFields>& fields, std::string_view member, Money default_price,
                     std::vector<DateSpec>& dates, std::vector<PlannedDate>& planned) {
  const auto path = [member](std::size_t i) { return fmt::format("{}[{}]", member, i); };
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (Decoded fault = check_source(fields[i], path(i)); fault.fault != DecodeFault::kNone)
      return fault;
  }
  for (const DateFields& date : fields) dates.push_back(date.spec);
  for (std::size_t i = 0; i < dates.size(); ++i) {
    if (dates[i].sections.empty() && !fields[i].planned.plan)
      dates[i].sections.push_back(
          {.name = "general", .seats = kSeatsPerDateDefault, .price = default_price});
    std::uint64_t seats = 0;
    for (const SectionSpec& section : dates[i].sections) seats += section.seats;
    if (seats > kSeatsPerDateMax) {
      return invalid(path(i) + ".sections",
                     fmt::format("A date has at most {} seats.", kSeatsPerDateMax));
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (dates[j].date == dates[i].date)
        return invalid(path(i) + ".date", "A date must not be repeated.");
    }
  }
  std::ranges::sort(dates, {}, &DateSpec::date);
  std::ranges::sort(fields, {}, [](const DateFields& f) { return f.spec.date; });
  const bool has_plans =
      std::ranges::any_of(fields, [](const DateFields& f) { return f.planned.plan != PlanId{}; });
  for (DateFields& date : fields)
    if (has_plans) planned.push_back(std::move(date.planned));
  return {};
}

// Sorts the ranges, and joins those that touch or overlap.
void join_ranges(std::vector<SeatRange>& ranges) {
  std::ranges::sort(ranges, {}, &SeatRange::first);
  std::size_t kept = 0;
  for (const SeatRange& range : ranges) {
    if (kept > 0 && range.first.value <= ranges[kept - 1].last.value + 1) {
      ranges[kept - 1].last = std::max(ranges[kept - 1].last, range.last);
    } else {
      ranges[kept++] = range;
    }
  }
  ranges.resize(kept);
}

}  // namespace

Decoded decode_create(const Request& request, const SaleDefaults& defaults, JsonReader& reader,
                      CommandBody& body) {
  ConcertSpec spec{.currency = defaults.currency, .rules = defaults.rules, .time_zone = "UTC"};
  QueueFields queue;
  std::optional<Instant> closes_at;
  bool is_shuffled = false;
  std::vector<DateFields> dates;
  if (!json::read(
          reader, request.body, json::required("title", json::text(spec.title, 1, kTitleCharsMax)),
          json::optional("opensAt", json::instant(spec.opens_at)),
          json::optional("closesAt", json::instant(closes_at)),
          json::optional("timeZone", json::text(spec.time_zone, 1, kTimeZoneBytesMax)),
          json::optional("currency", json::currency(spec.currency)),
          json::required("dates", json::list(dates, 1, kDatesPerConcertMax, date_object)),
          json::optional("queue", queue_object(queue)),
          json::optional("holdSeconds", json::integer(spec.rules.hold_s, 1, kHoldSecondsMax)),
          json::optional("maxSeatsPerUser",
                         json::integer(spec.rules.seats_per_user, 1, kSeatsPerUserMax)),
          json::optional("holdExtensions",
                         json::integer(spec.rules.hold_extensions, 0, kHoldExtensionsMax)),
          json::optional("offerSeconds", json::integer(spec.rules.offer_s, 1, kOfferSecondsMax)),
          json::optional("noSingleSeats", json::boolean(spec.rules.no_single_seats)),
          json::optional("order",
                         json::choice(is_shuffled, {{"arrival", false}, {"random", true}})))) {
    return fault_of(reader);
  }
  if (is_shuffled && !spec.opens_at.is_set())
    return invalid("order", "Only a sale that opens later, at opensAt, has a line to shuffle.");
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
  spec.rules.stay_after_payment = queue.stay_after_payment.value_or(false);
  CreateConcert command;
  if (Decoded fault =
          finish_dates(dates, "dates", defaults.seat_price, spec.dates, command.planned);
      fault.fault != DecodeFault::kNone)
    return fault;
  if (Decoded fault = place_in_time(spec, closes_at); fault.fault != DecodeFault::kNone)
    return fault;
  command.spec = std::move(spec);
  if (is_shuffled) command.seed.emplace();  // the API draws it
  body = std::move(command);
  return {};
}

Decoded decode_change(ConcertId concert, const Request& request, const SaleDefaults& defaults,
                      JsonReader& reader, CommandBody& body) {
  ChangeConcert c{.concert = concert};
  QueueFields queue;
  std::vector<DateFields> added;
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
          json::optional("holdExtensions", json::integer(c.hold_extensions, 0, kHoldExtensionsMax)),
          json::optional("offerSeconds", json::integer(c.offer_s, 1, kOfferSecondsMax)),
          json::optional("noSingleSeats", json::boolean(c.no_single_seats)),
          json::optional("revokeTokens", json::boolean(c.revoke_tokens)),
          json::optional("addDates", json::list(added, 1, kDatesPerConcertMax, date_object)),
          json::optional("changeDates",
                         json::list(c.change_dates, 1, kDatesPerConcertMax, change_object)))) {
    return fault_of(reader);
  }
  if (c.closes_at && !c.closes_at->is_set()) return invalid("closesAt", kNoClosing);
  if (Decoded fault = finish_dates(added, "addDates", defaults.seat_price, c.add_dates, c.planned);
      fault.fault != DecodeFault::kNone)
    return fault;
  for (std::size_t i = 0; i < c.change_dates.size(); ++i) {
    if (std::ranges::find(c.change_dates, c.change_dates[i].date, &DateChange::date) !=
        c.change_dates.begin() + static_cast<std::ptrdiff_t>(i))
      return invalid(fmt::format("changeDates[{}].date", i), "A date must not be repeated.");
  }
  c.max_active = queue.max_active;
  c.admit_per_second = queue.admit_per_second;
  c.session_s = queue.session_s;
  c.idle_s = queue.idle_s;
  c.stay_after_payment = queue.stay_after_payment;
  body = std::move(c);
  return {};
}

bool needs_place(const ChangeConcert& change) {
  return !change.add_dates.empty() ||
         std::ranges::any_of(change.change_dates,
                             [](const DateChange& d) { return d.postponed.has_value(); });
}

Decoded place_changed_dates(const std::string& time_zone, ChangeConcert& change) {
  // Older concerts have no time zone.
  const std::optional<LocalTime> place = LocalTime::in(time_zone.empty() ? "UTC" : time_zone);
  if (!place) return unknown_time_zone();
  place_in_time(*place, change.closes_at, change.add_dates);
  for (DateChange& d : change.change_dates) {
    if (!d.postponed) continue;
    Postponement& p = *d.postponed;
    if (p.to.has_time()) p.starts_at = place->instant_of(p.to);
    p.began_at = begin_of(*place, d.date);
    p.begins_at = begin_of(*place, p.to);
  }
  return {};
}

Decoded decode_new_plan(const Request& request, JsonReader& reader, CommandBody& body) {
  Plan plan;
  if (!read_plan(reader, request.body, plan)) return fault_of(reader);
  if (const std::optional<PlanFault> fault = find_plan_fault(plan))
    return invalid(fault->field, fault->why);
  std::size_t text_bytes = 0;
  for (const PlanSection& section : plan.sections)
    for (const PlanRow& row : section.rows)
      for (const PlanSeat& seat : row.seats)
        text_bytes += seat.label.size() + plan.categories[seat.category].size();
  if (text_bytes > kPlanTextBytesMax)
    return invalid("categories", "The plan's document is too large: shorten names and labels.");
  ByteBuffer bytes;
  encode_plan(plan, bytes);
  if (bytes.size() > kPlanBytesMax) {
    return invalid("sections", fmt::format("The plan is too large: {} bytes in its compact form, "
                                           "and at most {} fit. Shorten labels, or leave out "
                                           "positions.",
                                           bytes.size(), kPlanBytesMax));
  }
  body = CreatePlan{{bytes.begin(), bytes.end()}};
  return {};
}

Decoded decode_blocks(ConcertId concert, Date date, const Request& request, JsonReader& reader,
                      CommandBody& body) {
  BlockSeats command{concert, date, {}};
  std::vector<SeatNumber> seats;
  std::vector<std::vector<SeatNumber>> ranges;
  const auto seat = [](SeatNumber& s) { return json::integer(s, 1, kSeatsPerDateMax); };
  const auto range = [&seat](std::vector<SeatNumber>& r) { return json::list(r, 2, 2, seat); };
  if (!json::read(reader, request.body,
                  json::optional("seats", json::list(seats, 1, kRangesPerBlockMax, seat)),
                  json::optional("ranges", json::list(ranges, 1, kRangesPerBlockMax, range)),
                  json::optional("blocked", json::boolean(command.blocked)),
                  json::optional("label", json::text(command.label, 1, kReasonCharsMax)))) {
    return fault_of(reader);
  }
  if (seats.empty() && ranges.empty()) return invalid("seats", "seats or ranges is missing.");
  for (const SeatNumber number : seats) command.ranges.push_back({number, number});
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i][1] < ranges[i][0])
      return invalid(fmt::format("ranges[{}]", i), "A range is its first and its last seat.");
    command.ranges.push_back({ranges[i][0], ranges[i][1]});
  }
  join_ranges(command.ranges);
  body = std::move(command);
  return {};
}

// The price is that of each seat; a seat's own price has the same bound.
Decoded decode_sale(ConcertId concert, const Request& request, JsonReader& reader,
                    CommandBody& body) {
  SellSeats command{concert, {}, {}};
  const auto seat = [](SeatNumber& s) { return json::integer(s, 1, kSeatsPerDateMax); };
  if (!json::read(reader, request.body, json::required("date", json::date(command.date)),
                  json::required("seats", json::list(command.seats, 1, kSeatsPerHoldMax, seat)),
                  json::optional("userId", json::uuid(command.user)),
                  json::optional("price", json::integer(command.price, 0, kPriceMax)),
                  json::required("note", json::text(command.note, 1, kReasonCharsMax)))) {
    return fault_of(reader);
  }
  if (Decoded fault = sort_seats(command.seats); fault.fault != DecodeFault::kNone) return fault;
  body = std::move(command);
  return {};
}

Decoded decode_access_codes(ConcertId concert, const Request& request, JsonReader& reader,
                            CommandBody& body) {
  AddAccessCodes command{.concert = concert, .hashes = {}};
  std::uint32_t count = 0;
  if (!json::read(reader, request.body,
                  json::required("count", json::integer(count, 1, kCodesPerBatchMax)),
                  json::required("uses", json::integer(command.uses, 1, kUsesPerCodeMax)),
                  json::required("opensAt", json::instant(command.opens_at)))) {
    return fault_of(reader);
  }
  command.hashes.resize(count);
  body = std::move(command);
  return {};
}

Decoded decode_cancellation(ConcertId concert, std::optional<Date> date, const Request& request,
                            JsonReader& reader, CommandBody& body) {
  CancelDates command{concert, date};
  const auto reason = json::optional("reason", json::text(command.reason, 1, kReasonCharsMax));
  if (!request.body.empty() && !json::read(reader, request.body, reason)) return fault_of(reader);
  body = std::move(command);
  return {};
}

}  // namespace frontrow
