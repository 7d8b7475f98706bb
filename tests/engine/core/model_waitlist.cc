// The model's waitlist: all entries are walked, each time.
#include <algorithm>

#include "tests/engine/core/support/model.h"

namespace frontrow::model {
namespace {

std::optional<std::size_t> played_on(const ConcertRow& c, Date date) {
  for (std::size_t i = 0; i < c.spec.dates.size(); ++i) {
    if (c.spec.dates[i].date == date) return i;
  }
  return std::nullopt;
}

TicketNumber newest_of(const ConcertRow& c, const UserId& user) {
  for (std::size_t n = c.places.size(); n > 0; --n) {
    if (c.places[n - 1].user == user) return TicketNumber{static_cast<std::uint32_t>(n)};
  }
  return {};
}

bool is_off_sale(const ConcertRow& c, std::size_t date, Instant now) {
  const Instant closes_at = c.spec.dates[date].closes_at;
  return c.cancelled.contains(date) || (closes_at.is_set() && closes_at <= now);
}

}  // namespace

std::uint32_t Model::seats_counted(const ConcertRow& c, const UserId& user, Instant now) const {
  std::uint32_t counted = 0;
  for (const auto& [id, h] : c.holds) {
    if (h.user != user || is_over(h, now)) continue;
    counted += static_cast<std::uint32_t>(h.seats.size());
    if (h.state == HoldState::kPaid)
      counted -= static_cast<std::uint32_t>(
          seats_refunded(c.payments.at(h.payment), Refunds::kDone).size());
  }
  return counted;
}

// The sections whose free seats the first `before` entries of the date have a claim on.
std::set<std::string> Model::claimed(const ConcertRow& c, std::size_t date, std::size_t before) {
  std::set<std::string> sections;
  const auto found = c.waitlists.find(date);
  for (std::size_t i = 0; found != c.waitlists.end() && i < found->second.size(); ++i) {
    if (i == before) break;
    for (const SectionSpec& s : c.spec.dates[date].sections) {
      const std::string& wish = found->second[i].section;
      if (wish.empty() || wish == s.name) sections.insert(s.name);
    }
  }
  return sections;
}

std::uint32_t Model::count_free(const ConcertRow& c, std::size_t date, const std::string& section,
                                const std::set<std::string>& left_out) const {
  std::uint32_t free = 0;
  std::uint32_t next = 1;
  for (const SectionSpec& s : c.spec.dates[date].sections) {
    const bool counts = (section.empty() || s.name == section) && !left_out.contains(s.name);
    for (std::uint32_t i = 0; i < s.seats; ++i, ++next) {
      const SeatNumber seat{next};
      if (counts && !c.blocked.contains({date, seat}) && owner(c, date, seat) == nullptr) ++free;
    }
  }
  return free;
}

WaitlistView Model::waitlist_view(ConcertId id, const ConcertRow& c, const UserId& user,
                                  Instant now) const {
  WaitlistView v{id, {}, {}};
  for (const std::size_t date : by_date(c)) {
    const auto found = c.waitlists.find(date);
    if (found == c.waitlists.end()) continue;
    const std::vector<WaitingRow>& entries = found->second;
    std::uint32_t position = 0;
    for (const WaitingRow& row : entries) {
      ++position;
      if (row.user != user) continue;
      v.places.push_back({c.spec.dates[date].date, row.section, row.quantity, position,
                          static_cast<std::uint32_t>(entries.size()), row.since});
    }
  }
  for (const auto& [hold, row] : c.holds) {
    const bool is_open = row.state == HoldState::kHeld || row.state == HoldState::kPaying;
    if (row.user == user && row.is_offer && is_open && !is_over(row, now))
      v.offers.push_back(view(id, c, hold));
  }
  return v;
}

Reply Model::join_waitlist(Context& x, const JoinWaitlist& j) {
  ConcertRow* c = find(j.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (!is_own_token(*c, x.command.caller)) return refuse(Reject::kInvalidToken);
  const UserId& user = x.command.caller.user;
  const TicketNumber newest = newest_of(*c, user);
  RejectDetail detail;
  if (c->places[newest.value - 1].state == TokenState::kWaiting) {
    detail.entry = entry(j.concert, *c, newest, x.now);
    return refuse(Reject::kNotAdmitted, detail);
  }
  const bool was_in = c->places[newest.value - 1].state == TokenState::kActive ||
                      c->place_of(newest) <= c->let_in || has_bought(*c, user);
  if (!was_in) return refuse(Reject::kTokenExpired);
  if (c->phase == Phase::kClosed) return refuse(Reject::kSaleClosed);
  const auto date = played_on(*c, j.date);
  if (!date) return refuse(Reject::kDateNotFound);
  const auto& sections = c->spec.dates[*date].sections;
  if (!j.section.empty() &&
      std::ranges::find(sections, j.section, &SectionSpec::name) == sections.end())
    return refuse(Reject::kSectionNotFound);
  if (c->cancelled.contains(*date)) return refuse(Reject::kDateCancelled);
  if (is_off_sale(*c, *date, x.now)) return refuse(Reject::kDateClosed);
  for (const WaitingRow& row : c->waitlists[*date]) {
    if (row.user != user) continue;
    if (row.section != j.section || row.quantity != j.quantity) return refuse(Reject::kOnWaitlist);
    return {Reject::kNone, false, false, waitlist_view(j.concert, *c, user, x.now)};
  }
  detail.limit = c->spec.rules.seats_per_user;
  detail.held = seats_counted(*c, user, x.now);
  if (detail.held + j.quantity > detail.limit) return refuse(Reject::kLimitExceeded, detail);
  detail = {};
  const std::set<std::string> left_out = claimed(*c, *date);
  const PlaceHold wish{j.concert, {}, {}, j.section, j.quantity, false, {}};
  detail.free = count_free(*c, *date, j.section, left_out);
  if (!choose(bits_of(*c, *date, {}, left_out), wish, {}).empty())
    return refuse(Reject::kNotSoldOut, detail);
  c->waitlists[*date].push_back({user, j.section, j.quantity, x.now});
  x.made = true;
  return {Reject::kNone, true, false, waitlist_view(j.concert, *c, user, x.now)};
}

Reply Model::leave_waitlist(Context& x, const LeaveWaitlist& l) {
  ConcertRow* c = find(l.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (auto no = access(l.concert, *c, x.command.caller, Who::kAnybody, x.now)) return *no;
  if (l.date && !played_on(*c, *l.date)) return refuse(Reject::kDateNotFound);
  for (auto& [date, entries] : c->waitlists) {
    if (l.date && c->spec.dates[date].date != *l.date) continue;
    std::erase_if(entries,
                  [&](const WaitingRow& row) { return row.user == x.command.caller.user; });
  }
  return {};
}

Reply Model::read_waitlist(Context& x, const ReadWaitlist& r) {
  ConcertRow* c = find(r.concert);
  if (c == nullptr) return refuse(Reject::kConcertNotFound);
  if (auto no = access(r.concert, *c, x.command.caller, Who::kAnybody, x.now)) return *no;
  return {Reject::kNone, false, false, waitlist_view(r.concert, *c, x.command.caller.user, x.now)};
}

void Model::offer_to(ConcertRow& c, ConcertId id, std::size_t date, const WaitingRow& row,
                     const SeatList& seats, Instant now) {
  const TicketNumber number = newest_of(c, row.user);
  const Instant until = now + seconds(c.spec.rules.offer_s);
  Place& place = c.places[number.value - 1];
  if (place.state == TokenState::kActive) {
    place.expires_at = std::max(place.expires_at, until);
  } else {
    place.state = TokenState::kActive;
    place.admitted_at = now;
    place.expires_at = until;
    place.no_show_checked = true;
    place.is_for_offer = true;
  }
  HoldRow h{row.user, number, date, seats, {}, until};
  h.is_offer = true;
  for (const SeatNumber seat : seats) h.amount.minor += price_of(c.spec.dates[date], seat).minor;
  c.holds[make_hold_id(id, ++c.hold_counter)] = h;
}

// Offers seats to the next who can have them, or takes the next off the list who may have no more;
// false if there is nobody.
bool Model::offer_next(ConcertRow& c, ConcertId id, std::size_t date, Instant now) {
  auto& entries = c.waitlists[date];
  std::set<std::string> wishes;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const WaitingRow row = entries[i];
    if (wishes.contains("")) return false;
    if (!wishes.insert(row.section).second) continue;
    if (seats_counted(c, row.user, now) + row.quantity > c.spec.rules.seats_per_user) {
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
      return true;
    }
    std::set<std::string> left_out;
    if (row.section.empty()) left_out = claimed(c, date, i);
    const PlaceHold wish{id, {}, {}, row.section, row.quantity, false, {}};
    const SeatList seats = choose(bits_of(c, date, {}, left_out), wish, {});
    if (seats.empty()) continue;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    offer_to(c, id, date, row, seats, now);
    return true;
  }
  return false;
}

// An offer on one date may leave its user no seats on another: each offer begins with the first
// date.
void Model::offer_seats(ConcertRow& c, ConcertId id, Instant now) {
  std::size_t date = 0;
  while (c.phase == Phase::kOpen && date < c.spec.dates.size()) {
    const bool offers = !is_off_sale(c, date, now) && offer_next(c, id, date, now);
    date = offers ? 0 : date + 1;
  }
}

}  // namespace frontrow::model
