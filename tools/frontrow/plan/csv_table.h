// Tables as spreadsheets write them: CSV by RFC 4180, with a comma or a semicolon between fields,
// with any line ends and a byte order mark or none. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::plans {

struct CsvRecord {
  std::size_t line = 0;             // on which it begins, from 1
  std::vector<std::string> fields;  // without blanks around them
};

struct CsvTable {
  char separator = ',';
  std::vector<CsvRecord> records;  // without those that have no text at all
};

// The separator is the sign of the two that the first line has more of. The error names the line:
// bytes that are not UTF-8, or a quote without an end.
Result<CsvTable> parse_csv(std::string_view text);

}  // namespace frontrow::plans
