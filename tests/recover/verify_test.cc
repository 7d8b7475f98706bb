// `recover verify` on sales that were really played: sound ones, however they ended, and every kind
// of damage by its name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>

#include <fmt/format.h>
#include "engine/core/command.h"
#include "engine/core/event_codec.h"
#include "engine/core/snapshot_codec.h"
#include "engine/runtime/group_codec.h"
#include "engine/runtime/record.h"
#include "storage/watermark.h"
#include "tests/api/support/json.h"
#include "tests/recover/support.h"
#include "tools/recover/commands.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

CommandRun verified(const std::string& data, bool json = false) {
  return run_command([&] { return verify({data, json}); });
}

Json report(const std::string& data, int code) {
  const CommandRun run = verified(data, true);
  EXPECT_EQ(run.code, code) << run.out << run.err;
  return Json::parse(run.out);
}

// The check's result and, after it, its faults, one a line.
std::string check(const Json& report, const std::string& name) {
  const Json checks = report["checks"];
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (checks[i]["name"].text() != name) continue;
    std::string text = checks[i]["result"].text();
    const Json faults = checks[i]["faults"];
    for (std::size_t f = 0; f < faults.size(); ++f) text += "\n" + faults[f].text();
    return text;
  }
  return "no such check";
}

std::string advice(const Json& report) {
  std::string text;
  for (std::size_t i = 0; i < report["advice"].size(); ++i)
    text += report["advice"][i].text() + "\n";
  return text;
}

std::string failed_checks(const Json& report) {
  std::string names;
  for (std::size_t i = 0; i < report["checks"].size(); ++i) {
    const Json one = report["checks"][i];
    if (one["result"].text() == "failed") names += (names.empty() ? "" : " ") + one["name"].text();
  }
  return names;
}

// A sale without snapshots; returns its newest group.
std::uint64_t play_and_stop(const std::string& data) {
  Sale sale(data);
  sale.play();
  const std::uint64_t last = sale.last_group();
  sale.stop();
  return last;
}

// Appends a group that says what no engine would say; its hashes are right. `write` is given the
// time of the newest group and returns how many events the header is to count.
void append_group(const std::string& data,
                  const std::function<std::uint32_t(ByteBuffer&, Instant)>& write) {
  auto journal = RocksDbJournal::open({.directory = data});
  ASSERT_TRUE(journal.ok());
  Instant time;
  const auto note = [&time](const GroupView& group) {
    time = group.time;
    return Status();
  };
  ASSERT_TRUE((*journal)->replay({note, {}}).ok());
  ByteBuffer bytes;
  const std::uint32_t events = write(bytes, time);
  const std::span<const std::byte> part = bytes;
  ASSERT_EQ((*journal)->append({{&part, 1}, 1, events, time}), AppendStatus::kDurable);
  ASSERT_TRUE((*journal)->close().ok());
}

void append_record(const std::string& data, SlotId slot, std::uint64_t seq,
                   const std::function<void(ByteWriter&)>& write_events, std::uint32_t events = 1) {
  append_group(data, [&](ByteBuffer& bytes, Instant time) {
    const std::size_t begin = begin_record(bytes, slot, seq, time);
    ByteWriter writer(bytes);
    write_events(writer);
    finish_record(bytes, begin, static_cast<std::uint16_t>(events));
    return events;
  });
}

void append_event(const std::string& data, SlotId slot, std::uint64_t seq, const Event& event) {
  append_record(data, slot, seq, [&event](ByteWriter& w) { encode_event(event, w); });
}

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
  sale.rehearse();
  sale.restart();
  const ConcertId more = sale.create("Third", 1, 10);
  sale.charge(1, 100);
  const Caller fan = sale.join(more, 1);
  sale.pay(fan, sale.hold(fan, more, {1}));
  const RehearsalReport rehearsed = sale.rehearse();
  sale.charge(2, 100);
  sale.kill();

  const Json json = report(dir.data(), 0);
  EXPECT_EQ(json["floor"].integer(), static_cast<std::int64_t>(rehearsed.floor));
  EXPECT_GT(json["snapshots"].integer(), 4);
  EXPECT_EQ(json["epoch"].integer(), 2);
  const CommandRun run = verified(dir.data());
  EXPECT_THAT(run.out, HasSubstr("not stopped cleanly"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("{0} load, {0} compared with the log's state",
                                             json["snapshots"].integer())));
  EXPECT_THAT(run.out, Not(HasSubstr(" 0 in the log, all agree")));
}

// Killed at every stage of a payment: what is owed is counted, and comes to an end.
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
    sale.send({fan, {}, Pay{concert, hold}});
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
      if (entry.is_regular_file()) files[entry.path().string()] = read_bytes(entry.path());
    return files;
  };
  const auto before = content();
  EXPECT_EQ(verified(dir.data()).code, 0);
  EXPECT_EQ(content(), before);
}

// --- damage of groups

TEST(VerifyDamage, changed_group_is_named_with_its_byte_and_what_can_be_saved) {
  const TempDirectory dir;
  const std::uint64_t last = play_and_stop(dir.data());
  const std::uint64_t broken = last / 2;
  std::uint64_t byte = 0;
  for (std::uint64_t group = 1; group < broken; ++group)
    byte += group_bytes(dir.data(), group).size();
  const std::string key = group_key(dir.data(), broken);
  through_rocksdb(dir.data(), [&key](const Families& f) {
    std::string value;
    ASSERT_TRUE(f.db.Get(rocksdb::ReadOptions(), f.groups, key, &value).ok());
    value[90] ^= 4;
    ASSERT_TRUE(f.db.Put(rocksdb::WriteOptions(), f.groups, key, value).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "groups records");
  EXPECT_THAT(check(json, "groups"),
              HasSubstr(fmt::format(
                  "failed\ngroup {} (byte {} of the stream): chain hash: expected", broken, byte)));
  EXPECT_EQ(check(json, "replay"), "skipped");
  EXPECT_EQ(json["stateGroup"].integer(), static_cast<std::int64_t>(broken) - 1);
  ASSERT_EQ(json["damage"].size(), 1U);
  EXPECT_EQ(json["damage"][0]["group"].integer(), static_cast<std::int64_t>(broken));
  EXPECT_EQ(json["damage"][0]["byte"].integer(), static_cast<std::int64_t>(byte));
  EXPECT_THAT(advice(json), HasSubstr(fmt::format("Sound are groups 1 to {}.", broken - 1)));
  EXPECT_THAT(advice(json), HasSubstr("recover salvage"));
  EXPECT_THAT(advice(json), HasSubstr("Keep a copy"));
}

TEST(VerifyDamage, missing_group_is_named_with_the_sequences_that_it_took) {
  const TempDirectory dir;
  const std::uint64_t last = play_and_stop(dir.data());
  // The first record of the group, as the whole log has it.
  const std::uint64_t gone = last / 2;
  const std::string bytes = group_bytes(dir.data(), gone);
  ByteReader reader(std::as_bytes(std::span(bytes)).subspan(kGroupHeaderSize));
  const RecordView record = read_record(reader);
  const std::string key = group_key(dir.data(), gone);
  through_rocksdb(dir.data(), [&key](const Families& f) {
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.groups, key).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_THAT(check(json, "groups"), HasSubstr(fmt::format("group {} (byte ", gone)));
  EXPECT_THAT(check(json, "groups"), HasSubstr("missing"));
  ASSERT_GE(json["lost"].size(), 1U);
  EXPECT_EQ(json["lost"][0]["slot"].integer(), record.slot.value);
  EXPECT_EQ(json["lost"][0]["fromSeq"].integer(), static_cast<std::int64_t>(record.seq));
  EXPECT_EQ(json["lost"][0]["toSeq"].integer(), static_cast<std::int64_t>(record.seq));
  EXPECT_THAT(verified(dir.data()).out,
              HasSubstr(fmt::format("slot {}: sequence {} lost", record.slot.value, record.seq)));
}

TEST(VerifyDamage, log_that_ends_below_its_watermark_is_named) {
  const TempDirectory dir;
  const std::uint64_t last = play_and_stop(dir.data());
  const std::vector<std::string> keys = {group_key(dir.data(), last),
                                         group_key(dir.data(), last - 1)};
  through_rocksdb(dir.data(), [&keys](const Families& f) {
    for (const std::string& key : keys)
      ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.groups, key).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_THAT(check(json, "groups"), HasSubstr(fmt::format("groups {} to {} (", last - 1, last)));
  EXPECT_EQ(json["stateGroup"].integer(), static_cast<std::int64_t>(last) - 2);
  EXPECT_THAT(advice(json), HasSubstr(fmt::format("Sound are groups 1 to {}.", last - 2)));
}

TEST(VerifyDamage, flipped_bit_in_a_table_file_takes_its_block_and_nothing_else) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    sale.create("Night Train", 1, 1000);
    for (std::uint32_t i = 0; i < 1500; ++i) sale.charge(i % 5 + 1, 100);
    sale.stop();
  }
  flush(dir.data());
  flip_bit_on_disk(dir.data(), 600, 90);
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "groups records");
  ASSERT_EQ(json["damage"].size(), 1U);
  const Json damage = json["damage"][0];
  EXPECT_LE(damage["group"].integer(), 600);
  EXPECT_GT(damage["group"].integer(), 1);
  EXPECT_GE(damage["lastGroup"].integer(), 600);
  EXPECT_LT(damage["lastGroup"].integer(), 1500);
  EXPECT_THAT(damage["what"].text(), HasSubstr("checksum mismatch"));
  EXPECT_EQ(json["lost"].size(), 5U) << "each of the five wallets lost some";
}

// RocksDB's iterator forgets to read on when the very first block is the damaged one.
TEST(VerifyDamage, flipped_bit_in_the_first_block_leaves_the_second) {
  const TempDirectory dir;
  {
    Sale sale(dir.data());
    for (std::uint32_t i = 0; i < 700; ++i) sale.charge(i % 5 + 1, 100);
    sale.stop();
  }
  flush(dir.data());
  flip_bit_on_disk(dir.data(), 1, 90);
  const Json json = report(dir.data(), 1);
  ASSERT_EQ(json["damage"].size(), 1U);
  EXPECT_EQ(json["damage"][0]["group"].integer(), 1);
  EXPECT_LT(json["damage"][0]["lastGroup"].integer(), 600);
  EXPECT_EQ(json["groups"]["last"].integer(), 700);
}

TEST(VerifyDamage, flipped_bit_in_the_write_ahead_log_is_found) {
  const TempDirectory dir;
  const std::uint64_t last = play_and_stop(dir.data());
  flip_bit_on_disk(dir.data(), last / 2, 90);
  const Json json = report(dir.data(), 1);
  EXPECT_THAT(failed_checks(json), HasSubstr("groups"));
  EXPECT_THAT(advice(json), HasSubstr("recover salvage"));
  ASSERT_GE(json["damage"].size(), 1U);
  EXPECT_LE(json["damage"][0]["group"].integer(), static_cast<std::int64_t>(last / 2));
}

TEST(VerifyDamage, of_forgotten_history_leaves_the_newest_state_whole) {
  const TempDirectory dir;
  std::map<std::uint16_t, StateHash> hashes;
  {
    Sale sale(dir.data());
    sale.play();
    sale.rehearse();
    sale.charge(1, 77);
    sale.stop();
  }
  const std::string key = group_key(dir.data(), 5);
  through_rocksdb(dir.data(), [&key](const Families& f) {
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.groups, key).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "groups records");
  EXPECT_EQ(json["stateFrom"].text(), "snapshots");
  EXPECT_EQ(check(json, "replay"), "ok");
  EXPECT_EQ(check(json, "money"), "ok");
  EXPECT_EQ(check(json, "transfers"), "ok");
  EXPECT_EQ(json["stateGroup"].integer(), json["groups"]["last"].integer());
  EXPECT_THAT(advice(json), HasSubstr("The newest state is whole"));
}

TEST(VerifyDamage, watermark_that_is_gone_or_of_another_stream_is_named) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  const std::string mark = dir.data() + "/watermark";
  const std::string bytes = read_bytes(mark);
  std::filesystem::remove(mark);
  EXPECT_THAT(check(report(dir.data(), 1), "watermark"), HasSubstr("failed\n"));
  const TempDirectory other;
  play_and_stop(other.data());
  write_bytes(mark, read_bytes(other.data() + "/watermark"));
  const Json json = report(dir.data(), 1);
  EXPECT_THAT(check(json, "watermark"), HasSubstr("failed\nit is of stream "));
}

// --- damage of snapshots

class VerifySnapshots : public testing::Test {
 protected:
  VerifySnapshots() {
    Sale sale(dir.data());
    played = sale.play();
    sale.rehearse();
    sale.charge(1, 77);
    sale.stop();
  }
  // Calls change for the first key of this kind ('h'ead, 'p'art).
  void change_first(char kind,
                    const std::function<void(const Families&, const std::string& key)>& change) {
    through_rocksdb(dir.data(), [&](const Families& f) {
      const std::unique_ptr<rocksdb::Iterator> it(
          f.db.NewIterator(rocksdb::ReadOptions(), f.snapshots));
      for (it->SeekToFirst(); it->Valid(); it->Next()) {
        if (it->key()[2] != kind) continue;
        change(f, it->key().ToString());
        return;
      }
      FAIL() << "no such key";
    });
  }

  static std::uint16_t slot_of_key(const std::string& key) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(key[0]) << 8 |
                                      static_cast<unsigned char>(key[1]));
  }

  const TempDirectory dir;
  Played played;
};

TEST_F(VerifySnapshots, head_that_is_gone_is_named_by_its_slot) {
  std::string slot;
  change_first('h', [&slot](const Families& f, const std::string& key) {
    slot = fmt::format("slot {}: ", slot_of_key(key));
    ASSERT_TRUE(f.db.Delete(rocksdb::WriteOptions(), f.snapshots, key).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "snapshots");
  EXPECT_THAT(check(json, "snapshots"), HasSubstr("snapshots, but there were"));
  EXPECT_THAT(check(json, "snapshots"), HasSubstr(slot + "no snapshot covers sequence"));
  EXPECT_THAT(advice(json), HasSubstr("recover rebuild"));
}

TEST_F(VerifySnapshots, changed_part_is_named_by_its_slot) {
  std::uint16_t slot = 0;
  change_first('p', [&slot](const Families& f, const std::string& key) {
    slot = slot_of_key(key);
    std::string value;
    ASSERT_TRUE(f.db.Get(rocksdb::ReadOptions(), f.snapshots, key, &value).ok());
    value.back() ^= 1;
    ASSERT_TRUE(f.db.Put(rocksdb::WriteOptions(), f.snapshots, key, value).ok());
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "snapshots");
  EXPECT_THAT(check(json, "snapshots"), HasSubstr(fmt::format("slot {}", slot)));
  EXPECT_THAT(advice(json), HasSubstr("recover rebuild"));
}

TEST_F(VerifySnapshots, of_another_state_than_the_logs_is_named_with_both_hashes) {
  const SlotId slot = slot_of_user(user_id(played.buyer));
  {
    auto journal = RocksDbJournal::open({.directory = dir.data()});
    ASSERT_TRUE(journal.ok());
    Archive& archive = (*journal)->archive();
    const auto heads = archive.snapshots();
    ASSERT_TRUE(heads.ok());
    const auto head = std::find_if(heads->begin(), heads->end(),
                                   [slot](const SnapshotHead& h) { return h.slot == slot; });
    ASSERT_NE(head, heads->end());
    // Sound in itself, and of a state that never was.
    Slot forged(slot);
    forged.seq = head->seq;
    forged.time = kDoorsOpen;
    SnapshotHead wrong = *head;
    wrong.state_hash = forged.state_hash();
    ASSERT_TRUE((*journal)->replay({[](const GroupView&) { return Status(); }, {}}).ok());
    ASSERT_TRUE(
        archive
            .write_snapshot(
                wrong, [&forged](const PartSink& sink) { return encode_snapshot(forged, sink); })
            .ok());
    ASSERT_TRUE(archive.set_floor(archive.floor()).ok());
    ASSERT_TRUE((*journal)->close().ok());
  }
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "snapshots");
  EXPECT_THAT(check(json, "snapshots"),
              HasSubstr(fmt::format("slot {}: its snapshot at group", slot.value)));
}

// --- what is written soundly, but wrong

class VerifyWrong : public testing::Test {
 protected:
  VerifyWrong() {
    Sale sale(dir.data());
    played = sale.play();
    slot = slot_of_user(user_id(played.buyer));
    next_seq = sale.slots().at(slot).seq + 1;
    last_group = sale.last_group();
    sale.stop();
  }
  const TempDirectory dir;
  Played played;
  SlotId slot;
  std::uint64_t next_seq = 0;
  std::uint64_t last_group = 0;
};

TEST_F(VerifyWrong, state_hash_that_does_not_agree) {
  append_event(dir.data(), slot, next_seq, SlotHashed{12345});
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "state hashes");
  EXPECT_THAT(check(json, "state hashes"),
              HasSubstr(fmt::format("group {}: slot {}: sequence {}: the state hash was "
                                    "0000000000003039",
                                    last_group + 1, slot.value, next_seq)));
  EXPECT_THAT(advice(json), HasSubstr("no damage of a disk"));
}

TEST_F(VerifyWrong, gap_in_a_slots_sequence) {
  append_event(dir.data(), slot, next_seq + 1,
               WalletCharged{user_id(played.buyer), ChargeId{1}, Money{1}});
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "records replay");
  EXPECT_THAT(check(json, "records"),
              HasSubstr(fmt::format("group {}: slot {}: sequence {} follows {}", last_group + 1,
                                    slot.value, next_seq + 1, next_seq - 1)));
}

TEST_F(VerifyWrong, event_of_an_unknown_type) {
  append_record(dir.data(), slot, next_seq, [](ByteWriter& w) { w.put(std::uint32_t{200}); });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "events");
  EXPECT_THAT(check(json, "events"),
              HasSubstr(fmt::format("slot {}: sequence {}: event at byte 0: unknown type 200",
                                    slot.value, next_seq)));
}

TEST_F(VerifyWrong, records_that_hold_other_than_the_header_counts) {
  append_record(
      dir.data(), slot, next_seq,
      [&](ByteWriter& w) {
        encode_event(WalletCharged{user_id(played.buyer), ChargeId{1}, Money{1}}, w);
      },
      2);
  EXPECT_THAT(check(report(dir.data(), 1), "events"), HasSubstr("cut short"));
}

TEST_F(VerifyWrong, money_that_is_reserved_for_ever) {
  Purchase purchase;
  purchase.payment = make_payment_id(played.concert, 99);
  purchase.concert = played.concert;
  purchase.user = user_id(played.buyer);
  purchase.amount = Money{1};
  append_event(dir.data(), slot, next_seq, MoneyReserved{purchase});
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "transfers");
  EXPECT_THAT(check(json, "transfers"), HasSubstr("its concert owes no message about it"));
}

TEST_F(VerifyWrong, time_that_goes_back_within_a_slot) {
  append_group(dir.data(), [&](ByteBuffer& bytes, Instant) {
    const std::size_t begin = begin_record(bytes, slot, next_seq, kDoorsOpen - seconds(1));
    ByteWriter writer(bytes);
    encode_event(WalletCharged{user_id(played.buyer), ChargeId{1}, Money{1}}, writer);
    finish_record(bytes, begin, 1);
    return 1;
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "records replay");
  EXPECT_THAT(
      check(json, "records"),
      HasSubstr(fmt::format("slot {}: sequence {} goes back in time", slot.value, next_seq)));
}

TEST_F(VerifyWrong, group_whose_header_counts_other_events_than_its_records) {
  append_group(dir.data(), [&](ByteBuffer& bytes, Instant time) {
    const std::size_t begin = begin_record(bytes, slot, next_seq, time);
    ByteWriter writer(bytes);
    encode_event(WalletCharged{user_id(played.buyer), ChargeId{1}, Money{1}}, writer);
    finish_record(bytes, begin, 1);
    return 3;
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "records");
  EXPECT_THAT(check(json, "records"),
              HasSubstr(fmt::format("group {}: its header counts 3 events, its records 1",
                                    last_group + 1)));
}

TEST_F(VerifyWrong, watermark_that_vouches_for_another_group_of_the_same_number) {
  auto mark = read_watermark(dir.data() + "/watermark");
  ASSERT_TRUE(mark.ok());
  mark->position.hash ^= 1;
  ASSERT_TRUE(Watermark::create(dir.data() + "/watermark", *mark, milliseconds(1)).ok());
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "watermark");
  EXPECT_THAT(check(json, "watermark"),
              HasSubstr(fmt::format("group {}: it has chain hash", last_group)));
}

// --- a history whose beginning was forgotten

TEST(VerifyTrimmed, state_comes_from_snapshots_and_the_report_says_so) {
  const TempDirectory dir;
  SaleOptions options;
  options.retention = {.everything = false, .time = seconds(1)};
  Sale sale(dir.data(), options);
  sale.play();
  for (int i = 0; i < 1100; ++i) sale.charge(1, 1);
  sale.advance(seconds(2));
  const RehearsalReport rehearsed = sale.rehearse();
  ASSERT_GT(rehearsed.trimmed.groups, 1000U);
  sale.charge(2, 5);
  sale.stop();

  const Json json = report(dir.data(), 0);
  EXPECT_EQ(json["history"].text(), "trimmed");
  EXPECT_EQ(json["stateFrom"].text(), "snapshots");
  EXPECT_EQ(json["groups"]["first"].integer(), static_cast<std::int64_t>(rehearsed.trimmed.first));
  EXPECT_EQ(json["forgottenGroups"].integer(), static_cast<std::int64_t>(rehearsed.trimmed.groups));
  const CommandRun run = verified(dir.data());
  EXPECT_THAT(run.out, HasSubstr("older ones were forgotten"));
  EXPECT_THAT(run.out, HasSubstr(fmt::format("snapshots, then groups above {}", rehearsed.floor)));

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
