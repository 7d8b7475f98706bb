// `recover verify` on sound bytes with wrong content: an error of the writer, not damage of the
// disk.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engine/core/codec/event_codec.h"
#include "engine/core/protocol/command.h"
#include "engine/runtime/journal/record.h"
#include "storage/local/watermark.h"
#include "tests/tools/frontrow/recover/verify_support.h"

namespace frontrow::recover {
namespace {

using api::Json;
using testing::HasSubstr;

// Appends a group that no engine would write, with right hashes. `write` is given the time of the
// newest group and returns the number of events for the header.
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
  // A record of one event: a charge by the buyer.
  void write_charge(ByteBuffer& bytes, Instant time) const {
    const std::size_t begin = begin_record(bytes, slot, next_seq, time);
    ByteWriter writer(bytes);
    encode_event(WalletCharged{user_id(played.buyer), ChargeId{1}, Money{1}}, writer);
    finish_record(bytes, begin, 1);
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
    write_charge(bytes, kDoorsOpen - seconds(1));
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
    write_charge(bytes, time);
    return 3;
  });
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "records");
  EXPECT_THAT(check(json, "records"),
              HasSubstr(fmt::format("group {}: its header counts 3 events, its records 1",
                                    last_group + 1)));
}

TEST_F(VerifyWrong, watermark_that_vouches_for_another_group_of_the_same_number) {
  auto watermark = read_watermark(dir.data() + "/watermark");
  ASSERT_TRUE(watermark.ok());
  watermark->position.hash ^= 1;
  ASSERT_TRUE(Watermark::create(dir.data() + "/watermark", *watermark, milliseconds(1)).ok());
  const Json json = report(dir.data(), 1);
  EXPECT_EQ(failed_checks(json), "watermark");
  EXPECT_THAT(check(json, "watermark"),
              HasSubstr(fmt::format("group {}: it has chain hash", last_group)));
}

}  // namespace
}  // namespace frontrow::recover
