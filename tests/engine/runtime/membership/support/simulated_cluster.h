// A cluster of instances that run the real BeatThread::step() in simulated time: each has a clock
// of its own rate, blocks in calls to one store, and may stand still between any two of them.
//
// The true time is that of the simulation. Against it the simulation checks, at every change, the
// one property that the slots' owners need:
//
//   a process whose lease is valid has its own record in the store, and the record is not departed
//
// so that no lease outlives the moment at which others may take over.
//
// With the same seed it runs in the same way. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/membership/beat_thread.h"
#include "tests/engine/runtime/membership/support/fiber.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {

inline constexpr std::int64_t kMicrosPerMs = 1000;

struct SimulatedFaults {
  // Chances in a thousand, for each call of the store.
  unsigned lost_request = 0;
  unsigned lost_answer = 0;
  unsigned late_effect = 0;  // of a commit, up to 8 s later
  unsigned slow_call = 0;    // up to the deadline of 1 s
  // In a thousand, at each reading of a clock: the process stands still right after it.
  unsigned pause_at_clock = 0;
  std::int64_t pause_ms_max = 4000;
};

class SimulatedCluster {
 public:
  struct Departure {
    std::string observer;
    Member member;
    std::int64_t at_ms = 0;  // true time
  };

  SimulatedCluster(std::uint64_t seed, const SimulatedFaults& faults);
  ~SimulatedCluster();

  // Starts a process of the instance; its clock is up to 1 % slow or fast. Returns its number.
  std::size_t start_process(const std::string& name);
  void kill(std::size_t process);
  // After its next step.
  void leave(std::size_t process);
  // Stands still; a process that stands still already does so for longer.
  void pause(std::size_t process, std::int64_t for_ms);
  // Between these times no call takes effect. fails_fast: callers are told at once; otherwise calls
  // hang, and take effect afterwards or are lost.
  void store_away(std::int64_t from_ms, std::int64_t to_ms, bool fails_fast);
  void at(std::int64_t true_ms, std::function<void()> action);

  void run_until(std::int64_t true_ms);

  std::int64_t now_ms() const { return now_us_ / kMicrosPerMs; }
  Prng& random() { return random_; }
  const std::vector<Departure>& departures() const { return departures_; }
  // Names of records that were marked dead, with the true time.
  const std::vector<std::pair<std::string, std::int64_t>>& declared_dead() const {
    return declared_dead_;
  }
  // Neither killed, nor leaving, nor ended by itself.
  bool is_running(std::size_t process) const;
  bool holds_lease(std::size_t process) const;
  std::optional<BeatOutcome> end_of(std::size_t process) const;
  const std::string& name_of_process(std::size_t process) const;
  std::size_t process_count() const { return processes_.size(); }
  // Empty while the property has held.
  const std::string& violation() const { return violation_; }

 private:
  struct Process;
  class Client;
  struct Event {
    std::int64_t at_us = 0;
    std::uint64_t order = 0;
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return at_us != other.at_us ? at_us > other.at_us : order > other.order;
    }
  };
  struct Outage {
    std::int64_t from_us = 0;
    std::int64_t to_us = 0;
    bool fails_fast = false;
  };
  struct Owner {
    std::uint64_t process = 0;
    bool is_departed = false;
  };

  void at_us(std::int64_t true_us, std::function<void()> action);
  void body(Process& process);
  void resume(Process& process);
  // Blocks the process that calls, and longer while it stands still.
  void block_until(Process& process, std::int64_t true_us);
  std::int64_t read_clock(Process& process);
  std::int64_t local_ms(const Process& process) const;
  const Outage* outage_at(std::int64_t true_us) const;
  void apply_puts(const std::map<std::string, std::string>& puts);
  void check_leases();

  std::int64_t now_us_ = 0;
  std::uint64_t next_order_ = 0;
  std::priority_queue<Event> events_;
  SimulatedFaults faults_;
  Prng random_;
  ModelStore store_;
  SharedLogKeys keys_{"sim"};
  std::vector<Outage> outages_;
  std::map<std::string, Owner> owners_;  // by the records in the store
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<Departure> departures_;
  std::vector<std::pair<std::string, std::int64_t>> declared_dead_;
  std::string violation_;
};

}  // namespace frontrow
