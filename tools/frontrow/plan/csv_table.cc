#include "tools/frontrow/plan/csv_table.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "engine/base/text.h"

namespace frontrow::plans {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Status check_utf8(std::string_view text) {
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    if (!simdjson::validate_utf8(one.data(), one.size())) {
      return Error{fmt::format(
          "line {}: not UTF-8; save the table as \"CSV UTF-8\" in the spreadsheet program", line)};
    }
    text.remove_prefix(std::min(one.size() + 1, text.size()));
  }
  return {};
}

class CsvParser {
 public:
  explicit CsvParser(std::string_view text) : text_(text) {
    const std::string_view first = text.substr(0, text.find_first_of("\r\n"));
    const auto commas = std::count(first.begin(), first.end(), ',');
    const auto semicolons = std::count(first.begin(), first.end(), ';');
    table_.separator = semicolons > commas ? ';' : ',';
  }

  Result<CsvTable> run() && {
    while (at_ < text_.size()) {
      CsvRecord record{.line = line_};
      bool is_last = false;
      while (!is_last) {
        std::string field;
        if (!read_field(field, is_last))
          return Error{fmt::format("line {}: a quote without an end", record.line)};
        record.fields.emplace_back(trimmed(field));
      }
      const bool is_blank = std::all_of(record.fields.begin(), record.fields.end(),
                                        [](const std::string& f) { return f.empty(); });
      if (!is_blank) table_.records.push_back(std::move(record));
    }
    return std::move(table_);
  }

 private:
  // Reads a field and the sign after it; is_last: that is the end of the line or of the text.
  bool read_field(std::string& field, bool& is_last) {
    bool is_quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\n') ++line_;
      if (is_quoted) {
        if (c != '"') {
          field += c;
        } else if (text_.substr(at_ + 1).starts_with('"')) {
          field += text_[++at_];
        } else {
          is_quoted = false;
        }
        continue;
      }
      if (c == '"' && trimmed(field).empty()) {
        is_quoted = true;
      } else if (c == table_.separator) {
        ++at_;
        return true;
      } else if (c == '\n' || c == '\r') {
        ++at_;
        if (c == '\r' && text_.substr(at_).starts_with('\n')) {
          ++at_;
          ++line_;
        } else if (c == '\r') {
          ++line_;
        }
        is_last = true;
        return true;
      } else {
        field += c;
      }
    }
    is_last = true;
    return !is_quoted;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  CsvTable table_;
};

}  // namespace

Result<CsvTable> parse_csv(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (const Status utf8 = check_utf8(text); !utf8.ok()) return Error{utf8.error()};
  return CsvParser(text).run();
}

}  // namespace frontrow::plans
