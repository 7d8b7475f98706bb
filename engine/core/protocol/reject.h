// Why a command was refused: a dense enum in order of precedence. A number is never reused; it is
// written in metrics and (kInsufficientBalance) in the log.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

enum class Reject : std::uint8_t {
  kNone = 0,
  // who asks
  kConcertNotFound = 1,
  kInvalidToken = 2,  // forged, revoked, or a number that was never drawn
  kWrongToken = 3,    // of another concert or user
  // the same again
  kIdempotencyKeyReused = 4,
  // whether that one may act now
  kTokenExpired = 5,  // paid, expired or left
  kNotAdmitted = 6,   // still waiting; transient
  // what is asked for
  kSaleClosed = 7,
  kDateNotFound = 8,
  kSeatNotFound = 9,
  kHoldNotFound = 10,
  kHoldExpired = 11,
  kAlreadyPaid = 12,
  kPaymentInProgress = 13,  // transient
  kPaymentNotFound = 14,
  kLimitExceeded = 15,
  kSeatUnavailable = 16,
  kSeatHeldOrSold = 17,  // of a block
  kInvalidAmount = 18,
  kInsufficientBalance = 19,
  kPaymentTimeout = 20,  // transient: the wallet did not answer in time
  kLineFull = 21,        // kPeoplePerConcertMax
  kTooManyConcerts = 22,
  kOverloaded = 23,      // transient: refused before it entered the engine
  kLowDisk = 24,         // transient
  kOutcomeUnknown = 25,  // the log failed under it, or the link to its slot's owner broke
  kDraining = 26,        // transient
  kConflictingSettings = 27,
  kInstanceUnavailable = 28,  // transient: its slot's owner can't be reached; nothing was done
  kHoldRefunded = 29,         // its payment was given back
  kNumbersExhausted = 30,     // kDrawnPerConcertMax, kChargesPerSlotMax
  kPreconditionFailed = 31,   // the settings are not those that the change was made for
  kLowMemory = 32,            // transient
};
inline constexpr std::uint8_t kRejectCount = 33;

// Lower-case name for logs and metrics; problem types of the HTTP API are net's.
std::string_view name_of(Reject reject);
// True where the same command may succeed later without anybody changing anything else.
bool is_transient(Reject reject);

}  // namespace frontrow
