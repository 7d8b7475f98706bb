// The query of an export: which rows, and in which format.
#pragma once

#include <string_view>

#include "engine/core/protocol/command.h"
#include "net/api/api_decode.h"
#include "net/export/export_rows.h"

namespace frontrow {

Decoded decode_export(ConcertId concert, std::string_view query, CommandBody& body);

// The format that a query without faults asks for.
ExportFormat export_format(std::string_view query);

}  // namespace frontrow
