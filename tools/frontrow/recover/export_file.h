// One table of an export, written row by row: CSV by RFC 4180 (a header line, CRLF, quotes where
// needed), or NDJSON (one object a line). Money is in minor units, times are RFC 3339; an unset
// value is empty in CSV and null in NDJSON.
//
// CSV is for spreadsheets. It begins with the byte order mark by which they recognize UTF-8, and a
// text that a spreadsheet could evaluate as a formula gets a leading apostrophe (OWASP, CSV
// injection). Numbers stay numbers, negative ones too. NDJSON is for programs and contains every
// text unchanged.
//
//   auto file = ExportFile::create(directory, "wallets", {"user", "balance"}, format);
//   file->row(wallet.user, wallet.balance);
//   file->finish();
//
// Rows are written to DIR/<name>.<ending>.new; finish() syncs and renames the file. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/result.h"
#include "engine/core/protocol/types.h"
#include "net/json/json_writer.h"
#include "storage/local/posix_file.h"

namespace frontrow::recover {

enum class ExportFormat : std::uint8_t { kCsv, kNdjson };

// The UTF-8 byte order mark, the first bytes of a CSV file.
inline constexpr std::string_view kCsvMark = "\xEF\xBB\xBF";

// Appends one field of a CSV row: a text with a leading apostrophe if it could be a formula, and in
// quotes if needed. Several seats are separated by a space.
void append_csv(std::string& out, std::string_view text);
inline void append_csv(std::string& out, const char* text) {
  append_csv(out, std::string_view(text));
}
inline void append_csv(std::string& out, const std::string& text) {
  append_csv(out, std::string_view(text));
}
void append_csv(std::string& out, std::uint64_t value);
void append_csv(std::string& out, Money money);
void append_csv(std::string& out, const Currency& currency);
void append_csv(std::string& out, const UserId& user);
void append_csv(std::string& out, Date date);
void append_csv(std::string& out, Instant instant);
void append_csv(std::string& out, const SeatList& seats);
template <class T>
void append_csv(std::string& out, const std::optional<T>& value) {
  if (value) append_csv(out, *value);
}
template <class Tag, class Rep>
void append_csv(std::string& out, Id<Tag, Rep> id) {
  append_csv(out, std::uint64_t{id.value});
}

class ExportFile {
 public:
  static Result<ExportFile> create(const std::string& directory, const std::string& name,
                                   std::vector<const char*> columns, ExportFormat format);

  // Takes as many fields as columns. finish() reports errors.
  template <class... Fields>
  void row(const Fields&... fields) {
    FR_CHECK(sizeof...(fields) == columns_.size());
    if (format_ == ExportFormat::kCsv) {
      std::size_t column = 0;
      (put_csv(column++, fields), ...);
      text_ += "\r\n";
    } else {
      JsonWriter json(text_);
      json.begin_object();
      std::size_t column = 0;
      (put_json(json, columns_[column++], fields), ...);
      json.end_object();
      text_ += '\n';
    }
    end_row();
  }
  Status finish();

  const std::string& path() const { return path_; }
  std::uint64_t rows() const { return rows_; }

 private:
  ExportFile(std::string path, FileDescriptor file, std::vector<const char*> columns,
             ExportFormat format)
      : path_(std::move(path)),
        file_(std::move(file)),
        columns_(std::move(columns)),
        format_(format) {}

  void end_row();
  void write();

  template <class T>
  void put_csv(std::size_t column, const T& value) {
    if (column > 0) text_ += ',';
    append_csv(text_, value);
  }
  template <class T>
  static void put_json(JsonWriter& json, const char* name, const T& value) {
    json.key(name);
    if constexpr (std::is_same_v<T, Instant>) {
      value.is_set() ? json.value(value) : json.null();
    } else if constexpr (std::is_same_v<T, SeatList>) {
      json.begin_array();
      for (const SeatNumber seat : value) json.value(seat);
      json.end_array();
    } else {
      json.value(value);
    }
  }

  std::string path_;
  FileDescriptor file_;
  std::vector<const char*> columns_;
  ExportFormat format_;
  std::string text_;  // not written yet
  std::uint64_t rows_ = 0;
  Status failed_;
};

}  // namespace frontrow::recover
