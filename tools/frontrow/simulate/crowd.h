// The fans of a simulated sale: those of `frontrow drop` (tools/frontrow/workload/fan.h), on virtual time. What
// they ask is decided by the engine's core in the same moment; nothing is lost on the way, so
// nobody asks twice.
//
// Every poll of every fan is played: it keeps the fan in the line, and tells when to poll next.
// Time passes in steps of a millisecond. One thread. Memory: 32 bytes a fan and four in the wheel,
// 64 more for each who has chosen a seat.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/frontrow/simulate/core.h"
#include "tools/frontrow/workload/arrivals.h"
#include "tools/frontrow/workload/fan.h"
#include "tools/frontrow/workload/latency.h"
#include "tools/frontrow/workload/watch.h"
#include "tools/frontrow/workload/wheel.h"

namespace frontrow::simulate {

// What the fans did and were told.
struct CrowdFigures {
  std::uint64_t arrived = 0;
  std::uint64_t told_in = 0;
  std::uint64_t bought = 0;
  std::uint64_t conflicts = 0;  // 409: somebody else was faster
  std::uint64_t requests = 0;
  std::array<std::uint64_t, drop::kAsks> asks{};
  std::array<std::uint64_t, drop::kOutcomes> outcomes{};
  std::int64_t charged = 0;             // minor units
  std::int64_t paid = 0;                // minor units
  drop::LatencyHistogram line_time;     // from the arrival until told to be in
  drop::LatencyHistogram in_vain_time;  // from the arrival until the word of the sell-out
  drop::LatencyHistogram shop_time;     // from being told to be in until paid
};

class Crowd {
 public:
  struct Plan {
    std::vector<Date> dates;
    drop::SaleFacts facts;
    drop::Shares shares;
    bool join_keys = false;
    drop::Arrivals::Plan arrivals;
  };
  Crowd(Plan plan, Core& core, Instant start, drop::Violations& violations);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  // Everything that the fans do in this millisecond since the start, each after the one before.
  void play(std::uint32_t now_ms);
  void spread_word_of_sell_out() { plan_.facts.sold_out = true; }
  // Nobody is left who would ask anything.
  bool all_done() const { return !arrivals_.next_ms() && done_ == fans_.size(); }
  std::uint64_t done() const { return done_; }
  std::uint64_t unfinished() const { return fans_.size() - done_; }
  std::uint32_t expected() const { return plan_.arrivals.fans; }

  const CrowdFigures& figures() const { return figures_; }
  const std::vector<drop::Buyer>& buyers() const { return buyers_; }
  UserId user_of(std::uint32_t fan) const;
  std::size_t memory_bytes() const;

 private:
  void prefetch(std::uint32_t index) const;
  void put_back();
  void ask(std::uint32_t index, std::uint32_t now_ms);
  drop::Answer send(std::uint32_t index, Instant now);
  void take_facts(std::uint32_t index, const drop::Answer& answer);
  void settle(std::uint32_t index, const drop::Answer& answer, std::uint32_t now_ms);
  RequestKey key_of(std::uint32_t index) const;

  Plan plan_;
  Core& core_;
  Instant start_;
  drop::Violations& violations_;
  drop::Watch watch_;
  drop::Arrivals arrivals_;
  std::vector<drop::Fan> fans_;
  std::vector<drop::Buyer> buyers_;
  drop::FanWheel wheel_;
  std::vector<std::uint32_t> due_;    // in this millisecond
  std::vector<std::uint32_t> again_;  // of those, who will ask again
  std::uint64_t done_ = 0;
  CrowdFigures figures_;
};

}  // namespace frontrow::simulate
