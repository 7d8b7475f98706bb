#include "tools/frontrow/workload/files.h"

#include <fmt/format.h>

#include <cstdio>
#include <fstream>
#include <iterator>

namespace frontrow::drop {

Result<Arrivals::Plan> plan_arrivals(const ArrivalOptions& options) {
  Arrivals::Plan plan{.shape = options.shape,
                      .fans = options.fans,
                      .over_ms = options.over_ms,
                      .seed = options.seed};
  if (options.shape != Shape::kCsv) return plan;
  std::ifstream in(options.csv, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in.good() && !in.eof()) return Error{fmt::format("{}: can't be read", options.csv)};
  auto steps = parse_arrival_steps(text);
  if (!steps.ok()) return Error{fmt::format("{}: {}", options.csv, steps.error())};
  plan.steps = std::move(*steps);
  if (plan.fans > 0) return plan;
  const std::uint64_t fans = fans_in(plan.steps);
  if (fans > options.fans_max) {
    return Error{
        fmt::format("{}: {} fans, at most {} can be played", options.csv, fans, options.fans_max)};
  }
  plan.fans = static_cast<std::uint32_t>(fans);
  return plan;
}

bool write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out.good()) return true;
  std::fputs(fmt::format("frontrow: {}: can't be written\n", path).c_str(), stderr);
  return false;
}

}  // namespace frontrow::drop
