// The seats of one date: the free ones, and the owners of the others. 1..100,000 seats in runs of
// one price: sections, or stretches of a plan's sections in one category. A bitmap lists the free
// seats; an 8-byte cell a seat holds its state and owner. One thread. Decides nothing: the caller
// has checked that a transition is allowed.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/protocol/types.h"
#include "engine/core/state/seat_flips.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct Section {
  std::string name;
  Money price;
  SeatNumber first;
  SeatNumber last;
  SectionKind kind = SectionKind::kNumbered;
  std::uint32_t free = 0;
  std::string category;
};

// The longest stretches of seats that are searched as a whole: numbered sections that lie side by
// side, whose rows stay apart, or one general section.
struct Stretch {
  SeatNumber first;
  SeatNumber last;
  SectionKind kind = SectionKind::kNumbered;
};

// The seats of a category, as a mask over the bitmap of free seats.
struct CategorySeats {
  std::string name;
  std::vector<std::uint64_t> seats;
};

class SeatMap {
 public:
  // `date_index` distinguishes the dates of a concert in the hash.
  SeatMap(const DateSpec& spec, std::uint32_t date_index, StateHash& hash);

  bool contains(SeatNumber seat) const { return seat.value >= 1 && seat.value <= total(); }
  SeatState state(SeatNumber seat) const { return cell(seat).state; }
  // The counter of the hold that owns the seat, held or sold; 0 otherwise.
  std::uint32_t owner(SeatNumber seat) const { return cell(seat).owner; }
  bool is_free(SeatNumber seat) const { return state(seat) == SeatState::kFree; }
  const Section& section_of(SeatNumber seat) const;
  bool has_section(std::string_view name) const;
  Money price_of(SeatNumber seat) const { return section_of(seat).price; }

  // Brings the seat's cell into the cache.
  void prefetch(SeatNumber seat) const {
    if (contains(seat)) __builtin_prefetch(&cell(seat));
  }

  void set(SeatNumber seat, SeatState state, std::uint32_t owner);
  // Free seats with the numbers behind the present ones. REQUIRES: the map has no plan.
  void add_sections(std::span<const SectionSpec> sections);
  // Of the sections of this category, or without categories of this name.
  void set_price(const CategoryPrice& price);
  bool has_price(std::string_view name) const;
  bool costs_otherwise(const CategoryPrice& price) const;
  // Counts one change of the map; every event that changes seats calls it once.
  void bump_version();
  // Sets the version, and forgets the changes since earlier ones: of a snapshot, or of a map with
  // other sections, prices or another key than clients know.
  void restore_version(std::uint64_t version);

  // Whether the map knows which seats changed after that version. Soft: only of the newest versions
  // since the last restart.
  bool knows_changes_since(std::uint64_t version) const {
    return version <= version_ && flips_.reaches(version);
  }
  // The seats that were free in that version and are not any more, or the reverse; as free_bits().
  // REQUIRES: knows_changes_since(version).
  std::vector<std::uint64_t> changes_since(std::uint64_t version) const;
  // Likewise every seat that changed since, also one that is again as it was.
  std::vector<std::uint64_t> touched_since(std::uint64_t version) const;
  void forget_changes() { flips_.clear(version_); }

  std::uint32_t total() const { return static_cast<std::uint32_t>(cells_.size()); }
  std::uint32_t count(SeatState state) const { return counts_[static_cast<std::size_t>(state)]; }
  std::uint64_t version() const { return version_; }
  const std::vector<Section>& sections() const { return sections_; }
  // Bit n-1 of the words is seat n.
  const std::vector<std::uint64_t>& free_bits() const { return free_bits_; }
  // The same of the seats that are the last of their row. No seat of a general section has a
  // neighbour.
  const std::vector<std::uint64_t>& row_ends() const { return row_ends_; }
  // As in DateSpec.
  const std::vector<std::uint32_t>& rows() const { return rows_; }
  const std::vector<Stretch>& stretches() const { return stretches_; }
  const std::vector<CategorySeats>& categories() const { return categories_; }
  // Computed from scratch; for checks.
  StateHash recompute_hash() const;

 private:
  void append(std::span<const SectionSpec> sections);
  bool is_of(const Section& section, std::string_view name) const {
    return (section.category.empty() ? section.name : section.category) == name;
  }
  void mark_row_ends();
  void find_stretches();
  void gather_categories();

  struct Cell {
    std::uint32_t owner = 0;
    SeatState state = SeatState::kFree;
  };
  static_assert(sizeof(Cell) == 8);
  // All zero is a free seat without an owner. So calloc() returns cells from zeroed pages, which
  // take memory only once they are written: a new map costs nothing, of any size.
  static_assert(static_cast<int>(SeatState::kFree) == 0);
  struct FreeCells {
    void operator()(Cell* cells) const { std::free(cells); }
  };

  const Cell& cell(SeatNumber seat) const { return cells_[seat.value - 1]; }
  StateHash cell_hash(SeatNumber seat) const;
  StateHash version_hash() const;
  void set_version(std::uint64_t version);

  StateHash& hash_;
  std::uint32_t date_index_;
  std::vector<Section> sections_;
  std::unique_ptr<Cell[], FreeCells> memory_;
  std::span<Cell> cells_;
  std::vector<std::uint64_t> free_bits_;
  std::vector<std::uint64_t> row_ends_;
  std::vector<std::uint32_t> rows_;
  std::vector<Stretch> stretches_;
  std::vector<CategorySeats> categories_;
  std::uint32_t counts_[4] = {};
  std::uint64_t version_ = 1;
  SeatFlips flips_;
};

}  // namespace frontrow
