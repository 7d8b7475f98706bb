// The rows of exported tables: CSV with a header line (csv.h), or NDJSON, one object a line whose
// members are the columns. Money is in minor units, times are RFC 3339; an unset value is empty in
// CSV and null in NDJSON. NDJSON is for programs and contains every text unchanged. Pure functions,
// any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "engine/base/check.h"
#include "net/export/csv.h"
#include "net/json/json_writer.h"

namespace frontrow {

enum class ExportFormat : std::uint8_t { kCsv, kNdjson };

using ExportColumns = std::span<const char* const>;

// The text before the first row.
inline void append_export_head(std::string& out, ExportFormat format, ExportColumns columns) {
  if (format != ExportFormat::kCsv) return;
  out += kCsvMark;
  for (const char* const column : columns) {
    if (column != columns.front()) out += ',';
    append_csv(out, column);
  }
  out += "\r\n";
}

template <class T>
void append_export_member(JsonWriter& json, const char* name, const T& value) {
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

// Takes as many fields as columns.
template <class... Fields>
void append_export_row(std::string& out, ExportFormat format, ExportColumns columns,
                       const Fields&... fields) {
  FR_CHECK(sizeof...(fields) == columns.size());
  std::size_t column = 0;
  if (format == ExportFormat::kCsv) {
    ((column++ > 0 ? out += ',' : out, append_csv(out, fields)), ...);
    out += "\r\n";
    return;
  }
  JsonWriter json(out);
  json.begin_object();
  (append_export_member(json, columns[column++], fields), ...);
  json.end_object();
  out += '\n';
}

}  // namespace frontrow
