// Instances of a cluster with a shared log: slots that one stream takes over from another, and
// copies of streams in other directories. tests/replication/recover_copies_test.cc has whole
// clusters.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "engine/base/uuid.h"
#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "tests/tools/frontrow/recover/export_support.h"
#include "tests/tools/frontrow/recover/moves_support.h"
#include "tests/tools/frontrow/recover/verify_support.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/stream_id.h"

namespace frontrow::recover {
namespace {

using testing::HasSubstr;
using testing::Not;

CommandRun export_all(const std::vector<std::string>& directories, const std::string& to) {
  return run_command([&] { return export_books({directories, to, false}); });
}

CommandRun show_in(const std::string& data, const std::vector<std::string>& what) {
  return run_command([&] { return show({.data_dir = data, .what = what}); });
}

// Flips a byte of a group in a copy; RocksDB's own checksums are right.
void spoil_copy(const std::string& data, std::uint64_t stream, std::uint64_t group) {
  auto store = open_store({data + "/db", nullptr, 1 << 20}, false);
  ASSERT_TRUE(store.ok()) << store.error();
  const auto bytes = encode_group_key({stream, group});
  const std::string key(bytes.data(), bytes.size());
  std::string value;
  ASSERT_TRUE(store->db->Get(rocksdb::ReadOptions(), store->copies, key, &value).ok());
  value.back() = static_cast<char>(value.back() ^ 1);
  ASSERT_TRUE(store->db->Put(rocksdb::WriteOptions(), store->copies, key, value).ok());
}

// The sale was played on the first instance; the second one has taken the buyer's wallet over.
struct Streams : MovesTest {
  std::uint64_t stream = 0;  // of the first
  std::uint64_t end = 0;     // the group that the second took the wallet over from
  std::uint64_t seq = 0;     // of the wallet's slot there
  std::uint64_t newest = 0;  // of the wallet's slot in the second

  void SetUp() override {
    MovesTest::SetUp();
    Instance one(1, one_data);
    Instance two(2, two_data);
    stream = one.stream();
    end = one.last_group();
    seq = one.slot(wallet).seq;
    two.take(one, wallet);
    charge({two}, 500);
    charge({two}, 700);
    newest = two.slot(wallet).seq;
  }
  std::string lacking() const {
    return fmt::format(
        "slot {}: sequences {} to {} in {} go on from sequence {} in group {} of "
        "stream {}",
        wallet.value, seq + 1, newest, two_data, seq, end, stream_text(stream));
  }
  std::string money() const {
    return fmt::format("charged {} = balance {} + reserved 0 + spent {}", charged(),
                       charged() - spent(), spent());
  }
};

TEST_F(Streams, records_without_the_state_before_them_name_the_stream_that_has_it) {
  const CommandRun alone = verify_all({two_data});
  EXPECT_EQ(alone.code, 1) << alone.out;
  EXPECT_THAT(alone.out, HasSubstr(lacking() + "; none of the directories leads to that state"));
  const CommandRun part = verify_part(two_data);
  EXPECT_EQ(part.code, 0) << part.out;
  EXPECT_THAT(part.out, HasSubstr(lacking() + ", which is not read here"));
  const CommandRun exported = export_all({two_data}, dir / "books");
  EXPECT_EQ(exported.code, 1);
  EXPECT_THAT(exported.err, HasSubstr(lacking()));
  EXPECT_THAT(exported.err, HasSubstr("no books were written"));
  const CommandRun shown = show_in(two_data, {"slot", std::to_string(wallet.value)});
  EXPECT_THAT(shown.err, HasSubstr(lacking()));
}

TEST_F(Streams, slot_that_moved_is_counted_once_with_its_newest_state) {
  for (const auto& directories : {std::vector{one_data, two_data}, {two_data, one_data}}) {
    const CommandRun run = verify_all(directories);
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr(money()));
    EXPECT_THAT(run.out, HasSubstr(one_data + ": the newest state of"));
    EXPECT_THAT(run.out, HasSubstr("an older one of 1 (by up to 3 records)"));
  }
  ASSERT_EQ(export_all({one_data, two_data}, dir / "books").code, 0);
  const Exported exported = read_all(dir / "books");
  EXPECT_EQ(total_of(exported, "all wallets", "charged"), std::to_string(charged()));
}

TEST_F(Streams, lost_directory_is_replaced_by_the_copy_in_another) {
  const CommandRun whole = export_all({one_data, two_data}, dir / "before");
  ASSERT_EQ(whole.code, 0) << whole.err;
  copy_stream(one_data, two_data);
  std::filesystem::remove_all(one_data);
  const CommandRun run = verify_all({two_data});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("the directory and its copies together"));
  EXPECT_THAT(run.out, HasSubstr(money()));
  const CommandRun exported = export_all({two_data}, dir / "after");
  EXPECT_EQ(exported.code, 0) << exported.err;
  EXPECT_THAT(exported.out,
              HasSubstr(fmt::format("slots from the copy of stream {} in {}, up to group {}",
                                    stream_text(stream), two_data, end)));
  EXPECT_THAT(exported.out, HasSubstr("every balance holds over the directory and its copies"));
  for (const char* file : {"seats.csv", "payments.csv", "wallets.csv", "totals.csv"}) {
    EXPECT_EQ(read_file(dir / "after" + std::string("/") + file),
              read_file(dir / "before" + std::string("/") + file))
        << file;
  }
}

TEST_F(Streams, report_for_programs_lists_copies_and_slots) {
  copy_stream(one_data, two_data);
  const CommandRun run = verify_all({one_data, two_data}, true);
  ASSERT_EQ(run.code, 0) << run.out;
  std::vector<api::Json> reports;
  for (std::size_t begin = 0; begin < run.out.size();) {
    const std::size_t line_end = run.out.find('\n', begin);
    reports.push_back(api::Json::parse(run.out.substr(begin, line_end - begin)));
    begin = line_end + 1;
  }
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(check(reports[1], "copies"), "ok");
  ASSERT_EQ(reports[1]["copies"].size(), 1U);
  EXPECT_EQ(reports[1]["copies"][0]["stream"].text(), stream_text(stream));
  EXPECT_EQ(check(reports[0], "copies"), "no such check");
  const api::Json slots = reports[2]["slots"];
  std::size_t found = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const bool is_wallet = slots[i]["slot"].integer() == wallet.value;
    EXPECT_EQ(slots[i]["agree"].size(), is_wallet ? 1U : 2U);
    if (!is_wallet) continue;
    ++found;
    EXPECT_EQ(slots[i]["agree"][0].text(), two_data);
    EXPECT_EQ(slots[i]["behind"][0]["dataDir"].text(), one_data);
    EXPECT_EQ(slots[i]["behind"][0]["records"].integer(), static_cast<std::int64_t>(newest - seq));
  }
  EXPECT_EQ(found, 1U);
}

TEST_F(Streams, copy_that_is_behind_is_no_fault) {
  copy_stream(one_data, two_data);
  const std::uint32_t other = 30;
  {
    Sale sale(one_data, {.start = kDoorsOpen + seconds(5000)});
    sale.charge(other, 4321);
    sale.stop();
  }
  books.charged[user_id(other)] += 4321;
  const CommandRun run = verify_all({one_data, two_data});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr(money()));
  // Alone, the copy does not know the newest records.
  EXPECT_THAT(verify_all({two_data}).out, Not(HasSubstr(money())));
}

TEST_F(Streams, flipped_byte_in_a_copy_is_found) {
  copy_stream(one_data, two_data);
  spoil_copy(two_data, stream, end / 2);
  const CommandRun run = verify_all({two_data});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("FAILED  copies"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("stream {}: group {}", stream_text(stream), end / 2)));
  EXPECT_THAT(run.out, HasSubstr("A damaged copy holds nothing of this instance's own stream."));
  const CommandRun with_own = export_all({one_data, two_data}, dir / "books");
  EXPECT_EQ(with_own.code, 0) << with_own.err;
  EXPECT_THAT(with_own.out, HasSubstr(fmt::format("the copy of stream {} in {} is not used",
                                                  stream_text(stream), two_data)));
  const CommandRun alone = export_all({two_data}, dir / "none");
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.err, HasSubstr("is not used"));
}

TEST_F(Streams, copies_of_two_histories_of_one_stream_are_a_fault) {
  const std::string fork = dir / "fork";
  copy_directory(one_data, fork);
  for (const auto& [data, user] : {std::pair{one_data, 30U}, {fork, 31U}}) {
    Sale sale(data, {.start = kDoorsOpen + seconds(5000)});
    sale.charge(user, 100);
    sale.stop();
  }
  copy_stream(fork, two_data);
  const CommandRun run = verify_all({one_data, two_data});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("they are not of one history"));
}

TEST_F(Streams, one_stream_in_two_directories_is_a_fault) {
  copy_stream(one_data, two_data);
  const std::string twin = dir / "twin";
  copy_directory(two_data, twin);
  const CommandRun run = verify_all({two_data, twin});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              HasSubstr(fmt::format("{} and {} are both the directory of stream", two_data, twin)));
}

TEST_F(Streams, owner_that_went_on_after_the_takeover_is_a_fault) {
  {
    Instance one(1, one_data);
    charge({one}, 1);
  }
  const CommandRun run = verify_all({one_data, two_data});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(fmt::format("slot {}: {} took it over at sequence {}",
                                             wallet.value, two_data, seq)));
  EXPECT_THAT(run.out, HasSubstr("it had two owners"));
}

using TakenBack = MovesTest;

TEST_F(TakenBack, slot_is_no_fault_where_a_snapshot_covers_how_it_came_back) {
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.take(one, wallet);
    charge({two}, 500);
    one.take(two, wallet);
    charge({one}, 100);
    one.snapshot(wallet);
    charge({one}, 50);
  }
  const CommandRun run = verify_all({one_data, two_data});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
}

// The second gives the wallet back, and the first stops before it logs anything of it.
TEST_F(TakenBack, state_with_which_a_slot_moves_is_no_record_of_its_stream) {
  const std::string three_data = dir / "three";
  {
    Instance one(1, one_data);
    Instance two(2, two_data);
    two.take(one, wallet);
    charge({two}, 500);
    const std::uint64_t stream = one.stream();
    one.stop();
    copy_stream(one_data, three_data);
    adopt_in_copy(three_data, stream, two.slot(wallet));
  }
  const CommandRun run = verify_all({one_data, two_data, three_data});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
}

TEST_F(Streams, takeover_from_another_state_than_the_streams_is_found) {
  const std::string three_data = dir / "three";
  {
    Instance one(1, one_data);
    Instance three(3, three_data);
    const SlotId other = slot_of_user(user_id(played.holder));
    ASSERT_NE(other, wallet);
    const Slot& slot = one.slot(other);
    three.log(other, slot.seq + 1,
              {SlotTaken{one.stream(), one.last_group(), slot.seq, slot.state_hash() ^ 1}});
  }
  const CommandRun run = verify_all({one_data, three_data});
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("the log leads to"));
}

TEST_F(Streams, show_finds_in_a_copy) {
  const std::vector<std::string> concert_words{"concert", std::to_string(played.concert.value)};
  EXPECT_EQ(show_in(two_data, concert_words).code, 1);
  copy_stream(one_data, two_data);
  const CommandRun shown = show_in(two_data, concert_words);
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr(fmt::format("slot {} is from the copy of stream {} in {}, up to "
                                               "group {}",
                                               concert.value, stream_text(stream), two_data, end)));
  EXPECT_THAT(shown.out, HasSubstr("concert_created"));
  EXPECT_THAT(shown.out, HasSubstr(fmt::format("(copy of stream {})", stream_text(stream))));
  // The wallet's newest records are in the own stream, the older ones in the copy.
  const CommandRun user = show_in(two_data, {"user", to_string(user_id(played.buyer))});
  EXPECT_EQ(user.code, 0) << user.err;
  EXPECT_THAT(user.out,
              HasSubstr(fmt::format("balance   {}", books.balance(user_id(played.buyer)))));
  const std::size_t older = user.out.find("wallet_charged");
  const std::size_t taken = user.out.find("slot_taken");
  EXPECT_LT(older, taken);
  EXPECT_LT(taken, user.out.rfind("wallet_charged"));
}

TEST_F(Streams, log_reads_a_copy_by_its_stream) {
  const auto log_of = [](const std::string& data, const std::string& of, bool follow = false) {
    return run_command([&] { return log({.data_dir = data, .stream = of, .follow = follow}); });
  };
  const CommandRun none = log_of(two_data, stream_text(stream));
  EXPECT_EQ(none.code, 1);
  EXPECT_THAT(none.err, HasSubstr("and it has no copies"));
  const CommandRun before = log_of(two_data, "");
  copy_stream(one_data, two_data);
  EXPECT_EQ(log_of(two_data, "").out, before.out);
  const CommandRun copied = log_of(two_data, stream_text(stream));
  EXPECT_EQ(copied.code, 0) << copied.err;
  EXPECT_EQ(copied.out, log_of(one_data, "").out);
  EXPECT_EQ(log_of(one_data, stream_text(stream)).out, copied.out);
  const CommandRun other = log_of(two_data, "12ab");
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("and it has copies of " + stream_text(stream)));
  EXPECT_EQ(log_of(two_data, "wallet").code, 2);
  EXPECT_EQ(log_of(two_data, stream_text(stream), true).code, 2);
}

TEST_F(Streams, rebuild_carries_copies_over) {
  copy_stream(two_data, one_data);
  const std::string to = dir / "rebuilt";
  const auto rebuilt = [&](const std::string& from, const std::string& name) {
    return run_command([&] { return rebuild({.data_dir = from, .to = name}); });
  };
  const CommandRun run = rebuilt(one_data, to);
  EXPECT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("carried over"));
  const CommandRun books_before = export_all({one_data}, dir / "before");
  const CommandRun books_after = export_all({to}, dir / "after");
  EXPECT_EQ(books_after.code, 0) << books_after.err;
  EXPECT_EQ(read_file(dir / "after" + std::string("/wallets.csv")),
            read_file(dir / "before" + std::string("/wallets.csv")));
  EXPECT_THAT(verify_all({to}).out, HasSubstr(money()));
  // Its records here would be lost behind a checkpoint that does not have them.
  copy_stream(one_data, two_data);
  const CommandRun refused = rebuilt(two_data, dir / "refused");
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr(lacking()));
}

TEST_F(Streams, rebuild_and_salvage_say_which_copies_are_left_out) {
  copy_stream(two_data, one_data);
  std::uint64_t other = 0;
  {
    auto log = StoppedLog::open(two_data);
    ASSERT_TRUE(log.ok());
    other = (*log)->identity().stream;
  }
  spoil_copy(one_data, other, 1);
  const CommandRun rebuilt =
      run_command([&] { return rebuild({.data_dir = one_data, .to = dir / "rebuilt"}); });
  EXPECT_EQ(rebuilt.code, 0) << rebuilt.err;
  EXPECT_THAT(rebuilt.out,
              HasSubstr(fmt::format("copy       of stream {} left out", stream_text(other))));
  const CommandRun salvaged =
      run_command([&] { return salvage({.data_dir = one_data, .to = dir / "salvaged"}); });
  EXPECT_EQ(salvaged.code, 0) << salvaged.err;
  EXPECT_THAT(salvaged.out, HasSubstr("copies     of 1 other streams are left out"));
  const CommandRun cut =
      run_command([&] { return salvage({.data_dir = two_data, .to = dir / "cut"}); });
  EXPECT_EQ(cut.code, 1);
  EXPECT_THAT(cut.out, HasSubstr(fmt::format("it goes on from sequence {} in group {} of stream {}",
                                             seq, end, stream_text(stream))));
}

}  // namespace
}  // namespace frontrow::recover
