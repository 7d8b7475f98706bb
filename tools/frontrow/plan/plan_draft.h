// A seating plan that an import puts together from parts of a file that may be wrong. A part that
// does not fit is refused, with the reason, and the plan stays as it was.
//
// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/core/protocol/plan.h"

namespace frontrow::plans {

// Positions as files have them, in the plan's unit; rounded to hundredths.
struct Position {
  double x = 0;
  double y = 0;
};

struct SeatOffer {
  std::size_t section = 0;
  std::size_t row = 0;
  std::string_view label;
  std::string_view category;
  bool accessible = false;
  Position position;
};

// A result of an import: the plan, one line for each refused part, and remarks.
struct Imported {
  Plan plan;
  std::vector<std::string> refused;
  std::vector<std::string> remarks = {};
};

class PlanDraft {
 public:
  // The reason for a refusal; none: taken.
  using Refusal = std::optional<std::string>;

  // Index of the category, which is added if it is new; none: no name for a category, or too many.
  std::optional<std::uint16_t> category(std::string_view name);
  bool has_category(std::string_view name) const { return categories_.contains(name); }

  // Adds an empty section, whose name no other one has.
  Refusal add_section(std::string_view name, SectionKind kind, std::size_t& index);
  Refusal add_row(std::size_t section, std::string_view label, std::size_t& index);
  // `place` of the seat in the file: the refusal of a seat with the same labels names it.
  Refusal add_seat(const SeatOffer& seat, std::string place);
  // Sets capacity and category of a general section.
  Refusal set_capacity(std::size_t section, std::uint32_t capacity, std::string_view category_name);

  const PlanSection& section(std::size_t index) const { return plan_.sections[index]; }

  // Ends the draft: sections and rows without a seat are left out.
  Plan finish(std::string name) &&;

 private:
  Plan plan_;
  std::map<std::string, std::uint16_t, std::less<>> categories_;
  std::unordered_map<std::string, std::string> places_;  // of each seat by section and labels
};

}  // namespace frontrow::plans
