#include "tests/replication/shop_owner.h"

#include <gtest/gtest.h>

#include <utility>

#include "engine/base/prng.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {

ShopOwner::ShopOwner(const std::string& directory, FeederOptions feeder) : clock_(kDay) {
  auto journal = RocksDbJournal::open({.directory = directory});
  EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error());
  journal_ = std::move(*journal);
  engine_ = std::make_unique<Engine>(EngineOptions{}, clock_, *journal_);
  const auto recovered = engine_->recover();
  EXPECT_TRUE(recovered.ok()) << (recovered.ok() ? "" : recovered.error());
  engine_->start();
  driver_ = std::make_unique<WorkerDriver>(*engine_, 1);
  feeder_ =
      std::make_unique<Feeder>(journal_->archive(), journal_->last_group(), std::move(feeder));
  published_ = journal_->last_group();
}

ShopOwner::~ShopOwner() { engine_->stop(); }

Reply ShopOwner::ask(const Command& command) {
  const std::uint32_t sent = driver_->send(0, command);
  driver_->run_until([&] { return !driver_->replies(0, sent).empty(); }, name_of(command.body));
  return driver_->replies(0, sent).front();
}

ConcertId ShopOwner::open_concert() {
  const Reply reply = ask({kAdmin, {}, CreateConcert{small_concert(200)}});
  EXPECT_EQ(outcome(reply), "none");
  return body_of<ConcertCreated>(reply).concert;
}

void ShopOwner::act(ConcertId concert, int steps, std::uint64_t seed) {
  Prng random(seed);
  for (int i = 0; i < steps; ++i) {
    const auto user = static_cast<std::uint32_t>(1 + random.below(40));
    const Concert* const live = engine_->slots().at(slot_of_concert(concert)).find_concert(concert);
    const Caller caller{user_id(user), live->line.find(user_id(user)), live->token_epoch};
    const auto seat = static_cast<std::uint32_t>(1 + random.below(200));
    switch (random.below(4)) {
      case 0:
        driver_->send(0, {as_user(user), {}, Join{concert, user_id(user)}});
        break;
      case 1:
        driver_->send(0, {as_user(user), {}, Charge{user_id(user), Money{5000}}});
        break;
      case 2:
        driver_->send(0, {caller, {}, place_hold(concert, {seat})});
        break;
      default:
        driver_->send(0, {caller, key_of(random.below(1000), 5),
                          Pay{concert, {make_hold_id(concert, live->last_hold)}}});
    }
    if (random.below(5) == 0) {
      clock_.advance(milliseconds(200));
      driver_->turn();
    }
  }
  settle();
}

void ShopOwner::settle() {
  driver_->settle();
  for (SharedBytes& group : groups_after(published_))
    feeder_->publish(++published_, std::move(group));
}

std::vector<SharedBytes> ShopOwner::groups_after(std::uint64_t group) {
  std::vector<SharedBytes> groups;
  const Status read =
      journal_->archive().read_groups(group, journal_->last_group(), [&](const GroupView& view) {
        groups.push_back(std::make_shared<ByteBuffer>(view.bytes.begin(), view.bytes.end()));
        return Status();
      });
  EXPECT_TRUE(read.ok()) << read.error();
  return groups;
}

void ShopOwner::log_hashes() {
  const std::uint64_t round = engine_->ask_for_hashes();
  driver_->run_until([&] { return engine_->worker(0).hashed_round() >= round; }, "the hashes");
  settle();
}

void ShopOwner::checkpoint() {
  log_hashes();
  Checkpointer checkpointer(*engine_, *journal_, {});
  const auto report = checkpointer.run_cycle();
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error());
}

std::map<std::uint16_t, StateHash> ShopOwner::hashes() const {
  std::map<std::uint16_t, StateHash> hashes;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* const slot = engine_->slots().find(SlotId{id});
    if (slot != nullptr && slot->seq > 0) hashes[id] = slot->state_hash();
  }
  return hashes;
}

std::bitset<kSlotCount> all_slots() { return std::bitset<kSlotCount>().set(); }

}  // namespace frontrow
