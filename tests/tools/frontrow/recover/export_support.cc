#include "tests/tools/frontrow/recover/export_support.h"

#include <gtest/gtest.h>

namespace frontrow::recover {

std::vector<Row> read_csv(const std::string& path) {
  std::string text = read_file(path);
  EXPECT_TRUE(text.starts_with("\xEF\xBB\xBF")) << path << ": spreadsheets need the mark";
  text.erase(0, 3);
  std::vector<Row> rows(1, Row(1));
  bool quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    if (quoted) {
      if (text[i] != '"') {
        field += text[i];
      } else if (i + 1 < text.size() && text[i + 1] == '"') {
        field += text[++i];
      } else {
        quoted = false;
      }
    } else if (text[i] == '"') {
      quoted = true;
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') {
      ++i;
      rows.emplace_back(1);
    } else {
      field += text[i];
    }
  }
  EXPECT_EQ(rows.back(), Row(1)) << path << " does not end with CRLF";
  rows.pop_back();
  return rows;
}

Exported read_all(const std::string& to) {
  return {read_csv(to + "/seats.csv"), read_csv(to + "/payments.csv"),
          read_csv(to + "/wallets.csv"), read_csv(to + "/totals.csv")};
}

std::string total_of(const Exported& exported, const std::string& of, const std::string& name) {
  for (const Row& row : exported.totals) {
    if (row[0] == of && row[1] == name) return row[2];
  }
  ADD_FAILURE() << of << " has no " << name;
  return {};
}

}  // namespace frontrow::recover
