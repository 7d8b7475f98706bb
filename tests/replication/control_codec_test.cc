#include "engine/runtime/controller/control_codec.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "engine/base/prng.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

ByteBuffer control_bytes(const ControlMessage& message) {
  ByteBuffer out;
  encode_control(message, out);
  return out;
}

ByteBuffer raw_bytes(std::initializer_list<int> values) {
  ByteBuffer bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  return bytes;
}

std::vector<SlotId> every_slot() {
  std::vector<SlotId> slots;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) slots.push_back(SlotId{id});
  return slots;
}

TEST(ControlCodec, every_message_comes_back_as_it_went) {
  for (const std::vector<SlotId>& slots :
       {std::vector<SlotId>{}, {SlotId{7}}, {SlotId{4095}, SlotId{0}}, every_slot()}) {
    const auto again = decode_control(control_bytes(WantSlots{slots}));
    ASSERT_TRUE(again.ok()) << again.error();
    ASSERT_TRUE(std::holds_alternative<WantSlots>(*again));
    EXPECT_EQ(std::get<WantSlots>(*again).slots, slots);
  }
  const auto again = decode_control(control_bytes(MapChanged{}));
  ASSERT_TRUE(again.ok()) << again.error();
  EXPECT_TRUE(std::holds_alternative<MapChanged>(*again));
}

TEST(ControlCodec, bytes_are_the_documented_ones) {
  EXPECT_EQ(control_bytes(WantSlots{{SlotId{3}, SlotId{0x0102}}}),
            raw_bytes({1, 2, 0, 3, 0, 0x02, 0x01}));
  EXPECT_EQ(control_bytes(MapChanged{}), raw_bytes({2}));
}

TEST(ControlCodec, further_messages_are_appended) {
  ByteBuffer out = raw_bytes({9});
  encode_control(MapChanged{}, out);
  EXPECT_EQ(out, raw_bytes({9, 2}));
}

TEST(ControlCodec, hostile_bytes_are_refused_by_what_is_wrong) {
  struct Case {
    ByteBuffer bytes;
    std::string error;
  };
  ByteBuffer too_many = raw_bytes({1, 0x01, 0x10});
  too_many.resize(3 + 2 * 4'097, std::byte{0});
  const Case cases[] = {
      {{}, "kind 0 is unknown"},
      {raw_bytes({0}), "kind 0 is unknown"},
      {raw_bytes({3}), "kind 3 is unknown"},
      {raw_bytes({255, 1}), "kind 255 is unknown"},
      {raw_bytes({1}), "its fields do not fill it exactly, at byte 1"},
      {raw_bytes({1, 1}), "its fields do not fill it exactly, at byte 1"},
      {raw_bytes({1, 1, 0}), "its fields do not fill it exactly, at byte 3"},
      {raw_bytes({1, 1, 0, 5}), "its fields do not fill it exactly, at byte 3"},
      {raw_bytes({1, 1, 0, 5, 0, 0}), "its fields do not fill it exactly, at byte 5"},
      {raw_bytes({1, 0, 0, 5, 0}), "its fields do not fill it exactly, at byte 3"},
      {raw_bytes({1, 1, 0, 0x00, 0x10}), "its fields do not fill it exactly, at byte 5"},
      {raw_bytes({1, 255, 255, 0, 0}), "its fields do not fill it exactly, at byte 3"},
      {too_many, "its fields do not fill it exactly, at byte 3"},
      {raw_bytes({2, 0}), "its fields do not fill it exactly, at byte 1"},
  };
  for (const Case& c : cases) {
    const auto message = decode_control(c.bytes);
    ASSERT_FALSE(message.ok()) << c.error;
    EXPECT_EQ(message.error(), c.error) << c.bytes.size();
  }
}

TEST(ControlCodec, what_is_taken_can_be_sent_again) {
  Prng prng(20'26);
  int taken = 0;
  for (int round = 0; round < 20'000; ++round) {
    WantSlots wanted;
    for (std::uint64_t i = prng.below(5); i > 0; --i)
      wanted.slots.push_back(SlotId{static_cast<std::uint16_t>(prng.below(kSlotCount))});
    ByteBuffer bytes = control_bytes(wanted);
    for (std::uint64_t flips = prng.below(3); flips > 0; --flips)
      bytes[prng.below(bytes.size())] = static_cast<std::byte>(prng.below(256));
    const auto message = decode_control(bytes);
    if (!message.ok()) continue;
    ++taken;
    ASSERT_EQ(control_bytes(*message), bytes);
  }
  EXPECT_GT(taken, 1'000);
}

}  // namespace
}  // namespace frontrow
