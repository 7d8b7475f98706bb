// After damage: what is salvaged is always a state that every slot once had, what is not is listed,
// and a server goes on with the result.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <simdjson.h>

#include <filesystem>
#include <map>
#include <set>

#include "engine/base/prng.h"
#include "engine/base/uuid.h"
#include "engine/core/command.h"
#include "engine/core/event_codec.h"
#include "engine/runtime/replay.h"
#include "storage/stopped_log.h"
#include "storage/store_repair.h"
#include "storage/stream_writer.h"
#include "tests/api/support/json.h"
#include "tests/api/support/shop.h"
#include "tests/recover/support.h"
#include "tools/recover/commands.h"
#include "tools/recover/newest_state.h"
#include "tools/recover/salvage_probe.h"
#include "tools/recover/salvage_transfers.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Every state that every slot ever had, from the log while it was whole.
struct History {
  struct Step {
    StateHash hash = 0;
    std::uint64_t group = 0;
  };
  std::map<std::pair<SlotId, std::uint64_t>, Step> steps;  // by slot and sequence
  SlotMarks newest;
  SlotTable slots;
  Replay replay{slots};
  std::uint64_t end = 0;  // group

  // Goes on with the groups behind those that it has seen.
  void add(const std::string& data) {
    auto log = StoppedLog::open(data);
    ASSERT_TRUE(log.ok()) << log.error();
    ReplayVisitor visitor;
    visitor.on_group = [this](const GroupView& group) { return add_group(group); };
    const auto read = (*log)->read(end, ~std::uint64_t{0}, visitor);
    ASSERT_TRUE(read.ok()) << read.error();
    end = read->number;
    newest = marks_of(slots);
  }

 private:
  Status add_group(const GroupView& group) {
    ByteReader reader(group.records);
    for (std::uint32_t i = 0; i < group.record_count; ++i) {
      const std::size_t begin = reader.position();
      const RecordView record = read_record(reader);
      GroupView one = group;
      one.record_count = 1;
      one.records = group.records.subspan(begin, reader.position() - begin);
      if (Status s = replay.apply_group(one); !s.ok()) return s;
      steps[{record.slot, record.seq}] = {slots.at(record.slot).state_hash(), group.number};
    }
    return {};
  }
};

// The first group that holds such an event.
template <class E>
std::uint64_t group_with(const std::string& data) {
  auto log = StoppedLog::open(data);
  EXPECT_TRUE(log.ok());
  std::uint64_t found = 0;
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    ByteReader reader(group.records);
    for (std::uint32_t i = 0; i < group.record_count && found == 0; ++i) {
      const RecordView record = read_record(reader);
      ByteReader events(record.events);
      Event event;
      for (std::uint16_t n = 0; n < record.event_count; ++n) {
        if (Status s = decode_event(events, event); !s.ok()) return s;
        if (std::holds_alternative<E>(event)) found = group.number;
      }
    }
    return Status();
  };
  EXPECT_TRUE((*log)->read(0, ~std::uint64_t{0}, visitor).ok());
  EXPECT_GT(found, 0U);
  return found;
}

// Behind RocksDB's back: its own checksums are right.
void spoil_group(const std::string& data, std::uint64_t group) {
  std::string bytes = group_bytes(data, group);
  bytes[bytes.size() - 1] ^= 1;
  const std::string key = group_key(data, group);
  through_rocksdb(data, [&](const Families& families) {
    ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.groups, key, bytes).ok());
  });
}

void drop_group(const std::string& data, std::uint64_t group) {
  const std::string key = group_key(data, group);
  through_rocksdb(data, [&](const Families& families) {
    ASSERT_TRUE(families.db.Delete(rocksdb::WriteOptions(), families.groups, key).ok());
  });
}

auto run_salvage(const std::string& data, const std::string& to, bool json = false) {
  return run_command([&] { return salvage({data, to, json}); });
}

SlotMarks marks_in(const std::string& data) {
  auto log = StoppedLog::open(data);
  EXPECT_TRUE(log.ok()) << (log.ok() ? "" : log.error());
  SlotTable slots;
  if (log.ok()) {
    const auto state = load_newest_state(**log, slots);
    EXPECT_TRUE(state.ok()) << (state.ok() ? "" : state.error());
  }
  return marks_of(slots);
}

// --- single damages

struct Salvage : testing::Test {
  TempDirectory dir;
  Played played;
  Books books;
  History history;
  const std::string to = dir / "new";

  void SetUp() override {
    {
      Sale sale(dir.data());
      played = sale.play();
      books = sale.books();
      sale.stop();
    }
    history.add(dir.data());
  }
};

TEST_F(Salvage, of_a_sound_log_is_whole_and_a_new_stream) {
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("nothing was beyond the damage"));
  EXPECT_EQ(marks_in(to), history.newest);
  auto before = StoppedLog::open(dir.data());
  auto after = StoppedLog::open(to);
  ASSERT_TRUE(before.ok() && after.ok());
  EXPECT_NE((*after)->identity().stream, (*before)->identity().stream);
  ASSERT_EQ(run_salvage(dir.data(), dir / "again").code, 0);
  auto again = StoppedLog::open(dir / "again");
  ASSERT_TRUE(again.ok());
  EXPECT_NE((*again)->identity().stream, (*after)->identity().stream);
}

TEST_F(Salvage, result_is_served_rehearsed_and_salvaged_again) {
  ASSERT_EQ(run_salvage(dir.data(), to).code, 0);
  std::map<std::uint16_t, StateHash> hashes;
  {
    Sale sale(to);
    EXPECT_EQ(sale.hashes().size(), history.newest.size());
    sale.charge(played.waiting, 3000);
    sale.rehearse();
    sale.restart();
    sale.charge(played.waiting, 3000);
    hashes = sale.hashes();
    sale.stop();
  }
  ASSERT_EQ(run_salvage(to, dir / "again").code, 0);
  EXPECT_EQ(marks_in(dir / "again"), marks_in(to));
  ASSERT_EQ(run_command([&] { return rebuild({to, dir / "rebuilt"}); }).code, 0);
  Sale sale(dir / "rebuilt");
  EXPECT_EQ(sale.hashes(), hashes);
}

TEST_F(Salvage, slots_beside_the_damage_go_on_and_the_rest_is_listed) {
  const std::uint64_t damaged = group_with<MoneyReserved>(dir.data());
  spoil_group(dir.data(), damaged);
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json report = api::Json::parse(run.out);
  ASSERT_TRUE(report.valid()) << run.out;
  ASSERT_EQ(report["damaged_groups"].size(), 1U);
  EXPECT_EQ(report["damaged_groups"][0]["first"].integer(), static_cast<std::int64_t>(damaged));
  EXPECT_THAT(report["damaged_groups"][0]["what"].text(), HasSubstr("chain hash"));
  // The wallet's slot is cut there; the concert's, untouched by the group, went on to the end.
  const SlotId concert = slot_of_concert(played.concert);
  const SlotId wallet = slot_of_user(user_id(played.buyer));
  ASSERT_NE(concert, wallet);
  const SlotMarks after = marks_in(to);
  EXPECT_EQ(after.at(concert), history.newest.at(concert));
  EXPECT_LT(after.at(wallet).seq, history.newest.at(wallet).seq);
  bool is_listed = false;
  for (std::size_t i = 0; i < report["beyond"].size(); ++i) {
    const api::Json record = report["beyond"][i];
    if (record["slot"].integer() != wallet.value) continue;
    const auto& events = record["events"];
    for (std::size_t n = 0; n < events.size(); ++n)
      is_listed = is_listed || events[n].text() == "money_posted";
  }
  EXPECT_TRUE(is_listed) << run.out;
}

TEST_F(Salvage, payment_whose_sides_were_cut_apart_is_listed_with_user_and_amount) {
  spoil_group(dir.data(), group_with<MoneyReserved>(dir.data()));
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json misfits = api::Json::parse(run.out)["misfits"];
  std::set<std::int64_t> payments;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    payments.insert(misfits[i]["payment"].integer());
    if (misfits[i]["payment"].integer() != static_cast<std::int64_t>(played.paid.value)) continue;
    EXPECT_EQ(misfits[i]["user"].text(), to_string(user_id(played.buyer)));
    EXPECT_EQ(misfits[i]["amount"].integer(), books.payments.at(played.paid).amount);
  }
  EXPECT_TRUE(payments.contains(static_cast<std::int64_t>(played.paid.value))) << run.out;
  const auto text = run_salvage(dir.data(), dir / "text");
  EXPECT_EQ(text.code, 1);
  EXPECT_THAT(text.out,
              HasSubstr(fmt::format("does not fit: payment {} of user {}", played.paid.value,
                                    to_string(user_id(played.buyer)))));
}

TEST_F(Salvage, concert_cut_before_its_payment_leaves_money_that_is_listed) {
  spoil_group(dir.data(), group_with<PaymentStarted>(dir.data()));
  const auto run = run_salvage(dir.data(), to, true);
  EXPECT_EQ(run.code, 1);
  const api::Json misfits = api::Json::parse(run.out)["misfits"];
  bool found = false;
  bool is_refusal_listed = false;
  for (std::size_t i = 0; i < misfits.size(); ++i) {
    is_refusal_listed =
        is_refusal_listed ||
        (misfits[i]["user"].text() == to_string(user_id(played.poor)) &&
         misfits[i]["what"].text().find("will draw the number again") != std::string::npos);
    if (misfits[i]["payment"].integer() != static_cast<std::int64_t>(played.paid.value)) continue;
    found = true;
    EXPECT_EQ(misfits[i]["amount"].integer(), books.payments.at(played.paid).amount);
    EXPECT_THAT(misfits[i]["what"].text(), HasSubstr("its concert knows no such payment"));
  }
  EXPECT_TRUE(found) << run.out;
  EXPECT_TRUE(is_refusal_listed) << run.out;
}

// The first head of the family.
void spoil_snapshot(const std::string& data) {
  through_rocksdb(data, [](const Families& families) {
    const std::unique_ptr<rocksdb::Iterator> it(
        families.db.NewIterator(rocksdb::ReadOptions(), families.snapshots));
    it->SeekToFirst();
    ASSERT_TRUE(it->Valid());
    ASSERT_TRUE(
        families.db.Put(rocksdb::WriteOptions(), families.snapshots, it->key(), "nonsense").ok());
  });
}

TEST_F(Salvage, snapshots_and_groups_stand_for_each_other) {
  {
    Sale sale(dir.data());
    sale.rehearse();
    sale.charge(played.waiting, 700);
    sale.stop();
  }
  history.add(dir.data());
  const std::uint64_t damaged = group_with<MoneyReserved>(dir.data());
  EXPECT_EQ(run_salvage(dir.data(), dir / "sound").code, 0);
  EXPECT_EQ(marks_in(dir / "sound"), history.newest);

  fs::copy(dir.data(), dir / "grouped", fs::copy_options::recursive);
  spoil_snapshot(dir / "grouped");
  const auto without_snapshot = run_salvage(dir / "grouped", to + "1");
  EXPECT_EQ(without_snapshot.code, 0) << without_snapshot.out;
  EXPECT_THAT(without_snapshot.out, HasSubstr("(nothing is lost: the groups are there)"));
  EXPECT_EQ(marks_in(to + "1"), history.newest);

  spoil_group(dir.data(), damaged);
  const auto without_group = run_salvage(dir.data(), to + "2");
  EXPECT_EQ(without_group.code, 0) << without_group.out;
  EXPECT_THAT(without_group.out, HasSubstr("(nothing is lost: snapshots hold what was in them)"));
  EXPECT_EQ(marks_in(to + "2"), history.newest);

  spoil_snapshot(dir.data());
  const auto without_both = run_salvage(dir.data(), to + "3");
  EXPECT_EQ(without_both.code, 1) << "the snapshot may have stood for what was in the group";
  EXPECT_EQ(without_both.out.find("nothing is lost"), std::string::npos);
}

TEST_F(Salvage, missing_group_is_named) {
  drop_group(dir.data(), 6);
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("damaged: group 6: missing"));
}

TEST_F(Salvage, lost_end_is_seen_by_the_watermark) {
  drop_group(dir.data(), history.end);
  drop_group(dir.data(), history.end - 1);
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(fmt::format("damaged: groups {} to {}: missing", history.end - 1,
                                             history.end)));
}

TEST_F(Salvage, without_a_watermark_everything_is_saved_but_not_vouched_for) {
  fs::remove(dir.data() + "/watermark");
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out,
              HasSubstr(fmt::format("in doubt: whether groups behind {} are lost", history.end)));
  EXPECT_EQ(marks_in(to), history.newest);
}

TEST_F(Salvage, log_that_no_longer_says_what_it_is_is_whole_all_the_same) {
  through_rocksdb(dir.data(), [](const Families& families) {
    for (const char* key : {"identity", "epoch", "floor", "base"})
      ASSERT_TRUE(families.db.Delete(rocksdb::WriteOptions(), families.meta, key).ok());
  });
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(marks_in(to), history.newest);
  through_rocksdb(dir.data(), [](const Families& families) {
    for (const char* key : {"identity", "floor"})
      ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.meta, key, "nonsense").ok());
  });
  const auto again = run_salvage(dir.data(), dir / "again");
  EXPECT_EQ(again.code, 0) << again.out << again.err;
  EXPECT_EQ(marks_in(dir / "again"), history.newest);
}

// A group that is sound in itself, but from another life of the log: what follows rests on it.
TEST_F(Salvage, group_that_does_not_follow_stops_everything) {
  const std::string key = group_key(dir.data(), 10);
  ByteBuffer other;
  ChainPosition elsewhere{.stream = 0, .epoch = 1, .number = 9, .hash = 12345};
  elsewhere.stream = (*StoppedLog::open(dir.data()))->identity().stream;
  encode_group(elsewhere, {.time = kDoorsOpen}, other);
  through_rocksdb(dir.data(), [&](const Families& families) {
    const rocksdb::Slice value(reinterpret_cast<const char*>(other.data()), other.size());
    ASSERT_TRUE(families.db.Put(rocksdb::WriteOptions(), families.groups, key, value).ok());
  });
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("group 10 does not belong behind group 9: previous hash"));
  for (const auto& [slot, mark] : marks_in(to)) {
    const auto& step = history.steps.at({slot, mark.seq});
    EXPECT_EQ(mark.hash, step.hash);
    EXPECT_LT(step.group, 10U);
  }
}

// RocksDB alone would then read none of the tables: its iterator over them fails as a whole.
TEST_F(Salvage, table_that_can_not_be_opened_hides_no_other) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  {
    Sale sale(dir.data());  // what was played is in a table now
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
    const std::string bytes = read_bytes(table);
    if (bytes.find(lost) == bytes.npos) continue;
    write_bytes(table, bytes.substr(0, bytes.size() - 10));
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
  const SlotMarks after = marks_in(to);
  const SlotId concert = slot_of_concert(played.concert);
  EXPECT_EQ(after.at(concert), history.newest.at(concert));
}

TEST_F(Salvage, what_a_repaired_copy_says_is_told_of_the_source) {
  flush(dir.data());
  fs::remove(dir.data() + "/db/CURRENT");
  fs::remove(dir.data() + "/watermark");
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr(dir.data() + "/watermark: cannot open"));
  EXPECT_EQ(run.out.find("repair.tmp"), run.out.npos) << "a path that is gone by now";
}

TEST_F(Salvage, child_that_breaks_down_is_noticed) {
  const auto good = survives([] {});
  ASSERT_TRUE(good.ok());
  EXPECT_TRUE(*good);
  const auto bad = survives([] { std::abort(); });
  ASSERT_TRUE(bad.ok());
  EXPECT_FALSE(*bad);
}

// A byte of the table's properties on which RocksDB aborts instead of telling.
TEST_F(Salvage, table_on_which_rocksdb_aborts_is_left_out) {
  flush(dir.data());
  fs::path table;
  const std::string group = group_bytes(dir.data(), 5);
  for (const fs::path& file : database_files(dir.data(), ".sst")) {
    if (read_bytes(file).find(group) != std::string::npos) table = file;
  }
  const std::string bytes = read_bytes(table);
  bool aborts = false;
  for (std::size_t back = 60; !aborts && back < 1500 && back < bytes.size(); ++back) {
    for (const int bit : {0x80, 0x01}) {
      std::string damaged = bytes;
      damaged[bytes.size() - back] ^= static_cast<char>(bit);
      write_bytes(table, damaged);
      const auto opens = survives([&] { static_cast<void>(open_table(table.string())); });
      ASSERT_TRUE(opens.ok());
      aborts = !*opens;
      if (aborts) break;
    }
  }
  if (!aborts) GTEST_SKIP() << "this RocksDB aborts on no byte of the table's end";
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.out, HasSubstr("left out: db/" + table.filename().string()));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("damaged: groups 1 to {}", history.end)));
  EXPECT_FALSE(fs::exists(to + "/links.tmp"));
}

TEST_F(Salvage, damaged_half_of_the_watermark_may_have_named_more_groups) {
  std::string bytes = read_bytes(dir.data() + "/watermark");
  for (const std::size_t half : {0, 4096}) {
    std::string damaged = bytes;
    damaged[half + 40] ^= 1;
    write_bytes(dir.data() + "/watermark", damaged);
    const std::string other = to + std::to_string(half);
    const auto run = run_salvage(dir.data(), other);
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.out, HasSubstr("one slot is damaged, it may have held a newer mark"));
    EXPECT_EQ(marks_in(other), history.newest);
  }
}

TEST_F(Salvage, lost_manifest_is_made_anew_from_the_files) {
  flush(dir.data());
  for (const char* name : {"MANIFEST", "CURRENT"}) {
    SCOPED_TRACE(name);
    const std::string copy = dir / (std::string("lost-") + name).c_str();
    fs::copy(dir.data(), copy, fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(copy + "/db")) {
      if (entry.path().filename().string().starts_with(name)) fs::remove(entry.path());
    }
    const auto run = run_salvage(copy, copy + ".new");
    EXPECT_EQ(run.code, 0) << run.out << run.err;
    EXPECT_THAT(run.out, HasSubstr("they were taken one by one"));
    EXPECT_EQ(marks_in(copy + ".new"), history.newest);
    EXPECT_FALSE(fs::exists(copy + ".new/repair.tmp"));
  }
}

TEST_F(Salvage, directory_of_which_nothing_is_left_says_what_can_be_done) {
  for (const auto& entry : fs::directory_iterator(dir.data() + "/db")) fs::remove(entry.path());
  const auto run = run_salvage(dir.data(), to);
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("put the newest copy of the directory in its place"));
  EXPECT_FALSE(fs::exists(to + "/repair.tmp"));
}

TEST_F(Salvage, refuses_a_running_instance_and_a_target_with_something_in_it) {
  {
    Sale sale(dir.data());
    const auto run = run_salvage(dir.data(), to);
    EXPECT_EQ(run.code, 1);
    EXPECT_THAT(run.err, HasSubstr("is in use by process"));
  }
  fs::create_directory(to);
  write_bytes(to + "/letter", "precious");
  EXPECT_EQ(run_salvage(dir.data(), to).code, 2);
  EXPECT_EQ(run_salvage(dir.data(), dir.data() + "/new").code, 2);
  EXPECT_EQ(read_bytes(to + "/letter"), "precious");
  EXPECT_EQ(run_salvage(dir / "nowhere", dir / "other").code, 1);
}

// Whatever a crash leaves is no misfit: after every group, each slot's part of it applied or not.
TEST_F(Salvage, nothing_that_is_under_way_is_a_misfit) {
  auto log = StoppedLog::open(dir.data());
  ASSERT_TRUE(log.ok());
  SlotTable slots;
  Replay replay(slots);
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    if (Status s = replay.apply_group(group); !s.ok()) return s;
    for (const Misfit& misfit : find_misfits(slots))
      ADD_FAILURE() << "group " << group.number << ": " << misfit.what;
    return Status();
  };
  ASSERT_TRUE((*log)->read(0, ~std::uint64_t{0}, visitor).ok());
}

TEST(SalvageServer, goes_on_with_what_was_salvaged) {
  const TempDirectory dir;
  api::Fan fan;
  std::int64_t concert = 0;
  {
    const api::ServerProcess server({}, dir.data());
    api::Shop shop(server);
    concert = shop.create_concert();
    fan = shop.enter(concert);
    shop.charge(fan, 5000);
    shop.pay(concert, fan, shop.hold(concert, fan, {1, 2}));
    fan = shop.enter(concert);
    shop.hold(concert, fan, {3});
  }
  const auto run = run_salvage(dir.data(), dir / "new");
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("admin.key, token.keys"));
  api::ServerProcess server({}, dir / "new");
  {
    api::Shop shop(server);
    EXPECT_EQ(shop.entry(concert, fan)["number"].integer(), fan.number);
    const api::Fan next = shop.enter(concert);
    EXPECT_EQ(shop.post_hold(concert, next, {3}).status, 409) << "seat 3 is held";
    shop.hold(concert, next, {4});
  }
  ASSERT_EQ(server.stop(), 0);
  ASSERT_TRUE(server.start());
  api::Shop shop(server);
  EXPECT_EQ(shop.state(concert, fan), "active");
}

// --- any damage

// Sales with restarts and snapshots; `trim`: the old groups are forgotten, too.
void play_long(const std::string& data, History& history, bool trim) {
  SaleOptions options;
  options.write_buffer_bytes = 256 << 10;
  if (trim) options.retention = {.everything = false, .time = seconds(1)};
  Sale sale(data, options);
  const Played played = sale.play();
  const auto more = [&](std::uint32_t first_user) {
    for (std::uint32_t user = first_user; user < first_user + 4; ++user) {
      sale.charge(user, 5'000);
      const Caller caller = sale.join(played.concert, user);
      const HoldId hold = sale.hold(caller, played.concert, {user}, 1);
      if (user % 2 == 0) sale.pay(caller, hold);
    }
  };
  if (trim) {
    for (std::uint32_t i = 0; i < 1100; ++i) sale.charge(1 + i % 40, 10);
  }
  sale.advance(seconds(60));
  sale.stop();
  history.add(data);
  sale.start();
  EXPECT_EQ(sale.rehearse().trimmed.groups > 0, trim);
  more(12);
  sale.restart();
  more(16);
  sale.kill();
  history.add(data);
}

struct Damage {
  std::string file;
  std::string kind;
};

// One damage to one file of the directory.
Damage damage(const std::string& data, Prng& prng) {
  std::vector<fs::path> files{data + "/watermark"};
  for (const auto& entry : fs::directory_iterator(data + "/db")) {
    const std::string name = entry.path().filename().string();
    if (name != "LOCK" && fs::file_size(entry.path()) > 0) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  // Tables and logs hold what was sold: they are hit most.
  fs::path file = files[prng.below(files.size())];
  if (prng.below(3) > 0) {
    std::erase_if(files, [](const fs::path& f) {
      return f.extension() != ".sst" && f.extension() != ".log";
    });
    if (!files.empty()) file = files[prng.below(files.size())];
  }
  std::string bytes = read_bytes(file);
  const std::size_t at = prng.below(bytes.size());
  Damage done{file.filename().string(), ""};
  switch (prng.below(4)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + prng.below(255)));
      done.kind = fmt::format("byte {} flipped", at);
      break;
    case 1: {
      const std::size_t page = at / 4096 * 4096;
      const std::size_t size = std::min<std::size_t>(4096, bytes.size() - page);
      bytes.replace(page, size, size, '\0');
      done.kind = fmt::format("page {} zeroed", at / 4096);
      break;
    }
    case 2:
      bytes.resize(at);
      done.kind = fmt::format("cut at {}", at);
      break;
    default:
      fs::remove(file);
      done.kind = "deleted";
      return done;
  }
  write_bytes(file, bytes);
  return done;
}

// Compares what a salvage left and said with the history.
class Verdict {
 public:
  // `is_nothing`: no directory was made.
  Verdict(const History& history, const std::string& to, int code, const std::string& out,
          bool is_nothing)
      : history_(history),
        to_(to),
        code_(code),
        is_nothing_(is_nothing),
        report_(parser_.parse(out)) {}

  void check() {
    const SlotMarks after = is_nothing_ ? SlotMarks{} : marks_in(to_);
    for (const auto& [slot, mark] : after) {
      const auto step = history_.steps.find({slot, mark.seq});
      ASSERT_NE(step, history_.steps.end()) << "slot " << slot.value << " seq " << mark.seq;
      EXPECT_EQ(mark.hash, step->second.hash)
          << "slot " << slot.value << " was never in this state";
    }
    EXPECT_EQ(code_ == 0, bool(report_["whole"]));
    if (code_ == 0) {
      EXPECT_EQ(after, history_.newest) << "something was lost and not told";
      return;
    }
    gather();
    for (const auto& [at, step] : history_.steps) {
      const auto reached = after.find(at.first);
      if (reached != after.end() && at.second <= reached->second.seq) continue;
      EXPECT_TRUE(is_told(at, step.group)) << "slot " << at.first.value << " sequence " << at.second
                                           << " in group " << step.group << " is lost and not told";
    }
  }

 private:
  void gather() {
    for (const auto record : report_["beyond"].get_array())
      beyond_.emplace(record["slot"].get_uint64(), record["seq"].get_uint64());
    for (const auto group : report_["damaged_groups"].get_array()) {
      if (!bool(group["replaced_by_snapshots"]))
        ranges_.emplace_back(group["first"].get_uint64(), group["last"].get_uint64());
    }
    if (!bool(report_["snapshots_needed"])) return;
    for (const auto snapshot : report_["damaged_snapshots"].get_array()) {
      if (snapshot["slot"].is_null()) {
        lost_from_ = 0;
      } else {
        lost_from_ = std::min<std::uint64_t>(lost_from_, snapshot["slot"].get_uint64());
      }
    }
  }
  bool is_told(const std::pair<SlotId, std::uint64_t>& at, std::uint64_t group) const {
    if (beyond_.contains({at.first.value, at.second})) return true;
    for (const auto& [first, last] : ranges_) {
      if (first <= group && group <= last) return true;
    }
    // Forgotten groups live on in snapshots only; a damaged file hides all slots from one on.
    if (at.first.value >= lost_from_) return true;
    const bool is_behind = group > std::uint64_t(report_["last_group"]);
    return is_behind && report_["doubts"].get_array().size() > 0;
  }

  const History& history_;
  std::string to_;
  int code_;
  bool is_nothing_;
  simdjson::dom::parser parser_;
  simdjson::dom::element report_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> beyond_;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges_;
  std::uint64_t lost_from_ = kSlotCount;
};

struct Round {
  const char* name;
  bool trim;
  std::uint64_t seed;
  int damages;
};

class AnyDamage : public testing::TestWithParam<Round> {};

TEST_P(AnyDamage, leaves_true_states_and_a_full_list) {
  const TempDirectory dir;
  History history;
  ASSERT_NO_FATAL_FAILURE(play_long(dir.data(), history, GetParam().trim));
  Prng prng(GetParam().seed);
  int whole = 0;
  int partly = 0;
  int nothing = 0;
  for (int i = 0; i < GetParam().damages; ++i) {
    const std::string copy = dir / "copy";
    const std::string to = dir / "to";
    fs::remove_all(copy);
    fs::remove_all(to);
    fs::copy(dir.data(), copy, fs::copy_options::recursive);
    Damage done = damage(copy, prng);
    if (i % 4 == 3) {
      const Damage second = damage(copy, prng);
      done = {done.file + " and " + second.file, done.kind + " and " + second.kind};
    }
    SCOPED_TRACE(fmt::format("damage {}: {} {}", i, done.file, done.kind));
    const auto run = run_salvage(copy, to, true);
    const bool is_nothing = run.err.find("what is left to do") != run.err.npos;
    EXPECT_EQ(run.err.empty(), !is_nothing) << run.err;
    ++(run.code == 0 ? whole : is_nothing ? nothing : partly);
    if (run.out.empty()) {
      // Neither RocksDB nor its repair found anything to read.
      EXPECT_TRUE(is_nothing);
      EXPECT_TRUE(done.file.find("MANIFEST") != done.file.npos ||
                  done.file.find("CURRENT") != done.file.npos)
          << run.err;
      continue;
    }
    Verdict(history, to, run.code, run.out, is_nothing).check();
    if (HasFatalFailure()) return;
    if (is_nothing) continue;
    if (i % 10 != 0) continue;
    Sale sale(to);
    sale.charge(30, 100);
    sale.stop();
  }
  std::printf("%d damages: %d whole, %d partly, %d nothing\n", GetParam().damages, whole, partly,
              nothing);
  EXPECT_GT(whole, 0);
  EXPECT_GT(partly, 0);
  // A trimmed log lives in its snapshots, which are one small file here.
  EXPECT_LT(nothing, GetParam().damages / (GetParam().trim ? 3 : 20));
}

std::string name_of_round(const testing::TestParamInfo<Round>& round) { return round.param.name; }

INSTANTIATE_TEST_SUITE_P(All, AnyDamage,
                         testing::Values(Round{"untrimmed", false, 20261224, 70},
                                         Round{"trimmed", true, 20270501, 50}),
                         name_of_round);
INSTANTIATE_TEST_SUITE_P(Long, AnyDamage,
                         testing::Values(Round{"untrimmed", false, 1, 2000},
                                         Round{"trimmed", true, 2, 2000}),
                         name_of_round);

}  // namespace
}  // namespace frontrow::recover
