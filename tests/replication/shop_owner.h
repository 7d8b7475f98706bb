// An instance that writes a stream: a real engine on a real directory, whose shop the test drives,
// and the feeder of its followers. The test's thread runs everything but the journal's.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/runtime/checkpoint/checkpointer.h"
#include "engine/runtime/replication/feeder.h"
#include "engine/runtime/shard/engine.h"
#include "storage/local/rocksdb_journal.h"
#include "tests/engine/runtime/support/worker_driver.h"

namespace frontrow {

class ShopOwner {
 public:
  explicit ShopOwner(const std::string& directory, FeederOptions feeder = {});
  ~ShopOwner();

  // A concert with some seats, and its people: each step joins, charges, holds or pays at random.
  ConcertId open_concert();
  void act(ConcertId concert, int steps, std::uint64_t seed);
  Reply ask(const Command& command);
  // Waits until all is durable, and publishes the new groups to the feeder.
  void settle();
  // Snapshots of all slots that have changed.
  void checkpoint();
  // Logs the state hashes of all slots that have changed.
  void log_hashes();

  std::uint64_t stream() const { return journal_->stream(); }
  RocksDbJournal& journal() { return *journal_; }
  Feeder& feeder() { return *feeder_; }
  Engine& engine() { return *engine_; }
  // Of all slots with a state.
  std::map<std::uint16_t, StateHash> hashes() const;
  std::vector<SharedBytes> groups_after(std::uint64_t group);

 private:
  ManualClock clock_;
  std::unique_ptr<RocksDbJournal> journal_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<WorkerDriver> driver_;
  std::unique_ptr<Feeder> feeder_;
  std::uint64_t published_ = 0;
};

// Every slot.
std::bitset<kSlotCount> all_slots();

}  // namespace frontrow
