// An engine over a journal in memory; the test's own thread runs all workers, so that the test
// decides their order. The journal thread is real.
//
//   TestEngine engine(journal, {.workers = 2});
//   const Sent join =                // by worker 0's client
//       engine.send(0, {as_user(1), {}, Join{concert, user_id(1)}});
//   engine.turn();
//   EXPECT_FALSE(engine.answer(join));
//
// The clock stands until advance(), which must not be called while an append is about to begin.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shard/worker.h"
#include "tests/engine/runtime/support/memory_journal.h"
#include "tests/engine/runtime/support/worker_driver.h"

namespace frontrow {

inline constexpr Instant kDay{1'800'000'000'000};

// A request in flight: the worker whose client sent it, and its index among that worker's requests.
struct Sent {
  std::uint16_t worker = 0;
  std::uint32_t context = 0;
};

class TestEngine {
 public:
  // Recovers from the journal's groups, and starts.
  explicit TestEngine(MemoryJournal& journal, EngineOptions options = {}, Instant start = kDay);
  // A crash: records that were not appended are lost. Blocked appends are released first.
  ~TestEngine();

  // --- one step at a time
  Sent send(std::size_t worker, const Command& command);
  void turn() { driver_->turn(); }  // runs each worker once
  std::optional<Reply> answer(Sent sent) const;
  std::size_t answers(Sent sent) const;  // how many arrived: never more than one
  // Runs turns, and sleeps as a server's thread does, until the condition holds; fails the test
  // after 20 seconds.
  void run_until(const std::function<bool()>& condition, const char* what) {
    driver_->run_until(condition, what);
  }
  // Runs until no work is in flight.
  void settle() { driver_->settle(); }
  void advance(Duration d) { clock_.advance(d); }

  // --- whole requests
  Reply ask(const Command& command);  // by a client of worker 0
  ConcertId create(const ConcertSpec& spec);
  Caller join(ConcertId concert, std::uint32_t user);  // the caller that the token would name
  HoldId hold(ConcertId concert, const Caller& caller, std::initializer_list<std::uint32_t> seats);
  void charge(std::uint32_t user, std::int64_t amount);

  Engine& engine() { return *engine_; }
  Instant now() const { return clock_.now(); }
  Slot& slot(SlotId id) { return engine_->slots().at(id); }
  const RecoveryReport& recovery() const { return recovery_; }
  // Journal failures that the engine reported. Ends the journal thread.
  const std::vector<std::string>& failures();
  // The worker that decides the command.
  std::size_t owner(const CommandBody& body) const;

 private:
  ManualClock clock_;
  std::vector<std::string> failures_;  // the journal thread's, until it ends
  MemoryJournal& journal_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<WorkerDriver> driver_;
  RecoveryReport recovery_;
};

UserId user_id(std::uint32_t n);
Caller as_user(std::uint32_t n);
RequestKey key_of(std::uint64_t key, std::uint64_t request);
inline const Caller kAdmin{};
Date first_date();
// One date, seats at 1,000 each; the shop has room for a hundred.
ConcertSpec small_concert(std::uint32_t seats = 20);
PlaceHold place_hold(ConcertId concert, std::initializer_list<std::uint32_t> seats);
// The first user, counted from `from`, whose wallet belongs to this worker.
std::uint32_t user_of_worker(std::size_t worker, std::size_t workers, std::uint32_t from);

template <class T>
T body_of(const Reply& reply) {
  const T* body = std::get_if<T>(&reply.body);
  return body == nullptr ? T{} : *body;
}
// The reply's rejection as text, for readable failures.
inline std::string outcome(const std::optional<Reply>& reply) {
  return reply.has_value() ? std::string(name_of(reply->reject)) : "no answer yet";
}
// Violations of invariants over all slots that are at rest; one line each.
std::vector<std::string> unsettled_or_wrong(SlotTable& slots);

}  // namespace frontrow
