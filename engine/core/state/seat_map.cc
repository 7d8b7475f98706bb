#include "engine/core/state/seat_map.h"

#include <algorithm>
#include <new>

#include "engine/base/check.h"

namespace frontrow {

SeatMap::SeatMap(const DateSpec& spec, std::uint32_t date_index, StateHash& hash)
    : hash_(hash), date_index_(date_index) {
  std::uint32_t next = 1;
  for (const SectionSpec& section : spec.sections) {
    sections_.push_back({section.name, section.price, SeatNumber{next},
                         SeatNumber{next + section.seats - 1}, section.kind, section.seats});
    next += section.seats;
  }
  const std::size_t seats = next - 1;
  memory_.reset(static_cast<Cell*>(std::calloc(seats, sizeof(Cell))));
  if (memory_ == nullptr && seats != 0) throw std::bad_alloc();
  cells_ = {memory_.get(), seats};
  free_bits_.assign((total() + 63) / 64, ~std::uint64_t{0});
  if (total() % 64 != 0) free_bits_.back() = (std::uint64_t{1} << (total() % 64)) - 1;
  row_ends_.assign(free_bits_.size(), 0);
  for (const Section& section : sections_) {
    const bool is_general = section.kind == SectionKind::kGeneral;
    for (std::uint32_t n = is_general ? section.first.value : section.last.value;
         n <= section.last.value; ++n)
      row_ends_[(n - 1) / 64] |= std::uint64_t{1} << ((n - 1) % 64);
  }
  counts_[static_cast<std::size_t>(SeatState::kFree)] = total();
  hash_ += version_hash();
}

const Section& SeatMap::section_of(SeatNumber seat) const {
  const auto after =
      std::upper_bound(sections_.begin(), sections_.end(), seat,
                       [](SeatNumber s, const Section& section) { return s < section.first; });
  return *(after - 1);
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
  }
  hash_ += cell_hash(seat);
}

StateHash SeatMap::recompute_hash() const {
  StateHash sum = version_hash();
  for (std::uint32_t n = 1; n <= total(); ++n) sum += cell_hash(SeatNumber{n});
  return sum;
}

void SeatMap::bump_version() { restore_version(version_ + 1); }

void SeatMap::restore_version(std::uint64_t version) {
  hash_ -= version_hash();
  version_ = version;
  hash_ += version_hash();
}

}  // namespace frontrow
