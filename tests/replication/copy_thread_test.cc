// The threads of the feeder and of the follower, with the journal's and the test's beside them.
#include "engine/runtime/replication/copy_thread.h"

#include <gtest/gtest.h>

#include <chrono>

#include "engine/core/state/slot.h"
#include "tests/replication/shop_owner.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

constexpr InstanceId kCopier = 2;

class CopyThreadTest : public ::testing::Test {
 protected:
  CopyThreadTest()
      : owner(owner_dir.data(), {.send =
                                     [this](InstanceId, const ToFollower& message) {
                                       thread->put(owner.stream(), ToFollower(message));
                                       return true;
                                     },
                                 .on_copied = [this](std::uint64_t group) { copied = group; }}),
        journal(open_at(copy_dir.data())) {
    static_cast<void>(replayed(*journal));
    thread = std::make_unique<CopyThread>(
        *journal->copies(),
        FollowerOptions{.checkpoint_events = 200,
                        .send =
                            [this](std::uint64_t, ToOwner&& message) {
                              owner.feeder().take(kCopier, std::move(message));
                              return true;
                            }},
        [](const std::string& why) { ADD_FAILURE() << why; });
    owner.feeder().set_followers({kCopier});
    owner.feeder().start();
    thread->start();
  }
  ~CopyThreadTest() override {
    owner.feeder().stop();
    thread->stop();
  }
  // Until everything is on the follower's disk; false after ten seconds.
  bool await_copied() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (copied < owner.journal().last_group()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  std::map<std::uint16_t, StateHash> shadow_hashes() {
    return thread->run([this](Follower& follower) {
      std::map<std::uint16_t, StateHash> hashes;
      for (std::uint16_t id = 0; id < kSlotCount; ++id) {
        if (const auto hash = follower.state_hash(owner.stream(), SlotId{id})) hashes[id] = *hash;
      }
      return hashes;
    });
  }

  TempDirectory owner_dir, copy_dir;
  std::atomic<std::uint64_t> copied{0};
  std::unique_ptr<CopyThread> thread;
  ShopOwner owner;
  std::unique_ptr<RocksDbJournal> journal;
};

TEST_F(CopyThreadTest, follower_keeps_up_while_the_shop_sells) {
  const ConcertId concert = owner.open_concert();
  owner.act(concert, 100, 1);
  owner.checkpoint();
  thread->post([this](Follower& follower) { follower.follow(owner.stream(), all_slots()); });
  for (std::uint64_t round = 2; round < 12; ++round) {
    owner.act(concert, 100, round);
    if (round % 4 == 0) owner.checkpoint();
  }
  ASSERT_TRUE(await_copied());
  EXPECT_EQ(shadow_hashes(), owner.hashes());
  EXPECT_EQ(thread->dropped_groups(), 0U);
  // Its own checkpoints keep a restart short.
  EXPECT_GT(thread->run([this](Follower&) {
    return journal->copies()->archive(owner.stream())->checkpoint_group();
  }),
            0U);
}

TEST_F(CopyThreadTest, groups_that_find_no_room_are_asked_for_again) {
  const ConcertId concert = owner.open_concert();
  thread->post([this](Follower& follower) { follower.follow(owner.stream(), all_slots()); });
  owner.act(concert, 20, 1);
  ASSERT_TRUE(await_copied());
  std::promise<void> go_on;
  std::shared_future<void> stands = go_on.get_future().share();
  thread->post([stands](Follower&) { stands.wait(); });
  // More than the queue takes.
  const auto filler = std::make_shared<ByteBuffer>(CopyThread::kQueueBytesMax / 4);
  for (int i = 0; i < 4; ++i) thread->put(owner.stream(), CopyGroup{owner.stream(), 1, filler});
  owner.act(concert, 50, 2);
  while (thread->dropped_groups() == 0) std::this_thread::yield();
  go_on.set_value();
  for (std::uint64_t round = 3; !HasFailure() && round < 100; ++round) {
    owner.act(concert, 5, round);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    if (copied == owner.journal().last_group()) break;
  }
  ASSERT_TRUE(await_copied());
  EXPECT_EQ(shadow_hashes(), owner.hashes());
}

}  // namespace
}  // namespace frontrow
