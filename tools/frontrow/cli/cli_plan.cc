#include "tools/frontrow/cli/cli_plan.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "engine/base/text.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr const char* kPlanImportFooter = R"(
Formats:
  pretix  a seating plan of pretix (JSON); its zones become sections
  csv     a table with a header line and a line for each seat. Columns section, row, seat, category;
          if you like x, y, accessible (yes or no). A general section is one line with kind
          "general" and a capacity instead of row and seat. Fields are separated by commas or
          semicolons.

Prints the plan's JSON document, as POST /v1/admin/plans takes it. Parts of the file that do not fit
are named on stderr, one a line, and nothing is written: exit code 1.

Examples:
  frontrow plan import --from pretix hall.json -o olympic-hall.json
  frontrow plan import --from csv seats.csv --name "Olympic Hall" > olympic-hall.json)";

constexpr const char* kPlanCheckFooter = R"(
Faults: seats of one section with the same row and seat, numbers that a counted row lacks, seats
whose category has no price, prices of no category, bounds. Warnings: rows out of order, seats at the
same position. Exit code 1 for any fault.

Example:
  frontrow plan check olympic-hall.json --prices VIP=150000,R=90000)";

// "VIP=150000,R=90000". A part without '=' belongs to the name after it: names may have commas.
Result<plans::Prices> parse_prices(std::string_view text) {
  plans::Prices prices;
  std::string name;
  for (bool more = true; more;) {
    const std::size_t comma = text.find(',');
    more = comma != text.npos;
    const std::string_view part = text.substr(0, comma);
    if (more) text.remove_prefix(comma + 1);
    const std::size_t equals = part.rfind('=');
    name += part.substr(0, equals);
    if (equals == part.npos) {
      if (!more) return Error{fmt::format("--prices: \"{}\" has no price; CATEGORY=N", name)};
      name += ',';
      continue;
    }
    const auto price = parse_number<std::int64_t>(part.substr(equals + 1));
    if (!price || *price < 0 || *price > kPriceMax)
      return Error{fmt::format("--prices: the price of \"{}\" must be an integer from 0 to {}",
                               name, kPriceMax)};
    if (!prices.emplace(name, Money{*price}).second)
      return Error{fmt::format("--prices: \"{}\" is there twice", name)};
    name.clear();
  }
  return prices;
}

}  // namespace

struct PlanCommandLine::Given {
  CLI::App* command = nullptr;
  CLI::App* import_file = nullptr;
  plans::ImportArgs import_args;
  plans::CheckArgs check_args;
  std::string format;
  std::string prices;
};

PlanCommandLine::PlanCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand("plan", "Import and check seating plans, as files");
  g.command->require_subcommand(1);
  g.import_file = g.command->add_subcommand("import", "Make a plan from a file of another program");
  g.import_file->footer(kPlanImportFooter);
  g.import_file->add_option("--from", g.format, "Format of the file: pretix or csv")
      ->type_name("FORMAT")
      ->required();
  g.import_file->add_option("FILE", g.import_args.file, "The file")->type_name("")->required();
  g.import_file
      ->add_option("-o,--output", g.import_args.output,
                   "File for the plan, replaced as a whole (default: stdout)")
      ->type_name("FILE");
  g.import_file
      ->add_option("--name", g.import_args.name,
                   "Name of the plan (default: that in the file, or the file's)")
      ->type_name("NAME");
  g.import_file->add_flag("--skip-bad", g.import_args.skip_bad,
                          "Leave out the parts of the file that do not fit");
  CLI::App* check = g.command->add_subcommand("check", "Look for faults in a plan");
  check->footer(kPlanCheckFooter);
  check->add_option("FILE", g.check_args.file, "The plan's JSON document")
      ->type_name("")
      ->required();
  check
      ->add_option("--prices", g.prices,
                   "The price of each category in minor units, to compare with the plan's")
      ->type_name("CATEGORY=N[,...]");
  check->add_flag("--allow-holes", g.check_args.allow_holes,
                  "Missing seat numbers are warnings, as where a pillar stands");
  check->add_flag("--strict", g.check_args.strict, "Exit code 1 for warnings, too");
}

PlanCommandLine::~PlanCommandLine() = default;

bool PlanCommandLine::parsed() const { return given_->command->parsed(); }

Result<PlanCommand> PlanCommandLine::asked() const {
  const Given& g = *given_;
  if (g.import_file->parsed()) {
    if (g.format != "pretix" && g.format != "csv")
      return Error{fmt::format("--from must be pretix or csv, not \"{}\"", g.format)};
    plans::ImportArgs args = g.import_args;
    args.format = g.format == "csv" ? plans::ImportFormat::kCsv : plans::ImportFormat::kPretix;
    return PlanCommand(std::move(args));
  }
  plans::CheckArgs args = g.check_args;
  if (!g.prices.empty()) {
    auto prices = parse_prices(g.prices);
    if (!prices.ok()) return Error{prices.error()};
    args.prices = std::move(*prices);
  }
  return PlanCommand(std::move(args));
}

}  // namespace frontrow
