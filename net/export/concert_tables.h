// The tables of a concert: sold seats, payments, tickets. The server and the recovery tool write
// the same columns. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/protocol/exported.h"
#include "net/export/export_rows.h"

namespace frontrow {

// seats, payments, tickets.
std::string_view name_of(ExportKind what);
ExportColumns columns_of(ExportKind what);

// The labels of a seat in its plan: of its row, and its own.
struct SeatLabel {
  std::string row;
  std::string seat;
};
// Of all seats of a plan, seat 1 first.
using SeatLabels = std::vector<SeatLabel>;
// Empty if the bytes are no plan (plan_codec.h).
SeatLabels labels_of_plan(std::span<const std::byte> document);
// Empty texts for a seat without labels.
const SeatLabel& label_of(const SeatLabels& labels, SeatNumber seat);

// Each appends one row.
void append_exported(std::string& out, ExportFormat format, ConcertId concert,
                     const ExportedRun& run, const SeatLabel& label, const ExportedSeat& seat);
void append_exported(std::string& out, ExportFormat format, ConcertId concert, Currency currency,
                     const ExportedPayment& payment);
void append_exported(std::string& out, ExportFormat format, ConcertId concert,
                     const ExportedRun& run, const SeatLabel& label, const ExportedTicket& ticket);

}  // namespace frontrow
