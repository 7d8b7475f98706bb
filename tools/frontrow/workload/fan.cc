#include "tools/frontrow/workload/fan.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

constexpr std::uint8_t kFailuresMax = 20;
constexpr std::uint8_t kTurnsMax = 40;  // requests for the seats before a fan gives up
constexpr std::uint32_t kBackoffMs = 100;
constexpr std::uint32_t kBackoffMaxMs = 5'000;
constexpr std::uint32_t kAgainMs = 250;
// Margin beyond the hold's time, so that the hold has ended by any server clock.
constexpr std::int64_t kExpiredByMs = 1'000;
constexpr std::uint64_t kAbandonPolls = 5;

// The place where an abandoning fan leaves.
enum class Exit : std::uint8_t { kLineSilently, kLine, kShopSilently, kHold };

Exit exit_of(const SaleFacts& facts, std::uint32_t index) {
  return static_cast<Exit>(draw(facts.seed, index, Purpose::kPlace) % 4);
}

Move done(Fan& fan, Outcome outcome) {
  fan.outcome = outcome;
  return {.done = true};
}

Move ask(Fan& fan, Ask what, std::uint32_t after_ms) {
  fan.ask = what;
  fan.failures = 0;
  fan.was_cut = 0;
  return {.after_ms = after_ms};
}

// Sends the leave request of a fan whose outcome is decided.
Move leave(Fan& fan, Outcome outcome) {
  fan.outcome = outcome;
  return ask(fan, Ask::kLeave, 0);
}

// Bound of exponential think times, in means.
constexpr double kTailMax = 20;

// Asks `next` after a think time.
Move consider(Fan& fan, std::uint32_t index, const SaleFacts& facts, Ask next) {
  const ThinkTime& think = next == Ask::kCharge || next == Ask::kPay ? facts.pay : facts.think;
  const std::uint64_t turn = std::uint64_t{fan.turns} << 8 | static_cast<std::uint64_t>(fan.ask);
  const double part = unit(draw(facts.seed, index, Purpose::kThink, turn));
  double means = 1;
  if (think.spread == Spread::kUniform) means = part * 2;
  if (think.spread == Spread::kExponential) means = std::min(-std::log(1 - part), kTailMax);
  return ask(fan, next, static_cast<std::uint32_t>(means * static_cast<double>(think.mean_ms)));
}

// Repeats the same request with the same key.
Move again(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (answer.fault == Fault::kCut) {
    fan.was_cut = 1;
    return {.after_ms = kAgainMs};
  }
  if (fan.failures == kFailuresMax) return done(fan, Outcome::kGaveUp);
  const std::uint32_t wait = std::min(kBackoffMs << std::min<int>(fan.failures, 10), kBackoffMaxMs);
  const std::uint64_t spread = draw(facts.seed, index, Purpose::kBackoff, fan.failures) % wait;
  ++fan.failures;
  return {.after_ms = wait + static_cast<std::uint32_t>(spread)};
}

Move wait_in_line(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (facts.sold_out) return leave(fan, Outcome::kSoldOut);
  if (fan.turns < 255) ++fan.turns;
  const Exit exit = exit_of(facts, index);
  if ((fan.traits & kAbandons) != 0 &&
      fan.turns > draw(facts.seed, index, Purpose::kPolls) % kAbandonPolls) {
    if (exit == Exit::kLineSilently) return done(fan, Outcome::kLeft);
    if (exit == Exit::kLine) return leave(fan, Outcome::kLeft);
  }
  return ask(fan, Ask::kPoll, answer.poll_after_ms);
}

Move on_entry(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (answer.place == Place::kOver) return done(fan, Outcome::kTooSlow);
  if (answer.place == Place::kWaiting) return wait_in_line(fan, index, answer, facts);
  fan.admitted = 1;
  fan.turns = 0;
  return consider(fan, index, facts, Ask::kDates);
}

Move on_seats(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (fan.turns == kTurnsMax) return leave(fan, Outcome::kNoSeat);
  ++fan.turns;
  // All seats of this date are taken: tries another date, or learns that there is none.
  if (!answer.found) return consider(fan, index, facts, Ask::kDates);
  if ((fan.traits & kAbandons) != 0 && exit_of(facts, index) == Exit::kShopSilently)
    return done(fan, Outcome::kLeft);
  return consider(fan, index, facts, Ask::kHold);
}

Move on_held(Fan& fan, std::uint32_t index, const SaleFacts& facts) {
  if ((fan.traits & kAbandons) != 0 && exit_of(facts, index) == Exit::kHold)
    return leave(fan, Outcome::kLeft);
  if ((fan.traits & kLetsExpire) != 0)
    return ask(fan, Ask::kPay, static_cast<std::uint32_t>(facts.hold_ms + kExpiredByMs));
  return consider(fan, index, facts, Ask::kCharge);
}

Move on_success(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  switch (fan.ask) {
    case Ask::kJoin:
    case Ask::kPoll:
      return on_entry(fan, index, answer, facts);
    case Ask::kDates:
      if (!answer.found) return leave(fan, Outcome::kSoldOut);
      fan.date = answer.date;
      return consider(fan, index, facts, Ask::kSeats);
    case Ask::kSeats:
      return on_seats(fan, index, answer, facts);
    case Ask::kHold:
      return on_held(fan, index, facts);
    case Ask::kCharge:
      return consider(fan, index, facts, Ask::kPay);
    case Ask::kPay:
      return done(fan, Outcome::kBought);
    case Ask::kLeave:
      break;
  }
  return done(fan, fan.outcome);
}

Move on_problem(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  // The token expired before the fan could leave, which is equivalent.
  if (fan.ask == Ask::kLeave)
    return done(fan, answer.problem == Problem::kTokenExpired ? fan.outcome : Outcome::kRefused);
  const bool lapsing = fan.ask == Ask::kPay && (fan.traits & kLetsExpire) != 0;
  switch (answer.problem) {
    case Problem::kTokenExpired:
      return done(fan, lapsing ? Outcome::kLapsed : Outcome::kTooSlow);
    case Problem::kSaleClosed:
      return done(fan, Outcome::kClosed);
    case Problem::kSeatUnavailable:
      return consider(fan, index, facts, Ask::kSeats);
    case Problem::kHoldExpired:
    case Problem::kHoldNotFound:
      if (lapsing) return leave(fan, Outcome::kLapsed);
      if (answer.problem == Problem::kHoldExpired) return leave(fan, Outcome::kTooSlow);
      break;
    case Problem::kPaymentInProgress:
      return again(fan, index, answer, facts);
    case Problem::kNone:
    case Problem::kNotAdmitted:
    case Problem::kOther:
      break;
  }
  return done(fan, Outcome::kRefused);
}

}  // namespace

const char* name_of(Outcome outcome) {
  static constexpr std::array<const char*, kOutcomes> kNames = {
      "unfinished", "bought", "soldOut", "left",   "lapsed",
      "tooSlow",    "noSeat", "closed",  "gaveUp", "refused"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::uint8_t draw_traits(std::uint64_t seed, std::uint32_t fan, const Shares& shares) {
  const auto drawn = [seed, fan](Purpose purpose, double percent, Trait trait) {
    return unit(draw(seed, fan, purpose)) * 100 < percent ? trait : 0;
  };
  return static_cast<std::uint8_t>(
      drawn(Purpose::kAbandon, shares.abandon, kAbandons) |
      drawn(Purpose::kRetry, shares.retry, kCutsOff) |
      drawn(Purpose::kDoubleClick, shares.double_click, kDoubleClicks) |
      drawn(Purpose::kTwoTabs, shares.two_tabs, kTwoTabs) |
      drawn(Purpose::kExpire, shares.expire, kLetsExpire));
}

bool copies_share_key(const Fan& fan) { return (fan.traits & kTwoTabs) == 0; }

std::uint8_t copies_of(const Fan& fan, Ask what) {
  // Two tabs charge once: with different keys that would be two charges.
  const bool in_tabs =
      what == Ask::kJoin || what == Ask::kPoll || what == Ask::kHold || what == Ask::kPay;
  if ((fan.traits & kTwoTabs) != 0) return in_tabs ? 2 : 1;
  const bool is_button = what == Ask::kHold || what == Ask::kCharge || what == Ask::kPay;
  return (fan.traits & kDoubleClicks) != 0 && is_button ? 2 : 1;
}

bool is_cut(const Fan& fan, Ask what) {
  return (fan.traits & kCutsOff) != 0 && is_post(what) && fan.was_cut == 0;
}

const char* absorb(Fan& fan, Buyer* buyer, const Answer& answer, bool first_may_be_over) {
  if (!answer.ok()) return nullptr;
  const auto take = [](std::uint64_t& known, std::uint64_t told) {
    const bool differs = known != 0 && known != told;
    known = told;
    return differs;
  };
  const bool first = fan.won == 0;
  fan.won = 1;
  switch (answer.ask) {
    case Ask::kJoin:
      if (!first && !first_may_be_over && fan.number != answer.number)
        return "one user got two places in the line";
      fan.number = answer.number;
      return nullptr;
    case Ask::kHold:
      // One key has one stored answer; two tabs' holds must only not exist at the same time.
      if (first || (first_may_be_over && !copies_share_key(fan))) buyer->hold = 0;
      return take(buyer->hold, answer.id) ? "two holds for one seat of one fan" : nullptr;
    case Ask::kCharge:
      buyer->balance = answer.balance;
      return take(buyer->charge, answer.id) ? "one charge was made twice" : nullptr;
    case Ask::kPay:
      buyer->amount = answer.amount;
      return take(buyer->payment, answer.id) ? "one hold was paid twice" : nullptr;
    default:
      return nullptr;
  }
}

Move step(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  fan.won = 0;
  if (answer.fault != Fault::kNone || answer.unreadable) return again(fan, index, answer, facts);
  if (answer.told_to_wait()) {
    // Spread, so that the fans do not all retry at the same time.
    const std::uint64_t spread = draw(facts.seed, index, Purpose::kBackoff, fan.turns) % kAgainMs;
    return {.after_ms = static_cast<std::uint32_t>(answer.retry_after_ms) +
                        static_cast<std::uint32_t>(spread)};
  }
  if (answer.ok()) return on_success(fan, index, answer, facts);
  if (answer.status >= 500) return again(fan, index, answer, facts);
  return on_problem(fan, index, answer, facts);
}

}  // namespace frontrow::drop
