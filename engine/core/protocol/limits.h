// Every bound of the domain in one place, including the bounds of a concert's settings. The bounds
// of HTTP are in net/http/http_limits.h.
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/time.h"

namespace frontrow {

inline constexpr std::uint32_t kSlotCount = 4096;

// Catalogue. Texts are counted in code points, as clients count them, so that the length of a title
// does not depend on its script.
inline constexpr std::size_t kUtf8BytesMax = 4;  // of one code point
inline constexpr std::size_t kTitleCharsMax = 200;
inline constexpr std::size_t kSectionNameCharsMax = 100;
inline constexpr std::size_t kSectionNameBytesMax = kUtf8BytesMax * kSectionNameCharsMax;
static_assert(kUtf8BytesMax * kTitleCharsMax <= UINT16_MAX);  // a text's length in the log
inline constexpr std::size_t kTimeZoneBytesMax = 64;
inline constexpr std::size_t kDatesPerConcertMax = 366;
inline constexpr std::size_t kSectionsPerDateMax = 200;
inline constexpr std::uint32_t kSeatsPerDateMax = 100'000;
inline constexpr std::uint32_t kSeatsPerDateDefault = 50;
// Of a line, in one response for caches: 512 bytes of bits.
inline constexpr std::uint32_t kLineBlockPlaces = 4096;
inline constexpr std::uint32_t kConcertsMax = 10'000;

// Seating plans. Texts are counted in code points. Positions are hundredths of the plan's unit.
inline constexpr std::uint32_t kPlansMax = 500;
inline constexpr std::size_t kPlanNameCharsMax = 200;
inline constexpr std::size_t kCategoriesPerPlanMax = 200;
inline constexpr std::size_t kSectionsPerPlanMax = 2'000;
inline constexpr std::size_t kRowsPerSectionMax = 2'000;
inline constexpr std::size_t kLabelCharsMax = 20;  // of a row or a seat
inline constexpr std::int32_t kPositionMax = 100'000'000;
// A plan in its compact form (plan_codec.h), and a concert's settings with the runs of seats that
// its plans give: each is one record of the log.
inline constexpr std::size_t kPlanBytesMax = 900 * 1024;
inline constexpr std::size_t kSpecBytesMax = 900 * 1024;
// Runs of seats of one price on a date: sections, or the categories of a plan's sections.
inline constexpr std::size_t kRunsPerDateMax = 10'000;

// The line: people present, waiting or active.
inline constexpr std::uint32_t kPeoplePerConcertMax = 100'000'000;
// Numbers, holds and payments ever drawn in a concert: their counters have 32 bits, and tables
// index blocks of them.
inline constexpr std::uint32_t kDrawnPerConcertMax = 4'000'000'000;
static_assert(kPeoplePerConcertMax <= kDrawnPerConcertMax);
// Charges ever made in a slot: their counter has 40 bits.
inline constexpr std::uint64_t kChargesPerSlotMax = (std::uint64_t{1} << 40) - 1;
inline constexpr std::uint32_t kMaxActiveMax = 1'000'000;
inline constexpr std::uint32_t kAdmitPerSecondMax = 1'000'000;
inline constexpr std::uint32_t kSessionSecondsMax = 86'400;
inline constexpr std::uint32_t kIdleSecondsMax = 86'400;

// Challenges: how long one may be solved, and how long one that was is remembered, by a clock that
// may differ from that of the instance which made it.
inline constexpr std::uint32_t kChallengeSecondsMax = 600;
inline constexpr Duration kChallengeKeptFor = seconds(2 * kChallengeSecondsMax);

// Access codes of a presale: of one request, whose hashes are one record of the log, and of a
// concert. Bytes of memory for each code (access_codes.h).
inline constexpr std::uint32_t kCodesPerBatchMax = 50'000;
inline constexpr std::uint32_t kCodesPerConcertMax = 1'000'000;
inline constexpr std::size_t kCodeBatchesMax = 64;
inline constexpr std::uint32_t kUsesPerCodeMax = 10'000;
static_assert(kUsesPerCodeMax <= UINT16_MAX);
static_assert(kCodesPerBatchMax * std::size_t{16} + 1024 <= kSpecBytesMax);
inline constexpr std::size_t kAccessCodeBytesMax = 32;

// Holds
inline constexpr std::size_t kSeatsPerHoldMax = 32;
inline constexpr std::uint32_t kHoldSecondsMax = 86'400;
inline constexpr std::uint32_t kHoldExtensionsMax = 100;
inline constexpr std::uint32_t kSeatsPerUserMax = 1'000;
// Expired holds kept so that their owner reads "expired" and not "not found"; the oldest are erased
// first.
inline constexpr std::size_t kExpiredHoldsKept = 1'000'000;

// Holds that users gave up in a concert (given_up.h): how long a seat is withheld from the user who
// gave it up, and how many users and seats are remembered. The oldest are erased first.
inline constexpr Duration kSeatRestsFor = seconds(5);
inline constexpr std::size_t kGivenUpUsersKept = 65'536;
inline constexpr std::size_t kGivenUpSeatsKept = 65'536;
inline constexpr std::size_t kGivenUpDeadlinesKept = 32;  // of a user

// Waitlists: entries of a date at once, and ever; and the time that an offer is for.
inline constexpr std::uint32_t kWaitlistPerDateMax = 200'000;
inline constexpr std::uint32_t kWaitlistDrawnMax = 10'000'000;
inline constexpr std::uint32_t kOfferSecondsMax = 86'400;

// Changes of a date's seats that are kept for readers of an earlier version.
inline constexpr std::size_t kSeatChangesKept = 4'096;
// Interval of the events of a stream of such changes. A fan who chooses a seat acts in seconds, and
// half a second merges the many changes of a busy sale into two writes a second and fan.
inline constexpr Duration kSeatEventsEvery = milliseconds(500);

// Money
inline constexpr std::int64_t kPriceMax = 1'000'000'000;  // minor units a seat
inline constexpr std::int64_t kBalanceMax =
    1'000'000'000'000'000;  // below 2^53: exact in any JSON reader
static_assert(kPriceMax * static_cast<std::int64_t>(kSeatsPerHoldMax) < kBalanceMax);
static_assert(kBalanceMax < (std::int64_t{1} << 53));
// The payment provider's id of a charge, and the reason of an adjustment, in code points.
inline constexpr std::size_t kReferenceCharsMax = 128;
inline constexpr std::size_t kReasonCharsMax = 200;
// A running payment freezes its hold for at most this long.
inline constexpr std::uint32_t kPaymentDecideSecondsMax = 60;

// Idempotency: the stored answers of each sender and resource.
inline constexpr std::size_t kIdempotencyKeyBytesMax = 255;
inline constexpr std::size_t kAnswersPerOwnerKept = 32;
inline constexpr Duration kAnswerKeptFor = seconds(24 * 3600);

// Audit: the newest acts of operators that each slot keeps, and the most that one reply lists.
inline constexpr std::size_t kActsPerSlotKept = 100;
inline constexpr std::uint32_t kActsPerReplyMax = 1000;
inline constexpr std::size_t kActNoteBytesMax = 1000;

// The box office: entries of one reply, holds or payments that one search looks at, and those that
// are looked at for the past of a seat.
inline constexpr std::uint32_t kFoundPerReplyMax = 1000;
inline constexpr std::uint32_t kSearchedPerReplyMax = 20'000;
inline constexpr std::uint32_t kSeatPastMax = 20'000;

// A cancellation: payments that one step looks at, and refunds that wait for their wallets at once.
inline constexpr std::uint32_t kCancelScanMax = 16'384;
inline constexpr std::size_t kRefundsAtOnce = 128;

// Exports of a running sale: the rows of one reply, and the copies that a slot keeps, each for so
// long after its last use.
inline constexpr std::uint32_t kExportRowsPerReplyMax = 256;
inline constexpr std::size_t kExportCopiesPerSlot = 2;
inline constexpr Duration kExportKeptFor = seconds(60);

// Ranges of seats that are blocked at once.
inline constexpr std::size_t kRangesPerBlockMax = 10'000;

// Bounded work: events that one call of expire() may emit, tokens that one idle sweep may scan.
inline constexpr std::size_t kExpireEventsMax = 1024;
inline constexpr std::uint32_t kIdleSweepMax = 16'384;

}  // namespace frontrow
