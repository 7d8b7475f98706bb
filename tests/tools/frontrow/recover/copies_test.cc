// Directories that keep copies of another instance's stream: the copy restores the other instance's
// slots. streams_test.cc has the commands.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "engine/runtime/journal/copies.h"
#include "engine/runtime/recovery/restore_copy.h"
#include "storage/local/stopped_log.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::recover {
namespace {

using testing::HasSubstr;

class CopiesBesideALog : public testing::Test {
 protected:
  void SetUp() override {
    {
      Sale sale(dir_.data());
      sale.play();
      sale.checkpoint();
      sale.charge(20, 300);
      sale.stop();
    }
    {
      Sale sale(other_.data(), {.start = kDoorsOpen + seconds(5000)});
      sale.charge(1, 777);
      sale.play();
      sale.checkpoint();
      sale.charge(1, 4000);
      sale.stop();
    }
  }

  void add_copy() { copy_stream(other_.data(), dir_.data()); }

  std::vector<CommandRun> run_all(const std::string& name) {
    const std::string data = dir_.data();
    const auto to = [&](const char* what) { return (targets_.path() / (what + name)).string(); };
    return {run_command([&] { return verify({.data_dirs = {data}}); }),
            run_command([&] { return show({.data_dir = data}); }),
            run_command([&] { return log({.data_dir = data}); }),
            run_command([&] { return export_books({.data_dirs = {data}, .to = to("export-")}); }),
            run_command([&] { return rebuild({.data_dir = data, .to = to("rebuild-")}); }),
            run_command([&] { return salvage({.data_dir = data, .to = to("salvage-")}); })};
  }

  TempDirectory dir_;
  TempDirectory other_;
  TempDirectory targets_;
};

// Two sales of their own had the same slots, as instances of one cluster never have.
TEST_F(CopiesBesideALog, states_that_differ_at_one_sequence_are_a_fault) {
  const auto before = run_all("1");
  add_copy();
  const auto after = run_all("1-with-copies");
  for (const CommandRun& run : before) EXPECT_EQ(run.code, 0) << run.err;
  enum : std::size_t { kVerify, kShow, kLog, kExport, kRebuild, kSalvage };
  EXPECT_EQ(after[kVerify].code, 1);
  EXPECT_THAT(after[kVerify].out, HasSubstr("it has state hash"));
  EXPECT_EQ(after[kExport].code, 1);
  EXPECT_THAT(after[kExport].err, HasSubstr("no books were written"));
  for (const std::size_t own_only : {kLog, kRebuild, kSalvage})
    EXPECT_EQ(after[own_only].code, 0) << after[own_only].err;
  EXPECT_EQ(after[kLog].out, before[kLog].out);
}

TEST_F(CopiesBesideALog, restore_the_other_instances_slots_from_snapshots_and_groups) {
  add_copy();
  SlotTable expected;
  std::uint64_t stream = 0;
  {
    auto from = StoppedLog::open(other_.data());
    ASSERT_TRUE(from.ok()) << from.error();
    stream = (*from)->identity().stream;
    ASSERT_TRUE(load_newest_state(**from, expected).ok());
  }
  std::vector<SlotId> slots;
  for (const auto& [slot, version] : versions_of(expected)) slots.push_back(slot);
  ASSERT_GT(slots.size(), 3U);

  auto journal = RocksDbJournal::open({.directory = dir_.data()});
  ASSERT_TRUE(journal.ok()) << journal.error();
  Copies& copies = *(*journal)->copies();
  ASSERT_EQ(copies.streams().size(), 1U);
  const std::uint64_t newest = copies.streams()[0].newest.number;
  {
    SlotTable shadows;
    Replay replay(shadows);
    const auto report = restore_copy(*copies.archive(stream), newest, slots, replay);
    ASSERT_TRUE(report.ok()) << report.error();
    EXPECT_GT(report->snapshots, 0U);
    EXPECT_GT(report->groups, 0U);
    const Status same = compare_versions(versions_of(expected), versions_of(shadows));
    EXPECT_TRUE(same.ok()) << same.error();
  }
  // Some of the slots, and no other one.
  const std::vector<SlotId> some{slots[1], slots[2]};
  SlotTable shadows;
  Replay replay(shadows);
  ASSERT_TRUE(restore_copy(*copies.archive(stream), newest, some, replay).ok());
  const SlotVersions found = versions_of(shadows);
  ASSERT_EQ(found.size(), 2U);
  for (const SlotId slot : some) EXPECT_EQ(found.at(slot), versions_of(expected).at(slot));
}

TEST_F(CopiesBesideALog, copy_whose_snapshots_were_not_written_restores_nothing) {
  auto from = StoppedLog::open(other_.data());
  ASSERT_TRUE(from.ok()) << from.error();
  auto journal = RocksDbJournal::open({.directory = dir_.data()});
  ASSERT_TRUE(journal.ok()) << journal.error();
  Copies& copies = *(*journal)->copies();
  const ChainPosition checkpoint = (*from)->archive().checkpoint_position();
  ASSERT_TRUE(copies.begin(checkpoint).ok());
  const auto end = (*from)->scan(
      [&](const FoundGroup& found) -> Status {
        if (found.number <= checkpoint.number) return {};
        EXPECT_TRUE(copies.add(checkpoint.stream, found.value).ok());
        return {};
      },
      [](std::uint64_t, const std::string& what) { ADD_FAILURE() << what; });
  ASSERT_TRUE(end.ok());
  SlotTable shadows;
  Replay replay(shadows);
  const std::vector<SlotId> slots{SlotId{0}};
  EXPECT_THAT(restore_copy(*copies.archive(checkpoint.stream), copies.streams()[0].newest.number,
                           slots, replay)
                  .error(),
              HasSubstr(fmt::format("copy of stream {:016x}: groups up to {} are not kept",
                                    checkpoint.stream, checkpoint.number)));
}

}  // namespace
}  // namespace frontrow::recover
