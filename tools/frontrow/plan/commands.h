// `frontrow plan import|check`: seating plans as files. Each command prints its result to stdout,
// faults of the import to stderr, and returns the exit code.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "engine/base/money.h"

namespace frontrow::plans {

enum class ImportFormat : std::uint8_t { kPretix, kCsv };

struct ImportArgs {
  ImportFormat format = ImportFormat::kPretix;
  std::string file;
  std::string output;  // empty: stdout
  std::string name;    // of the plan; empty: that of the plan in the file, or the file's name
  bool skip_bad = false;
};

// Makes a plan's JSON document from a plan of another program. The output file is replaced as a
// whole, or not at all. 1: parts were refused, the plan has a fault, or a file failed.
int import_plan(const ImportArgs& args);

using Prices = std::map<std::string, Money, std::less<>>;  // by category

struct CheckArgs {
  std::string file;
  std::optional<Prices> prices;  // none: not compared
  bool allow_holes = false;      // holes are warnings
  bool strict = false;           // warnings count as faults
};

// Prints every fault and warning of a plan's JSON document, and its counts. 1: the file is no such
// document, or has faults.
int check_plan(const CheckArgs& args);

}  // namespace frontrow::plans
