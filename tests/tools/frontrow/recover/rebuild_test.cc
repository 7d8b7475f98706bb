// A fresh directory from an old one: the same groups and state, and a server can continue with it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <sys/stat.h>

#include <filesystem>

#include "engine/runtime/recovery/replay.h"
#include "storage/local/stopped_log.h"
#include "storage/local/stream_writer.h"
#include "tests/tools/frontrow/recover/server_support.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// The stored bytes of every group, by number.
std::map<std::uint64_t, std::string> all_groups(const std::string& data) {
  std::map<std::uint64_t, std::string> groups;
  auto log = StoppedLog::open(data);
  EXPECT_TRUE(log.ok()) << (log.ok() ? "" : log.error());
  if (!log.ok()) return groups;
  const Status read = (*log)->scan(
      [&](const FoundGroup& found) {
        groups[found.number] = {reinterpret_cast<const char*>(found.value.data()),
                                found.value.size()};
        return Status();
      },
      [](std::uint64_t, const std::string& what) { ADD_FAILURE() << what; });
  EXPECT_TRUE(read.ok());
  return groups;
}

std::map<std::string, std::string> all_files(const std::string& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path());
  }
  return files;
}

WatermarkValue mark_of(const std::string& data) {
  const auto mark = read_watermark(data + "/watermark");
  EXPECT_TRUE(mark.ok()) << (mark.ok() ? "" : mark.error());
  return mark.ok() ? *mark : WatermarkValue{};
}

void charge_and_stop(const std::string& data) {
  Sale sale(data);
  sale.charge(1, 1000);
  sale.stop();
}

// Continues a sale of play() with commands of several kinds.
void go_on(Sale& sale, const Played& played, std::uint32_t first_user) {
  sale.set_phase(played.other, Phase::kOpen);
  for (std::uint32_t user = first_user; user < first_user + 4; ++user) {
    sale.charge(user, 5'000);
    const Caller caller = sale.join(played.concert, user);
    const HoldId hold = sale.hold(caller, played.concert, {user}, 1);
    if (user % 2 == 0) sale.pay(caller, hold);
  }
}

mode_t mode_of(const std::string& path) {
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777;
}

auto run_rebuild(const TempDirectory& dir, const std::string& to) {
  return run_command([&] { return rebuild({dir.data(), to}); });
}

// The same stream: identity, epoch, groups, hashes of all slots.
void expect_same_stream(const std::string& source, const std::string& result) {
  EXPECT_EQ(all_groups(result), all_groups(source));
  auto from = StoppedLog::open(source);
  auto to = StoppedLog::open(result);
  ASSERT_TRUE(from.ok() && to.ok());
  EXPECT_EQ((*to)->identity().stream, (*from)->identity().stream);
  EXPECT_EQ((*to)->identity().created, (*from)->identity().created);
  EXPECT_EQ((*to)->epoch(), (*from)->epoch());
  EXPECT_EQ((*to)->archive().log_start().number, (*from)->archive().log_start().number);
  EXPECT_EQ((*to)->archive().log_start().hash, (*from)->archive().log_start().hash);
  SlotTable before;
  SlotTable after;
  const auto end_before = load_newest_state(**from, before);
  const auto end_after = load_newest_state(**to, after);
  ASSERT_TRUE(end_before.ok() && end_after.ok());
  EXPECT_EQ(versions_of(after), versions_of(before));
  EXPECT_EQ(end_after->end.hash, end_before->end.hash);
  EXPECT_EQ((*to)->archive().checkpoint_group(), end_before->end.number);
  EXPECT_EQ(end_after->groups, 0U) << "a snapshot stands for every group";
}

TEST(Rebuild, copies_the_stream_and_makes_snapshots_anew) {
  const TempDirectory dir;
  const std::string to = dir / "new";
  std::map<std::uint16_t, StateHash> hashes;
  Played played;
  {
    Sale sale(dir.data());
    played = sale.play();
    sale.checkpoint();
    sale.restart();
    go_on(sale, played, 12);
    hashes = sale.hashes();
    sale.stop();
  }
  const auto before = all_files(dir.data());
  const auto run = run_rebuild(dir, to);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr(fmt::format("same state hash in all {} slots", hashes.size())));
  EXPECT_THAT(run.out, HasSubstr("no admin.key, token.keys or signing.pem"));
  EXPECT_EQ(all_files(dir.data()), before) << "the source was written to";
  expect_same_stream(dir.data(), to);
  EXPECT_TRUE(mark_of(to).clean_stop);
  EXPECT_EQ(mark_of(to).position.epoch, mark_of(dir.data()).position.epoch);
  EXPECT_EQ(mode_of(to), 0700U);

  Sale sale(to);
  EXPECT_EQ(sale.hashes(), hashes);
  go_on(sale, played, 16);
  sale.restart();
}

TEST(Rebuild, takes_an_empty_directory_and_closes_it_to_others) {
  const TempDirectory dir;
  charge_and_stop(dir.data());
  fs::create_directory(dir / "new");
  ASSERT_EQ(::chmod((dir / "new").c_str(), 0755), 0);
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(mode_of(dir / "new"), 0700U);
}

TEST(Rebuild, of_a_killed_instance_is_no_clean_stop) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.play();
    sale.kill();
  }
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  expect_same_stream(dir.data(), dir / "new");
  EXPECT_FALSE(mark_of(dir / "new").clean_stop);
}

TEST(Rebuild, of_an_empty_log_is_empty) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.stop();
  }
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(all_groups(dir / "new").empty());
  Sale sale(dir / "new");
  sale.play();
}

// More groups than a trim keeps in any case.
constexpr int kCharges = 1100;

Played play_trimmed(const std::string& data) {
  Sale sale(data, {.retention = {.everything = false, .time = seconds(1)}});
  const Played played = sale.play();
  for (int i = 0; i < kCharges; ++i) sale.charge(1 + i % 5, 10);
  sale.advance(seconds(60));
  const CheckpointReport report = sale.checkpoint();
  EXPECT_GT(report.trimmed.groups, 0U);
  go_on(sale, played, 12);
  sale.stop();
  return played;
}

TEST(Rebuild, of_a_trimmed_log_keeps_its_base) {
  const TempDirectory dir;
  const Played played = play_trimmed(dir.data());
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  expect_same_stream(dir.data(), dir / "new");
  EXPECT_GT(all_groups(dir / "new").begin()->first, 1U);
  Sale sale(dir / "new");
  go_on(sale, played, 16);
  sale.checkpoint();
  sale.restart();
}

TEST(Rebuild, heals_snapshots_that_are_damaged) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.play();
    sale.checkpoint();
    sale.stop();
  }
  spoil_snapshot(dir.data());
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(all_groups(dir / "new"), all_groups(dir.data()));
  Sale sale(dir / "new");
  EXPECT_FALSE(sale.hashes().empty());
}

TEST(Rebuild, of_a_damaged_log_is_refused_and_points_to_salvage) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  through_rocksdb(dir.data(), [&](const Families& families) {
    const std::string key = group_key(dir.data(), 5);
    std::string bytes;
    ASSERT_TRUE(families.db.Get(rocksdb::ReadOptions(), families.groups, key, &bytes).ok());
    bytes[90] ^= 1;
    ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.groups, key, bytes).ok());
  });
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("group 5: chain hash"));
  EXPECT_THAT(run.err, HasSubstr("frontrow recover salvage"));
  EXPECT_THAT(run.err, HasSubstr("is incomplete, remove it"));
  JournalOptions options;
  options.directory = dir / "new";
  const auto half = RocksDbJournal::open(options);
  ASSERT_FALSE(half.ok()) << "a server would start on half a log";
  EXPECT_THAT(half.error(), HasSubstr("neither slot holds a sound mark"));
}

TEST(Rebuild, of_a_log_that_lost_its_end_is_refused) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  const std::uint64_t last = mark_of(dir.data()).position.number;
  through_rocksdb(dir.data(), [&](const Families& families) {
    ASSERT_TRUE(
        families.db.Delete(rocksdb::WriteOptions(), families.groups, group_key(dir.data(), last))
            .ok());
  });
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr(fmt::format("the log ends at group {}, but group {} was durable",
                                             last - 1, last)));
}

TEST(Rebuild, refuses_a_target_that_is_not_its_own) {
  const TempDirectory dir;
  charge_and_stop(dir.data());
  fs::create_directory(dir / "full");
  write_file(dir / "full/letter", "precious");
  fs::create_directory_symlink(dir.data(), dir / "link");
  const auto before = all_files(dir.data());
  for (const std::string& to :
       {dir / "full", dir.data(), dir.data() + "/new", dir.data() + "/db/new",
        dir / "data/../data/new", dir / "link/new", dir / "none/new"}) {
    SCOPED_TRACE(to);
    const auto run = run_rebuild(dir, to);
    EXPECT_EQ(run.code, 2);
    EXPECT_NE(run.err, "");
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(all_files(dir.data()), before);
  EXPECT_EQ(read_file(dir / "full/letter"), "precious");
}

TEST(Rebuild, result_that_differs_is_told) {
  const SlotVersions source{{SlotId{3}, {7, 70}}, {SlotId{4}, {1, 10}}};
  EXPECT_TRUE(compare_versions(source, source).ok());
  SlotVersions other = source;
  other[SlotId{4}].hash = 11;
  EXPECT_THAT(compare_versions(source, other).error(), HasSubstr("slot 4"));
  other = source;
  other.erase(SlotId{3});
  EXPECT_THAT(compare_versions(source, other).error(), HasSubstr("slot 3"));
  other = source;
  other[SlotId{5}] = {1, 1};
  EXPECT_THAT(compare_versions(source, other).error(), HasSubstr("2 slots"));
}

// With the real server before and after, and its keys.
TEST(Rebuild, server_goes_on_with_the_result_and_takes_the_old_tokens) {
  const TempDirectory dir;
  const ServedSale sale = sell_on_a_server(dir.data());
  const auto run = run_rebuild(dir, dir / "new");
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("admin.key, token.keys"));
  for (const char* name : {"/admin.key", "/token.keys"}) {
    EXPECT_EQ(mode_of((dir / "new") + name), 0600U) << name;
    EXPECT_EQ(read_file((dir / "new") + name), read_file(dir.data() + name));
  }
  const api::ServerProcess server({}, dir / "new");
  api::Shop shop(server);
  expect_sale_goes_on(shop, sale);
}

}  // namespace
}  // namespace frontrow::recover
