// A fan's requests, and the responses parsed from their JSON. One reader per thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/calendar.h"

namespace frontrow::drop {

enum class Ask : std::uint8_t {
  kJoin,
  kPoll,
  kDates,
  kSeats,
  kHold,
  kCharge,
  kPay,
  kLeave,
  kWait,    // joins the waitlist
  kOffer,   // reads the hold that the waitlist offers
  kUnwait,  // leaves the waitlist
};
inline constexpr std::size_t kAsks = 11;
const char* name_of(Ask ask);
constexpr bool is_post(Ask ask) {
  return ask == Ask::kJoin || ask == Ask::kHold || ask == Ask::kCharge || ask == Ask::kPay ||
         ask == Ask::kWait;
}

// The reason for a missing response.
enum class Fault : std::uint8_t {
  kNone,
  kRefused,      // connection refused
  kReset,        // connection reset, or broken pipe
  kClosed,       // closed before the whole response arrived
  kTimeout,      // no whole response in time
  kUnreachable,  // no route, no address, no descriptor: no byte was sent
  kGarbage,      // not HTTP, or too large
  kCut,          // cut off on purpose, see --retry
};
inline constexpr std::size_t kFaults = 8;
const char* name_of(Fault fault);

// Seats of one hold of a fan.
inline constexpr std::size_t kQuantityMax = 4;
using Seats = std::array<std::uint32_t, kQuantityMax>;  // as in the hold; 0 after the last one
std::size_t count_of(const Seats& seats);

enum class Place : std::uint8_t { kUnknown, kWaiting, kActive, kOver };

// The problems that a fan distinguishes; all others are kOther.
enum class Problem : std::uint8_t {
  kNone,
  kNotAdmitted,
  kTokenExpired,
  kSeatUnavailable,
  kHoldExpired,
  kHoldNotFound,
  kSaleClosed,
  kPaymentInProgress,
  kNotAvailable,
  kNotSoldOut,
  kWaitlistFull,
  kOther,
};

// By the last part of a problem's type, such as "seat-unavailable".
Problem problem_named(std::string_view slug);

struct Answer {
  Ask ask = Ask::kJoin;
  Fault fault = Fault::kNone;
  int status = 0;
  std::int64_t retry_after_ms = -1;  // -1: none given
  bool replayed = false;             // a stored answer
  bool unreadable = false;           // the body does not match the status
  Problem problem = Problem::kNone;

  Place place = Place::kUnknown;  // kJoin, kPoll
  std::uint32_t number = 0;
  std::uint32_t poll_after_ms = 0;
  std::string_view token;               // kJoin; valid until the next read
  std::uint64_t offered = 0;            // the hold that the waitlist offers; 0: none
  std::uint32_t waitlist_position = 0;  // kPoll, kWait; 0: not on a waitlist

  bool found = false;  // kDates, kSeats: there was a date or seat to choose
  std::uint16_t date = 0;
  std::uint32_t seat = 0;
  std::int64_t price = 0;

  std::uint64_t id = 0;  // of the hold, the charge or the payment
  Seats seats{};         // kHold, kOffer
  std::int64_t amount = 0;
  std::int64_t balance = 0;

  bool ok() const { return fault == Fault::kNone && status >= 200 && status < 300 && !unreadable; }
  bool told_to_wait() const {
    return fault == Fault::kNone && (status == 429 || status == 503) && retry_after_ms >= 0;
  }
};

class AnswerReader {
 public:
  // `dates`: those of the sale, rising; an Answer holds indexes of them.
  explicit AnswerReader(std::vector<Date> dates);
  ~AnswerReader();
  AnswerReader(const AnswerReader&) = delete;
  AnswerReader& operator=(const AnswerReader&) = delete;

  // Parses the body into `answer`, whose ask and status are set. `choice`, 0 <= choice < 1, chooses
  // among dates and seats: early dates and seats of low numbers are the popular ones.
  void read(std::string_view body, double choice, Answer& answer);

 private:
  struct Parser;  // keeps simdjson out of this header
  std::vector<Date> dates_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace frontrow::drop
