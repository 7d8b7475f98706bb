#include "engine/core/state/seat_map.h"

#include <algorithm>
#include <new>
#include <utility>

#include "engine/base/check.h"

namespace frontrow {

SeatMap::SeatMap(const DateSpec& spec, std::uint32_t date_index, StateHash& hash)
    : hash_(hash), date_index_(date_index), rows_(spec.rows) {
  append(spec.sections);
  hash_ += version_hash();
}

// Makes room for the seats of these sections, all free, and derives rows, stretches and categories
// anew.
void SeatMap::append(std::span<const SectionSpec> sections) {
  const std::uint32_t before = total();
  std::uint32_t next = before + 1;
  for (const SectionSpec& section : sections) {
    sections_.push_back({section.name, section.price, SeatNumber{next},
                         SeatNumber{next + section.seats - 1}, section.kind, section.seats,
                         section.category});
    next += section.seats;
  }
  const std::size_t seats = next - 1;
  std::unique_ptr<Cell[], FreeCells> memory(static_cast<Cell*>(std::calloc(seats, sizeof(Cell))));
  if (memory == nullptr && seats != 0) throw std::bad_alloc();
  std::ranges::copy(cells_, memory.get());
  memory_ = std::move(memory);
  cells_ = {memory_.get(), seats};
  free_bits_.resize((seats + 63) / 64);
  for (std::size_t word = before / 64; word < free_bits_.size(); ++word) {
    const std::uint64_t known =
        word == before / 64 ? (std::uint64_t{1} << (before % 64)) - 1 : std::uint64_t{0};
    free_bits_[word] |= ~known;
  }
  if (seats % 64 != 0) free_bits_.back() &= (std::uint64_t{1} << (seats % 64)) - 1;
  mark_row_ends();
  find_stretches();
  gather_categories();
  counts_[static_cast<std::size_t>(SeatState::kFree)] += total() - before;
  // A longer list of changes would be no shorter than the map.
  flips_ = SeatFlips(std::min<std::size_t>(kSeatChangesKept, total()));
}

void SeatMap::add_sections(std::span<const SectionSpec> sections) {
  if (!rows_.empty())
    for (const SectionSpec& section : sections) rows_.push_back(section.seats);
  append(sections);
  restore_version(version_ + 1);
}

void SeatMap::set_price(const CategoryPrice& price) {
  for (Section& section : sections_)
    if (is_of(section, price.category)) section.price = price.price;
  restore_version(version_ + 1);
}

bool SeatMap::costs_otherwise(const CategoryPrice& price) const {
  return std::ranges::any_of(sections_, [&](const Section& s) {
    return is_of(s, price.category) && s.price != price.price;
  });
}

bool SeatMap::has_price(std::string_view name) const {
  return std::ranges::any_of(sections_, [&](const Section& s) { return is_of(s, name); });
}

void SeatMap::mark_row_ends() {
  row_ends_.assign(free_bits_.size(), 0);
  const auto mark = [this](std::uint32_t n) {
    row_ends_[(n - 1) / 64] |= std::uint64_t{1} << ((n - 1) % 64);
  };
  std::uint32_t last = 0;
  for (const std::uint32_t length : rows_) {
    FR_CHECK(length > 0 && length <= total() - last);
    mark(last += length);
  }
  for (const Section& section : sections_) {
    const bool is_general = section.kind == SectionKind::kGeneral;
    if (rows_.empty() || is_general) mark(section.last.value);
    for (std::uint32_t n = section.first.value; is_general && n < section.last.value; ++n) mark(n);
  }
}

void SeatMap::find_stretches() {
  stretches_.clear();
  for (const Section& s : sections_) {
    const bool goes_on =
        !stretches_.empty() && stretches_.back().kind == s.kind && s.kind == SectionKind::kNumbered;
    if (!goes_on) stretches_.push_back({.first = s.first, .last = s.last, .kind = s.kind});
    stretches_.back().last = s.last;
  }
}

void SeatMap::gather_categories() {
  categories_.clear();
  for (const Section& s : sections_) {
    if (s.category.empty()) continue;
    auto at = std::ranges::find(categories_, s.category, &CategorySeats::name);
    if (at == categories_.end()) {
      categories_.push_back({s.category, std::vector<std::uint64_t>(free_bits_.size())});
      at = categories_.end() - 1;
    }
    for (std::uint32_t n = s.first.value; n <= s.last.value; ++n)
      at->seats[(n - 1) / 64] |= std::uint64_t{1} << ((n - 1) % 64);
  }
}

const Section& SeatMap::section_of(SeatNumber seat) const {
  const auto after =
      std::upper_bound(sections_.begin(), sections_.end(), seat,
                       [](SeatNumber s, const Section& section) { return s < section.first; });
  return *(after - 1);
}

bool SeatMap::has_section(std::string_view name) const {
  return std::ranges::any_of(sections_, [name](const Section& s) { return s.name == name; });
}

// A free seat adds 0 to the hash, so that a new map of 100,000 seats costs nothing to hash.
StateHash SeatMap::cell_hash(SeatNumber seat) const {
  const Cell& c = cell(seat);
  if (c.state == SeatState::kFree) return 0;
  return HashFold(static_cast<std::uint64_t>(EntityKind::kSeat))
      .add(date_index_)
      .add(seat.value)
      .add(c.owner)
      .add(static_cast<std::uint64_t>(c.state))
      .value();
}

StateHash SeatMap::version_hash() const {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kDate))
      .add(date_index_)
      .add(version_)
      .value();
}

void SeatMap::set(SeatNumber seat, SeatState state, std::uint32_t owner) {
  FR_CHECK(contains(seat));
  hash_ -= cell_hash(seat);
  Cell& c = cells_[seat.value - 1];
  const bool was_free = c.state == SeatState::kFree;
  const bool is_now_free = state == SeatState::kFree;
  --counts_[static_cast<std::size_t>(c.state)];
  ++counts_[static_cast<std::size_t>(state)];
  c = {owner, state};
  if (was_free != is_now_free) {
    free_bits_[(seat.value - 1) / 64] ^= std::uint64_t{1} << ((seat.value - 1) % 64);
    Section& section = sections_[static_cast<std::size_t>(&section_of(seat) - sections_.data())];
    section.free += is_now_free ? 1 : ~std::uint32_t{0};
    flips_.note(version_ + 1, seat);  // it shows once the version is counted
  }
  hash_ += cell_hash(seat);
}

StateHash SeatMap::recompute_hash() const {
  StateHash sum = version_hash();
  for (std::uint32_t n = 1; n <= total(); ++n) sum += cell_hash(SeatNumber{n});
  return sum;
}

void SeatMap::bump_version() { set_version(version_ + 1); }

void SeatMap::restore_version(std::uint64_t version) {
  set_version(version);
  forget_changes();
}

void SeatMap::set_version(std::uint64_t version) {
  hash_ -= version_hash();
  version_ = version;
  hash_ += version_hash();
}

std::vector<std::uint64_t> SeatMap::changes_since(std::uint64_t version) const {
  FR_CHECK(knows_changes_since(version));
  std::vector<std::uint64_t> bits(free_bits_.size());
  // A seat that changed twice is as it was.
  flips_.for_each_since(version, [&bits](SeatNumber seat) {
    bits[(seat.value - 1) / 64] ^= std::uint64_t{1} << ((seat.value - 1) % 64);
  });
  return bits;
}

std::vector<std::uint64_t> SeatMap::touched_since(std::uint64_t version) const {
  FR_CHECK(knows_changes_since(version));
  std::vector<std::uint64_t> bits(free_bits_.size());
  flips_.for_each_since(version, [&bits](SeatNumber seat) {
    bits[(seat.value - 1) / 64] |= std::uint64_t{1} << ((seat.value - 1) % 64);
  });
  return bits;
}

}  // namespace frontrow
