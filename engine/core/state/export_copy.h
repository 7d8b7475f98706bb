// Copies of a concert for exports. A sale goes on while an export is read, so its first page copies
// all rows in one go, and the other pages come from the copy.
//
// A copy is named by the sequence of its slot's newest record, its moment. Two copies of one moment
// are equal, also on two instances. So a copy that is gone can be made again as long as the slot
// has not changed.
//
// Soft state: not logged, not hashed. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/protocol/exported.h"
#include "engine/core/protocol/reply.h"
#include "engine/core/state/concert.h"

namespace frontrow {

// Immutable.
struct ExportCopy {
  ConcertId concert;
  ExportKind what = ExportKind::kPayments;
  std::uint64_t moment = 0;
  Instant at;
  Currency currency;
  std::vector<ExportedRun> runs;  // of the seats or tickets
  // One of these is filled.
  std::vector<ExportedSeat> seats;        // by date, then seat
  std::vector<ExportedPayment> payments;  // by id
  std::vector<ExportedTicket> tickets;    // by date, then payment

  std::uint32_t rows() const {
    return static_cast<std::uint32_t>(seats.size() + payments.size() + tickets.size());
  }
};

// All rows of a concert. The caller sets moment and time.
ExportCopy copy_for_export(const Concert& concert, ExportKind what);

// At most `limit` rows from row `offset` on, with the runs that they name. A page without rows has
// no next one.
ExportPage page_of(const ExportCopy& copy, std::uint32_t offset, std::uint32_t limit);

// The copies of one slot: at most kExportCopiesPerSlot, each for kExportKeptFor after its last use.
class ExportCopies {
 public:
  // Counts as a use. nullptr: there is no such copy.
  const ExportCopy* find(ConcertId concert, ExportKind what, std::uint64_t moment, Instant now);
  bool has(ConcertId concert, ExportKind what, std::uint64_t moment) const;
  // Replaces the copy that was not used for the longest time, if there are too many.
  const ExportCopy& keep(ExportCopy&& copy, Instant now);
  void expire(Instant now);
  // kNever: there is no copy.
  Instant next_expiry() const;

 private:
  struct Kept {
    std::unique_ptr<const ExportCopy> copy;
    Instant used_at;
  };
  std::vector<Kept> kept_;
};

}  // namespace frontrow
