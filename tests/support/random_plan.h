// Seating plans for tests: random ones of every form, and large ones. Free functions, any thread.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/prng.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan.h"

namespace frontrow {

// A label that the row does not have yet: its last part is the seat's index.
inline std::string random_label(Prng& prng, std::uint32_t index) {
  static constexpr const char* kForms[] = {"", "A", "0", "\xec\x84\x9d ", "x\"\\y-"};
  return kForms[prng.below(5)] + std::to_string(index) + (prng.chance(20) ? "b" : "");
}

inline PlanRow random_row(Prng& prng, std::string label, std::uint16_t categories) {
  PlanRow row{std::move(label), {}};
  const auto seats = static_cast<std::uint32_t>(1 + prng.below(20));
  const std::uint64_t style = prng.below(4);
  auto x = static_cast<std::int32_t>(prng.below(2000)) - 1000;
  std::int32_t y = prng.chance(50) ? 0 : static_cast<std::int32_t>(prng.below(100'000));
  for (std::uint32_t i = 0; i < seats; ++i) {
    PlanSeat seat;
    seat.label = style == 0   ? std::to_string(i + 1)
                 : style == 1 ? std::to_string(1 + 2 * i)
                 : style == 2 ? std::to_string(seats - i)
                              : random_label(prng, i);
    seat.category = prng.chance(90) ? 0 : static_cast<std::uint16_t>(prng.below(categories));
    seat.accessible = prng.chance(5);
    if (style != 3 || prng.chance(90)) {
      seat.x = x;
      seat.y = y;
    }
    if (prng.chance(3)) seat.x = prng.chance(50) ? kPositionMax : -kPositionMax;
    x += prng.chance(80) ? 50 : static_cast<std::int32_t>(prng.below(333));
    if (prng.chance(10)) y -= 7;
    row.seats.push_back(std::move(seat));
  }
  return row;
}

// A plan without a fault.
inline Plan random_plan(std::uint64_t seed) {
  Prng prng(seed);
  Plan plan{.name = "Halle \xe2\x99\xab " + std::to_string(seed)};
  const auto categories = static_cast<std::uint16_t>(1 + prng.below(5));
  for (std::uint16_t c = 0; c < categories; ++c) plan.categories.push_back("c" + std::to_string(c));
  const std::uint64_t sections = 1 + prng.below(5);
  for (std::uint64_t i = 0; i < sections; ++i) {
    PlanSection section{.name = "Block " + std::to_string(i)};
    if (prng.chance(25)) {
      section.kind = SectionKind::kGeneral;
      section.capacity = static_cast<std::uint32_t>(1 + prng.below(5000));
      section.category = static_cast<std::uint16_t>(prng.below(categories));
    } else {
      const std::uint64_t rows = 1 + prng.below(6);
      for (std::uint64_t j = 0; j < rows; ++j)
        section.rows.push_back(random_row(prng, std::to_string(j + 1), categories));
    }
    plan.sections.push_back(std::move(section));
  }
  return plan;
}

// kSeatsPerDateMax seats in rows of 50, 40 rows a section, with positions on a grid.
inline Plan regular_plan() {
  Plan plan{.name = "Stadion", .categories = {"A", "B"}};
  for (int i = 0; i < 50; ++i) {
    PlanSection& section = plan.sections.emplace_back();
    section.name = "Block " + std::to_string(i);
    for (int j = 0; j < 40; ++j) {
      PlanRow& row = section.rows.emplace_back();
      row.label = std::to_string(j + 1);
      for (int k = 0; k < 50; ++k)
        row.seats.push_back({std::to_string(k + 1), static_cast<std::uint16_t>(i % 2), k == 49,
                             i * 3000 + k * 50, j * 80});
    }
  }
  return plan;
}

// The same seats with labels, positions and categories that have no order.
inline Plan irregular_plan() {
  Plan plan = regular_plan();
  Prng prng(7);
  for (PlanSection& section : plan.sections) {
    for (PlanRow& row : section.rows) {
      std::uint32_t next = 0;
      for (PlanSeat& seat : row.seats) {
        seat.label = {static_cast<char>('A' + prng.below(26)), static_cast<char>('a' + next / 26),
                      static_cast<char>('a' + next % 26)};
        ++next;
        seat.x += static_cast<std::int32_t>(prng.below(4000)) - 2000;
        seat.y += static_cast<std::int32_t>(prng.below(4000)) - 2000;
        seat.category = static_cast<std::uint16_t>(prng.below(2));
        seat.accessible = prng.chance(1);
      }
    }
  }
  return plan;
}

}  // namespace frontrow
