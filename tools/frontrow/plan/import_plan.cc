#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "engine/core/codec/plan_codec.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/plan_fault.h"
#include "net/api/plan_document.h"
#include "tools/frontrow/plan/commands.h"
#include "tools/frontrow/plan/csv_plan.h"
#include "tools/frontrow/plan/plan_files.h"
#include "tools/frontrow/plan/pretix_plan.h"

namespace frontrow::plans {
namespace {

constexpr std::size_t kFaultsShown = 100;

int import_failed(const std::string& why) {
  std::fputs(fmt::format("frontrow plan: {}\n", why).c_str(), stderr);
  return 1;
}

// The name of a file without folders and ending.
std::string stem_of(const std::string& path) {
  std::string stem = path.substr(path.find_last_of('/') + 1);
  return stem.substr(0, stem.find_last_of('.'));
}

std::string counts_of(const Plan& plan) {
  std::size_t rows = 0;
  for (const PlanSection& section : plan.sections) rows += section.rows.size();
  return fmt::format("{} sections, {} rows, {} seats, {} categories", plan.sections.size(), rows,
                     plan.seat_count(), plan.categories.size());
}

// False if the plan as a whole can't be registered; each reason is printed.
bool is_whole(const Plan& plan) {
  const std::vector<PlanFault> faults = find_plan_faults(plan, kFaultsShown);
  for (const PlanFault& fault : faults)
    import_failed(fmt::format("{}: {}", fault.field, fault.why));
  if (!faults.empty()) return false;
  ByteBuffer bytes;
  encode_plan(plan, bytes);
  if (bytes.size() <= kPlanBytesMax) return true;
  import_failed(fmt::format("the plan takes {} bytes in its compact form, at most {} are possible",
                            bytes.size(), kPlanBytesMax));
  return false;
}

}  // namespace

int import_plan(const ImportArgs& args) {
  const auto text = read_whole_file(args.file);
  if (!text.ok()) return import_failed(text.error());
  const bool is_csv = args.format == ImportFormat::kCsv;
  auto imported = is_csv ? read_csv_plan(*text, args.name.empty() ? stem_of(args.file) : args.name)
                         : read_pretix_plan(*text, args.name);
  if (!imported.ok()) return import_failed(fmt::format("{} {}", args.file, imported.error()));
  Plan& plan = imported->plan;
  if (plan.name.empty()) plan.name = stem_of(args.file);
  for (const std::string& remark : imported->remarks)
    std::fputs(fmt::format("{}\n", remark).c_str(), stderr);
  for (const std::string& refused : imported->refused)
    std::fputs(fmt::format("{}\n", refused).c_str(), stderr);
  const std::size_t bad = imported->refused.size();
  if (bad > 0 && !args.skip_bad)
    return import_failed(
        fmt::format("{} parts refused, nothing written; --skip-bad leaves them out", bad));
  if (!is_whole(plan)) return 1;
  std::string document;
  render_plan(document, 0, plan);
  document += '\n';
  if (args.output.empty()) {
    if (std::fwrite(document.data(), 1, document.size(), stdout) != document.size() ||
        std::fflush(stdout) != 0)
      return import_failed("stdout: can't be written");
  } else if (const Status written = replace_file(args.output, document); !written.ok()) {
    return import_failed(written.error());
  }
  std::fputs(fmt::format("{}: {}{}\n", plan.name, counts_of(plan),
                         bad > 0 ? fmt::format("; {} refused parts left out", bad) : "")
                 .c_str(),
             stderr);
  return 0;
}

}  // namespace frontrow::plans
