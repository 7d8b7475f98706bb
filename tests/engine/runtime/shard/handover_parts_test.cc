// Parts of an imported slot, as a peer may send them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/codec/snapshot_codec.h"
#include "tests/engine/runtime/shard/handover_net.h"

namespace frontrow {
namespace {

// A peer's parts are validated like other input.
class HandoverParts : public HandoverTest {
 protected:
  HandoverParts() {
    Slot slot(concert_slot);
    slot.seq = 41;
    slot.time = kDay;
    hash = slot.state_hash();
    const Status encoded = encode_state(slot, [this](std::span<const std::byte> part) -> Status {
      parts.emplace_back(part.begin(), part.end());
      return {};
    });
    EXPECT_TRUE(encoded.ok());
    start(map_of(1, 2, second_has_concert), {2});
  }
  PassPart part(std::uint32_t index, bool is_last) const {
    return {concert_slot, 1, 41, hash, index, is_last, parts[0]};
  }
  std::string say(const PassPart& part) {
    const Reply reply = ask(2, {{}, {}, part});
    const auto* answered = std::get_if<SlotAnswered>(&reply.body);
    if (answered == nullptr) return std::string(name_of(reply.reject));
    return std::to_string(static_cast<int>(answered->answer));
  }
  static std::string text(SlotAnswer answer) { return std::to_string(static_cast<int>(answer)); }

  StateHash hash = 0;
  std::vector<std::vector<std::byte>> parts;
};

TEST_F(HandoverParts, what_is_whole_and_right_is_taken_once) {
  ASSERT_EQ(parts.size(), 1U);
  EXPECT_EQ(say(part(0, true)), text(SlotAnswer::kHave));
  EXPECT_TRUE(serves(2, concert_slot));
  EXPECT_EQ(nodes[2]->record(concert_slot)->seq, 42U);
  EXPECT_EQ(say(part(0, true)), text(SlotAnswer::kHave));
  EXPECT_EQ(nodes[2]->record(concert_slot)->seq, 42U);
}

TEST_F(HandoverParts, what_is_wrong_leaves_nothing_behind) {
  PassPart wrong = part(0, true);
  wrong.hash ^= 1;
  EXPECT_EQ(say(wrong), text(SlotAnswer::kConflict));
  wrong = part(0, true);
  wrong.seq = 40;
  EXPECT_EQ(say(wrong), text(SlotAnswer::kConflict));
  wrong = part(0, true);
  wrong.part.resize(wrong.part.size() / 2);
  EXPECT_EQ(say(wrong), text(SlotAnswer::kConflict));
  wrong = part(0, true);
  wrong.part[0] = static_cast<std::byte>(PartKind::kTenure);
  EXPECT_EQ(say(wrong), text(SlotAnswer::kConflict));
  EXPECT_EQ(say(part(1, true)), "instance_unavailable") << "the first is missing";
  EXPECT_EQ(nodes[2]->record(concert_slot), nullptr);
  EXPECT_EQ(disks[2]->last_group(), 0U);
  EXPECT_EQ(nodes[2]->notes.size(), 4U);
  EXPECT_EQ(say(part(0, true)), text(SlotAnswer::kHave));
}

TEST_F(HandoverParts, parts_of_two_holders_are_not_mixed) {
  EXPECT_EQ(say(part(0, false)), text(SlotAnswer::kSend));
  PassPart other = part(1, true);
  other.seq = 43;
  EXPECT_EQ(say(other), "instance_unavailable");
  EXPECT_EQ(say(part(1, true)), "instance_unavailable") << "from the start again";
  EXPECT_EQ(nodes[2]->record(concert_slot), nullptr);
}

}  // namespace
}  // namespace frontrow
