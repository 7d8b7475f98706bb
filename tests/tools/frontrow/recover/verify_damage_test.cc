// `recover verify` on damage of the log: the name of each kind, with the lost data and the data
// that can be saved.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <vector>

#include "engine/runtime/journal/record.h"
#include "storage/local/group_codec.h"
#include "tests/tools/frontrow/recover/verify_support.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;

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
  // The first record of the group, in the undamaged log.
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

// RocksDB's iterator does not read on when the very first block is damaged.
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
    sale.checkpoint();
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
  const std::string bytes = read_file(mark);
  std::filesystem::remove(mark);
  EXPECT_THAT(check(report(dir.data(), 1), "watermark"), HasSubstr("failed\n"));
  const TempDirectory other;
  play_and_stop(other.data());
  write_file(mark, read_file(other.data() + "/watermark"));
  const Json json = report(dir.data(), 1);
  EXPECT_THAT(check(json, "watermark"), HasSubstr("failed\nit is of stream "));
}

// The remaining half may be the older one, which would not reveal a lost end of the log.
TEST(VerifyDamage, half_of_the_watermark_is_named) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  const std::string mark = dir.data() + "/watermark";
  const std::string bytes = read_file(mark);
  for (const std::size_t half : {0, 4096}) {
    std::string damaged = bytes;
    damaged[half + 40] ^= 1;
    write_file(mark, damaged);
    const Json json = report(dir.data(), 1);
    EXPECT_THAT(check(json, "watermark"), HasSubstr("one slot is damaged"));
    EXPECT_EQ(check(json, "replay"), "ok");
    EXPECT_THAT(advice(json), HasSubstr("recover salvage"));
  }
}

TEST(VerifyDamage, directory_that_can_not_be_opened_is_sent_to_salvage) {
  const TempDirectory dir;
  play_and_stop(dir.data());
  std::filesystem::remove(dir.data() + "/db/CURRENT");
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "directory");
  EXPECT_EQ(check(json, "groups"), "skipped");
  EXPECT_THAT(advice(json), HasSubstr("recover salvage --data-dir " + dir.data()));
}

}  // namespace
}  // namespace frontrow::recover
