#include "engine/runtime/replication/copy_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

const ChainPosition kPosition{.stream = 0x0102030405060708, .epoch = 3, .number = 77, .hash = 0x11};

SharedBytes some_bytes(std::size_t size) {
  return std::make_shared<ByteBuffer>(size, std::byte{0xab});
}

std::vector<ToOwner> all_to_owner() {
  return {CopyWanted{kPosition, true, {SlotId{3}, SlotId{4095}}},
          CopyWanted{{.stream = 5}, false, {}}, CopySynced{5, 77}};
}

std::vector<ToFollower> all_to_follower() {
  const SnapshotHead head{.stream = 5,
                          .slot = SlotId{9},
                          .group = 70,
                          .seq = 12,
                          .state_hash = 0x22,
                          .time = Instant{1'800'000'000'000},
                          .parts = 2,
                          .bytes = 300,
                          .content_hash = 0x33};
  return {CopyBegins{kPosition}, SnapshotPart{head, 1, some_bytes(200)},
          SnapshotsSent{5, 70, {SlotId{0}, SlotId{9}}, {SlotId{0}}},
          CopyGroup{5, 78, some_bytes(100)}};
}

ByteBuffer bytes_of(const ToOwner& message) {
  ByteBuffer out;
  encode_to_owner(message, out);
  return out;
}
ByteBuffer bytes_of(const ToFollower& message) {
  ByteBuffer out;
  encode_to_follower(message, out);
  return out;
}

// Equal messages have equal bytes.
TEST(CopyCodec, messages_come_back_as_they_were) {
  for (const ToOwner& message : all_to_owner()) {
    const auto back = decode_to_owner(bytes_of(message));
    ASSERT_TRUE(back.ok()) << back.error();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(bytes_of(*back), bytes_of(message));
  }
  for (const ToFollower& message : all_to_follower()) {
    const auto back = decode_to_follower(bytes_of(message));
    ASSERT_TRUE(back.ok()) << back.error();
    EXPECT_EQ(back->index(), message.index());
    EXPECT_EQ(bytes_of(*back), bytes_of(message));
  }
  const auto wanted = decode_to_owner(bytes_of(all_to_owner()[0]));
  const auto& read = std::get<CopyWanted>(*wanted);
  EXPECT_EQ(read.newest.hash, kPosition.hash);
  EXPECT_EQ(read.newest.epoch, 3U);
  EXPECT_TRUE(read.has_copy);
  EXPECT_EQ(read.snapshots, (std::vector{SlotId{3}, SlotId{4095}}));
}

TEST(CopyCodec, cut_or_longer_message_is_rejected) {
  for (const ToOwner& message : all_to_owner()) {
    ByteBuffer bytes = bytes_of(message);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
      EXPECT_FALSE(decode_to_owner(std::span(bytes).first(cut)).ok()) << cut;
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_to_owner(bytes).ok());
  }
  // Groups and parts have what is left: their content is checked by the follower.
  for (const ToFollower& message : {all_to_follower()[0], all_to_follower()[2]}) {
    ByteBuffer bytes = bytes_of(message);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
      EXPECT_FALSE(decode_to_follower(std::span(bytes).first(cut)).ok()) << cut;
    bytes.push_back(std::byte{0});
    EXPECT_FALSE(decode_to_follower(bytes).ok());
  }
}

TEST(CopyCodec, values_out_of_bounds_are_rejected) {
  EXPECT_FALSE(decode_to_owner(bytes_of(CopyWanted{kPosition, true, {SlotId{4096}}})).ok());
  EXPECT_FALSE(decode_to_owner(bytes_of(CopyWanted{kPosition, true, {SlotId{5}, SlotId{5}}})).ok());
  EXPECT_FALSE(decode_to_follower(bytes_of(CopyGroup{5, 78, some_bytes(kCopyBytesMax + 1)})).ok());
  const SnapshotHead head{.slot = SlotId{9}, .parts = 2};
  EXPECT_FALSE(decode_to_follower(bytes_of(SnapshotPart{head, 2, some_bytes(1)})).ok());
  const SnapshotHead nowhere{.slot = SlotId{4096}, .parts = 2};
  EXPECT_FALSE(decode_to_follower(bytes_of(SnapshotPart{nowhere, 1, some_bytes(1)})).ok());
  ByteBuffer many{std::byte{5}};  // SnapshotsSent of 65,535 slots
  many.resize(17, std::byte{0});
  many.push_back(std::byte{0xff});
  many.push_back(std::byte{0xff});
  const auto sent = decode_to_follower(many);
  ASSERT_FALSE(sent.ok());
  EXPECT_THAT(sent.error(), HasSubstr("malformed at byte 19"));
  const auto unknown = decode_to_follower(ByteBuffer{std::byte{9}});
  ASSERT_FALSE(unknown.ok());
  EXPECT_THAT(unknown.error(), HasSubstr("unknown kind 9"));
  EXPECT_FALSE(decode_to_owner(bytes_of(all_to_follower()[0])).ok());
}

TEST(CopyCodec, any_bytes_are_decoded_or_rejected) {
  Prng random(3);
  for (int round = 0; round < 20'000; ++round) {
    ByteBuffer bytes = round % 2 == 0 ? bytes_of(all_to_owner()[random.below(3)])
                                      : bytes_of(all_to_follower()[random.below(4)]);
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i)
      bytes[random.below(bytes.size())] = static_cast<std::byte>(random.below(256));
    if (const auto message = decode_to_owner(bytes); message.ok()) {
      EXPECT_EQ(bytes_of(*message), bytes);
    }
    if (const auto message = decode_to_follower(bytes); message.ok()) {
      EXPECT_EQ(bytes_of(*message), bytes);
    }
  }
}

}  // namespace
}  // namespace frontrow
