// Bots that buy nothing and cost the sale work (`frontrow drop --attack`): a third poll without a
// pause, a third hold seats and release them at once, a third send forged tokens. They ignore
// Retry-After, and share a rate of requests.
//
// All join before the fans, each as a user of its own. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/calendar.h"
#include "engine/base/result.h"
#include "tools/frontrow/drop/crowd.h"
#include "tools/frontrow/drop/pool.h"

namespace frontrow::drop {

class Pests : public PoolUser {
 public:
  struct Plan {
    std::uint32_t concert = 0;
    Date date;
    std::uint32_t seats = 0;  // of the date
    std::uint64_t seed = 0;
    std::uint32_t rate = 0;  // requests a second
    ClientAddresses addresses;
    bool solves = false;  // the joins need a challenge
  };
  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t told_429 = 0;
    std::uint64_t holds = 0;    // granted
    std::uint64_t refused = 0;  // other statuses from 400 on
  };

  explicit Pests(Plan plan) : plan_(std::move(plan)) {}

  // Joins; blocking.
  Status join(const Target& target);
  // The pool must have this object as its user.
  void start(ConnectionPool& pool);
  void tick();
  void stop() { is_stopped_ = true; }
  const Counts& counts() const { return counts_; }

  void on_answer(std::uint32_t connection, Fault fault, const HttpAnswer& answer) override;
  void on_turn_end() override {}

 private:
  static constexpr std::uint32_t kEach = 4;  // of each kind
  struct Bot {
    std::string token;
    std::string hold;         // digits of the id; empty: none
    bool is_waiting = false;  // for the response to a hold or a release
  };

  void send(std::uint32_t connection);

  Plan plan_;
  Counts counts_;
  std::array<Bot, 3 * kEach> bots_;    // by kind
  std::vector<std::uint32_t> bot_of_;  // by connection, of the open request
  ConnectionPool* pool_ = nullptr;
  std::int64_t start_us_ = 0;
  std::uint64_t turn_ = 0;
  bool is_stopped_ = false;
};

}  // namespace frontrow::drop
