// The files of a run: the arrivals as input, the reports as output. Blocking.
#pragma once

#include <cstdint>
#include <string>

#include "engine/base/result.h"
#include "tools/frontrow/workload/arrivals.h"

namespace frontrow::drop {

struct ArrivalOptions {
  Shape shape = Shape::kSpike;
  std::string csv;         // kCsv: the file
  std::uint32_t fans = 0;  // 0 with kCsv: number of fans in the file
  std::int64_t over_ms = 0;
  std::uint64_t seed = 0;
  std::uint32_t fans_max = 0;
};
// Reads the file if there is one; the error names it.
Result<Arrivals::Plan> plan_arrivals(const ArrivalOptions& options);

// Writes the whole file; returns false and prints a line on stderr if it can't be written.
bool write_file(const std::string& path, const std::string& text);

}  // namespace frontrow::drop
