// Shared by the tests of `recover export`: running it, and reading its CSV files.
#pragma once

#include <string>
#include <vector>

#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {

using Row = std::vector<std::string>;

// A CSV reader that shares no code with the writer: byte order mark, quotes, doubled quotes, CRLF.
std::vector<Row> read_csv(const std::string& path);

inline auto run_export(const std::string& data, const std::string& to, bool ndjson = false) {
  return run_command([&] { return export_books({{data}, to, ndjson}); });
}

struct Exported {
  std::vector<Row> seats, payments, wallets, totals;
};
Exported read_all(const std::string& to);

std::string total_of(const Exported& exported, const std::string& of, const std::string& name);

}  // namespace frontrow::recover
