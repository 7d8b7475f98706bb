#include "tools/frontrow/plan/check_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/core/codec/plan_codec.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"
#include "net/api/plan_document.h"
#include "tools/frontrow/plan/plan_files.h"
#include "tools/frontrow/plan/row_labels.h"

namespace frontrow::plans {
namespace {

class PlanCheck {
 public:
  PlanCheck(const Plan& plan, const CheckArgs& args) : plan_(plan), args_(args) {}

  CheckReport run() && {
    check_whole();
    for (const PlanSection& section : plan_.sections) {
      check_holes(section);
      check_order(section);
      check_positions(section);
    }
    count();
    if (args_.prices) check_prices(*args_.prices);
    print_counts();
    return std::move(report_);
  }

 private:
  template <class... Args>
  void fault(fmt::format_string<Args...> form, Args&&... args) {
    ++report_.faults;
    line("fault: ", fmt::format(form, std::forward<Args>(args)...));
  }
  template <class... Args>
  void warning(fmt::format_string<Args...> form, Args&&... args) {
    ++report_.warnings;
    line("warning: ", fmt::format(form, std::forward<Args>(args)...));
  }
  void line(std::string_view mark, const std::string& text) {
    report_.text.append(mark).append(text).push_back('\n');
  }

  void check_whole() {
    const auto faults = find_plan_faults(plan_, std::numeric_limits<std::size_t>::max());
    for (const PlanFault& one : faults) fault("{}: {}", one.field, one.why);
    if (!faults.empty()) return;
    ByteBuffer bytes;
    encode_plan(plan_, bytes);
    if (bytes.size() > kPlanBytesMax)
      fault("the plan takes {} bytes in its compact form, at most {} are possible", bytes.size(),
            kPlanBytesMax);
  }

  void check_holes(const PlanSection& section) {
    for (const Hole& hole : find_holes(section)) {
      const std::string& row = section.rows[hole.row].label;
      if (args_.allow_holes) {
        warning("\"{}\" row \"{}\": no seat {}", section.name, row, text_of(hole));
      } else {
        fault("\"{}\" row \"{}\": no seat {}", section.name, row, text_of(hole));
      }
    }
  }

  void check_order(const PlanSection& section) {
    for (std::size_t j = 1; j < section.rows.size(); ++j) {
      const std::string& before = section.rows[j - 1].label;
      if (is_before(section.rows[j].label, before))
        warning("\"{}\" row \"{}\" comes after row \"{}\"", section.name, section.rows[j].label,
                before);
    }
  }

  std::string place_text(const PlanSection& section, const PlanRow& row, const PlanSeat& seat) {
    return fmt::format("\"{}\" row \"{}\" seat \"{}\"", section.name, row.label, seat.label);
  }

  // 0, 0 stands for none.
  void check_positions(const PlanSection& section) {
    for (const PlanRow& row : section.rows) {
      for (const PlanSeat& seat : row.seats) {
        if (seat.x == 0 && seat.y == 0) continue;
        const std::uint64_t position = std::uint64_t{static_cast<std::uint32_t>(seat.x)} << 32 |
                                       static_cast<std::uint32_t>(seat.y);
        const auto [first, is_new] = positions_.try_emplace(position, Seat{&section, &row, &seat});
        if (is_new) continue;
        const Seat& other = first->second;
        warning("{} has the position of {}", place_text(section, row, seat),
                place_text(*other.section, *other.row, *other.seat));
      }
    }
  }

  void count() {
    seats_.resize(plan_.categories.size());
    for (const PlanSection& section : plan_.sections) {
      if (section.kind == SectionKind::kGeneral) seats_[section.category] += section.capacity;
      rows_ += section.rows.size();
      for (const PlanRow& row : section.rows) {
        for (const PlanSeat& seat : row.seats) {
          ++seats_[seat.category];
          accessible_ += seat.accessible ? 1 : 0;
        }
      }
    }
  }

  void check_prices(const Prices& prices) {
    for (std::size_t i = 0; i < plan_.categories.size(); ++i) {
      if (seats_[i] > 0 && !prices.contains(plan_.categories[i]))
        fault("category \"{}\": {} seats without a price", plan_.categories[i], seats_[i]);
    }
    for (const auto& [category, price] : prices) {
      if (std::find(plan_.categories.begin(), plan_.categories.end(), category) ==
          plan_.categories.end())
        fault("--prices: \"{}\" is no category of the plan", category);
    }
  }

  void print_counts() {
    line("", fmt::format("{}: {} sections, {} rows, {} seats ({} accessible), {} categories",
                         plan_.name, plan_.sections.size(), rows_, plan_.seat_count(), accessible_,
                         plan_.categories.size()));
    for (std::size_t i = 0; i < plan_.categories.size(); ++i)
      line("  ", fmt::format("{}: {} seats", plan_.categories[i], seats_[i]));
    line("", fmt::format("{} faults, {} warnings", report_.faults, report_.warnings));
  }

  struct Seat {
    const PlanSection* section;
    const PlanRow* row;
    const PlanSeat* seat;
  };

  const Plan& plan_;
  const CheckArgs& args_;
  CheckReport report_;
  std::unordered_map<std::uint64_t, Seat> positions_;  // the first seat of each position
  std::vector<std::uint64_t> seats_;                   // of each category
  std::size_t rows_ = 0;
  std::size_t accessible_ = 0;
};

int check_failed(const std::string& why) {
  std::fputs(fmt::format("frontrow plan: {}\n", why).c_str(), stderr);
  return 1;
}

}  // namespace

CheckReport check_report(const Plan& plan, const CheckArgs& args) {
  return PlanCheck(plan, args).run();
}

int check_plan(const CheckArgs& args) {
  const auto text = read_whole_file(args.file);
  if (!text.ok()) return check_failed(text.error());
  JsonReader reader;
  Plan plan;
  if (read_plan(reader, *text, plan)) {
    const CheckReport report = check_report(plan, args);
    std::fwrite(report.text.data(), 1, report.text.size(), stdout);
    return report.faults > 0 || (args.strict && report.warnings > 0) ? 1 : 0;
  }
  const JsonError& error = reader.error();
  if (error.kind == JsonError::Kind::kMalformed)
    return check_failed(fmt::format("{}: byte {}: {}", args.file, error.offset, error.why));
  return check_failed(fmt::format("{}: {} {}", args.file, error.field, error.why));
}

}  // namespace frontrow::plans
