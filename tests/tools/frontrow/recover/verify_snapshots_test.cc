// `recover verify` on damaged snapshots: named by their slots, while the log is whole.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <memory>

#include "engine/core/codec/snapshot_codec.h"
#include "engine/core/protocol/command.h"
#include "tests/tools/frontrow/recover/verify_support.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;

class VerifySnapshots : public testing::Test {
 protected:
  VerifySnapshots() {
    Sale sale(dir.data());
    played = sale.play();
    sale.checkpoint();
    sale.charge(1, 77);
    sale.stop();
  }
  // Calls `change` for the first key of this kind ('h'ead, 'p'art).
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
    // Sound in itself, but of a state that never existed.
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
    ASSERT_TRUE(archive.set_checkpoint_group(archive.checkpoint_group()).ok());
    ASSERT_TRUE((*journal)->close().ok());
  }
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "snapshots");
  EXPECT_THAT(check(json, "snapshots"),
              HasSubstr(fmt::format("slot {}: its snapshot at group", slot.value)));
}

}  // namespace
}  // namespace frontrow::recover
