// The reasons for rejecting a command: a dense enum in order of precedence. A number is never
// reused; it is written in metrics and (kInsufficientBalance) in the log.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

enum class Reject : std::uint8_t {
  kNone = 0,
  // the caller
  kConcertNotFound = 1,
  kInvalidToken = 2,  // forged, revoked, or a number that was never drawn
  kWrongToken = 3,    // of another concert or user
  // idempotency
  kIdempotencyKeyReused = 4,
  // the state of the caller's token
  kTokenExpired = 5,  // paid, expired or left
  kNotAdmitted = 6,   // still waiting; transient
  // the requested entity
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
  kSeatHeldOrSold = 17,  // a seat that was to be blocked, or to be sold at the box office
  kInvalidAmount = 18,
  kInsufficientBalance = 19,
  kPaymentTimeout = 20,  // transient: the wallet did not reply in time
  kLineFull = 21,        // kPeoplePerConcertMax
  kTooManyConcerts = 22,
  kOverloaded = 23,      // transient: rejected before it entered the engine
  kLowDisk = 24,         // transient
  kOutcomeUnknown = 25,  // the journal failed, or the link to the slot's owner broke
  kDraining = 26,        // transient
  kConflictingSettings = 27,
  kInstanceUnavailable = 28,  // transient: the slot's owner can't be reached; no event was logged
  kHoldRefunded = 29,         // its payment was refunded
  kNumbersExhausted = 30,     // kDrawnPerConcertMax, kChargesPerSlotMax
  kPreconditionFailed = 31,   // the settings are not the expected ones
  kLowMemory = 32,            // transient
  kLogUnavailable = 33,       // transient: the cluster's shared log takes no writes now
  kChallengeSpent = 34,       // an earlier join has named it
  kTicketNotFound = 35,
  kTicketVoid = 36,  // its payment was refunded
  kTicketUsed = 37,
  kChallengeExpired = 38,
  kDatePassed = 39,      // of a new concert
  kDateClosed = 40,      // off sale
  kNotAvailable = 41,    // so many seats, together
  kSingleSeatLeft = 42,  // the hold would leave seats alone
  kSectionNotFound = 43,
  kPlaceNotFound = 44,  // a number that was never drawn
  kPlaceOver = 45,
  kNoExtensionLeft = 46,
  kHoldsDiffer = 47,  // holds that can't be paid together
  kPlanNotFound = 48,
  kTooManyPlans = 49,
  kPriceMissing = 50,    // of a plan's category
  kNoSuchCategory = 51,  // a price for a category that the plan does not have
  kPlanRefused = 52,     // a new plan, or the dates that a concert takes from plans
  kDateCancelled = 53,
  kAlreadyCancelled = 54,  // by another request
  kNotCancelled = 55,
  kNotSoldOut = 56,  // seats of the wish can be had without the waitlist
  kOnWaitlist = 57,  // with another wish
  kWaitlistFull = 58,
  kOfferOnly = 59,           // a session that an offer began
  kAccessCodeRequired = 60,  // before the public opening
  kAccessCodeInvalid = 61,   // unknown, or its batch has not opened
  kAccessCodeUsed = 62,      // as often as it may be
  kTooManyAccessCodes = 63,
  kExportGone = 64,  // the copy of the moment that is exported
  kDateExists = 65,
  kSectionExists = 66,
  kChangeRefused = 67,  // the sale would be too large, or a date takes its sections from a plan
  kSeatsNotPaid = 68,   // not of this payment
  kSeatsRefunded = 69,  // some of them, by another refund
};
inline constexpr std::uint8_t kRejectCount = 70;

// Lower-case name for logs and metrics. The problem types of the HTTP API are defined in net.
std::string_view name_of(Reject reject);
// True if the same command may succeed later without any other change.
bool is_transient(Reject reject);

}  // namespace frontrow
