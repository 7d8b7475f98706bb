#include "engine/core/protocol/plan_fault.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <unordered_map>
#include <utility>

#include "engine/base/hash.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

struct PlanPlace {
  std::uint32_t row = 0;
  std::uint32_t seat = 0;
};

// The first place of each pair of labels in a section. Open addressing; at most half of the slots
// are used.
class LabelTable {
 public:
  explicit LabelTable(const PlanSection& section)
      : section_(section), slots_(std::bit_ceil(2 * std::size_t{section.seat_count()} + 1)) {}

  // Adds the place; if an earlier one has the same labels, returns that.
  std::optional<PlanPlace> add(PlanPlace place, std::uint64_t row_hash) {
    const std::string& label = section_.rows[place.row].seats[place.seat].label;
    const std::uint64_t hash = xxh3_64(label, row_hash);
    const auto tag = static_cast<std::uint32_t>(hash >> 32) | 1U;
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      Slot& slot = slots_[at];
      if (slot.tag == 0) {
        slot = {tag, place};
        return std::nullopt;
      }
      if (slot.tag == tag && are_equal(slot.place, place)) return slot.place;
    }
  }

 private:
  struct Slot {
    std::uint32_t tag = 0;  // of the labels' hash; 0: empty
    PlanPlace place;
  };

  bool are_equal(PlanPlace a, PlanPlace b) const {
    const PlanRow& row_a = section_.rows[a.row];
    const PlanRow& row_b = section_.rows[b.row];
    return row_a.seats[a.seat].label == row_b.seats[b.seat].label && row_a.label == row_b.label;
  }

  const PlanSection& section_;
  std::vector<Slot> slots_;
};

class PlanInspector {
 public:
  PlanInspector(const Plan& plan, std::size_t faults_max) : plan_(plan), faults_max_(faults_max) {}

  std::vector<PlanFault> run() && {
    check_size();
    if (!is_plan_text(plan_.name, kPlanNameCharsMax)) add_text("name", kPlanNameCharsMax);
    check_categories();
    if (plan_.sections.size() > kSectionsPerPlanMax)
      add("sections", fmt::format("A plan has at most {} sections.", kSectionsPerPlanMax));
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < plan_.sections.size() && !is_full(); ++i) {
      const PlanSection& section = plan_.sections[i];
      const std::string path = fmt::format("sections[{}]", i);
      if (!is_plan_text(section.name, kSectionNameCharsMax))
        add_text(path + ".name", kSectionNameCharsMax);
      if (const auto [at, is_new] = first.try_emplace(section.name, i); !is_new)
        add(path + ".name",
            fmt::format("The section \"{}\" is already sections[{}].", section.name, at->second));
      check_section(section, path);
    }
    return std::move(faults_);
  }

 private:
  bool is_full() const { return faults_.size() >= faults_max_; }
  void add(std::string field, std::string why) {
    if (!is_full()) faults_.push_back({std::move(field), std::move(why)});
  }
  void add_text(std::string field, std::size_t chars_max) {
    add(std::move(field),
        fmt::format("A text of 1 to {} characters without control characters is needed.",
                    chars_max));
  }

  // seat_count() has 32 bits, which the capacities of a plan that is not checked yet may exceed.
  void check_size() {
    std::uint64_t seats = 0;
    for (const PlanSection& section : plan_.sections) {
      seats += section.capacity;
      for (const PlanRow& row : section.rows) seats += row.seats.size();
    }
    if (seats == 0) add("sections", "A plan has at least one seat.");
    if (seats > kSeatsPerDateMax)
      add("sections",
          fmt::format("A plan has at most {} seats, this one {}.", kSeatsPerDateMax, seats));
    is_countable_ = seats <= UINT32_MAX;
  }

  void check_categories() {
    if (plan_.categories.empty()) add("categories", "A plan has at least one category.");
    if (plan_.categories.size() > kCategoriesPerPlanMax)
      add("categories", fmt::format("A plan has at most {} categories.", kCategoriesPerPlanMax));
    std::unordered_map<std::string_view, std::size_t> first;
    for (std::size_t i = 0; i < plan_.categories.size() && !is_full(); ++i) {
      const std::string& name = plan_.categories[i];
      if (!is_plan_text(name, kSectionNameCharsMax))
        add_text(fmt::format("categories[{}]", i), kSectionNameCharsMax);
      if (const auto [at, is_new] = first.try_emplace(name, i); !is_new)
        add(fmt::format("categories[{}]", i),
            fmt::format("The category \"{}\" is already categories[{}].", name, at->second));
    }
  }

  void check_category(std::uint16_t category, const std::string& path) {
    if (category >= plan_.categories.size())
      add(path + ".category", "The category is not one of the plan's.");
  }

  void check_section(const PlanSection& section, const std::string& path) {
    if (section.kind == SectionKind::kGeneral) {
      if (!section.rows.empty()) add(path + ".rows", "A general section has no rows.");
      if (section.capacity < 1 || section.capacity > kSeatsPerDateMax)
        add(path + ".capacity",
            fmt::format("A general section has a capacity of 1 to {}.", kSeatsPerDateMax));
      check_category(section.category, path);
      return;
    }
    if (section.capacity != 0)
      add(path + ".capacity", "A numbered section has rows instead of a capacity.");
    if (section.category != 0)
      add(path + ".category", "The seats of a numbered section have the categories, not itself.");
    if (section.rows.empty()) add(path + ".rows", "A numbered section has at least one row.");
    if (section.rows.size() > kRowsPerSectionMax)
      add(path + ".rows", fmt::format("A section has at most {} rows.", kRowsPerSectionMax));
    if (is_countable_) check_rows(section, path);
  }

  void check_rows(const PlanSection& section, const std::string& path) {
    LabelTable labels(section);
    for (std::uint32_t j = 0; j < section.rows.size() && !is_full(); ++j) {
      const PlanRow& row = section.rows[j];
      const auto row_path = [&] { return fmt::format("{}.rows[{}]", path, j); };
      if (!is_plan_text(row.label, kLabelCharsMax)) add_text(row_path() + ".label", kLabelCharsMax);
      if (row.seats.empty()) add(row_path() + ".seats", "A row has at least one seat.");
      const std::uint64_t row_hash = xxh3_64(row.label);
      for (std::uint32_t k = 0; k < row.seats.size() && !is_full(); ++k) {
        if (!is_usable(row.seats[k]))
          explain(row.seats[k], fmt::format("{}.seats[{}]", row_path(), k));
        const auto first = labels.add({j, k}, row_hash);
        if (!first) continue;
        add(fmt::format("{}.seats[{}].label", row_path(), k),
            fmt::format("Row \"{}\" seat \"{}\" of \"{}\" is already {}.rows[{}].seats[{}].",
                        row.label, row.seats[k].label, section.name, path, first->row,
                        first->seat));
      }
    }
  }

  static bool is_position(std::int32_t at) { return at >= -kPositionMax && at <= kPositionMax; }
  bool is_usable(const PlanSeat& seat) const {
    return seat.category < plan_.categories.size() && is_position(seat.x) && is_position(seat.y) &&
           is_plan_text(seat.label, kLabelCharsMax);
  }
  void explain(const PlanSeat& seat, const std::string& path) {
    if (!is_plan_text(seat.label, kLabelCharsMax)) add_text(path + ".label", kLabelCharsMax);
    check_category(seat.category, path);
    const auto outside = [](std::int32_t max) {
      return fmt::format("A position is from -{0} to {0}.", max / 100);
    };
    if (!is_position(seat.x)) add(path + ".x", outside(kPositionMax));
    if (!is_position(seat.y)) add(path + ".y", outside(kPositionMax));
  }

  const Plan& plan_;
  std::size_t faults_max_;
  bool is_countable_ = false;
  std::vector<PlanFault> faults_;
};

}  // namespace

std::optional<PlanFault> find_plan_fault(const Plan& plan) {
  std::vector<PlanFault> faults = find_plan_faults(plan, 1);
  if (faults.empty()) return std::nullopt;
  return std::move(faults.front());
}

std::vector<PlanFault> find_plan_faults(const Plan& plan, std::size_t faults_max) {
  return PlanInspector(plan, faults_max).run();
}

bool is_plan_text(std::string_view text, std::size_t chars_max) {
  if (text.empty() || text.size() > kUtf8BytesMax * chars_max) return false;
  std::size_t chars = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return false;
    if ((byte & 0xc0) != 0x80) ++chars;  // not within a code point
  }
  return chars >= 1 && chars <= chars_max;
}

}  // namespace frontrow
