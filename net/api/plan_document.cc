#include "net/api/plan_document.h"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/core/protocol/limits.h"
#include "net/json/json_fields.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

constexpr std::uint16_t kNoCategory = UINT16_MAX;
constexpr int kPositionDigits = 2;
constexpr std::int64_t kFirstLabelMax = 999'999'999;

// The index of each category by its name. Where the list of categories comes after the first seat,
// seats get indexes of the names in the order of their use, and place() exchanges them.
class PlanCategories {
 public:
  explicit PlanCategories(Plan& plan) : plan_(plan) {}

  auto list() {
    return [this](JsonReader& reader) {
      const auto name = [](std::string& s) { return json::text(s, 1, kSectionNameCharsMax); };
      if (!json::list(plan_.categories, 1, kCategoriesPerPlanMax, name)(reader)) return false;
      if (is_deferred_) return true;
      for (const std::string& category : plan_.categories)
        index_.try_emplace(category, static_cast<std::uint16_t>(index_of(category)));
      return true;
    };
  }

  auto one(std::uint16_t& out) {
    return [this, &out](JsonReader& reader) {
      std::string_view name;
      if (!json::text(name, 1, kSectionNameCharsMax)(reader)) return false;
      auto found = index_.find(name);
      if (found == index_.end()) {
        is_deferred_ = is_deferred_ || plan_.categories.empty();
        if (!is_deferred_ || index_.size() == kCategoriesPerPlanMax)
          return reader.fail("must be one of the plan's categories");
        found = index_.emplace(name, static_cast<std::uint16_t>(index_.size())).first;
      }
      out = found->second;
      return true;
    };
  }

  // Ends the reading of a plan.
  bool place(JsonReader& reader) {
    if (!is_deferred_) return true;
    std::vector<std::uint16_t> final(index_.size());
    for (const auto& [name, index] : index_) {
      const std::size_t at = index_of(name);
      if (at == plan_.categories.size())
        return reader.fail_member("categories", fmt::format("lacks \"{}\" of a seat", name));
      final[index] = static_cast<std::uint16_t>(at);
    }
    for (PlanSection& section : plan_.sections) {
      if (section.kind == SectionKind::kGeneral) section.category = final[section.category];
      for (PlanRow& row : section.rows) {
        for (PlanSeat& seat : row.seats) seat.category = final[seat.category];
      }
    }
    return true;
  }

 private:
  std::size_t index_of(std::string_view name) const {
    std::size_t i = 0;
    while (i < plan_.categories.size() && plan_.categories[i] != name) ++i;
    return i;
  }

  Plan& plan_;
  std::map<std::string, std::uint16_t, std::less<>> index_;
  bool is_deferred_ = false;
};

auto plan_position(std::optional<std::int32_t>& out) {
  return [&out](JsonReader& reader) {
    std::int64_t value = 0;
    if (!reader.decimal(-kPositionMax, kPositionMax, kPositionDigits, value)) return false;
    out = static_cast<std::int32_t>(value);
    return true;
  };
}

// Reads the parts of one plan; counts its seats.
class PlanParts {
 public:
  explicit PlanParts(Plan& plan) : categories_(plan) {}

  PlanCategories& categories() { return categories_; }

  auto section(PlanSection& s) {
    return [this, &s](JsonReader& reader) { return read_section(reader, s); };
  }

 private:
  // The short form of a row's seats.
  struct Counted {
    std::optional<std::uint32_t> first, count;
    std::optional<std::int32_t> x, y, dx;
  };

  bool read_seat(JsonReader& reader, PlanSeat& seat) {
    std::optional<std::int32_t> x, y;
    seat.category = kNoCategory;
    if (!json::object(json::required("label", json::text(seat.label, 1, kLabelCharsMax)),
                      json::optional("category", categories_.one(seat.category)),
                      json::optional("x", plan_position(x)), json::optional("y", plan_position(y)),
                      json::optional("accessible", json::boolean(seat.accessible)))(reader)) {
      return false;
    }
    seat.x = x.value_or(0);
    seat.y = y.value_or(0);
    return true;
  }

  bool add_seats(JsonReader& reader, std::size_t seats) {
    seats_ += seats;
    return seats_ <= kSeatsPerDateMax ||
           reader.fail(fmt::format("takes the plan past {} seats", kSeatsPerDateMax));
  }

  static bool count_out(JsonReader& reader, const Counted& c, PlanRow& row) {
    if (!c.first) return reader.fail_member(c.count ? "first" : "seats", "is missing");
    if (!c.count) return reader.fail_member("count", "is missing");
    const std::int64_t x = c.x.value_or(0);
    const std::int64_t dx = c.dx.value_or(0);
    const std::int64_t last = x + dx * (std::int64_t{*c.count} - 1);
    if (last < -kPositionMax || last > kPositionMax)
      return reader.fail_member("dx", "gives the last seat a position out of range");
    row.seats.resize(*c.count);
    for (std::uint32_t i = 0; i < *c.count; ++i) {
      PlanSeat& seat = row.seats[i];
      const fmt::format_int digits(*c.first + i);
      seat.label.assign(digits.data(), digits.size());
      seat.category = kNoCategory;
      seat.x = static_cast<std::int32_t>(x + dx * i);
      seat.y = c.y.value_or(0);
    }
    return true;
  }

  bool read_row(JsonReader& reader, PlanRow& row) {
    std::uint16_t category = kNoCategory;
    std::int64_t ignored = 0;
    Counted c;
    const auto seat = [this](PlanSeat& s) {
      return [this, &s](JsonReader& r) { return read_seat(r, s); };
    };
    if (!json::object(
            json::required("label", json::text(row.label, 1, kLabelCharsMax)),
            json::optional("category", categories_.one(category)),
            json::optional("seats", json::list(row.seats, 1, kSeatsPerDateMax, seat)),
            json::optional("first", json::integer(c.first, 0, kFirstLabelMax)),
            json::optional("count", json::integer(c.count, 1, kSeatsPerDateMax)),
            json::optional("x", plan_position(c.x)), json::optional("y", plan_position(c.y)),
            json::optional("dx", plan_position(c.dx)),
            json::optional("firstSeat", json::integer(ignored, 0, kJsonIntegerMax)))(reader)) {
      return false;
    }
    if (row.seats.empty()) {
      if (c.count && !add_seats(reader, *c.count)) return false;
      if (!count_out(reader, c, row)) return false;
    } else {
      const std::pair<const char*, bool> counted[] = {{"first", c.first.has_value()},
                                                      {"count", c.count.has_value()},
                                                      {"x", c.x.has_value()},
                                                      {"y", c.y.has_value()},
                                                      {"dx", c.dx.has_value()}};
      for (const auto& [name, is_given] : counted) {
        if (is_given) return reader.fail_member(name, "is for rows without seats");
      }
      if (!add_seats(reader, row.seats.size())) return false;
    }
    if (category != kNoCategory) fill(row, category);
    return true;
  }

  static void fill(PlanRow& row, std::uint16_t category) {
    for (PlanSeat& seat : row.seats) {
      if (seat.category == kNoCategory) seat.category = category;
    }
  }

  static bool all_have_category(JsonReader& reader, const PlanSection& s) {
    for (std::size_t j = 0; j < s.rows.size(); ++j) {
      for (const PlanSeat& seat : s.rows[j].seats) {
        if (seat.category != kNoCategory) continue;
        reader.push_name("rows");
        reader.push_index(j);
        return reader.fail_member(
            "category",
            fmt::format("is missing, and seat {} and the section have none", seat.label));
      }
    }
    return true;
  }

  bool read_section(JsonReader& reader, PlanSection& s) {
    std::optional<std::uint32_t> capacity;
    std::int64_t ignored = 0;
    s.category = kNoCategory;
    const auto row = [this](PlanRow& r) {
      return [this, &r](JsonReader& at) { return read_row(at, r); };
    };
    if (!json::object(
            json::required("name", json::text(s.name, 1, kSectionNameCharsMax)),
            json::optional("kind", json::choice(s.kind, {{"numbered", SectionKind::kNumbered},
                                                         {"general", SectionKind::kGeneral}})),
            json::optional("capacity", json::integer(capacity, 1, kSeatsPerDateMax)),
            json::optional("category", categories_.one(s.category)),
            json::optional("rows", json::list(s.rows, 1, kRowsPerSectionMax, row)),
            json::optional("firstSeat", json::integer(ignored, 0, kJsonIntegerMax)))(reader)) {
      return false;
    }
    const bool is_general = s.kind == SectionKind::kGeneral;
    if (is_general && !s.rows.empty())
      return reader.fail_member("rows", "is for numbered sections");
    if (!is_general && capacity) return reader.fail_member("capacity", "is for general sections");
    if (!is_general) {
      if (s.rows.empty()) return reader.fail_member("rows", "is missing");
      const std::uint16_t category = std::exchange(s.category, std::uint16_t{0});
      for (PlanRow& r : s.rows) fill(r, category);
      return all_have_category(reader, s);
    }
    if (!capacity) return reader.fail_member("capacity", "is missing");
    if (s.category == kNoCategory) return reader.fail_member("category", "is missing");
    s.capacity = *capacity;
    return add_seats(reader, s.capacity);
  }

  PlanCategories categories_;
  std::size_t seats_ = 0;
};

void write_plan_position(JsonWriter& json, std::string_view name, std::int32_t hundredths) {
  const std::int32_t size = hundredths < 0 ? -hundredths : hundredths;
  fmt::memory_buffer text;
  const auto to = fmt::appender(text);
  fmt::format_to(to, "{}{}", hundredths < 0 ? "-" : "", size / 100);
  if (size % 10 != 0) {
    fmt::format_to(to, ".{:02}", size % 100);
  } else if (size % 100 != 0) {
    fmt::format_to(to, ".{}", size % 100 / 10);
  }
  json.key(name).raw({text.data(), text.size()});
}

void write_plan_seat(JsonWriter& json, const Plan& plan, const PlanSeat& seat) {
  json.begin_object().member("label", seat.label);
  json.member("category", plan.categories[seat.category]);
  if (seat.x != 0 || seat.y != 0) {
    write_plan_position(json, "x", seat.x);
    write_plan_position(json, "y", seat.y);
  }
  if (seat.accessible) json.member("accessible", true);
  json.end_object();
}

}  // namespace

bool read_plan(JsonReader& reader, std::string_view body, Plan& out) {
  out = {};
  std::int64_t ignored = 0;
  PlanParts parts(out);
  const auto section = [&parts](PlanSection& s) { return parts.section(s); };
  if (!json::read(
          reader, body, json::required("name", json::text(out.name, 1, kPlanNameCharsMax)),
          json::required("categories", parts.categories().list()),
          json::required("sections", json::list(out.sections, 1, kSectionsPerPlanMax, section)),
          json::optional("planId", json::integer(ignored, 0, kJsonIntegerMax)),
          json::optional("seats", json::integer(ignored, 0, kJsonIntegerMax)))) {
    return false;
  }
  return parts.categories().place(reader);
}

void render_plan(std::string& out, std::uint32_t id, const Plan& plan) {
  JsonWriter json(out);
  json.begin_object();
  if (id != 0) json.member("planId", id);
  json.member("name", plan.name).member("seats", plan.seat_count());
  json.array("categories");
  for (const std::string& category : plan.categories) json.value(category);
  json.end_array().array("sections");
  std::uint32_t next = 1;  // number of the next seat
  for (const PlanSection& section : plan.sections) {
    json.begin_object().member("name", section.name);
    if (section.kind == SectionKind::kGeneral) {
      json.key("kind").plain("general").member("capacity", section.capacity);
      json.member("category", plan.categories[section.category]).member("firstSeat", next);
      json.end_object();
      next += section.capacity;
      continue;
    }
    json.array("rows");
    for (const PlanRow& row : section.rows) {
      json.begin_object().member("label", row.label).member("firstSeat", next).array("seats");
      for (const PlanSeat& seat : row.seats) write_plan_seat(json, plan, seat);
      json.end_array().end_object();
      next += static_cast<std::uint32_t>(row.seats.size());
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

}  // namespace frontrow
