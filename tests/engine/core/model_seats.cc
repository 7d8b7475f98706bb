// The model's choice of seats: by the naive search of best_available_model.h.
#include <algorithm>

#include "tests/engine/core/state/best_available_model.h"
#include "tests/engine/core/support/model.h"

namespace frontrow::model {
namespace {

void put(std::vector<std::uint64_t>& bits, std::uint32_t seat) {
  bits[(seat - 1) / 64] |= std::uint64_t{1} << ((seat - 1) % 64);
}

bool has(const std::vector<std::uint64_t>& bits, std::uint32_t seat) {
  return (bits[(seat - 1) / 64] >> ((seat - 1) % 64) & 1) != 0;
}

}  // namespace

// The free seats and the ends of rows, as bitmaps.
Model::SeatBits Model::bits_of(const ConcertRow& c, std::size_t date, const std::string& category,
                               const std::set<std::string>& left_out) const {
  SeatBits bits;
  std::uint32_t next = 1;
  for (const SectionSpec& section : c.spec.dates[date].sections) {
    const std::size_t words = (next + section.seats + 63) / 64;
    bits.free.resize(words);
    bits.row_ends.resize(words);
    const bool is_general = section.kind == SectionKind::kGeneral;
    for (std::uint32_t i = 0; i < section.seats; ++i) {
      const SeatNumber seat{next + i};
      const bool is_row = c.spec.dates[date].rows.empty() && i + 1 == section.seats;
      if (is_general || is_row) put(bits.row_ends, seat.value);
      if (!category.empty() || !left_out.empty()) bits.mask.resize(words);
      const bool is_wanted =
          (category.empty() || section.category == category) && !left_out.contains(section.name);
      if (!bits.mask.empty() && is_wanted) put(bits.mask, seat.value);
      if (!c.blocked.contains({date, seat}) && owner(c, date, seat) == nullptr)
        put(bits.free, seat.value);
    }
    bits.sections.push_back({section.name, section.price, SeatNumber{next},
                             SeatNumber{next + section.seats - 1}, 0, section.kind});
    next += section.seats;
  }
  std::uint32_t end = 0;
  for (const std::uint32_t length : c.spec.dates[date].rows) put(bits.row_ends, end += length);
  return bits;
}

bool Model::rests(const ConcertRow& c, std::size_t date, SeatNumber seat, const UserId& user,
                  Instant now) const {
  bool rests = false;
  for (const GivenUpRow& row : c.given_up) {
    if (row.date != date || std::ranges::find(row.seats, seat) == row.seats.end()) continue;
    rests = row.user == user && row.rests_until > now;
  }
  return rests;
}

// The parts of the date that are searched as a whole: numbered sections that lie side by side, or
// one general section.
std::vector<SectionView> Model::parts_of(const SeatBits& bits, const std::string& name) {
  std::vector<SectionView> parts;
  for (const SectionView& section : bits.sections) {
    if (!name.empty() && section.name != name) continue;
    const bool is_numbered = section.kind == SectionKind::kNumbered;
    if (is_numbered && !parts.empty() && parts.back().kind == section.kind &&
        parts.back().last.value + 1 == section.first.value) {
      parts.back().last = section.last;
    } else {
      parts.push_back(section);
    }
  }
  return parts;
}

// Without the seats that rest, one search after the other.
SeatList Model::restless(
    const ConcertRow& c, std::size_t date, const UserId& user, Instant now,
    const std::function<SeatList(const std::vector<SeatNumber>&)>& find) const {
  std::vector<SeatNumber> without;
  while (true) {
    const SeatList best = find(without);
    const std::size_t known = without.size();
    for (const SeatNumber seat : best) {
      if (rests(c, date, seat, user, now)) without.push_back(seat);
    }
    if (without.size() == known) return best;
    std::ranges::sort(without);
  }
}

SeatList Model::choose(const SeatBits& bits, const PlaceHold& p,
                       const std::vector<SeatNumber>& without) {
  SeatList best;
  int best_grade = 0;
  for (const SectionView& part : parts_of(bits, p.section)) {
    const BestAvailableModel search(
        {bits.free, bits.row_ends, bits.mask, part.first, part.last, without, {}});
    SeatList seats;
    int grade = 0;
    if (part.kind == SectionKind::kGeneral) {
      seats = search.first(p.quantity);
      grade = seats.empty() ? 0 : 3;
    } else if (seats = search.together(p.quantity); !seats.empty()) {
      grade = search.left_alone(seats).empty() ? 3 : 2;
    } else if (!p.together) {
      seats = search.apart(p.quantity);
      grade = seats.empty() ? 0 : 1;
    }
    if (grade > best_grade) best = seats, best_grade = grade;
  }
  return best;
}

SeatList Model::best_seats(const ConcertRow& c, std::size_t date, const PlaceHold& p,
                           const UserId& user, Instant now) const {
  const SeatBits bits = bits_of(c, date, p.category, claimed(c, date));
  return restless(c, date, user, now,
                  [&](const std::vector<SeatNumber>& without) { return choose(bits, p, without); });
}

void Model::count_available(const ConcertRow& c, std::size_t date, const PlaceHold& p,
                            RejectDetail& detail) const {
  const SeatBits bits = bits_of(c, date, p.category, claimed(c, date));
  for (const SectionView& part : parts_of(bits, p.section)) {
    const BestAvailableModel search(
        {bits.free, bits.row_ends, bits.mask, part.first, part.last, {}, {}});
    for (std::uint32_t n = 1; n <= kSeatsPerHoldMax; ++n) {
      const bool is_general = part.kind == SectionKind::kGeneral;
      const SeatList seats = is_general ? search.first(n) : search.together(n);
      if (!seats.empty()) detail.together = std::max(detail.together, n);
    }
    for (std::uint32_t n = part.first.value; n <= part.last.value; ++n) {
      const bool is_wanted = bits.mask.empty() || has(bits.mask, n);
      if (is_wanted && has(bits.free, n)) ++detail.free;
    }
  }
}

SeatList Model::singles_left(const ConcertRow& c, std::size_t date, const SeatList& seats,
                             const UserId& user, Instant now) const {
  const SeatBits bits = bits_of(c, date);
  const auto search = [&](SeatNumber first, SeatNumber last,
                          const std::vector<SeatNumber>& without) {
    return BestAvailableModel({bits.free, bits.row_ends, {}, first, last, without, {}});
  };
  const SeatNumber end = bits.sections.back().last;
  SeatList told;
  for (const SectionView& section : bits.sections) {
    SeatList here;
    for (const SeatNumber seat : seats) {
      if (seat >= section.first && seat <= section.last) here.push_back(seat);
    }
    if (here.empty()) continue;
    const SeatList other =
        restless(c, date, user, now, [&](const std::vector<SeatNumber>& without) {
          return search(section.first, section.last, without)
              .together(static_cast<unsigned>(here.size()));
        });
    if (other.empty() || !search(SeatNumber{1}, end, {}).left_alone(other).empty()) continue;
    for (const SeatNumber single : search(SeatNumber{1}, end, {}).left_alone(seats)) {
      const bool is_beside = std::ranges::any_of(here, [&](SeatNumber seat) {
        return (seat.value + 1 == single.value && !has(bits.row_ends, seat.value)) ||
               (single.value + 1 == seat.value && !has(bits.row_ends, single.value));
      });
      const bool is_new = std::ranges::find(told, single) == told.end();
      if (is_beside && is_new) told.push_back(single);
    }
  }
  return told;
}

}  // namespace frontrow::model
