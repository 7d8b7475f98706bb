#include "net/api/decode_export.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>

#include "net/api/query.h"

namespace frontrow {
namespace {

std::optional<ExportFormat> parse_export_format(std::string_view text) {
  if (text == "csv") return ExportFormat::kCsv;
  if (text == "ndjson") return ExportFormat::kNdjson;
  return std::nullopt;
}

std::optional<ExportKind> parse_export_kind(std::string_view text) {
  if (text == "seats") return ExportKind::kSeats;
  if (text == "payments") return ExportKind::kPayments;
  if (text == "tickets") return ExportKind::kTickets;
  return std::nullopt;
}

Decoded malformed_query(std::string detail) {
  return {DecodeFault::kMalformed, {}, std::move(detail)};
}

}  // namespace

Decoded decode_export(ConcertId concert, std::string_view query, CommandBody& body) {
  ReadExport command{.concert = concert, .limit = kExportRowsPerReplyMax};
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "what") {
      if (value == "wallets")
        return malformed_query(
            "what=wallets: wallets belong to users and not to a concert. frontrow recover export "
            "writes all of them.");
      const auto what = parse_export_kind(value);
      if (!what) return malformed_query("what must be one of seats, payments, tickets.");
      command.what = *what;
    } else if (name == "format") {
      if (!parse_export_format(value)) return malformed_query("format must be csv or ndjson.");
    } else {
      return malformed_query("An export has the parameters format and what, and no others.");
    }
  }
  body = command;
  return {};
}

ExportFormat export_format(std::string_view query) {
  ExportFormat format = ExportFormat::kCsv;
  std::string_view name;
  std::string_view value;
  while (next_parameter(query, name, value)) {
    if (name == "format") format = parse_export_format(value).value_or(format);
  }
  return format;
}

}  // namespace frontrow
