// One slot with a concert on sale and the wallets of its buyers, for benchmarks: commands go
// straight to the machine (decide, apply, reply). Time advances by a millisecond a command by
// default.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "engine/core/machine.h"

namespace frontrow {

inline constexpr Instant kStart{1'790'000'000'000};
inline constexpr ConcertId kTheConcert{1};
inline constexpr Date kFirstDate{21'000};

inline UserId user_of(std::uint64_t number) {
  UserId user;
  const std::uint64_t low = number + 1;
  std::memcpy(user.bytes.data() + 8, &low, sizeof low);
  return user;
}

// One concert that admits all users at once by default, and the wallets of its users, in one slot.
class Shop {
 public:
  Shop(std::uint32_t dates, std::uint32_t seats_per_date, std::uint32_t max_active = 1'000'000)
      : seats_per_date_(seats_per_date), machine_(Policy{}) {
    ConcertSpec spec{.title = "bench"};
    spec.rules.queue = {max_active, 1'000'000, 86'400, 86'400};
    spec.rules.hold_s = 86'400;
    for (std::uint32_t i = 0; i < dates; ++i) {
      spec.dates.push_back({Date{kFirstDate.days + static_cast<std::int32_t>(i)},
                            {{"all", seats_per_date, Money{1000}}}});
    }
    run({}, OpenConcert{kTheConcert, spec});
    expire();
  }

  // The machine must accept every command.
  const Effects& run(const Caller& caller, CommandBody body) {
    now_ = now_ + step_;
    machine_.execute(slot_, {caller, {}, std::move(body)}, now_, effects_);
    FR_CHECK(effects_.reply.reject == Reject::kNone);
    return effects_;
  }
  // Like run, and then runs all messages that result from the command.
  void run_through(const Caller& caller, CommandBody body) {
    run(caller, std::move(body));
    while (!effects_.messages.empty()) {
      std::vector<Command> messages;
      messages.swap(effects_.messages);
      for (Command& message : messages) run({}, std::move(message.body));
    }
  }
  // Applies all deadlines that have passed.
  void expire() {
    while (machine_.expire(slot_, now_, effects_)) {
    }
  }
  // Sets the time that each command takes from now on; advances the time without a command.
  void set_step(Duration step) { step_ = step; }
  void pass(Duration time) { now_ = now_ + time; }
  // The effects of the last command.
  const Effects& effects() const { return effects_; }

  Caller join(std::uint64_t number) {
    run({}, Join{kTheConcert, user_of(number)});
    return {user_of(number), std::get<QueueEntry>(effects_.reply.body).number};
  }
  Date date_of(std::uint64_t seat) const {
    return Date{kFirstDate.days + static_cast<std::int32_t>(seat / seats_per_date_)};
  }
  PlaceHold hold_of(std::uint64_t seat) const {
    return {kTheConcert,
            date_of(seat),
            {SeatNumber{static_cast<std::uint32_t>(seat % seats_per_date_ + 1)}}};
  }
  const Slot& slot() const { return slot_; }

 private:
  std::uint32_t seats_per_date_;
  Machine machine_;
  Slot slot_{SlotId{1}};
  Effects effects_;
  Instant now_ = kStart;
  Duration step_ = milliseconds(1);
};

}  // namespace frontrow
