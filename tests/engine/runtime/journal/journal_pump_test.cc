#include "engine/runtime/journal/journal_pump.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <initializer_list>
#include <string>

#include "engine/runtime/journal/record.h"
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

// Records of one event of `event_bytes`, with the sequence numbers after `seq`.
void fill_with_records(Batch& batch, Waker& waker, std::uint64_t seq, std::uint32_t records,
                       std::size_t event_bytes) {
  batch.owner = &waker;
  for (std::uint32_t i = 0; i < records; ++i) {
    const std::size_t begin = begin_record(batch.records, SlotId{3}, ++seq, Instant{1});
    batch.records.resize(batch.records.size() + event_bytes, std::byte{9});
    finish_record(batch.records, begin, 2);
  }
  batch.record_count = records;
  batch.event_count = 2 * records;
}

TEST_F(JournalPumpTest, bound_of_a_group_cuts_between_records_and_keeps_their_order) {
  constexpr std::size_t kRecord = kRecordHeaderSize + 76;  // 100 bytes
  journal.set_group_bytes_max(4 * kRecord + 50);
  Batch first, small, large, last;
  fill_with_records(first, waker, 0, 1, 76);
  fill_with_records(small, waker, 1, 3, 76);
  fill_with_records(large, waker, 4, 10, 76);
  fill_with_records(last, waker, 14, 1, 1'000);
  submit_during_append(first, {&small, &large, &last});
  journal.release();
  ASSERT_TRUE(wait_until_done(last));
  EXPECT_TRUE(small.done.load() && large.done.load());
  pump.stop();
  std::vector<std::uint32_t> records;
  ByteBuffer all;
  for (const MemoryGroup& group : journal.groups()) {
    records.push_back(group.record_count);
    EXPECT_EQ(group.event_count, 2 * group.record_count);
    all.insert(all.end(), group.records.begin(), group.records.end());
  }
  EXPECT_EQ(records, (std::vector<std::uint32_t>{1, 3, 4, 4, 2, 1}));
  ByteReader reader(all);
  for (std::uint64_t seq = 1; seq <= 15; ++seq) EXPECT_EQ(read_record(reader).seq, seq);
  EXPECT_TRUE(reader.at_end());
  EXPECT_EQ(pump.stats().records.get(), 15U);
}

TEST_F(JournalPumpTest, batch_of_several_groups_is_durable_with_the_last_of_them) {
  journal.set_group_bytes_max(200);
  journal.fail_at(3, AppendStatus::kFailed);
  Batch batch;
  fill_with_records(batch, waker, 0, 8, 76);
  pump.start();
  pump.submit(&batch);
  pump.stop();
  EXPECT_EQ(journal.groups().size(), 2U);
  EXPECT_FALSE(batch.done.load());
  EXPECT_EQ(failures.size(), 1U);
}

}  // namespace
}  // namespace frontrow
