#include "tools/frontrow/plan/plan_draft.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"

namespace frontrow::plans {
namespace {

std::optional<std::int32_t> in_hundredths(double units) {
  const double hundredths = std::round(units * 100);
  // False for NaN, too.
  if (!(std::abs(hundredths) <= kPositionMax)) return std::nullopt;
  return static_cast<std::int32_t>(hundredths);
}

std::string not_a_text(std::string_view noun, std::string_view text, std::size_t chars_max) {
  if (text.empty()) return fmt::format("no {}", noun);
  return fmt::format("the {} is longer than {} characters, or has control characters", noun,
                     chars_max);
}

}  // namespace

std::optional<std::uint16_t> PlanDraft::category(std::string_view name) {
  if (const auto found = categories_.find(name); found != categories_.end()) return found->second;
  const std::size_t next = plan_.categories.size();
  if (next == kCategoriesPerPlanMax || !is_plan_text(name, kSectionNameCharsMax))
    return std::nullopt;
  plan_.categories.emplace_back(name);
  return categories_.emplace(name, static_cast<std::uint16_t>(next)).first->second;
}

PlanDraft::Refusal PlanDraft::add_section(std::string_view name, SectionKind kind,
                                          std::size_t& index) {
  if (!is_plan_text(name, kSectionNameCharsMax))
    return not_a_text("section name", name, kSectionNameCharsMax);
  if (plan_.sections.size() == kSectionsPerPlanMax)
    return fmt::format("the plan has {} sections already", kSectionsPerPlanMax);
  index = plan_.sections.size();
  plan_.sections.push_back({.name = std::string(name), .kind = kind});
  return std::nullopt;
}

PlanDraft::Refusal PlanDraft::add_row(std::size_t section, std::string_view label,
                                      std::size_t& index) {
  std::vector<PlanRow>& rows = plan_.sections[section].rows;
  if (!is_plan_text(label, kLabelCharsMax)) return not_a_text("row label", label, kLabelCharsMax);
  if (rows.size() == kRowsPerSectionMax)
    return fmt::format("the section has {} rows already", kRowsPerSectionMax);
  index = rows.size();
  rows.push_back({std::string(label), {}});
  return std::nullopt;
}

PlanDraft::Refusal PlanDraft::add_seat(const SeatOffer& seat, std::string place) {
  PlanRow& row = plan_.sections[seat.section].rows[seat.row];
  if (!is_plan_text(seat.label, kLabelCharsMax))
    return not_a_text("seat label", seat.label, kLabelCharsMax);
  const auto x = in_hundredths(seat.position.x);
  const auto y = in_hundredths(seat.position.y);
  if (!x || !y) return fmt::format("the position is not from -{0} to {0}", kPositionMax / 100);
  const auto index = category(seat.category);
  if (!index)
    return seat.category.empty() ? std::string("no category")
                                 : fmt::format("no room for the category \"{}\"", seat.category);
  // Control characters do not occur in labels.
  const auto [first, is_new] = places_.try_emplace(
      fmt::format("{}\n{}\n{}", seat.section, row.label, seat.label), std::move(place));
  if (!is_new)
    return fmt::format("seat \"{}\" of row \"{}\" is {} already", seat.label, row.label,
                       first->second);
  row.seats.push_back({std::string(seat.label), *index, seat.accessible, *x, *y});
  return std::nullopt;
}

PlanDraft::Refusal PlanDraft::set_capacity(std::size_t section, std::uint32_t capacity,
                                           std::string_view category_name) {
  const auto index = category(category_name);
  if (!index) return category_name.empty() ? "no category" : "no room for another category";
  plan_.sections[section].capacity = capacity;
  plan_.sections[section].category = *index;
  return std::nullopt;
}

Plan PlanDraft::finish(std::string name) && {
  plan_.name = std::move(name);
  for (PlanSection& section : plan_.sections)
    std::erase_if(section.rows, [](const PlanRow& row) { return row.seats.empty(); });
  std::erase_if(plan_.sections, [](const PlanSection& s) { return s.seat_count() == 0; });
  return std::move(plan_);
}

}  // namespace frontrow::plans
