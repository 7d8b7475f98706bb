// Salvage after damage to files of the directory: tables that RocksDB can't open, a lost list of
// files, a half lost watermark.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>

#include "engine/core/protocol/command.h"
#include "storage/local/snapshot_store.h"
#include "storage/local/store_repair.h"
#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/salvage_support.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using SalvageFiles = SalvageTest;

// Removes RocksDB's lists of its files: without one, only the files' content identifies them.
void remove_lists(const std::string& data) {
  for (const auto& entry : fs::directory_iterator(data + "/db")) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::remove(entry.path());
  }
}

// RocksDB alone would read none of the tables: its iterator over them fails as a whole.
TEST_F(SalvageFiles, table_that_can_not_be_opened_hides_no_other) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  {
    Sale sale(dir.data());  // the sale so far is in a table now
    first = history.end + 1;
    for (std::uint32_t user = 50; user < 60; ++user) sale.charge(user, 100);
    last = sale.last_group();
    sale.restart();
    for (std::uint32_t user = 60; user < 70; ++user) sale.charge(user, 100);
    sale.stop();
  }
  history.add(dir.data());
  const std::string lost = group_bytes(dir.data(), first);
  int cut = 0;
  for (const fs::path& table : database_files(dir.data(), ".sst")) {
    const std::string bytes = read_file(table);
    if (bytes.find(lost) == bytes.npos) continue;
    write_file(table, bytes.substr(0, bytes.size() - 10));
    ++cut;
  }
  ASSERT_EQ(cut, 1);
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json report = api::Json::parse(run.out);
  ASSERT_EQ(report["damaged_groups"].size(), 1U) << run.out;
  EXPECT_EQ(report["damaged_groups"][0]["first"].integer(), static_cast<std::int64_t>(first));
  EXPECT_EQ(report["damaged_groups"][0]["last"].integer(), static_cast<std::int64_t>(last));
  EXPECT_EQ(report["last_group"].integer(), static_cast<std::int64_t>(history.end));
  const SlotVersions after = versions_in(to);
  const SlotId concert = slot_of_concert(played.concert);
  EXPECT_EQ(after.at(concert), history.newest.at(concert));
}

// Later snapshots restore the number of snapshots, but the loss is still reported.
TEST_F(SalvageFiles, lost_table_of_snapshots_is_not_made_up_for_by_others) {
  std::size_t snapshots = 0;
  std::uint64_t stream = 0;
  {
    Sale sale(dir.data());
    sale.checkpoint();
    stream = sale.journal().stream();
    snapshots = sale.journal().archive().snapshots()->size();
    sale.stop();
  }
  const auto is_of_snapshots = [](const fs::path& table) {
    return read_file(table).find("snapshots") != std::string::npos;  // the family's name
  };
  auto tables = database_files(dir.data(), ".sst");
  std::erase_if(tables, [&](const fs::path& table) { return !is_of_snapshots(table); });
  ASSERT_EQ(tables.size(), 1U);
  spoil_group(dir.data(), group_with<MoneyReserved>(dir.data()));
  through_rocksdb(dir.data(), [&](const Families& families) {
    for (std::size_t i = 0; i < snapshots; ++i) {
      const Slot empty(SlotId{static_cast<std::uint16_t>(4000 + i)});
      const SnapshotHead head{
          .stream = stream, .slot = empty.id, .group = 1, .state_hash = empty.state_hash()};
      const std::string key{static_cast<char>(empty.id.value >> 8),
                            static_cast<char>(empty.id.value & 0xff), 'h'};
      ASSERT_TRUE(
          families.db
              .Put(rocksdb::WriteOptions(), families.snapshots, key, encode_snapshot_head(head))
              .ok());
    }
    ASSERT_TRUE(families.db.Flush(rocksdb::FlushOptions(), families.snapshots).ok());
  });
  const std::string bytes = read_file(tables[0]);
  write_file(tables[0], bytes.substr(0, bytes.size() - 10));
  const auto told = run_salvage(dir.data(), to);  // RocksDB's list still has the table
  EXPECT_EQ(told.code, 1);
  EXPECT_THAT(told.out, HasSubstr("damaged: snapshot of slot 0: Corruption"));
  EXPECT_EQ(told.out.find("nothing is lost"), told.out.npos) << told.out;

  remove_lists(dir.data());
  const auto run = run_salvage(dir.data(), to + "2");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("damaged: snapshot: a table that can't be read"));
  EXPECT_EQ(run.out.find("nothing is lost"), run.out.npos) << run.out;
}

TEST_F(SalvageFiles, what_a_repaired_copy_says_is_told_of_the_source) {
  flush(dir.data());
  remove_lists(dir.data());
  fs::remove(dir.data() + "/watermark");
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(dir.data() + "/watermark: cannot open"));
  EXPECT_EQ(run.out.find("repair.tmp"), run.out.npos) << "a path that is gone by now";
}

TEST_F(SalvageFiles, damaged_half_of_the_watermark_may_have_named_more_groups) {
  std::string bytes = read_file(dir.data() + "/watermark");
  for (const std::size_t half : {0, 4096}) {
    std::string damaged = bytes;
    damaged[half + 40] ^= 1;
    write_file(dir.data() + "/watermark", damaged);
    const std::string other = to + std::to_string(half);
    const auto run = run_salvage(dir.data(), other);
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.out, HasSubstr("one slot is damaged, it may have held a newer mark"));
    EXPECT_EQ(versions_in(other), history.newest);
  }
}

TEST_F(SalvageFiles, lost_manifest_is_made_anew_from_the_files) {
  flush(dir.data());
  remove_lists(dir.data());
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("they were taken one by one"));
  EXPECT_EQ(versions_in(to), history.newest);
  EXPECT_FALSE(fs::exists(to + "/repair.tmp"));
}

// A RocksDB repair could not restore data that is only in RocksDB's log.
TEST_F(SalvageFiles, lost_or_damaged_name_of_the_manifest_costs_nothing) {
  ASSERT_TRUE(database_files(dir.data(), ".sst").empty());
  const fs::path current = dir.data() + "/db/CURRENT";
  const std::string name = read_file(current);
  int n = 0;
  for (const std::string& text : {std::string(), std::string("MANIFEST-999999\n"),
                                  name.substr(0, name.size() - 2), "x" + name}) {
    SCOPED_TRACE(text);
    write_file(current, text);
    if (text.empty()) fs::remove(current);
    const std::string target = to + std::to_string(++n);
    const auto run = run_salvage(dir.data(), target);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr("db/CURRENT names no list of files; the newest, MANIFEST-"));
    EXPECT_EQ(versions_in(target), history.newest);
    EXPECT_FALSE(fs::exists(target + "/links.tmp"));
  }
}

TEST_F(SalvageFiles, directory_of_which_nothing_is_left_says_what_can_be_done) {
  for (const auto& entry : fs::directory_iterator(dir.data() + "/db")) fs::remove(entry.path());
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("put the newest copy of the directory in its place"));
  EXPECT_FALSE(fs::exists(to + "/repair.tmp"));
}

}  // namespace
}  // namespace frontrow::recover
