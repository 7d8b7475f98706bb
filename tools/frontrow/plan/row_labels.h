// The labels of rows and seats as numbers: seats that a row lacks, and rows out of order. Pure
// functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/protocol/plan.h"

namespace frontrow::plans {

// Missing numbers of a row: from, from + step ... to.
struct Hole {
  std::size_t row = 0;  // index in the section; of the later one between two rows
  std::int64_t from = 0;
  std::int64_t to = 0;
  std::int64_t step = 1;
};

// The holes of a section's rows. Only rows count whose labels are integers that all go one way,
// most of them by the same step and the others by multiples of it. Two rows of one label, one
// after the other, are one row with an aisle if they go the same way by the same step.
std::vector<Hole> find_holes(const PlanSection& section);
std::string text_of(const Hole& hole);  // "13", "13 to 15"

// True if row `b` should not come after row `a`: both are integers, or both letters, and b is the
// smaller one.
bool is_before(std::string_view b, std::string_view a);

}  // namespace frontrow::plans
