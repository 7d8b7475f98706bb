// `frontrow recover` over the directories that a whole cluster leaves behind: any instance is lost
// with its disk, and the books of the sale are in the directories of the others.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "storage/local/stopped_copies.h"
#include "tests/engine/runtime/support/test_engine.h"
#include "tests/replication/cluster_rig.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/export_totals.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/stream_id.h"

namespace frontrow {
namespace {

using recover::CommandRun;
using recover::run_command;
using testing::HasSubstr;
using testing::Not;

using Directories = std::vector<std::string>;

CommandRun verify_all(const Directories& directories) {
  return run_command([&] { return recover::verify({.data_dirs = directories}); });
}

CommandRun export_all(const Directories& directories, const std::string& to) {
  return run_command([&] { return recover::export_books({directories, to, false}); });
}

std::string books_in(const std::string& to) {
  std::string all;
  for (const char* file : {"seats.csv", "payments.csv", "wallets.csv", "totals.csv"})
    all += read_file(to + "/" + file);
  return all;
}

// A cluster of three, and a sale whose acknowledged money is counted.
struct RecoverCopies : testing::Test {
  ClusterRig rig;
  TempDirectory output;
  std::vector<ConcertId> concerts;
  std::uint32_t users = 0;
  std::int64_t charged = 0;
  std::size_t paid = 0;
  int exports = 0;

  void SetUp() override {
    for (const char* name : {"box-1", "box-2", "box-3"}) rig.start(name);
    rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three to settle");
    for (std::uint64_t i = 1; i <= 3; ++i) {
      const Reply reply = rig.ask({kAdmin, key_of(i, 1), CreateConcert{small_concert(500)}});
      ASSERT_EQ(outcome(reply), "none");
      concerts.push_back(body_of<ConcertCreated>(reply).concert);
    }
  }

  // A new person charges a wallet, joins, holds a seat and pays for it, or tries to.
  void sell_one() {
    const std::uint32_t user = ++users;
    const ConcertId concert = concerts[user % concerts.size()];
    const UserId id = user_id(user);
    ASSERT_EQ(outcome(rig.ask({as_user(user), key_of(user, 2), Charge{id, Money{9000}}})), "none");
    charged += 9000;
    const Reply join = rig.ask({as_user(user), {}, Join{concert, id}});
    ASSERT_EQ(outcome(join), "none");
    const auto entry = body_of<QueueEntry>(join);
    const Caller caller{id, entry.number, entry.token_epoch};
    Reply hold{Reject::kInstanceUnavailable, false, false, RejectDetail{}};
    for (int i = 0; i < 40 && hold.reject != Reject::kNone; ++i) {
      hold = rig.ask({caller, {}, place_hold(concert, {1 + user % 500})});
      if (hold.reject != Reject::kNone) rig.tick(100);
    }
    if (hold.reject != Reject::kNone) return;
    const Reply pay =
        rig.ask({caller, key_of(user, 3), Pay{concert, {body_of<HoldView>(hold).hold}}});
    if (pay.reject == Reject::kNone) ++paid;
  }
  void sell(int people) {
    for (int i = 0; i < people; ++i) sell_one();
  }
  // Until no payment is under way, and the copies have all groups.
  void settle() {
    for (int i = 0; i < 60; ++i) rig.tick(100);
    rig.run_until([&] { return rig.is_settled(); }, "the cluster to settle");
  }
  void stop_all() {
    for (const char* name : {"box-1", "box-2", "box-3"}) {
      if (rig.node(name) != nullptr) rig.kill(name);
    }
  }
  Directories data_of(const std::vector<std::string>& names) {
    Directories directories;
    for (const std::string& name : names) directories.push_back(rig.data_of(name));
    return directories;
  }
  std::string books_of(const Directories& directories) {
    const std::string to = output / fmt::format("books-{}", ++exports).c_str();
    const CommandRun run = export_all(directories, to);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    return run.code == 0 ? books_in(to) : std::string();
  }
  void expect_all_money(const CommandRun& run) const {
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr(fmt::format("{} wallets: charged {} =", users, charged)));
  }
};

TEST_F(RecoverCopies, any_two_directories_have_the_books_of_all_three) {
  sell(20);
  rig.node("box-3")->checkpoint();
  sell(10);
  settle();
  stop_all();
  EXPECT_GT(paid, 10U);
  const Directories all = data_of({"box-1", "box-2", "box-3"});
  const CommandRun whole = verify_all(all);
  expect_all_money(whole);
  EXPECT_THAT(whole.out, Not(HasSubstr("slots from the copy")));
  const std::string books = books_of(all);
  for (std::size_t lost = 0; lost < all.size(); ++lost) {
    SCOPED_TRACE(lost);
    Directories left = all;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(lost));
    const CommandRun run = verify_all(left);
    expect_all_money(run);
    EXPECT_THAT(run.out, HasSubstr("slots from the copy of stream"));
    EXPECT_EQ(books_of(left), books);
  }
  // Copies from the beginning of a stream have every record of it.
  for (const std::string& one : all) {
    const CommandRun run = verify_all({one});
    expect_all_money(run);
    EXPECT_THAT(run.out, Not(HasSubstr("are not counted")));
    EXPECT_EQ(books_of({one}), books);
  }
}

// Copies that begin later have the slots that they follow.
TEST(RecoverLateCopies, directory_that_does_not_have_every_slot_says_so) {
  ClusterRig rig;
  rig.start("box-1");
  rig.run_until([&] { return rig.serves_all(); }, "one to serve");
  const std::uint32_t users = 40;
  const auto charge = [&](std::uint32_t user) {
    const UserId id = user_id(user);
    EXPECT_EQ(outcome(rig.ask({as_user(user), key_of(user, 2), Charge{id, Money{100}}})), "none");
  };
  for (std::uint32_t user = 1; user <= users; ++user) charge(user);
  rig.node("box-1")->checkpoint();
  rig.start("box-2");
  rig.start("box-3");
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three to settle");
  for (std::uint32_t user = 1; user <= users; ++user) {
    if (user % 4 == 0) charge(user + users);
  }
  rig.run_until([&] { return rig.is_settled(); }, "three to settle");
  for (const char* name : {"box-1", "box-2", "box-3"}) rig.kill(name);
  const auto money_in = [&](const Directories& directories, std::uint32_t wallets) {
    const CommandRun run = verify_all(directories);
    EXPECT_EQ(run.code, 0) << run.out;
    EXPECT_THAT(run.out,
                HasSubstr(fmt::format("{} wallets: charged {} =", wallets, wallets * 100)));
  };
  const std::uint32_t all = users + users / 4;
  money_in({rig.data_of("box-1"), rig.data_of("box-2"), rig.data_of("box-3")}, all);
  money_in({rig.data_of("box-2"), rig.data_of("box-3")}, all);
  for (const char* name : {"box-2", "box-3"}) {
    const CommandRun alone = verify_all({rig.data_of(name)});
    EXPECT_TRUE(alone.code == 1 || alone.out.find("are not counted") != alone.out.npos)
        << alone.out;
  }
}

TEST_F(RecoverCopies, slots_that_were_taken_over_are_counted_once) {
  sell(20);
  settle();
  const std::string lost = rig.data_of("box-2");
  rig.kill("box-2");
  const std::string kept = output / "box-2";
  std::filesystem::copy(lost, kept, std::filesystem::copy_options::recursive);
  rig.wipe("box-2");
  rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 20'000);
  sell(10);
  for (int i = 0; i < 60; ++i) rig.tick(100);
  rig.run_until([&] { return rig.nodes().size() == 2 && rig.is_settled(); }, "two to settle");
  stop_all();
  const Directories left = data_of({"box-1", "box-3"});
  expect_all_money(verify_all(left));
  const std::string books = books_of(left);
  // Each of two instances has every slot.
  for (const std::string& one : left) {
    expect_all_money(verify_all({one}));
    EXPECT_EQ(books_of({one}), books);
  }
  // The former owner's directory has older states only.
  const CommandRun with_former = verify_all({left[0], left[1], kept});
  expect_all_money(with_former);
  EXPECT_THAT(with_former.out, HasSubstr("an older one of"));
  EXPECT_EQ(books_of({kept, left[1], left[0]}), books);
}

// Killed between the takeover and the snapshots of the slots in the own stream.
TEST_F(RecoverCopies, records_before_the_slots_are_founded_go_on_from_the_copy) {
  sell(20);
  settle();
  rig.kill("box-2");
  rig.wipe("box-2");
  std::string taker;
  rig.run_until(
      [&] {
        for (RigNode* node : rig.nodes()) {
          if (node->controller().status().takeovers > 0) taker = node->name();
        }
        return !taker.empty();
      },
      "a takeover");
  rig.node(taker)->driver().settle();
  stop_all();
  std::size_t open = 0;
  {
    SlotTable slots;
    const auto gathered = recover::load_newest_states({rig.data_of(taker)}, slots);
    ASSERT_TRUE(gathered.ok()) << gathered.error();
    open = gathered->places.front().state.open.size();
    for (const recover::OpenRun& run : gathered->places.front().state.open) {
      ASSERT_TRUE(run.taken);
      EXPECT_EQ(slots.at(run.slot).seq, run.last);
      EXPECT_EQ(run.taken->seq + 1, run.first);
    }
  }
  EXPECT_GT(open, 0U);
  const Directories left = data_of({"box-1", "box-3"});
  const CommandRun run = verify_all(left);
  expect_all_money(run);
  EXPECT_THAT(run.out, HasSubstr(", which is not read here"));
  const CommandRun rebuilt = run_command(
      [&] { return recover::rebuild({.data_dir = rig.data_of(taker), .to = output / "rebuilt"}); });
  EXPECT_EQ(rebuilt.code, 1);
  EXPECT_THAT(rebuilt.err, HasSubstr("has no snapshot of that state yet"));
}

// Slots go away and come back, so that one stream has records of a slot before and after another's.
TEST_F(RecoverCopies, instance_that_came_back_has_slots_with_a_past_elsewhere) {
  sell(20);
  settle();
  rig.kill("box-2");
  rig.run_until([&] { return rig.serves_all(); }, "the others to serve", 20'000);
  sell(10);
  rig.start("box-2");
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
  sell(10);
  settle();
  stop_all();
  const Directories all = data_of({"box-1", "box-2", "box-3"});
  expect_all_money(verify_all(all));
  const std::string books = books_of(all);
  for (std::size_t lost = 0; lost < all.size(); ++lost) {
    SCOPED_TRACE(lost);
    Directories left = all;
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(lost));
    expect_all_money(verify_all(left));
    EXPECT_EQ(books_of(left), books);
  }
  // The copies come along, so the rebuilt directory is as good as the old one.
  const std::string to = output / "rebuilt";
  const CommandRun rebuilt =
      run_command([&] { return recover::rebuild({.data_dir = all[1], .to = to}); });
  ASSERT_EQ(rebuilt.code, 0) << rebuilt.out << rebuilt.err;
  EXPECT_THAT(rebuilt.out, HasSubstr("carried over"));
  EXPECT_EQ(books_of({to, all[2]}), books);
  EXPECT_EQ(books_of({all[0], to}), books);
}

TEST_F(RecoverCopies, directory_of_an_earlier_moment_is_behind_and_no_fault) {
  sell(15);
  settle();
  const std::string early = output / "early";
  rig.kill("box-3");
  std::filesystem::copy(rig.data_of("box-3"), early, std::filesystem::copy_options::recursive);
  rig.start("box-3");
  rig.run_until([&] { return rig.nodes().size() == 3 && rig.is_settled(); }, "three again");
  sell(15);
  settle();
  stop_all();
  const std::string books = books_of(data_of({"box-1", "box-2", "box-3"}));
  const Directories with_early = {rig.data_of("box-1"), rig.data_of("box-2"), early};
  const CommandRun run = verify_all(with_early);
  expect_all_money(run);
  EXPECT_THAT(run.out, HasSubstr(early + ": the newest state of"));
  EXPECT_THAT(run.out, HasSubstr("an older one of"));
  EXPECT_EQ(books_of(with_early), books);
}

TEST_F(RecoverCopies, flipped_byte_in_a_copy_is_found) {
  sell(15);
  settle();
  const std::uint64_t stream = rig.node("box-2")->stream();
  stop_all();
  const std::string data = rig.data_of("box-1");
  std::uint64_t group = 0;
  {
    auto log = StoppedLog::open(data);
    ASSERT_TRUE(log.ok()) << log.error();
    const auto copies = open_copies(**log);
    ASSERT_TRUE(copies.ok()) << copies.error();
    for (const CopiedStream& copy : *copies) {
      if (copy.stream == stream) group = copy.newest.number;
    }
  }
  ASSERT_GT(group, 0U);
  {
    auto store = open_store({data + "/db", nullptr, 1 << 20}, false);
    ASSERT_TRUE(store.ok()) << store.error();
    const auto bytes = encode_group_key({stream, group});
    const std::string key(bytes.data(), bytes.size());
    std::string value;
    ASSERT_TRUE(store->db->Get(rocksdb::ReadOptions(), store->copies, key, &value).ok());
    value.back() = static_cast<char>(value.back() ^ 1);
    ASSERT_TRUE(store->db->Put(rocksdb::WriteOptions(), store->copies, key, value).ok());
  }
  const CommandRun run = verify_all(data_of({"box-1", "box-3"}));
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("FAILED  copies"));
  EXPECT_THAT(run.out, HasSubstr("stream " + recover::stream_text(stream)));
}

}  // namespace
}  // namespace frontrow
