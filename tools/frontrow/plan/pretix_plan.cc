#include "tools/frontrow/plan/pretix_plan.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <set>
#include <utility>

#include "engine/base/text.h"

namespace frontrow::plans {
namespace {

namespace dom = simdjson::dom;

// The member as a text, without blanks around it; empty if there is none.
std::string_view text_in(dom::element object, std::string_view name) {
  std::string_view text;
  if (object[name].get(text) != simdjson::SUCCESS) return {};
  return trimmed(text);
}

// A number such as row_number, which some programs write as an integer.
std::string number_text_in(dom::element object, std::string_view name) {
  std::int64_t number = 0;
  if (object[name].get(number) == simdjson::SUCCESS) return fmt::format("{}", number);
  return std::string(text_in(object, name));
}

std::optional<Position> position_in(dom::element object) {
  const auto position = object["position"];
  Position p;
  if (position["x"].get(p.x) != simdjson::SUCCESS || position["y"].get(p.y) != simdjson::SUCCESS)
    return std::nullopt;
  return p;
}

Position sum(Position a, Position b) { return {a.x + b.x, a.y + b.y}; }

class PretixImport {
 public:
  Result<Imported> read(dom::element root, std::string_view name) {
    dom::array zones;
    dom::array categories;
    if (root["zones"].get(zones) != simdjson::SUCCESS) return Error{"has no list \"zones\""};
    if (root["categories"].get(categories) != simdjson::SUCCESS)
      return Error{"has no list \"categories\""};
    std::size_t number = 0;
    for (const dom::element one : categories) {
      ++number;
      const std::string_view category = text_in(one, "name");
      if (!draft_.category(category))
        refuse(fmt::format("category {}", number),
               category.empty() ? "no name" : "its name is too long, or there are too many");
    }
    number = 0;
    for (const dom::element zone : zones) read_zone(zone, ++number);
    const std::string_view own = text_in(root, "name");
    Plan plan = std::move(draft_).finish(std::string(name.empty() ? own : name));
    return Imported{std::move(plan), std::move(refused_)};
  }

 private:
  void refuse(std::string_view place, std::string_view why) {
    refused_.push_back(fmt::format("{}: {}", place, why));
  }

  std::string name_of(dom::element zone, std::size_t number) {
    std::string name(text_in(zone, "name"));
    if (name.empty()) name = fmt::format("Zone {}", number);
    std::string free = name;
    for (int again = 2; !names_.insert(free).second; ++again)
      free = fmt::format("{} ({})", name, again);
    return free;
  }

  void read_zone(dom::element zone, std::size_t number) {
    const std::string_view name = text_in(zone, "name");
    const std::string place =
        name.empty() ? fmt::format("zone {}", number) : fmt::format("zone {} \"{}\"", number, name);
    dom::array rows;
    if (zone["rows"].get(rows) != simdjson::SUCCESS) return refuse(place, "no list of rows");
    if (rows.size() == 0) return;  // only drawings
    std::size_t section = 0;
    if (const auto why = draft_.add_section(name_of(zone, number), SectionKind::kNumbered, section))
      return refuse(place, *why);
    const Position at = position_in(zone).value_or(Position{});
    std::size_t row_number = 0;
    for (const dom::element row : rows)
      read_row(row, section, at, fmt::format("{}, row {}", place, ++row_number));
  }

  void read_row(dom::element row, std::size_t section, Position zone_at, const std::string& place) {
    dom::array seats;
    if (row["seats"].get(seats) != simdjson::SUCCESS) return refuse(place, "no list of seats");
    if (seats.size() == 0) return;
    const std::string label = number_text_in(row, "row_number");
    if (label.empty()) return refuse(place, "no row_number");
    std::size_t index = 0;
    if (const auto why = draft_.add_row(section, label, index)) return refuse(place, *why);
    const Position at = sum(zone_at, position_in(row).value_or(Position{}));
    std::size_t number = 0;
    for (const dom::element seat : seats)
      read_seat(seat, section, index, at, fmt::format("{}, seat {}", place, ++number));
  }

  void read_seat(dom::element seat, std::size_t section, std::size_t row, Position row_at,
                 const std::string& place) {
    const std::string label = number_text_in(seat, "seat_number");
    if (label.empty()) return refuse(place, "no seat_number");
    const auto at = position_in(seat);
    if (!at) return refuse(place, "no position");
    const std::string_view category = text_in(seat, "category");
    if (category.empty()) return refuse(place, "no category");
    if (!draft_.has_category(category))
      return refuse(place, fmt::format("the category \"{}\" is not in the plan's list", category));
    const SeatOffer offer{.section = section,
                          .row = row,
                          .label = label,
                          .category = category,
                          .position = sum(row_at, *at)};
    if (const auto why = draft_.add_seat(offer, place)) refuse(place, *why);
  }

  PlanDraft draft_;
  std::set<std::string> names_;
  std::vector<std::string> refused_;
};

}  // namespace

Result<Imported> read_pretix_plan(std::string_view text, std::string_view name) {
  dom::parser parser;
  dom::element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root);
      error != simdjson::SUCCESS)
    return Error{fmt::format("is not JSON: {}", simdjson::error_message(error))};
  if (!root.is_object()) return Error{"is not a JSON object"};
  return PretixImport().read(root, name);
}

}  // namespace frontrow::plans
