// A seating plan: the seats of a venue with the labels that stand on them. Immutable once it is
// registered; any number of dates refer to it. Seats are numbered from 1 in the plan's order:
// section by section, row by row, from left to right. That order is the order of preference, too:
// holds by quantity get the first seats that fit.
#pragma once

#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "engine/core/protocol/types.h"

namespace frontrow {

struct PlanSeat {
  std::string label;           // unique in its section and row
  std::uint16_t category = 0;  // index of Plan::categories
  bool accessible = false;
  std::int32_t x = 0;  // position, in hundredths of the plan's unit; y grows away from the stage
  std::int32_t y = 0;
  bool operator==(const PlanSeat&) const = default;
};

// Seats side by side. A row with an aisle is two rows of one label.
struct PlanRow {
  std::string label;
  std::vector<PlanSeat> seats;
  bool operator==(const PlanRow&) const = default;
};

// Numbered sections have rows, general ones a capacity and a category.
struct PlanSection {
  std::string name;
  SectionKind kind = SectionKind::kNumbered;
  std::uint32_t capacity = 0;
  std::uint16_t category = 0;
  std::vector<PlanRow> rows;
  std::uint32_t seat_count() const {
    return std::accumulate(rows.begin(), rows.end(), capacity,
                           [](std::uint32_t n, const auto& row) {
                             return n + static_cast<std::uint32_t>(row.seats.size());
                           });
  }
  bool operator==(const PlanSection&) const = default;
};

struct Plan {
  std::string name;
  std::vector<std::string> categories;  // each once
  std::vector<PlanSection> sections;    // names each once
  std::uint32_t seat_count() const {
    return std::accumulate(sections.begin(), sections.end(), std::uint32_t{0},
                           [](std::uint32_t n, const auto& s) { return n + s.seat_count(); });
  }
  bool operator==(const Plan&) const = default;
};

}  // namespace frontrow
