// The whole state of a slot as bytes, and back.
//
// A snapshot is a row of parts, each of entities of one kind and of about 64 KiB, so that neither
// side ever holds a large slot twice in memory. Layout of a part (little endian, field_codec.h for
// the rows, docs/LOG_FORMAT.md for all of it):
//
//   offset size
//        0    1  kind      PartKind
//        1    3  zero
//        4    4  concert   whose entities these are; 0: the slot's own
//        8    4  first     tokens: number of the first; seats: index of the date; others 0
//       12    4  count     rows
//       16    .  rows
//
// Left out is what is only seen (when somebody was last seen, where the idle sweep stands) and what
// follows from the rest (indexes, ranks, counts, timers, the state hash). Equal slots give equal
// bytes.
//
// The loader takes any bytes: a value that no encoder writes, or an entity that names another that
// is not there, is an error and never undefined. It can't tell a wrong state from a right one; for
// that the caller compares the state hash with the one that was kept beside the snapshot.
//
// Threads: plain functions of the slot's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/result.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// Numbers in stored parts; never reused.
enum class PartKind : std::uint8_t {
  kSlot = 1,
  kRegistrations = 2,
  kWallets = 3,
  kAnswers = 4,
  kConcert = 5,
  kTokens = 6,
  kSeats = 7,
  kSessions = 8,
  kHolds = 9,
  kExpiredHolds = 10,
  kPayments = 11,
  kErrands = 12,
  kBuyers = 13,
  kTenure = 14,  // of slots that ever were in a cluster
  kBegun = 15,
};

inline constexpr std::size_t kPartHeaderBytes = 16;
// A part is closed once it has grown beyond this.
inline constexpr std::size_t kPartBytesGoal = std::size_t{64} << 10;

// Takes one part; an error stops the encoding.
using PartSink = std::function<Status(std::span<const std::byte> part)>;

Status encode_snapshot(const Slot& slot, const PartSink& sink);
// The same without the tenure: what another instance takes over.
Status encode_state(const Slot& slot, const PartSink& sink);

// Adds one part, in the order of encoding, to a slot that began empty. After an error the slot is
// of no use.
Status load_snapshot_part(std::span<const std::byte> part, Slot& slot);
// What encode_state can have written: not the tenure, which is each instance's own.
Status load_state_part(std::span<const std::byte> part, Slot& slot);

}  // namespace frontrow
