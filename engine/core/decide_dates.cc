// Changes of the dates of a concert that is on sale: new dates and sections, prices, postponements.
#include <fmt/format.h>

#include <algorithm>

#include "engine/core/decide.h"

namespace frontrow {
namespace {

const Postponement* postponement_of(const ConcertDate& date, const ChangeConcert& c) {
  const auto change = std::ranges::find(c.change_dates, date.date, &DateChange::date);
  return change == c.change_dates.end() || !change->postponed ? nullptr : &*change->postponed;
}

// The concert as it will be, as far as the bounds and the keys of its dates go.
struct DatesAhead {
  explicit DatesAhead(const Concert& concert) {
    for (const auto& date : concert.dates) {
      keys.push_back(date->date);
      bytes.add(date->spec());
    }
  }
  bool has(Date date) const { return std::ranges::find(keys, date) != keys.end(); }

  std::vector<Date> keys;
  DateBytes bytes;
};

std::uint64_t seats_in(const std::vector<SectionSpec>& sections) {
  std::uint64_t seats = 0;
  for (const SectionSpec& section : sections) seats += section.seats;
  return seats;
}

Reject decide_sections(const Concert& c, const ConcertDate& date, const DateChange& change,
                       DatesAhead& ahead, EventBatch& out, RejectDetail& detail) {
  const std::vector<SectionSpec>& added = change.new_sections;
  if (added.empty()) return Reject::kNone;
  detail.text = "a date with a plan has the sections of the plan";
  if (date.plan) return Reject::kChangeRefused;
  for (auto section = added.begin(); section != added.end(); ++section) {
    detail.text = section->name;
    const bool is_repeated = std::find_if(added.begin(), section, [&](const SectionSpec& s) {
                               return s.name == section->name;
                             }) != section;
    if (is_repeated || date.seats.has_section(section->name)) return Reject::kSectionExists;
  }
  detail.text = fmt::format("a date has at most {} seats", kSeatsPerDateMax);
  if (date.seats.total() + seats_in(added) > kSeatsPerDateMax) return Reject::kChangeRefused;
  detail.text = fmt::format("a date has at most {} sections", kSectionsPerDateMax);
  if (date.seats.sections().size() + added.size() > kSectionsPerDateMax)
    return Reject::kChangeRefused;
  ahead.bytes.add({.date = change.date, .sections = added});
  out.push_back(SectionsAdded{c.id, index_of(c, date), added});
  return Reject::kNone;
}

Reject decide_prices(const Concert& c, const ConcertDate& date, const DateChange& change,
                     EventBatch& out, RejectDetail& detail) {
  for (const CategoryPrice& price : change.prices) {
    detail.text = price.category;
    if (!date.seats.has_price(price.category)) return Reject::kSectionNotFound;
  }
  const bool differs = std::ranges::any_of(
      change.prices, [&](const CategoryPrice& price) { return date.seats.costs_otherwise(price); });
  if (differs) out.push_back(PricesChanged{c.id, index_of(c, date), change.prices});
  return Reject::kNone;
}

Reject decide_postponement(const Concert& c, const ConcertDate& date, const ChangeConcert& command,
                           const Postponement& to, Instant now, DatesAhead& ahead, EventBatch& out,
                           RejectDetail& detail) {
  detail.date = to.to;
  if (ahead.has(to.to)) return Reject::kDateExists;
  if (to.begins_at <= now) return Reject::kDatePassed;
  std::ranges::replace(ahead.keys, date.date, to.to);
  out.push_back(DatePostponed{c.id, index_of(c, date), to.to, to.starts_at,
                              closing_after(date, command, now)});
  return Reject::kNone;
}

Reject decide_change(const Concert& c, const ChangeConcert& command, const DateChange& change,
                     Instant now, DatesAhead& ahead, EventBatch& out, RejectDetail& detail) {
  detail.date = change.date;
  const ConcertDate* date = c.find_date(change.date);
  if (date == nullptr) return Reject::kDateNotFound;
  if (std::ranges::count(command.change_dates, change.date, &DateChange::date) > 1)
    return Reject::kDateExists;
  if (date->is_cancelled()) return Reject::kDateCancelled;
  if (const Reject r = decide_prices(c, *date, change, out, detail); r != Reject::kNone) return r;
  if (const Reject r = decide_sections(c, *date, change, ahead, out, detail); r != Reject::kNone)
    return r;
  if (!change.postponed) return Reject::kNone;
  return decide_postponement(c, *date, command, *change.postponed, now, ahead, out, detail);
}

}  // namespace

// A date that goes off sale when it begins does so after it was postponed, too.
Instant closing_after(const ConcertDate& date, const ChangeConcert& c, Instant now) {
  const Postponement* to = postponement_of(date, c);
  if (to == nullptr) return c.closes_at ? date.closing_for(*c.closes_at, now) : date.closes_at;
  if (c.closes_at) return std::min(to->begins_at, *c.closes_at);
  if (!date.closes_at.is_set() || date.closes_at == to->began_at) return to->begins_at;
  return std::min(to->begins_at, date.closes_at);
}

Reject change_dates(const Concert& concert, const ChangeConcert& c, Instant now, EventBatch& out,
                    RejectDetail& detail) {
  if (c.add_dates.empty() && c.change_dates.empty()) return Reject::kNone;
  DatesAhead ahead(concert);
  for (const DateChange& change : c.change_dates) {
    if (const Reject r = decide_change(concert, c, change, now, ahead, out, detail);
        r != Reject::kNone)
      return r;
  }
  for (const DateSpec& date : c.add_dates) {
    detail.date = date.date;
    if (ahead.has(date.date)) return Reject::kDateExists;
    if (date.closes_at <= now || is_past(date.date, date.starts_at, now))
      return Reject::kDatePassed;
    ahead.keys.push_back(date.date);
    ahead.bytes.add(date);
    detail.text = fmt::format("a date has 1 to {} seats", kSeatsPerDateMax);
    const std::uint64_t seats = seats_in(date.sections);
    if (seats == 0 || seats > kSeatsPerDateMax) return Reject::kChangeRefused;
  }
  detail.text = fmt::format("a concert has at most {} dates", kDatesPerConcertMax);
  if (ahead.keys.size() > kDatesPerConcertMax) return Reject::kChangeRefused;
  detail.text = "the dates have too many runs of seats together; create another concert";
  if (!ahead.bytes.fit()) return Reject::kChangeRefused;
  if (!c.add_dates.empty()) out.push_back(DatesAdded{concert.id, c.add_dates});
  return Reject::kNone;
}

}  // namespace frontrow
