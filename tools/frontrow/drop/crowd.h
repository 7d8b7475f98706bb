// All fans of a run: generates their arrivals, sends their requests on the pool's connections,
// passes them the responses, and counts.
//
// All times are on a grid of one millisecond: arrivals, polls and think times are due at a whole
// millisecond after the start. A request's latency is counted from its due time, however long it
// then waits for the generator or for a free connection, so that a stalled server shows in the
// latency of every request due meanwhile (no coordinated omission).
//
// One thread. Memory: the fans, their tokens, and 12 bytes for each request that waits for a
// connection; at most two of those a fan.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tools/frontrow/drop/pool.h"
#include "tools/frontrow/drop/solver.h"
#include "tools/frontrow/drop/tally.h"
#include "tools/frontrow/drop/token_store.h"
#include "tools/frontrow/workload/answer.h"
#include "tools/frontrow/workload/arrivals.h"
#include "tools/frontrow/workload/fan.h"
#include "tools/frontrow/workload/waiting.h"
#include "tools/frontrow/workload/watch.h"
#include "tools/frontrow/workload/wheel.h"

namespace frontrow::drop {

// The addresses that a trusted generator names as those of its fans, in X-Forwarded-For.
struct ClientAddresses {
  std::uint32_t first = 0;  // IPv4
  std::uint32_t count = 0;  // 0: none are named
  std::uint32_t fans_each = 1;
};
std::string address_of(const ClientAddresses& addresses, std::uint32_t fan);

class Crowd : public PoolUser {
 public:
  struct Plan {
    std::uint32_t concert = 0;
    std::string admin_key;
    std::vector<Date> dates;
    SaleFacts facts;
    Shares shares;
    Arrivals::Plan arrivals;
    ClientAddresses addresses;
    // Hashes a second for the challenges of the joins, 0: as many as a thread computes. None: the
    // server asks for no challenges.
    std::optional<double> hashes_per_s;
  };
  // Receives the response to the operator's request.
  using OperatorAnswer = std::function<void(Fault, const HttpAnswer&)>;

  // `tally` has a TargetTally for each target of the pool.
  Crowd(Plan plan, Tally& tally, Violations& violations);

  // `pool` must have this crowd as its user. Starts the clock.
  void start(ConnectionPool& pool);
  // Sends the requests that are due. Called about every millisecond.
  void tick();
  // Stops arrivals and new requests; responses to open requests are still accepted.
  void stop();

  // Sends one GET of the operator ahead of the fans' requests. One at a time; `done` gets the
  // response.
  void ask_operator(std::string target, std::string admin_key, OperatorAnswer done);
  // `in_line`: also to the fans in the line, who leave it.
  void spread_word_of_sell_out(bool in_line) {
    plan_.facts.sold_out = in_line;
    plan_.facts.leaves_from = 1;
  }
  // No seat is held. If only the fans on the waitlist are left, none can come back.
  void spread_word_that_none_is_held() {
    if (all_arrived() && waiting_.are(unfinished())) waiting_.send_away(plan_.facts);
  }
  const WaitingFans& waiting() const { return waiting_; }

  std::uint32_t now_ms() const;  // since the start
  bool all_arrived() const { return !arrivals_.next_ms().has_value(); }
  // True if no fan will send another request.
  bool all_done() const { return all_arrived() && done_ == fans_.size(); }
  std::uint64_t unfinished() const { return fans_.size() - done_; }
  std::uint32_t fans_expected() const { return plan_.arrivals.fans; }

  const std::vector<Fan>& fans() const { return fans_; }
  const std::vector<Buyer>& buyers() const { return buyers_; }
  // Adds up the visits of the fans who are still inside.
  void end_visits();
  Watch& watch() { return watch_; }
  std::size_t memory_bytes() const;
  // Latencies since the last call, for one sample.
  LatencyHistogram& interval() { return interval_; }
  std::array<std::uint32_t, kStatusClasses>& classes() { return classes_; }

  void on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& http) override;
  void on_turn_end() override { dispatch(); }

 private:
  struct Pending {
    std::uint32_t fan;
    std::uint32_t due_ms;
    std::uint8_t copy;
  };
  struct Flight {
    std::uint32_t fan = kNobody;  // kNobody: the operator
    std::uint32_t due_ms = 0;
    std::uint32_t sent_ms = 0;
    std::uint8_t copy = 0;
    std::uint32_t waitlist_position = 0;  // when it was sent; 0: none is known
    Watch::Known known;
  };

  void arrive(std::uint32_t now);
  void take_solutions(std::uint32_t now);
  void on_challenge(std::uint32_t index, Fault fault, const HttpAnswer& http);
  bool needs_challenge(std::uint32_t index) const;
  void enqueue(std::uint32_t index);
  void dispatch();
  void send(const Pending& pending, std::uint32_t connection);
  void write_request(std::uint32_t index, std::uint8_t copy, std::uint32_t connection);
  std::string_view target_of(const Fan& fan);
  std::string_view target_of_challenge();
  std::string_view body_of(std::uint32_t index);
  std::string_view key_of(std::uint32_t index, std::uint8_t copy);
  Answer read(const Flight& flight, Fault fault, const HttpAnswer& http);
  void count(const Flight& flight, const Answer& answer, TargetTally& target);
  void count_unexpected(const Answer& answer);
  void look(const Flight& flight, const Answer& answer);
  void take_facts(std::uint32_t index, const Flight& flight, const Answer& answer);
  Buyer& buyer_of(std::uint32_t index);
  void settle(std::uint32_t index, const Answer& answer);
  void finish(std::uint32_t index);
  void violate(std::uint32_t fan, const char* what);

  Plan plan_;
  Tally& tally_;
  Violations& violations_;
  Watch watch_;
  Arrivals arrivals_;
  AnswerReader reader_;
  TokenStore tokens_;
  std::vector<Fan> fans_;
  std::vector<Buyer> buyers_;
  WaitingFans waiting_;
  FanWheel wheel_;
  std::unique_ptr<Solver> solver_;                           // none: the joins need no challenge
  std::deque<std::uint32_t> unchallenged_;                   // fans who are to get a challenge
  std::uint32_t challenges_open_ = 0;                        // requested, or being solved
  std::unordered_map<std::uint32_t, std::string> payloads_;  // of fans who are about to join
  std::deque<Pending> pending_;
  std::vector<Flight> flights_;  // by connection
  ConnectionPool* pool_ = nullptr;
  std::int64_t start_us_ = 0;
  std::uint64_t done_ = 0;
  bool stopped_ = false;

  bool operator_waits_ = false;
  std::string operator_target_;
  std::string operator_key_;
  OperatorAnswer operator_done_;

  LatencyHistogram interval_;
  std::array<std::uint32_t, kStatusClasses> classes_{};
  std::string request_;  // scratch, as are the next five
  std::string target_;
  std::string body_;
  std::string key_;
  std::string address_;
  std::array<char, 36> user_{};
};

}  // namespace frontrow::drop
