// The whole state of a slot as bytes, and back.
//
// A snapshot is a sequence of parts. Each part has entities of one kind in about 64 KiB, so
// that neither side ever has a large slot twice in memory. Layout of a part (little endian,
// field_codec.h for the rows, docs/LOG_FORMAT.md for all of it):
//
//   offset size
//        0    1  kind      PartKind
//        1    3  zero
//        4    4  concert   owner of these entities; 0: the slot itself
//        8    4  first     tokens: number of the first; seats, waitlist: index of the date;
//                          codes: number of the batch; others 0
//       12    4  count     rows
//       16    .  rows
//
// Left out are soft state (the time a user was last seen, the position of the idle sweep) and
// derived state (indexes, ranks, counts, timers, the state hash). Equal slots give equal bytes.
//
// The loader accepts any bytes: a value that no encoder writes, or an entity that names a missing
// one, is an error and never undefined behaviour. The loader can't detect a
// wrong state: the caller compares the state hash with the one stored beside the snapshot.
//
// Threads: plain functions of the slot's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/result.h"

namespace frontrow {

struct Slot;

// Numbers in stored parts; never reused.
enum class PartKind : std::uint8_t {
  kSlot = 1,
  kFormerRegistrations = 2,  // in the layout before version 4
  kWallets = 3,
  kAnswers = 4,
  kFormerConcert = 5,  // in the layout before version 4
  kTokens = 6,
  kSeats = 7,
  kSessions = 8,
  kFormerHolds = 9,  // in the layout before version 4
  kExpiredHolds = 10,
  kPayments = 11,
  kOutboxEntries = 12,
  kBuyers = 13,
  kTenure = 14,  // of slots that ever were in a cluster
  kBegun = 15,
  kActs = 16,
  kReferences = 17,  // of wallets
  kChallenges = 18,  // that joins have spent
  kTicketUses = 19,
  kRegistrations = 20,
  kConcert = 21,
  kHolds = 22,
  kPlans = 23,
  kWaitlist = 24,       // of one date
  kOfferSessions = 25,  // that offers began
  kAccessCodes = 26,    // batches (first 0), and the codes of each (first: its number)
  kChangedDates = 27,   // by their indexes
  kShuffles = 28,       // of a concert; or the seeds of unconfirmed registrations
  kSeatRefunds = 29,    // of payments, oldest first
  kReturned = 30,       // to wallets, by refunds of single seats
};

inline constexpr std::size_t kPartHeaderBytes = 16;
// A part is closed once it exceeds this size.
inline constexpr std::size_t kPartBytesGoal = std::size_t{64} << 10;

// Receives one part; an error stops the encoding.
using PartSink = std::function<Status(std::span<const std::byte> part)>;

Status encode_snapshot(const Slot& slot, const PartSink& sink);
// The same without the tenure: the state that another instance imports.
Status encode_state(const Slot& slot, const PartSink& sink);

// Adds one part, in the order of encoding, to a slot that began empty. After an error the slot is
// unusable.
Status load_snapshot_part(std::span<const std::byte> part, Slot& slot);
// Accepts the parts that encode_state() writes: not the tenure, which is each instance's own.
Status load_state_part(std::span<const std::byte> part, Slot& slot);

}  // namespace frontrow
