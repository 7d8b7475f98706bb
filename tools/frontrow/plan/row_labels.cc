#include "tools/frontrow/plan/row_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "engine/base/text.h"

namespace frontrow::plans {
namespace {

constexpr std::size_t kSeatsForStep = 3;

// The numbers of a row's seats and their usual step, negative where they count down. step 0: the
// row has none.
struct Numbering {
  std::vector<std::int64_t> numbers;  // without repeated neighbours
  std::int64_t step = 0;
};

bool is_multiple(std::int64_t difference, std::int64_t step) {
  return difference % step == 0 && difference / step >= 1;
}

Numbering numbering_of(const PlanRow& row) {
  Numbering n;
  for (const PlanSeat& seat : row.seats) {
    const auto number = parse_number<std::uint32_t>(seat.label);
    if (!number) return {};
    if (n.numbers.empty() || n.numbers.back() != *number) n.numbers.push_back(*number);
  }
  if (n.numbers.size() < kSeatsForStep) return n;
  std::map<std::int64_t, std::size_t> counts;
  for (std::size_t i = 1; i < n.numbers.size(); ++i) ++counts[n.numbers[i] - n.numbers[i - 1]];
  const auto usual =
      std::max_element(counts.begin(), counts.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  const bool is_constant = 2 * usual->second >= n.numbers.size() - 1 &&
                           std::all_of(counts.begin(), counts.end(), [&](const auto& one) {
                             return is_multiple(one.first, usual->first);
                           });
  if (is_constant) n.step = usual->first;
  return n;
}

void add_hole(std::vector<Hole>& holes, std::size_t row, std::int64_t before, std::int64_t after,
              std::int64_t step) {
  const std::int64_t difference = after - before;
  if (is_multiple(difference, step) && difference != step)
    holes.push_back({row, before + step, after - step, step});
}

// Letters as in the columns of a spreadsheet: Z is before AA.
bool is_word(std::string_view label) {
  return !label.empty() && label.size() <= 3 && std::all_of(label.begin(), label.end(), [](char c) {
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
  });
}

}  // namespace

std::vector<Hole> find_holes(const PlanSection& section) {
  std::vector<Hole> holes;
  Numbering before;
  for (std::size_t j = 0; j < section.rows.size(); ++j) {
    Numbering n = numbering_of(section.rows[j]);
    if (n.step != 0) {
      if (j > 0 && section.rows[j - 1].label == section.rows[j].label && before.step == n.step)
        add_hole(holes, j, before.numbers.back(), n.numbers.front(), n.step);
      for (std::size_t i = 1; i < n.numbers.size(); ++i)
        add_hole(holes, j, n.numbers[i - 1], n.numbers[i], n.step);
    }
    before = std::move(n);
  }
  return holes;
}

std::string text_of(const Hole& hole) {
  if (hole.from == hole.to) return fmt::format("{}", hole.from);
  if (hole.step == 1 || hole.step == -1) return fmt::format("{} to {}", hole.from, hole.to);
  return fmt::format("{} to {} by {}", hole.from, hole.to, hole.step);
}

bool is_before(std::string_view b, std::string_view a) {
  const auto number_a = parse_number<std::uint64_t>(a);
  const auto number_b = parse_number<std::uint64_t>(b);
  if (number_a && number_b) return *number_b < *number_a;
  if (!is_word(a) || !is_word(b)) return false;
  if (a.size() != b.size()) return b.size() < a.size();
  return std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end(),
                                      [](char x, char y) { return to_lower(x) < to_lower(y); });
}

}  // namespace frontrow::plans
