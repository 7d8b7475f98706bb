// The fans of a simulated sale: those of `frontrow drop` (tools/frontrow/workload/fan.h), on
// virtual time. The engine's core decides each request at once; no request is lost, so no fan
// resends one.
//
// Every poll of every fan is played: it keeps the fan in the line, and returns the time of the next
// poll. Time passes in steps of a millisecond. One thread. Memory: 32 bytes a fan and four in the
// wheel, 80 more for each fan who has chosen a seat or waits for one.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tools/frontrow/common/latency.h"
#include "tools/frontrow/simulate/core.h"
#include "tools/frontrow/workload/arrivals.h"
#include "tools/frontrow/workload/fan.h"
#include "tools/frontrow/workload/waiting.h"
#include "tools/frontrow/workload/watch.h"
#include "tools/frontrow/workload/wheel.h"

namespace frontrow::simulate {

// Counters of the fans' requests and replies.
struct CrowdFigures {
  std::uint64_t arrived = 0;
  std::uint64_t told_in = 0;
  std::uint64_t bought = 0;     // fans
  std::uint64_t seats = 0;      // that they bought
  std::uint64_t conflicts = 0;  // 409: another user got the seat, or there were too few
  drop::WaitlistFigures waitlist;
  std::uint64_t requests = 0;
  std::array<std::uint64_t, drop::kAsks> asks{};
  std::array<std::uint64_t, drop::kOutcomes> outcomes{};
  std::int64_t charged = 0;       // minor units
  std::int64_t paid = 0;          // minor units
  LatencyHistogram line_time;     // from the arrival until the reply that admits
  LatencyHistogram in_vain_time;  // from the arrival until the news of the sell-out
  LatencyHistogram shop_time;     // from the reply that admits until paid
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

  // Plays all requests that are due in this millisecond since the start, one after the other.
  void play(std::uint32_t now_ms);
  void spread_word_of_sell_out() {
    plan_.facts.sold_out = true;
    plan_.facts.leaves_from = 1;
  }
  // No seat is held. If only the fans on the waitlist are left, none can come back.
  void spread_word_that_none_is_held() {
    if (!arrivals_.next_ms() && waiting_.are(unfinished())) waiting_.send_away(plan_.facts);
  }
  // True if no fan will send another request.
  bool all_done() const { return !arrivals_.next_ms() && done_ == fans_.size(); }
  std::uint64_t done() const { return done_; }
  std::uint64_t unfinished() const { return fans_.size() - done_; }
  std::uint32_t expected() const { return plan_.arrivals.fans; }

  const CrowdFigures& figures() const { return figures_; }
  const drop::WaitingFans& waiting() const { return waiting_; }
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
  drop::Buyer& buyer_of(std::uint32_t index);
  RequestKey key_of(std::uint32_t index) const;

  Plan plan_;
  Core& core_;
  Instant start_;
  drop::Violations& violations_;
  drop::Watch watch_;
  drop::Arrivals arrivals_;
  std::vector<drop::Fan> fans_;
  std::vector<drop::Buyer> buyers_;
  drop::WaitingFans waiting_;
  drop::FanWheel wheel_;
  std::vector<std::uint32_t> due_;    // in this millisecond
  std::vector<std::uint32_t> again_;  // those of `due_` with a further request
  std::uint64_t done_ = 0;
  CrowdFigures figures_;
};

}  // namespace frontrow::simulate
