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
// A fan who would wait tries for so many seats by number, and then joins the waitlist.
constexpr std::uint8_t kTriesBeforeWait = 5;
// A fan finds too few seats so often: for each number of them, and then in any section.
constexpr std::uint8_t kWishesMax = kQuantityMax + 2;
// The first poll after joining the waitlist; the responses say when to send the others.
constexpr std::uint32_t kFirstPollMs = 1'000;

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

Move wait_or_leave(Fan& fan, std::uint32_t index, const SaleFacts& facts, Outcome otherwise) {
  if ((fan.traits & kWaits) == 0 || wish_of(fan, index, facts).quantity >= facts.leaves_from)
    return leave(fan, otherwise);
  return consider(fan, index, facts, Ask::kWait);
}

// A poll of a fan on the waitlist.
Move wait_for_seats(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  const bool leaves = wish_of(fan, index, facts).quantity >= facts.leaves_from;
  if (answer.offered == 0 && answer.waitlist_position != 0 && !leaves)
    return ask(fan, Ask::kPoll, answer.poll_after_ms);
  fan.waits = 0;
  if (answer.offered != 0) {
    fan.offered = 1;
    return ask(fan, Ask::kOffer, 0);
  }
  // Without an entry, the offer has run out since the poll before.
  if (answer.waitlist_position == 0) return done(fan, Outcome::kTooSlow);
  fan.outcome = Outcome::kSoldOut;
  return ask(fan, Ask::kUnwait, 0);
}

Move on_entry(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (fan.waits != 0) return wait_for_seats(fan, index, answer, facts);
  if (answer.place == Place::kOver) return done(fan, Outcome::kTooSlow);
  if (answer.place == Place::kWaiting) return wait_in_line(fan, index, answer, facts);
  fan.admitted = 1;
  fan.turns = 0;
  return consider(fan, index, facts, Ask::kDates);
}

Move on_dates(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  if (!answer.found) {
    fan.date = static_cast<std::uint16_t>(
        popular(unit(draw(facts.seed, index, Purpose::kDate, fan.turns)), facts.dates));
    return wait_or_leave(fan, index, facts, Outcome::kSoldOut);
  }
  fan.date = answer.date;
  if ((fan.traits & kByQuantity) == 0) return consider(fan, index, facts, Ask::kSeats);
  if ((fan.traits & kAbandons) != 0 && exit_of(facts, index) == Exit::kShopSilently)
    return done(fan, Outcome::kLeft);
  return consider(fan, index, facts, Ask::kHold);
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
  const std::int64_t lasts_ms = fan.offered != 0 ? facts.offer_ms : facts.hold_ms;
  if ((fan.traits & kAbandons) != 0) {
    const Exit exit = exit_of(facts, index);
    if (exit == Exit::kShopSilently) return done(fan, Outcome::kLeft);
    if (exit == Exit::kHold) return leave(fan, Outcome::kLeft);
  }
  if ((fan.traits & kLetsExpire) != 0)
    return ask(fan, Ask::kPay, static_cast<std::uint32_t>(lasts_ms + kExpiredByMs));
  return consider(fan, index, facts, Ask::kCharge);
}

// The seats and the price of the fan's hold, by the response.
void take_seats(Buyer& buyer, const Answer& answer) {
  buyer.seats = answer.seats;
  buyer.price = answer.amount;
}

Move on_success(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  switch (fan.ask) {
    case Ask::kJoin:
    case Ask::kPoll:
      return on_entry(fan, index, answer, facts);
    case Ask::kDates:
      return on_dates(fan, index, answer, facts);
    case Ask::kSeats:
      return on_seats(fan, index, answer, facts);
    case Ask::kHold:
    case Ask::kOffer:
      return on_held(fan, index, facts);
    case Ask::kCharge:
      return consider(fan, index, facts, Ask::kPay);
    case Ask::kPay:
      return done(fan, Outcome::kBought);
    case Ask::kWait:
      fan.waits = 1;
      fan.admitted = 0;
      return ask(fan, Ask::kLeave, 0);
    case Ask::kLeave:
      if (fan.waits != 0) return ask(fan, Ask::kPoll, kFirstPollMs);
      break;
    case Ask::kUnwait:
      break;
  }
  return done(fan, fan.outcome);
}

// Chooses among the dates again.
Move choose_again(Fan& fan, std::uint32_t index, const SaleFacts& facts) {
  if (fan.turns >= kWishesMax) return leave(fan, Outcome::kNoSeat);
  ++fan.turns;
  return consider(fan, index, facts, Ask::kDates);
}

Move on_problem(Fan& fan, std::uint32_t index, const Answer& answer, const SaleFacts& facts) {
  // The token expired before the fan could leave, which is equivalent.
  if (fan.ask == Ask::kLeave) {
    if (answer.problem != Problem::kTokenExpired) return done(fan, Outcome::kRefused);
    return on_success(fan, index, answer, facts);
  }
  const bool lapsing = fan.ask == Ask::kPay && (fan.traits & kLetsExpire) != 0;
  switch (answer.problem) {
    case Problem::kTokenExpired:
      return done(fan, lapsing ? Outcome::kLapsed : Outcome::kTooSlow);
    case Problem::kSaleClosed:
      return done(fan, Outcome::kClosed);
    case Problem::kSeatUnavailable:
      if ((fan.traits & kWaits) != 0 && fan.turns >= kTriesBeforeWait)
        return wait_or_leave(fan, index, facts, Outcome::kNoSeat);
      return consider(fan, index, facts, Ask::kSeats);
    case Problem::kNotAvailable:
      if ((fan.traits & kWaits) != 0) return wait_or_leave(fan, index, facts, Outcome::kSoldOut);
      return choose_again(fan, index, facts);
    case Problem::kNotSoldOut:  // seats came back before the fan was on the waitlist
      return choose_again(fan, index, facts);
    case Problem::kWaitlistFull:
      return leave(fan, Outcome::kSoldOut);
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
      drawn(Purpose::kExpire, shares.expire, kLetsExpire) |
      drawn(Purpose::kByQuantity, shares.quantity, kByQuantity) |
      drawn(Purpose::kWaitlist, shares.waitlist, kWaits));
}

Wish wish_of(const Fan& fan, std::uint32_t index, const SaleFacts& facts) {
  if ((fan.traits & kByQuantity) == 0) return {};
  const auto drawn = static_cast<std::uint32_t>(
      draw(facts.seed, index, Purpose::kQuantity) % facts.quantity_max + 1);
  // Who wished one seat in vain takes it in any section.
  if (fan.turns >= drawn) return {};
  Wish wish{drawn - fan.turns, {}};
  const std::uint64_t choice = draw(facts.seed, index, Purpose::kSection) % 3;
  if (facts.has_standing && choice != 0) wish.section = choice == 1 ? kHallName : kStandingName;
  return wish;
}

bool copies_share_key(const Fan& fan) { return (fan.traits & kTwoTabs) == 0; }

std::uint8_t copies_of(const Fan& fan, Ask what) {
  // Two tabs charge once: with different keys that would be two charges. By quantity they would get
  // two holds.
  const bool is_seat = what == Ask::kHold && (fan.traits & kByQuantity) == 0;
  const bool in_tabs = what == Ask::kJoin || what == Ask::kPoll || is_seat || what == Ask::kPay;
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
      take_seats(*buyer, answer);
      return take(buyer->hold, answer.id) ? "two holds for one seat of one fan" : nullptr;
    case Ask::kPoll:
      if (fan.waits != 0) {
        buyer->waitlist_position = answer.waitlist_position;
        buyer->hold = answer.offered;
      }
      return nullptr;
    case Ask::kWait:
      buyer->waitlist_position = answer.waitlist_position;
      return nullptr;
    case Ask::kOffer:
      take_seats(*buyer, answer);
      return nullptr;
    case Ask::kCharge:
      buyer->balance = answer.balance;
      return take(buyer->charge, answer.id) ? "one charge was made twice" : nullptr;
    case Ask::kPay:
      buyer->amount = answer.amount;
      if (take(buyer->payment, answer.id)) return "one hold was paid twice";
      return answer.amount == buyer->price ? nullptr : "paid another amount than the hold's";
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
