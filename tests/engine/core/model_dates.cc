// The model's dates: as they are after a change, and why they can't be.
#include <algorithm>

#include "tests/engine/core/support/model.h"

namespace frontrow::model {
namespace {

std::string priced_by(const SectionSpec& section) {
  return section.category.empty() ? section.name : section.category;
}

void postpone(DateSpec& date, const Postponement& to, const ChangeConcert& change) {
  const bool closes_as_it_begins = !date.closes_at.is_set() || date.closes_at == to.began_at;
  Instant closes_at = closes_as_it_begins ? to.begins_at : date.closes_at;
  if (change.closes_at) closes_at = *change.closes_at;
  date.date = to.to;
  date.starts_at = to.starts_at;
  date.closes_at = std::min(closes_at, to.begins_at);
}

}  // namespace

const DateChange* Model::change_of(const ChangeConcert& change, Date date) {
  for (const DateChange& d : change.change_dates) {
    if (d.date == date) return &d;
  }
  return nullptr;
}

std::vector<DateSpec> Model::dates_after(const ConcertRow& c, const ChangeConcert& change,
                                         Instant now) {
  std::vector<DateSpec> dates = c.spec.dates;
  for (std::size_t i = 0; i < dates.size(); ++i) {
    DateSpec& date = dates[i];
    const DateChange* d = change_of(change, date.date);
    if (d != nullptr && d->postponed) {
      postpone(date, *d->postponed, change);
    } else if (change.closes_at && !is_past(date.date, date.starts_at, now) &&
               !c.cancelled.contains(i)) {
      // Dates that have begun stay as they are; none closes later than it begins.
      date.closes_at = *change.closes_at;
      if (date.starts_at.is_set()) date.closes_at = std::min(date.closes_at, date.starts_at);
    }
    if (d == nullptr) continue;
    for (SectionSpec& section : date.sections) {
      for (const CategoryPrice& p : d->prices)
        if (priced_by(section) == p.category) section.price = p.price;
    }
    for (const SectionSpec& section : d->new_sections) {
      date.sections.push_back(section);
      if (!date.rows.empty()) date.rows.push_back(section.seats);
    }
  }
  dates.insert(dates.end(), change.add_dates.begin(), change.add_dates.end());
  return dates;
}

Reject Model::why_not(const ConcertRow& c, const ChangeConcert& change, Instant now) {
  std::vector<Date> keys;
  for (const DateSpec& date : c.spec.dates) keys.push_back(date.date);
  const auto has = [&keys](Date date) { return std::ranges::find(keys, date) != keys.end(); };
  for (const DateChange& d : change.change_dates) {
    std::size_t i = 0;
    while (i < c.spec.dates.size() && c.spec.dates[i].date != d.date) ++i;
    if (i == c.spec.dates.size()) return Reject::kDateNotFound;
    if (c.cancelled.contains(i)) return Reject::kDateCancelled;
    const std::vector<SectionSpec>& sections = c.spec.dates[i].sections;
    for (const CategoryPrice& p : d.prices) {
      if (std::ranges::find(sections, p.category, priced_by) == sections.end())
        return Reject::kSectionNotFound;
    }
    std::set<std::string> names;
    for (const SectionSpec& s : sections) names.insert(s.name);
    for (const SectionSpec& s : d.new_sections) {
      if (!names.insert(s.name).second) return Reject::kSectionExists;
    }
    if (!d.postponed) continue;
    if (has(d.postponed->to)) return Reject::kDateExists;
    if (d.postponed->begins_at <= now) return Reject::kDatePassed;
    keys[i] = d.postponed->to;
  }
  for (const DateSpec& date : change.add_dates) {
    if (has(date.date)) return Reject::kDateExists;
    if (date.closes_at <= now || is_past(date.date, date.starts_at, now))
      return Reject::kDatePassed;
    keys.push_back(date.date);
  }
  return Reject::kNone;
}

std::vector<std::size_t> Model::by_date(const ConcertRow& c) {
  std::vector<std::pair<Date, std::size_t>> keys;
  for (std::size_t i = 0; i < c.spec.dates.size(); ++i) keys.emplace_back(c.spec.dates[i].date, i);
  std::ranges::sort(keys);
  std::vector<std::size_t> order;
  for (const auto& key : keys) order.push_back(key.second);
  return order;
}

}  // namespace frontrow::model
