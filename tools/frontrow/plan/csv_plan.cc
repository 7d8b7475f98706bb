#include "tools/frontrow/plan/csv_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "engine/base/text.h"
#include "engine/core/protocol/limits.h"
#include "tools/frontrow/common/suggest.h"
#include "tools/frontrow/plan/csv_table.h"

namespace frontrow::plans {
namespace {

enum Column : std::uint8_t {
  kSection,
  kRow,
  kSeat,
  kCategory,
  kX,
  kY,
  kAccessible,
  kKind,
  kCapacity,
  kColumns
};
constexpr std::array<std::string_view, kColumns> kColumnNames = {
    "section", "row", "seat", "category", "x", "y", "accessible", "kind", "capacity"};
constexpr std::size_t kColumnsNeeded = 4;

std::optional<bool> parse_yes(std::string_view text) {
  for (const std::string_view yes : {"yes", "true", "x", "1", "y"}) {
    if (equal_ignoring_case(text, yes)) return true;
  }
  for (const std::string_view no : {"", "no", "false", "0", "n"}) {
    if (equal_ignoring_case(text, no)) return false;
  }
  return std::nullopt;
}

class CsvImport {
 public:
  explicit CsvImport(const CsvTable& table) : table_(table) { places_.fill(kNowhere); }

  Status read_header() {
    if (table_.records.empty()) return Error{"has no header line"};
    const std::vector<std::string>& header = table_.records.front().fields;
    for (std::size_t at = 0; at < header.size(); ++at) {
      if (header[at].empty()) continue;
      const auto* const name =
          std::find_if(kColumnNames.begin(), kColumnNames.end(),
                       [&](std::string_view n) { return equal_ignoring_case(n, header[at]); });
      if (name == kColumnNames.end()) {
        const std::vector<std::string> known(kColumnNames.begin(), kColumnNames.end());
        remarks_.push_back(fmt::format("the column \"{}\"{} is not used", header[at],
                                       suggestion(header[at], known)));
        continue;
      }
      std::size_t& place = places_[static_cast<std::size_t>(name - kColumnNames.begin())];
      if (place != kNowhere) return Error{fmt::format("has the column \"{}\" twice", header[at])};
      place = at;
    }
    for (std::size_t i = 0; i < kColumnsNeeded; ++i) {
      if (places_[i] == kNowhere) return Error{fmt::format("has no column {}", kColumnNames[i])};
    }
    return {};
  }

  Imported read_lines(std::string_view name) && {
    const std::size_t columns = table_.records.front().fields.size();
    for (std::size_t i = 1; i < table_.records.size(); ++i) {
      const CsvRecord& record = table_.records[i];
      std::optional<std::string> why;
      if (std::any_of(record.fields.begin() + std::min(columns, record.fields.size()),
                      record.fields.end(), [](const std::string& f) { return !f.empty(); })) {
        why = fmt::format("{} fields, the header has {}", record.fields.size(), columns);
      } else {
        why = read_line(record);
      }
      if (why) refused_.push_back(fmt::format("line {}: {}", record.line, *why));
    }
    return {std::move(draft_).finish(std::string(name)), std::move(refused_), std::move(remarks_)};
  }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  using Refusal = PlanDraft::Refusal;

  // A column that the table or the line lacks is empty.
  std::string_view field(const CsvRecord& record, Column column) const {
    const std::size_t at = places_[column];
    return at < record.fields.size() ? std::string_view(record.fields[at]) : std::string_view();
  }

  Refusal read_line(const CsvRecord& record) {
    const std::string_view kind = field(record, kKind);
    if (equal_ignoring_case(kind, "general")) return read_general(record);
    if (!kind.empty() && !equal_ignoring_case(kind, "numbered"))
      return fmt::format("the kind is \"{}\", not numbered or general", kind);
    if (!field(record, kCapacity).empty()) return "a capacity is for the kind general";
    return read_seat(record);
  }

  // Index of the section, which is added if it is new.
  Refusal open_section(std::string_view name, SectionKind kind, std::size_t& index) {
    if (const auto found = sections_.find(name); found != sections_.end()) {
      index = found->second;
      if (draft_.section(index).kind == kind) return std::nullopt;
      return fmt::format("the section \"{}\" is numbered and general", name);
    }
    if (auto why = draft_.add_section(name, kind, index)) return why;
    sections_.emplace(name, index);
    return std::nullopt;
  }

  Refusal read_general(const CsvRecord& record) {
    if (!field(record, kRow).empty() || !field(record, kSeat).empty())
      return "a general section has no row and no seat";
    const auto capacity = parse_number<std::uint32_t>(field(record, kCapacity));
    if (!capacity || *capacity < 1 || *capacity > kSeatsPerDateMax)
      return fmt::format("the capacity is not from 1 to {}", kSeatsPerDateMax);
    std::size_t section = 0;
    if (auto why = open_section(field(record, kSection), SectionKind::kGeneral, section))
      return why;
    if (draft_.section(section).capacity != 0)
      return fmt::format("the general section \"{}\" is there already", field(record, kSection));
    return draft_.set_capacity(section, *capacity, field(record, kCategory));
  }

  Refusal read_seat(const CsvRecord& record) {
    for (const Column needed : {kSection, kRow, kSeat, kCategory}) {
      if (field(record, needed).empty()) return fmt::format("no {}", kColumnNames[needed]);
    }
    const auto x = position(field(record, kX));
    const auto y = position(field(record, kY));
    if (!x || !y) return "x or y is not a number";
    const auto accessible = parse_yes(field(record, kAccessible));
    if (!accessible) return "accessible is not yes or no";
    SeatOffer seat{.label = field(record, kSeat),
                   .category = field(record, kCategory),
                   .accessible = *accessible,
                   .position = {*x, *y}};
    if (auto why = open_section(field(record, kSection), SectionKind::kNumbered, seat.section))
      return why;
    const std::string row(field(record, kRow));
    if (const auto found = rows_.find({seat.section, row}); found != rows_.end()) {
      seat.row = found->second;
    } else {
      if (auto why = draft_.add_row(seat.section, row, seat.row)) return why;
      rows_.emplace(std::pair(seat.section, row), seat.row);
    }
    return draft_.add_seat(seat, fmt::format("on line {}", record.line));
  }

  // 0 for an empty field.
  std::optional<double> position(std::string_view text) const {
    if (text.empty()) return 0;
    std::string number(text);
    if (table_.separator == ';') std::replace(number.begin(), number.end(), ',', '.');
    return parse_number<double>(number);
  }

  const CsvTable& table_;
  std::array<std::size_t, kColumns> places_;  // of each column in a line
  PlanDraft draft_;
  std::map<std::string, std::size_t, std::less<>> sections_;
  std::map<std::pair<std::size_t, std::string>, std::size_t> rows_;
  std::vector<std::string> refused_;
  std::vector<std::string> remarks_;
};

}  // namespace

Result<Imported> read_csv_plan(std::string_view text, std::string_view name) {
  const auto table = parse_csv(text);
  if (!table.ok()) return Error{table.error()};
  CsvImport import(*table);
  if (const Status header = import.read_header(); !header.ok()) return Error{header.error()};
  return std::move(import).read_lines(name);
}

}  // namespace frontrow::plans
