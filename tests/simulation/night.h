// One simulated night: the whole engine - workers, intake, reply gate, group commit, rehearsals,
// recovery - on a simulated clock, disk and network, run by one thread. Everything that happens
// follows from the seed: which worker runs next, what fails, when the process dies.
//
// After every step the slots that changed are held against the invariants; after every crash the
// state that was rebuilt against the one that was live, and everything that was acknowledged
// against the ledger (ledger.h). What is wrong is reported to GoogleTest; the night ends there.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <vector>

#include "engine/base/prng.h"
#include "engine/base/time.h"
#include "engine/runtime/engine.h"
#include "engine/runtime/rehearsal.h"
#include "tests/simulation/disk.h"
#include "tests/simulation/fans.h"
#include "tests/simulation/ledger.h"
#include "tests/simulation/network.h"

namespace frontrow::sim {

struct NightReport {
  std::uint64_t hash = 0;  // of every answer in order, and of the last state
  std::uint64_t acknowledged = 0;
  std::uint64_t crashes = 0;
  std::uint64_t failed_writes = 0;
  std::uint64_t refused_starts = 0;  // of a disk that had lost or spoilt something
  std::uint64_t rehearsals = 0;
  std::uint64_t sold = 0;
};

class Night final : private ReplySink {
 public:
  explicit Night(std::uint64_t seed);
  ~Night() override;
  NightReport run(int steps);

 private:
  struct Request {
    Command command;
    std::size_t fan = 0;
    Ledger::Asked asked;
    bool is_open = true;
    bool is_decided = false;  // by the worker it was sent to, so that the next is known
    std::uint64_t decided_seq = 0;
  };

  static bool ok();
  std::uint32_t between(std::uint32_t low, std::uint32_t high);
  ConcertSpec random_spec();

  // night.cc: what happens
  void step();
  void fan_acts();
  void operator_acts();
  void submit(std::size_t fan, const Command& command);
  void turn(std::size_t worker);
  void write_group();
  void pass_time();
  void rehearse();
  void finish();
  void on_reply(const ReplyTo& to, Reply&& reply) override;

  // night_life.cc: starts, ends, and what must hold
  void start();
  void crash();
  void end_life();
  void expect_refusal(const DiskContent& whole);
  void after_step();
  void compare_with_live();
  void check_deadlines(std::size_t worker) const;
  void check_settled();
  std::uint64_t durable_seq(SlotId slot) const;
  void mix(std::uint64_t value) { report_.hash = mix64(report_.hash ^ value); }

  Prng random_;
  NightReport report_;
  ManualClock clock_;
  DiskContent disk_;
  Network network_;
  NetworkFaults network_faults_;
  EngineOptions options_;
  RehearsalOptions rehearsals_;
  Crowd crowd_;
  Ledger ledger_;
  std::vector<Offer> offers_;
  std::vector<SlotId> used_;  // every slot that can have a record
  bool calm_ = true;          // nothing fails
  bool low_disk_ = false;

  // Of one life.
  std::unique_ptr<SimJournal> journal_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Rehearsal> rehearsal_;
  std::uint32_t life_ = 0;
  std::vector<Request> requests_;
  std::map<SlotId, std::uint64_t> recovered_;  // sequences at its start
  std::size_t submitting_ = 0;                 // 1 + the request that is being submitted; 0: none

  std::map<SlotId, std::map<std::uint64_t, StateHash>> live_;  // by slot and sequence
  std::map<SlotId, std::uint64_t> checked_;                    // sequences at the last check
};

}  // namespace frontrow::sim
