// The fans on the waitlist of a run: counted as they come and go, and sent away once no seat can
// come back. One thread.
#pragma once

#include <array>
#include <cstdint>

#include "tools/frontrow/workload/fan.h"

namespace frontrow::drop {

struct WaitlistFigures {
  std::uint64_t joined = 0;  // fans
  std::uint64_t offers = 0;  // that the fans learned of
  std::uint64_t paid = 0;
  std::uint64_t lapsed = 0;  // ran out, or were given back
};

class WaitingFans {
 public:
  // Called after each step of a fan. `before`: the fan before it; `done`: it was the last one.
  void on_step(const Fan& before, const Fan& after, std::uint32_t quantity, bool done);
  // True if these are all fans who are not done.
  bool are(std::uint64_t unfinished) const { return now_ != 0 && now_ == unfinished; }
  std::uint64_t now() const { return now_; }
  // With an offer, and not done.
  std::uint64_t with_offer() const { return figures_.offers - figures_.paid - figures_.lapsed; }
  // Called at intervals while no seat can come back, though some are free: those who wait for the
  // most seats leave, so that the seats are enough for the others.
  void send_away(SaleFacts& facts) const;
  const WaitlistFigures& figures() const { return figures_; }

 private:
  WaitlistFigures figures_;
  std::array<std::uint64_t, kQuantityMax + 1> waiting_{};  // by quantity
  std::uint64_t now_ = 0;
};

}  // namespace frontrow::drop
