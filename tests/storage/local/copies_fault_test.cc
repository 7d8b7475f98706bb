// Write and sync errors under copies: groups reported as synced remain, later calls are refused,
// the journal's too, and the next process goes on.
#include <gtest/gtest.h>

#include <string>

#include "storage/local/journal_store.h"
#include "tests/storage/local/copies_support.h"
#include "tests/storage/local/faulty_file_system.h"
#include "tests/storage/local/journal_test_support.h"
#include "tests/storage/local/writer_process.h"

namespace frontrow {
namespace {

constexpr std::uint64_t kFaultyStream = 0x0fedcba987654321;
constexpr std::uint64_t kCopiedGroups = 10;
constexpr std::size_t kCopiedBytes = 20'000;
constexpr std::size_t kSmallBuffer = 64 << 10;  // so that tables are written, too
constexpr std::size_t kLargeBuffer = 4 << 20;

std::unique_ptr<RocksDbJournal> open_faulty(const FaultyEnv& faulty, const TempDirectory& dir,
                                            std::size_t buffer = kLargeBuffer) {
  return open_journal(
      {.directory = dir.data(), .env = faulty.env.get(), .write_buffer_bytes = buffer});
}

struct Reported {
  bool begun = false;
  std::uint64_t synced = 0;      // of the copy
  std::uint64_t own_synced = 0;  // of the own stream
};

bool add_own(RocksDbJournal& journal) {
  const std::string text = group_text(journal.end().number + 1, kCopiedBytes);
  const auto bytes = std::as_bytes(std::span(text));
  ByteBuffer group;
  journal.encode_next({.records = {&bytes, 1}, .record_count = 2, .event_count = 3, .time = {}},
                      group);
  return journal.add(group).ok();
}

// Begins a copy and adds groups, and own ones as under a shared log, with a sync of both after each
// second one. After the first refusal nothing may succeed, though the file system works again.
Reported copy_through_fault(RocksDbJournal& journal, StreamOwner& owner) {
  Copies& copies = *journal.copies();
  Reported reported;
  bool refused = false;
  const auto note = [&](bool ok) {
    EXPECT_FALSE(ok && refused) << "accepted after a failure: " << copies.failure();
    refused = refused || !ok;
    return ok;
  };
  reported.begun = note(copies.begin(owner.position(0)).ok());
  for (std::uint64_t n = 1; n <= kCopiedGroups; ++n) {
    note(copies.add(owner.stream(), owner.group(n)).ok());
    note(add_own(journal));
    if (n % 2 != 0) continue;
    const auto synced = copies.sync();
    if (note(synced.ok())) reported.synced = synced->front().group;
    const auto own_synced = journal.sync();
    if (note(own_synced.ok())) reported.own_synced = *own_synced;
  }
  EXPECT_TRUE(!refused || !copies.add(owner.stream(), owner.group(1)).ok());
  return reported;
}

// RocksDB's own log and its tables are tested apart. Where the log is synced while a flush syncs
// it, too, and that sync fails, RocksDB aborts the process if it was built with assertions: nothing
// is lost, but no test can go on.
struct FaultPlace {
  const char* name;
  const char* ending;  // of the files that the fault may hit
  std::size_t buffer;
  bool no_space;
};
void PrintTo(const FaultPlace& place, std::ostream* out) { *out << place.name; }

class EveryCopyOperation : public testing::TestWithParam<FaultPlace> {};

TEST_P(EveryCopyOperation, failing_once_loses_nothing_synced) {
  const FaultPlace& place = GetParam();
  auto error = place.no_space ? rocksdb::IOStatus::NoSpace("injected")
                              : rocksdb::IOStatus::IOError("injected");
  error.SetRetryable(place.no_space);  // as the real file system reports them
  StreamOwner owner(kFaultyStream, kCopiedBytes);
  int refusals = 0;
  bool fired = true;
  for (int index = 0; fired; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 2000);
    const TempDirectory dir;
    const FaultyEnv faulty;
    Reported reported;
    {
      auto journal = open_faulty(faulty, dir, place.buffer);
      ASSERT_NE(journal, nullptr);
      replayed(*journal);
      faulty.files->arm(index, error, place.ending);
      reported = copy_through_fault(*journal, owner);
      if (reported.synced < kCopiedGroups) ++refusals;
      fired = faulty.files->fired();
    }
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    expect_groups(*journal, reported.own_synced, kCopiedGroups, kCopiedBytes);
    Copies& copies = *journal->copies();
    if (!reported.begun) {
      ASSERT_TRUE(copies.begin(owner.position(0)).ok());
    }
    const CopyState state = copy_of(copies, owner.stream());
    EXPECT_EQ(state.damage, "");
    EXPECT_GE(state.newest.number, reported.synced);
    expect_copied(copies, owner, 0, state.newest.number, kCopiedBytes);
    add_up_to(copies, owner, kCopiedGroups + 1);
    EXPECT_EQ(copies.sync()->front().group, kCopiedGroups + 1);
  }
  EXPECT_GE(refusals, 2);
}

INSTANTIATE_TEST_SUITE_P(
    CopiesFault, EveryCopyOperation,
    testing::Values(FaultPlace{"io_error_in_the_log", ".log", kLargeBuffer, false},
                    FaultPlace{"no_space_in_the_log", ".log", kLargeBuffer, true},
                    FaultPlace{"io_error_in_a_table", ".sst", kSmallBuffer, false},
                    FaultPlace{"no_space_in_a_table", ".sst", kSmallBuffer, true}),
    [](const auto& place) { return std::string(place.param.name); });

// The journal's own sync of the same file could succeed after a copy's has failed, and say nothing
// about the bytes that the failed one dropped.
TEST(CopiesFault, failed_sync_of_a_copy_stops_the_journal) {
  const TempDirectory dir;
  const FaultyEnv faulty;
  StreamOwner owner(kFaultyStream);
  auto journal = open_faulty(faulty, dir);
  replayed(*journal);
  Copies& copies = *journal->copies();
  ASSERT_TRUE(copies.begin(owner.position(0)).ok());
  add_up_to(copies, owner, 1);
  faulty.files->arm(0, rocksdb::IOStatus::IOError("injected"), ".log");
  EXPECT_FALSE(copies.sync().ok());
  EXPECT_TRUE(faulty.files->fired());
  EXPECT_NE(copies.failure(), "");
  EXPECT_EQ(append_text(*journal, group_text(1)), AppendStatus::kFailed);
  EXPECT_NE(journal->failure().find("injected"), std::string::npos) << journal->failure();
}

TEST(CopiesFault, failed_append_of_the_journal_stops_the_copies) {
  const TempDirectory dir;
  const FaultyEnv faulty;
  StreamOwner owner(kFaultyStream);
  auto journal = open_faulty(faulty, dir);
  replayed(*journal);
  Copies& copies = *journal->copies();
  ASSERT_TRUE(copies.begin(owner.position(0)).ok());
  add_up_to(copies, owner, 1);
  faulty.files->arm(1, rocksdb::IOStatus::IOError("injected"), ".log");
  EXPECT_EQ(append_text(*journal, group_text(1)), AppendStatus::kFailed);
  EXPECT_FALSE(copies.add(owner.stream(), owner.group(2)).ok());
  EXPECT_FALSE(copies.sync().ok());
}

TEST(CopiesFault, creating_the_family_can_fail_at_any_operation_and_be_repeated) {
  bool fired = true;
  for (int index = 0; fired; ++index) {
    SCOPED_TRACE("operation " + std::to_string(index));
    ASSERT_LT(index, 500);
    const TempDirectory dir;
    ASSERT_TRUE(journal_up_to(dir.data(), 3)->close().ok());
    {
      auto store = open_store({dir.data() + "/db", nullptr, kSmallBuffer}, false);
      ASSERT_TRUE(store.ok()) << store.error();
      ASSERT_TRUE(store->db->DropColumnFamily(store->copies).ok());
    }
    const FaultyEnv faulty;
    faulty.files->arm(index, rocksdb::IOStatus::IOError("injected"));
    static_cast<void>(refusal({.directory = dir.data(), .env = faulty.env.get()}));
    fired = faulty.files->fired();
    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    expect_groups(*journal, 3, 3);
    EXPECT_TRUE(journal->copies()->streams().empty());
  }
}

TEST(CopiesProcess, killed_process_loses_no_added_group) {
  const TempDirectory dir;
  std::uint64_t newest = 0;
  for (int life = 0; life < 6; ++life) {
    SCOPED_TRACE("life " + std::to_string(life));
    WriterProcess writer(dir.data(), WriterProcess::Writes::kCopy);
    std::uint64_t added = newest;
    for (int n = 0; n < 10 + 7 * life; ++n) {
      const auto number = writer.next_acknowledged();
      ASSERT_TRUE(number.has_value());
      EXPECT_EQ(*number, added + 1);
      added = *number;
    }
    writer.kill();
    while (const auto number = writer.next_acknowledged()) added = *number;

    auto journal = open_at(dir.data());
    ASSERT_NE(journal, nullptr);
    StreamOwner owner(kWriterCopy);
    const CopyState state = copy_of(*journal->copies(), kWriterCopy);
    EXPECT_EQ(state.damage, "");
    EXPECT_GE(state.newest.number, added);
    EXPECT_LE(state.newest.number, added + 1);
    newest = state.newest.number;
    expect_copied(*journal->copies(), owner, 0, newest);
  }
}

}  // namespace
}  // namespace frontrow
