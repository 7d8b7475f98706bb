#include "storage/local/group_codec.h"

#include <gtest/gtest.h>

#include <array>
#include <cstring>

#include "engine/base/hash.h"
#include "engine/runtime/journal/record.h"
#include "tests/documented_hex.h"

namespace frontrow {
namespace {

// The stream of the worked example: group 1 with one record, group 2 with two.
ByteBuffer example_record(std::uint16_t slot, std::uint64_t seq, std::string_view events,
                          std::int64_t time_ms) {
  ByteBuffer out;
  const std::size_t begin = begin_record(out, SlotId{slot}, seq, Instant{time_ms});
  ByteWriter(out).put_bytes(std::as_bytes(std::span(events)));
  finish_record(out, begin, 1);
  return out;
}

std::array<ByteBuffer, 2> example_groups() {
  ChainPosition position{.stream = 0x1122334455667788, .epoch = 3};
  std::array<ByteBuffer, 2> groups;
  const ByteBuffer first = example_record(7, 1, "abcd", 1'767'225'600'000);
  const std::array<std::span<const std::byte>, 1> one{first};
  encode_group(position, {one, 1, 1, Instant{1'767'225'600'001}}, groups[0]);
  const ByteBuffer second = example_record(7, 2, "efg", 1'767'225'600'002);
  const ByteBuffer third = example_record(4095, 1, "hi", 1'767'225'600'002);
  const std::array<std::span<const std::byte>, 2> two{second, third};
  encode_group(position, {two, 2, 2, Instant{1'767'225'600'003}}, groups[1]);
  return groups;
}

template <class T>
void overwrite(ByteBuffer& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

TEST(GroupCodec, example_is_the_one_in_the_documentation) {
  const auto groups = example_groups();
  EXPECT_EQ(hex_of(groups[0]), documented_hex("LOG_FORMAT.md", "hex group-1"));
  EXPECT_EQ(hex_of(groups[1]), documented_hex("LOG_FORMAT.md", "hex group-2"));
}

TEST(GroupCodec, decoded_group_is_what_was_encoded) {
  const auto groups = example_groups();
  const auto group = decode_group(groups[1]);
  ASSERT_TRUE(group.ok()) << group.error();
  EXPECT_EQ(group->header.stream, 0x1122334455667788U);
  EXPECT_EQ(group->header.epoch, 3U);
  EXPECT_EQ(group->view.number, 2U);
  EXPECT_EQ(group->view.time, Instant{1'767'225'600'003});
  EXPECT_EQ(group->view.record_count, 2U);
  EXPECT_EQ(group->view.event_count, 2U);
  ASSERT_EQ(group->view.records.size(), 2 * kRecordHeaderSize + 5);
  ByteReader reader(group->view.records);
  EXPECT_EQ(read_record(reader).slot, SlotId{7});
  EXPECT_EQ(read_record(reader).slot, SlotId{4095});
  EXPECT_TRUE(reader.at_end());
}

TEST(GroupCodec, chain_hash_is_xxh3_of_all_other_bytes) {
  const ByteBuffer group = example_groups()[0];
  ByteBuffer rest(group.begin(), group.begin() + 72);
  rest.insert(rest.end(), group.begin() + 80, group.end());
  EXPECT_EQ(decode_group(group)->header.chain_hash, xxh3_64(std::span<const std::byte>(rest)));
}

TEST(GroupCodec, group_without_records_round_trips) {
  ChainPosition position{.stream = 1, .epoch = 1};
  ByteBuffer bytes;
  encode_group(position, {}, bytes);
  EXPECT_EQ(bytes.size(), kGroupHeaderSize);
  const auto group = decode_group(bytes);
  ASSERT_TRUE(group.ok());
  EXPECT_TRUE(group->view.records.empty());
  EXPECT_EQ(position_of(group->header).hash, position.hash);
}

TEST(GroupCodec, every_flipped_bit_is_refused) {
  const ByteBuffer group = example_groups()[1];
  for (std::size_t bit = 0; bit < group.size() * 8; ++bit) {
    ByteBuffer damaged = group;
    damaged[bit / 8] ^= std::byte{1} << (bit % 8);
    EXPECT_FALSE(decode_group(damaged).ok()) << "bit " << bit;
  }
}

TEST(GroupCodec, every_other_length_is_refused) {
  const ByteBuffer group = example_groups()[1];
  for (std::size_t size = 0; size < group.size(); ++size) {
    EXPECT_FALSE(decode_group(std::span(group).first(size)).ok()) << size;
  }
  ByteBuffer longer = group;
  longer.push_back({});
  EXPECT_FALSE(decode_group(longer).ok());
}

TEST(GroupCodec, refusal_says_what_was_expected_and_found) {
  struct Case {
    const char* name;
    std::size_t at;
    std::uint32_t value;
    const char* message;
  };
  const Case cases[] = {
      {"magic", 0, 0x44434241, "magic: expected 31475246 (\"FRG1\"), found 44434241"},
      {"version", 4, 9U | 7U << 16,
       "group format version 9 (readable from version 7 on) is not known to this program, which "
       "reads versions "
       "1 to 3"},
      {"version 0", 4, 0,
       "group format version 0 (readable from version 0 on) is not known to this program, "
       "which reads versions 1 to 3"},
      {"header size", 8, 84, "header size: expected 80, found 84"},
      {"flags", 12, 1, "flags: expected 0, found 1"},
      {"payload length", 56, 5, "payload length: expected 28, found 5"},
  };
  for (const Case& c : cases) {
    ByteBuffer group = example_groups()[0];
    overwrite(group, c.at, c.value);
    const auto decoded = decode_group(group);
    ASSERT_FALSE(decoded.ok()) << c.name;
    EXPECT_EQ(decoded.error(), c.message) << c.name;
  }
  ByteBuffer group = example_groups()[0];
  overwrite(group, 72, std::uint64_t{0xfeed});
  EXPECT_NE(decode_group(group).error().find("found 000000000000feed"), std::string::npos);
}

TEST(GroupCodec, later_version_that_we_can_read_may_have_a_longer_header) {
  ByteBuffer group = example_groups()[0];
  overwrite(group, 4, static_cast<std::uint16_t>(kGroupFormatVersion + 1));
  overwrite(group, 8, std::uint32_t{84});
  group.insert(group.begin() + 80, 4, std::byte{0xaa});
  ByteBuffer summed(group.begin(), group.begin() + 72);
  summed.insert(summed.end(), group.begin() + 80, group.end());
  overwrite(group, 72, xxh3_64(std::span<const std::byte>(summed)));
  const auto decoded = decode_group(group);
  ASSERT_TRUE(decoded.ok()) << decoded.error();
  EXPECT_EQ(decoded->view.records.size(), kRecordHeaderSize + 4);
}

TEST(GroupCodec, group_that_does_not_follow_is_refused) {
  const auto groups = example_groups();
  const ChainPosition one = position_of(decode_group(groups[0])->header);
  const GroupHeader two = decode_group(groups[1])->header;
  EXPECT_TRUE(check_follows(one, two).ok());

  struct Case {
    const char* begin;
    ChainPosition position;
  };
  const Case cases[] = {
      {"stream: expected 0000000000000001, found 1122334455667788", {1, 3, 1, one.hash}},
      {"group number: expected 3, found 2", {one.stream, 3, 2, one.hash}},
      {"previous hash: expected 0000000000000001, found ", {one.stream, 3, 1, 1}},
      {"epoch at least: expected 4, found 3", {one.stream, 4, 1, one.hash}},
  };
  for (const Case& c : cases) {
    const Status status = check_follows(c.position, two);
    ASSERT_FALSE(status.ok()) << c.begin;
    EXPECT_TRUE(status.error().starts_with(c.begin)) << status.error();
  }
}

}  // namespace
}  // namespace frontrow
