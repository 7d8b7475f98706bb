// Snapshots, checkpoint position and trimming on the real RocksDB.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include "storage/local/journal_store.h"
#include "storage/local/snapshot_store.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

// `count` parts of a snapshot, each with slot, group and number in its text.
std::vector<std::string> parts_of(SlotId slot, std::uint64_t group, int count,
                                  std::size_t size = 500) {
  std::vector<std::string> parts;
  for (int i = 0; i < count; ++i) {
    std::string part = fmt::format("slot {} group {} part {} ", slot.value, group, i);
    part.resize(size, static_cast<char>('a' + i % 26));
    parts.push_back(part);
  }
  return parts;
}

Status write(Archive& archive, SlotId slot, std::uint64_t group, int count,
             std::size_t size = 500) {
  const SnapshotHead head{
      .slot = slot, .group = group, .seq = group * 10, .state_hash = 77 + group};
  return archive.write_snapshot(head, [&](const PartSink& sink) -> Status {
    for (const std::string& part : parts_of(slot, group, count, size)) {
      if (Status s = sink(std::as_bytes(std::span(part))); !s.ok()) return s;
    }
    return {};
  });
}

std::vector<SnapshotHead> heads_of(Archive& archive) {
  auto heads = archive.snapshots();
  EXPECT_TRUE(heads.ok()) << heads.error();
  return heads.ok() ? *heads : std::vector<SnapshotHead>{};
}

std::vector<std::string> read(Archive& archive, const SnapshotHead& head) {
  std::vector<std::string> parts;
  const Status done = archive.read_snapshot(head, [&parts](std::span<const std::byte> part) {
    parts.emplace_back(reinterpret_cast<const char*>(part.data()), part.size());
    return Status();
  });
  EXPECT_TRUE(done.ok()) << done.error();
  return parts;
}

std::vector<std::uint64_t> numbers_replayed(RocksDbJournal& journal) {
  std::vector<std::uint64_t> numbers;
  const Status done = journal.replay({.on_group =
                                          [&numbers](const GroupView& group) {
                                            numbers.push_back(group.number);
                                            return Status();
                                          },
                                      .on_progress = {}});
  EXPECT_TRUE(done.ok()) << done.error();
  return numbers;
}

TEST(Archive, snapshots_come_back_in_order_of_slots_part_by_part) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 4);
    Archive& archive = journal->archive();
    EXPECT_TRUE(heads_of(archive).empty());
    for (const SlotId slot : {SlotId{4095}, SlotId{0}, SlotId{258}, SlotId{257}})
      ASSERT_TRUE(write(archive, slot, 3, 1 + slot.value % 5).ok());
    ASSERT_TRUE(archive.set_checkpoint_group(3).ok());
  }
  auto journal = open_at(dir.data());
  Archive& archive = journal->archive();
  EXPECT_EQ(archive.checkpoint_group(), 3U);
  const auto heads = heads_of(archive);
  ASSERT_EQ(heads.size(), 4U);
  const std::uint16_t expected[] = {0, 257, 258, 4095};
  for (std::size_t i = 0; i < heads.size(); ++i) {
    EXPECT_EQ(heads[i].slot, SlotId{expected[i]});
    EXPECT_EQ(heads[i].group, 3U);
    EXPECT_EQ(heads[i].seq, 30U);
    EXPECT_EQ(heads[i].state_hash, 80U);
    EXPECT_EQ(read(archive, heads[i]), parts_of(heads[i].slot, 3, 1 + expected[i] % 5));
  }
}

TEST(Archive, new_snapshot_takes_the_place_of_the_one_before_and_its_parts_go) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 9);
    Archive& archive = journal->archive();
    ASSERT_TRUE(write(archive, SlotId{7}, 3, 20).ok());
    ASSERT_TRUE(write(archive, SlotId{8}, 3, 2).ok());
    ASSERT_TRUE(archive.set_checkpoint_group(3).ok());
    ASSERT_TRUE(write(archive, SlotId{7}, 9, 4).ok());
    const auto heads = heads_of(archive);
    EXPECT_EQ(read(archive, heads[0]), parts_of(SlotId{7}, 9, 4));
    EXPECT_EQ(read(archive, heads[1]), parts_of(SlotId{8}, 3, 2));
    ASSERT_TRUE(archive.set_checkpoint_group(9).ok());
    ASSERT_TRUE(journal->close().ok());
  }
  auto store = open_store({dir.data() + "/db", nullptr, 1 << 20}, false);
  ASSERT_TRUE(store.ok());
  std::size_t keys = 0;
  const std::unique_ptr<rocksdb::Iterator> it(
      store->db->NewIterator(rocksdb::ReadOptions(), store->snapshots));
  for (it->SeekToFirst(); it->Valid(); it->Next()) ++keys;
  EXPECT_EQ(keys, 2U + 4U + 2U);
}

TEST(Archive, encoding_that_fails_leaves_the_snapshot_before) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 5);
  Archive& archive = journal->archive();
  ASSERT_TRUE(write(archive, SlotId{7}, 3, 5).ok());
  const Status failed = archive.write_snapshot(
      {.slot = SlotId{7}, .group = 4, .seq = 40}, [](const PartSink& sink) -> Status {
        const std::string part = "half of it";
        if (Status s = sink(std::as_bytes(std::span(part))); !s.ok()) return s;
        return Error{"stopped"};
      });
  EXPECT_EQ(failed.error(), "stopped");
  EXPECT_EQ(read(archive, heads_of(archive)[0]), parts_of(SlotId{7}, 3, 5));
  // The next snapshot removes the orphaned part too.
  ASSERT_TRUE(write(archive, SlotId{7}, 5, 1).ok());
  EXPECT_EQ(read(archive, heads_of(archive)[0]), parts_of(SlotId{7}, 5, 1));
}

// A checkpoint that began before its slot came back.
TEST(Archive, newer_snapshot_is_not_replaced_by_an_older_one) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 5);
  Archive& archive = journal->archive();
  ASSERT_TRUE(write(archive, SlotId{7}, 4, 3).ok());
  ASSERT_TRUE(write(archive, SlotId{7}, 3, 5).ok());
  ASSERT_EQ(heads_of(archive).size(), 1U);
  EXPECT_EQ(heads_of(archive)[0].group, 4U);
  EXPECT_EQ(read(archive, heads_of(archive)[0]), parts_of(SlotId{7}, 4, 3));
}

TEST(Archive, large_snapshot_is_flushed_on_the_way_and_whole) {
  const TempDirectory dir;
  constexpr int kParts = 640;
  constexpr std::size_t kPartBytes = 64 << 10;  // 40 MiB in all
  {
    auto journal = journal_up_to(dir.data(), 2);
    ASSERT_TRUE(write(journal->archive(), SlotId{1}, 2, kParts, kPartBytes).ok());
    ASSERT_TRUE(journal->archive().set_checkpoint_group(2).ok());
  }
  auto journal = open_at(dir.data());
  const auto heads = heads_of(journal->archive());
  ASSERT_EQ(heads.size(), 1U);
  EXPECT_EQ(heads[0].parts, static_cast<std::uint32_t>(kParts));
  EXPECT_EQ(heads[0].bytes, kParts * kPartBytes);
  EXPECT_EQ(read(journal->archive(), heads[0]), parts_of(SlotId{1}, 2, kParts, kPartBytes));
}

// Spoils stored data through RocksDB itself, so that its checksums are right and only our own can
// detect the damage.
struct Spoil {
  const char* name;
  std::function<void(rocksdb::DB&, rocksdb::ColumnFamilyHandle* snapshots,
                     rocksdb::ColumnFamilyHandle* meta)>
      make;
  const char* error;
};
void PrintTo(const Spoil& spoil, std::ostream* out) { *out << spoil.name; }

std::string snapshot_key(char kind, std::uint32_t part = 0) {
  std::string key{'\0', '\7', kind};
  if (kind == 'p') key += std::string("\0\0\0\0\0\0\0\3\0\0\0", 11) + static_cast<char>(part);
  return key;
}

class SpoiltArchive : public testing::TestWithParam<Spoil> {};

TEST_P(SpoiltArchive, is_refused_by_name) {
  const TempDirectory dir;
  {
    auto journal = journal_up_to(dir.data(), 4);
    for (const SlotId slot : {SlotId{7}, SlotId{9}})
      ASSERT_TRUE(write(journal->archive(), slot, 3, 3).ok());
    ASSERT_TRUE(journal->archive().set_checkpoint_group(3).ok());
    ASSERT_TRUE(journal->close().ok());
  }
  {
    auto store = open_store({dir.data() + "/db", nullptr, 1 << 20}, false);
    ASSERT_TRUE(store.ok());
    GetParam().make(*store->db, store->snapshots, store->meta);
  }
  JournalOptions options;
  options.directory = dir.data();
  const auto journal = RocksDbJournal::open(options);
  std::string error = journal.ok() ? std::string() : journal.error();
  if (journal.ok()) {
    Archive& archive = (*journal)->archive();
    const auto heads = archive.snapshots();
    if (!heads.ok()) error = heads.error();
    const auto ignore = [](std::span<const std::byte>) { return Status(); };
    for (std::size_t i = 0; heads.ok() && i < heads->size() && error.empty(); ++i) {
      if (Status s = archive.read_snapshot((*heads)[i], ignore); !s.ok()) error = s.error();
    }
  }
  EXPECT_THAT(error, HasSubstr(GetParam().error));
  EXPECT_THAT(error, HasSubstr("do not delete anything"));
}

void put(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, const std::string& key,
         const std::function<void(std::string&)>& change) {
  std::string value;
  ASSERT_TRUE(db.Get(rocksdb::ReadOptions(), family, key, &value).ok());
  change(value);
  ASSERT_TRUE(db.Put(rocksdb::WriteOptions(), family, key, value).ok());
}

INSTANTIATE_TEST_SUITE_P(
    Ways, SpoiltArchive,
    testing::Values(
        Spoil{"part_changed",
              [](auto& db, auto* snapshots, auto*) {
                put(db, snapshots, snapshot_key('p', 1), [](std::string& v) { v[9] ^= 1; });
              },
              "the parts' hash is not the head's"},
        Spoil{"part_missing",
              [](auto& db, auto* snapshots, auto*) {
                ASSERT_TRUE(
                    db.Delete(rocksdb::WriteOptions(), snapshots, snapshot_key('p', 1)).ok());
              },
              "part 1 of 3 is missing"},
        Spoil{"head_changed",
              [](auto& db, auto* snapshots, auto*) {
                put(db, snapshots, snapshot_key('h'), [](std::string& v) { v[20] ^= 1; });
              },
              "the snapshot's head is damaged"},
        Spoil{"head_of_a_later_version",
              [](auto& db, auto* snapshots, auto*) {
                put(db, snapshots, snapshot_key('h'), [](std::string& v) { v[0] = v[2] = 9; });
              },
              "snapshot version 9"},
        Spoil{"head_missing",
              [](auto& db, auto* snapshots, auto*) {
                ASSERT_TRUE(db.Delete(rocksdb::WriteOptions(), snapshots, snapshot_key('h')).ok());
              },
              "there are 1 snapshots, but there were 2"},
        Spoil{"checkpoint_position_changed",
              [](auto& db, auto*, auto* meta) {
                put(db, meta, "floor", [](std::string& v) { v[0] ^= 1; });
              },
              "floor: wrong hash"},
        Spoil{"checkpoint_position_cut",
              [](auto& db, auto*, auto* meta) {
                put(db, meta, "floor", [](std::string& v) { v.pop_back(); });
              },
              "floor: expected 40 bytes, found 39"}),
    [](const auto& way) { return std::string(way.param.name); });

TEST(Archive, replay_begins_above_the_checkpoint_and_still_checks_the_chain) {
  const TempDirectory dir;
  {
    auto journal = open_at(dir.data());
    replayed(*journal);
    append_up_to(*journal, 10);
    ASSERT_TRUE(journal->archive().set_checkpoint_group(7).ok());
  }
  {
    auto journal = open_at(dir.data());
    EXPECT_EQ(numbers_replayed(*journal), (std::vector<std::uint64_t>{8, 9, 10}));
    EXPECT_EQ(journal->last_group(), 10U);
    append_up_to(*journal, 11);
    ASSERT_TRUE(journal->archive().set_checkpoint_group(11).ok());
  }
  auto journal = open_at(dir.data());
  EXPECT_TRUE(numbers_replayed(*journal).empty());
  append_up_to(*journal, 12);
  std::vector<std::uint64_t> numbers;
  const auto note = [&numbers](const GroupView& group) {
    numbers.push_back(group.number);
    return Status();
  };
  ASSERT_TRUE(journal->archive().read_groups(0, 3, note).ok());
  ASSERT_TRUE(journal->archive().read_groups(9, 12, note).ok());
  EXPECT_EQ(numbers, (std::vector<std::uint64_t>{1, 2, 3, 10, 11, 12}));
  EXPECT_THAT(journal->archive().read_groups(9, 13, note).error(),
              HasSubstr("the log ends at group 12, group 13 was expected"));
}

constexpr std::uint64_t kLong = 4000;

void append_quickly(RocksDbJournal& journal, std::uint64_t last) {
  while (journal.last_group() < last)
    ASSERT_EQ(append_text(journal, std::string(300, 'x')), AppendStatus::kDurable);
}

TEST(Archive, trim_by_size_forgets_the_oldest_never_above_the_checkpoint_and_survives_a_restart) {
  const TempDirectory dir;
  std::uint64_t first = 0;
  {
    auto journal = open_at(dir.data());
    replayed(*journal);
    append_quickly(*journal, kLong);
    Archive& archive = journal->archive();
    const Retention tiny{.everything = false, .bytes = 1000};
    EXPECT_EQ(archive.trim(tiny, {})->groups, 0U) << "there is no checkpoint";
    ASSERT_TRUE(archive.set_checkpoint_group(3000).ok());
    EXPECT_EQ(archive.trim({}, {})->groups, 0U) << "everything is kept";
    const auto trimmed = archive.trim(tiny, {});
    ASSERT_TRUE(trimmed.ok()) << trimmed.error();
    first = trimmed->first;
    EXPECT_LE(first, 3000U) << "the group of the checkpoint position stays";
    EXPECT_GT(first, 500U) << "sizes in RocksDB's memory are estimates";
    EXPECT_EQ(trimmed->groups, first - 1);
    const auto ignore = [](const GroupView&) { return Status(); };
    EXPECT_TRUE(archive.read_groups(first - 1, kLong, ignore).ok());
    EXPECT_FALSE(archive.read_groups(first - 2, kLong, ignore).ok());
  }
  {
    auto journal = open_at(dir.data());
    EXPECT_EQ(numbers_replayed(*journal).size(), kLong - 3000);
    append_quickly(*journal, kLong + 5);
    const auto ignore = [](const GroupView&) { return Status(); };
    EXPECT_TRUE(journal->archive().read_groups(first - 1, kLong + 5, ignore).ok());
    ASSERT_TRUE(journal->close().ok());
  }
  EXPECT_EQ(refusal_at(dir.data()), "");
}

TEST(Archive, trim_keeps_about_the_bytes_that_are_asked_for) {
  const TempDirectory dir;
  JournalOptions options;
  options.directory = dir.data();
  options.write_buffer_bytes = 64 << 10;  // many small files: sizes are known to a block
  auto journal = open_journal(options);
  replayed(*journal);
  append_quickly(*journal, kLong);
  ASSERT_TRUE(journal->archive().set_checkpoint_group(kLong).ok());
  constexpr std::uint64_t kKept = 1500;
  const auto trimmed =
      journal->archive().trim({.everything = false, .bytes = kKept * (300 + 80 + 16)}, {});
  ASSERT_TRUE(trimmed.ok()) << trimmed.error();
  const std::uint64_t kept = kLong + 1 - trimmed->first;
  EXPECT_GT(kept, kKept * 3 / 4);
  EXPECT_LT(kept, kKept * 3 / 2);
}

TEST(Archive, trim_by_time_forgets_groups_older_than_asked_for) {
  const TempDirectory dir;
  auto journal = open_at(dir.data());
  replayed(*journal);
  const std::string text = group_text(1);
  const std::span<const std::byte> part = std::as_bytes(std::span(text));
  for (std::uint64_t n = 1; n <= kLong; ++n) {
    const GroupParts group{.records = {&part, 1},
                           .record_count = 1,
                           .event_count = 1,
                           .time = Instant{static_cast<std::int64_t>(n) * 1000}};
    ASSERT_EQ(journal->append(group), AppendStatus::kDurable);
  }
  ASSERT_TRUE(journal->archive().set_checkpoint_group(kLong).ok());
  const Instant now{static_cast<std::int64_t>(kLong) * 1000};
  const auto too_few =
      journal->archive().trim({.everything = false, .time = seconds(kLong - 100)}, now);
  EXPECT_EQ(too_few->groups, 0U) << "a hundred groups are not worth the write";
  const auto trimmed = journal->archive().trim({.everything = false, .time = seconds(1000)}, now);
  ASSERT_TRUE(trimmed.ok()) << trimmed.error();
  EXPECT_EQ(trimmed->first, kLong - 1000);
}

TEST(Archive, nothing_is_written_once_another_process_owns_the_directory) {
  const TempDirectory dir;
  auto journal = journal_up_to(dir.data(), 3);
  std::filesystem::remove(dir.data() + "/LOCK");
  EXPECT_THAT(write(journal->archive(), SlotId{1}, 3, 1).error(), HasSubstr("another process"));
  EXPECT_THAT(journal->archive().set_checkpoint_group(3).error(), HasSubstr("another process"));
}

}  // namespace
}  // namespace frontrow
