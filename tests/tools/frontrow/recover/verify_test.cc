// `recover verify` on sales that were really played: sound ones with all kinds of ends, and paths
// that are not a data directory or are in use.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <filesystem>

#include "engine/core/protocol/command.h"
#include "tests/tools/frontrow/recover/verify_support.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

TEST(Verify, played_sale_is_sound_and_the_figures_are_those_of_the_books) {
  const TempDirectory dir;
  Sale sale(dir.data());
  const Played played = sale.play();
  std::int64_t charged = 0;
  for (const auto& [user, amount] : sale.books().charged) charged += amount;
  const std::int64_t revenue =
      sale.books().revenue(played.concert) + sale.books().revenue(played.other);
  const std::uint64_t last = sale.last_group();
  sale.stop();

  const CommandRun run = verified(dir.data());
  EXPECT_EQ(run.code, 0) << run.out;
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("Everything is sound."));
  EXPECT_THAT(run.out, HasSubstr("stopped cleanly"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("charged {} = balance {} + reserved 0 + spent {}; "
                                             "revenue of 2 concerts: {}",
                                             charged, charged - revenue, revenue, revenue)));
  EXPECT_THAT(run.out, Not(HasSubstr("FAILED")));
  const Json json = report(dir.data(), 0);
  EXPECT_THAT(verified(dir.data(), true).out, StartsWith("{\"sound\":true,"));
  EXPECT_EQ(json.names(), (std::vector<std::string>{
                              "sound", "dataDir", "stream", "epoch", "created", "groups", "records",
                              "events", "slots", "snapshots", "history", "forgottenGroups", "floor",
                              "stateFrom", "stateGroup", "checks", "damage", "lost", "advice"}));
  EXPECT_EQ(json["groups"]["count"].integer(), static_cast<std::int64_t>(last));
  EXPECT_EQ(json["groups"]["first"].integer(), 1);
  EXPECT_EQ(json["groups"]["last"].integer(), static_cast<std::int64_t>(last));
  EXPECT_EQ(json["history"].text(), "whole");
  EXPECT_EQ(json["stateFrom"].text(), "log");
  EXPECT_EQ(json["checks"].size(), 11U);
  EXPECT_EQ(json["advice"].size(), 0U);
}

TEST(Verify, snapshots_restarts_and_a_kill_are_sound_and_compared) {
  const TempDirectory dir;
  Sale sale(dir.data());
  sale.play();
  sale.checkpoint();
  sale.restart();
  const ConcertId more = sale.create("Third", 1, 10);
  sale.charge(1, 100);
  const Caller fan = sale.join(more, 1);
  sale.pay(fan, sale.hold(fan, more, {1}));
  const CheckpointReport checkpointed = sale.checkpoint();
  sale.charge(2, 100);
  sale.kill();

  const Json json = report(dir.data(), 0);
  EXPECT_EQ(json["floor"].integer(), static_cast<std::int64_t>(checkpointed.checkpoint_group));
  EXPECT_GT(json["snapshots"].integer(), 4);
  EXPECT_EQ(json["epoch"].integer(), 2);
  const CommandRun run = verified(dir.data());
  EXPECT_THAT(run.out, HasSubstr("not stopped cleanly"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("{0} load, {0} compared with the log's state",
                                             json["snapshots"].integer())));
  EXPECT_THAT(run.out, Not(HasSubstr(" 0 in the log, all agree")));
}

// Killed at every stage of a payment: outbox entries are counted, and the payment can be completed.
TEST(Verify, kill_in_the_middle_of_a_payment_is_sound) {
  std::int64_t owed = 0;
  for (std::uint64_t groups = 1; groups <= 4; ++groups) {
    const TempDirectory dir;
    Sale sale(dir.data());
    const ConcertId concert = sale.create("Night Train", 1, 1000);
    sale.charge(1, 5000);
    const Caller fan = sale.join(concert, 1);
    const HoldId hold = sale.hold(fan, concert, {1});
    const std::uint64_t until = sale.last_group() + groups;
    sale.send({fan, {}, Pay{concert, {hold}}});
    while (sale.last_group() < until) sale.turn();
    sale.kill();
    const CommandRun run = verified(dir.data());
    EXPECT_EQ(run.code, 0) << run.out;
    if (run.out.find(" 1 messages are owed") != run.out.npos) ++owed;
  }
  EXPECT_GE(owed, 2);
}

TEST(Verify, running_instance_is_refused_and_named) {
  const TempDirectory dir;
  const Sale sale(dir.data());
  const CommandRun run = verified(dir.data());
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(fmt::format("in use by process {}", ::getpid())));
  EXPECT_THAT(run.out, HasSubstr("NOT CHECKED"));
  EXPECT_THAT(run.out, Not(HasSubstr("salvage")));
}

TEST(Verify, directory_without_a_journal_is_no_sound_one) {
  const TempDirectory dir;
  EXPECT_EQ(verified(dir.data()).code, 1);
  EXPECT_EQ(verified(dir.path().string()).code, 1);
}

TEST(Verify, writes_nothing_into_the_directory) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  const auto content = [&dir] {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.data()))
      if (entry.is_regular_file()) files[entry.path().string()] = read_file(entry.path());
    return files;
  };
  const auto before = content();
  EXPECT_EQ(verified(dir.data()).code, 0);
  EXPECT_EQ(content(), before);
}

// --- a trimmed history

TEST(VerifyTrimmed, state_comes_from_snapshots_and_the_report_says_so) {
  const TempDirectory dir;
  SaleOptions options;
  options.retention = {.everything = false, .time = seconds(1)};
  Sale sale(dir.data(), options);
  sale.play();
  for (int i = 0; i < 1100; ++i) sale.charge(1, 1);
  sale.advance(seconds(2));
  const CheckpointReport checkpointed = sale.checkpoint();
  ASSERT_GT(checkpointed.trimmed.groups, 1000U);
  sale.charge(2, 5);
  sale.stop();

  const Json json = report(dir.data(), 0);
  EXPECT_EQ(json["history"].text(), "trimmed");
  EXPECT_EQ(json["stateFrom"].text(), "snapshots");
  EXPECT_EQ(json["groups"]["first"].integer(),
            static_cast<std::int64_t>(checkpointed.trimmed.first));
  EXPECT_EQ(json["forgottenGroups"].integer(),
            static_cast<std::int64_t>(checkpointed.trimmed.groups));
  const CommandRun run = verified(dir.data());
  EXPECT_THAT(run.out, HasSubstr("older ones are not kept"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("snapshots, then groups above {}",
                                             checkpointed.checkpoint_group)));

  // Without a snapshot there is no state at all.
  through_rocksdb(dir.data(), [](const Families& f) {
    const std::unique_ptr<rocksdb::Iterator> it(
        f.db.NewIterator(rocksdb::ReadOptions(), f.snapshots));
    it->SeekToFirst();
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.snapshots, it->key()).ok());
  });
  const Json damaged = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(damaged), "replay snapshots");
  EXPECT_EQ(check(damaged, "money"), "skipped");
}

}  // namespace
}  // namespace frontrow::recover
