#include "engine/runtime/journal/journal_pump.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <initializer_list>
#include <string>

#include "tests/engine/runtime/support/memory_journal.h"

namespace frontrow {
namespace {

class JournalPumpTest : public testing::Test {
 protected:
  void fill(Batch& batch, std::uint8_t byte, std::uint32_t records) {
    batch.owner = &waker;
    batch.records.assign(records, std::byte{byte});
    batch.record_count = records;
    batch.event_count = 2 * records;
  }
  // Starts the pump; submits the others while the append of `first` is blocked.
  void submit_during_append(Batch& first, std::initializer_list<Batch*> others) {
    journal.hold();
    pump.start();
    pump.submit(&first);
    EXPECT_TRUE(journal.wait_for_append(1));
    for (Batch* other : others) pump.submit(other);
  }
  bool wait_until_done(const Batch& batch) {
    for (int i = 0; i < 500; ++i) {
      waker.prepare();
      if (batch.done.load()) {
        waker.cancel();
        return true;
      }
      pollfd sleeper{waker.fd(), POLLIN, 0};
      poll(&sleeper, 1, 20);
      waker.woken();
    }
    return false;
  }

  MemoryJournal journal;
  ManualClock clock{Instant{1'800'000'000'123}};
  Waker waker;
  std::vector<std::string> failures;
  JournalPump pump{journal, clock, [this](const std::string& why) { failures.push_back(why); }};
};

TEST_F(JournalPumpTest, batch_becomes_a_group_with_the_time_of_its_commit) {
  Batch batch;
  fill(batch, 7, 3);
  pump.start();
  pump.submit(&batch);
  ASSERT_TRUE(wait_until_done(batch));
  const auto groups = journal.groups();
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].time, clock.now());
  EXPECT_EQ(groups[0].record_count, 3U);
  EXPECT_EQ(groups[0].event_count, 6U);
  EXPECT_EQ(groups[0].records, ByteBuffer(3, std::byte{7}));
  pump.stop();
  EXPECT_EQ(pump.stats().groups.get(), 1U);
  EXPECT_EQ(pump.stats().records.get(), 3U);
  EXPECT_EQ(pump.stats().bytes.get(), 3U);
}

TEST_F(JournalPumpTest, what_comes_while_a_group_is_written_is_the_next_group) {
  Batch first, second, third;
  fill(first, 1, 1);
  fill(second, 2, 2);
  fill(third, 3, 3);
  submit_during_append(first, {&second, &third});
  EXPECT_FALSE(first.done.load());
  journal.release();
  ASSERT_TRUE(wait_until_done(third));
  EXPECT_TRUE(second.done.load());
  ASSERT_EQ(journal.groups().size(), 2U);
  EXPECT_EQ(journal.groups()[1].record_count, 5U);
}

TEST_F(JournalPumpTest, stop_writes_what_was_handed_over) {
  Batch first, second;
  fill(first, 1, 1);
  fill(second, 2, 1);
  submit_during_append(first, {&second});
  journal.release();
  pump.stop();
  EXPECT_TRUE(first.done.load());
  EXPECT_TRUE(second.done.load());
  EXPECT_EQ(journal.groups().size(), 2U);
}

TEST_F(JournalPumpTest, failure_is_reported_once_and_nothing_is_durable_after_it) {
  Batch first, second;
  fill(first, 1, 1);
  fill(second, 2, 1);
  journal.fail_at(1, AppendStatus::kFailed);
  submit_during_append(first, {&second});
  journal.release();
  pump.stop();
  EXPECT_TRUE(pump.failed());
  EXPECT_FALSE(first.done.load());
  EXPECT_FALSE(second.done.load());
  EXPECT_EQ(failures, std::vector<std::string>{"the test's disk is broken"});
  EXPECT_EQ(journal.appends_begun(), 1U);  // no append after a failure
  EXPECT_EQ(pump.stats().groups.get(), 0U);
}

TEST_F(JournalPumpTest, stop_without_start_is_nothing) {
  pump.stop();
  EXPECT_FALSE(pump.failed());
}

}  // namespace
}  // namespace frontrow
