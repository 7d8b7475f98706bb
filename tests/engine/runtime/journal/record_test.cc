// Records as bytes, and malformed groups: each is rejected with the name of its fault.
#include "engine/runtime/journal/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "engine/core/codec/event_codec.h"
#include "engine/core/state/slot.h"
#include "engine/runtime/recovery/replay.h"

namespace frontrow {
namespace {

constexpr Instant kTime{1'800'000'000'000};
constexpr SlotId kSlot{77};

Event some_event() { return WalletCharged{UserId{{1}}, ChargeId{5}, Money{300}}; }

void put_record(ByteBuffer& out, SlotId slot, std::uint64_t seq, Instant time,
                std::uint16_t claimed_events = 1) {
  const std::size_t begin = begin_record(out, slot, seq, time);
  ByteWriter writer(out);
  encode_event(some_event(), writer);
  finish_record(out, begin, claimed_events);
}

TEST(Record, bytes_are_those_of_the_format_page) {
  ByteBuffer out{std::byte{0xee}};
  const std::size_t begin =
      begin_record(out, SlotId{0x0201}, 0x1122334455667788, Instant{0x0102030405060708});
  out.push_back(std::byte{0xaa});
  out.push_back(std::byte{0xbb});
  finish_record(out, begin, 3);
  const std::vector<int> expected = {0xee, 0x01, 0x02, 3,    0,    2,    0,    0,    0,
                                     0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, 8,
                                     7,    6,    5,    4,    3,    2,    1,    0xaa, 0xbb};
  std::vector<int> found;
  for (const std::byte b : out) found.push_back(std::to_integer<int>(b));
  EXPECT_EQ(found, expected);
}

TEST(Record, what_was_written_is_read) {
  ByteBuffer out;
  put_record(out, kSlot, 9, kTime);
  put_record(out, SlotId{4095}, 1, kTime + seconds(1));
  ByteReader reader(out);
  const RecordView first = read_record(reader);
  EXPECT_EQ(first.slot, kSlot);
  EXPECT_EQ(first.seq, 9U);
  EXPECT_EQ(first.time, kTime);
  EXPECT_EQ(first.event_count, 1U);
  EXPECT_EQ(first.events.size(), out.size() / 2 - kRecordHeaderSize);
  EXPECT_EQ(read_record(reader).slot, SlotId{4095});
  EXPECT_TRUE(reader.at_end());
}

TEST(Record, leading_records_are_as_many_as_fit_and_at_least_one) {
  ByteBuffer out;
  for (std::uint64_t seq = 1; seq <= 4; ++seq) put_record(out, kSlot, seq, kTime, 3);
  const std::size_t one = out.size() / 4;
  for (std::size_t fit = 1; fit <= 4; ++fit) {
    for (const std::size_t bytes_max : {fit * one, fit * one + one - 1}) {
      const RecordRun run = leading_records(out, bytes_max);
      EXPECT_EQ(run.bytes, fit * one);
      EXPECT_EQ(run.records, fit);
      EXPECT_EQ(run.events, 3 * fit);
    }
  }
  EXPECT_EQ(leading_records(out, 0).records, 1U);
  EXPECT_EQ(leading_records(out, one - 1).bytes, one);
}

TEST(Record, any_cut_marks_the_reader_failed) {
  ByteBuffer out;
  put_record(out, kSlot, 1, kTime);
  for (std::size_t size = 0; size < out.size(); ++size) {
    ByteReader reader(std::span<const std::byte>(out).first(size));
    read_record(reader);
    EXPECT_TRUE(reader.failed()) << size;
  }
}

struct Malformed {
  const char* name;
  std::function<void(ByteBuffer&)> write;  // after a good record, sequence 1 of slot 77
  std::uint32_t records;
  const char* error;
};
void PrintTo(const Malformed& malformed, std::ostream* out) { *out << malformed.name; }

class MalformedGroupTest : public testing::TestWithParam<Malformed> {};

TEST_P(MalformedGroupTest, is_refused_by_name) {
  ByteBuffer out;
  put_record(out, kSlot, 1, kTime);
  GetParam().write(out);
  SlotTable slots;
  const Status replayed =
      Replay(slots).apply_group({12, kTime, GetParam().records, GetParam().records, out});
  ASSERT_FALSE(replayed.ok());
  EXPECT_THAT(replayed.error(), testing::HasSubstr("group 12"));
  EXPECT_THAT(replayed.error(), testing::HasSubstr(GetParam().error));
}

// Appends a record of slot 77, sequence 2, with these event bytes.
void put_raw(ByteBuffer& out, const ByteBuffer& events, std::uint16_t count = 1) {
  const std::size_t begin = begin_record(out, kSlot, 2, kTime);
  out.insert(out.end(), events.begin(), events.end());
  finish_record(out, begin, count);
}

ByteBuffer event_bytes() {
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  encode_event(some_event(), writer);
  return bytes;
}

const Malformed kMalformed[] = {
    {"gap", [](ByteBuffer& b) { put_record(b, kSlot, 3, kTime); }, 2,
     "slot 77: sequence 3 follows 1"},
    {"repetition", [](ByteBuffer& b) { put_record(b, kSlot, 1, kTime); }, 2,
     "slot 77: sequence 1 follows 1"},
    {"new_slot_that_begins_late", [](ByteBuffer& b) { put_record(b, SlotId{8}, 2, kTime); }, 2,
     "slot 8: sequence 2 follows 0"},
    {"time_back", [](ByteBuffer& b) { put_record(b, kSlot, 2, kTime - milliseconds(1)); }, 2,
     "slot 77: sequence 2 goes back in time"},
    {"slot_out_of_range", [](ByteBuffer& b) { put_record(b, SlotId{4096}, 1, kTime); }, 2,
     "slot 4096 does not exist"},
    {"record_cut_short", [](ByteBuffer& b) { put_record(b, kSlot, 2, kTime), b.pop_back(); }, 2,
     "record 1 is cut short"},
    {"record_missing", [](ByteBuffer&) {}, 2, "record 1 is cut short"},
    {"bytes_after_the_last_record", [](ByteBuffer& b) { b.push_back({}); }, 1,
     "bytes after the last record"},
    {"event_cut_short",
     [](ByteBuffer& b) {
       ByteBuffer events = event_bytes();
       events.pop_back();
       put_raw(b, events);
     },
     2, "slot 77: sequence 2: event at byte 0: cut short"},
    {"event_missing", [](ByteBuffer& b) { put_record(b, kSlot, 2, kTime, 2); }, 2,
     "sequence 2: event at byte"},
    {"bytes_after_the_last_event",
     [](ByteBuffer& b) {
       ByteBuffer events = event_bytes();
       events.push_back({});
       put_raw(b, events);
     },
     2, "slot 77: sequence 2: bytes after the last event"},
    {"taken_over_at_another_sequence",
     [](ByteBuffer& b) {
       ByteBuffer events;
       ByteWriter writer(events);
       encode_event(SlotTaken{.stream = 5, .group = 2, .seq = 9, .hash = 7}, writer);
       put_raw(b, events);
     },
     2,
     "slot 77: sequence 2: taken over at sequence 9 and state hash 0000000000000007 from stream "
     "0000000000000005, the log leads to 1 and"},
    {"unknown_event_type",
     [](ByteBuffer& b) {
       ByteBuffer events = event_bytes();
       events[0] = std::byte{0xfe};
       put_raw(b, events);
     },
     2, "sequence 2: event at byte 0: unknown type 254"},
    {"event_longer_than_its_type",
     [](ByteBuffer& b) {
       ByteBuffer events = event_bytes();
       events[1] = static_cast<std::byte>(std::to_integer<int>(events[1]) + 1);
       events.push_back({});
       put_raw(b, events);
     },
     2, "bytes do not fit type 60"},
};
INSTANTIATE_TEST_SUITE_P(Kinds, MalformedGroupTest, testing::ValuesIn(kMalformed),
                         [](const auto& kind) { return std::string(kind.param.name); });

// The copy of a stream knows a slot only while the stream's instance owned it.
TEST(Replay, slot_with_a_gap_is_left_out_and_the_others_go_on) {
  const SlotId other{78};
  ByteBuffer out;
  put_record(out, kSlot, 1, kTime);
  put_record(out, other, 1, kTime);
  put_record(out, kSlot, 5, kTime);
  put_record(out, other, 2, kTime);
  put_record(out, kSlot, 6, kTime);
  SlotTable slots;
  Replay replay(slots);
  std::vector<SlotId> gaps;
  replay.leave_out_gaps([&](SlotId slot) { gaps.push_back(slot); });
  const Status first = replay.apply_group({1, kTime, 5, 5, out});
  ASSERT_TRUE(first.ok()) << first.error();
  EXPECT_EQ(gaps, std::vector{kSlot});
  EXPECT_EQ(slots.find(kSlot)->seq, 1U);
  EXPECT_EQ(slots.find(other)->seq, 2U);
  out.clear();
  put_record(out, kSlot, 2, kTime);
  put_record(out, other, 3, kTime);
  ASSERT_TRUE(replay.apply_group({2, kTime, 2, 2, out}).ok());
  EXPECT_EQ(slots.find(kSlot)->seq, 1U);
  EXPECT_EQ(slots.find(other)->seq, 3U);
  // Included again, it follows where it stands.
  replay.include(kSlot);
  ASSERT_TRUE(replay.apply_group({2, kTime, 1, 1, std::span(out).first(out.size() / 2)}).ok());
  EXPECT_EQ(slots.find(kSlot)->seq, 2U);
  EXPECT_EQ(gaps.size(), 1U);
}

TEST(Replay, slot_that_was_taken_over_goes_on_where_the_other_stream_left_it) {
  SlotTable slots;
  Replay replay(slots);
  ByteBuffer out;
  put_record(out, kSlot, 1, kTime);
  ASSERT_TRUE(replay.apply_group({1, kTime, 1, 1, out}).ok());
  const Slot& slot = *slots.find(kSlot);
  out.clear();
  const std::size_t begin = begin_record(out, kSlot, 2, kTime);
  ByteWriter writer(out);
  encode_event(SlotTaken{.stream = 5, .group = 2, .seq = 1, .hash = slot.state_hash()}, writer);
  finish_record(out, begin, 1);
  const Status taken = replay.apply_group({2, kTime, 1, 1, out});
  EXPECT_TRUE(taken.ok()) << taken.error();
  EXPECT_EQ(slot.seq, 2U);
}

}  // namespace
}  // namespace frontrow
