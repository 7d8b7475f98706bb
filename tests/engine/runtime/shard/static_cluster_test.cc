// Logs of static clusters, which earlier versions had: an instance now serves no slot of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/core/codec/event_codec.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/shard/engine.h"
#include "tests/engine/runtime/support/test_engine.h"

namespace frontrow {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr SlotId kSlot{17};

// One record of the slot for each event.
std::vector<MemoryGroup> log_of(const std::vector<Event>& events) {
  MemoryGroup group{.time = kDay, .records = {}};
  for (const Event& event : events) {
    const std::size_t begin = begin_record(group.records, kSlot, ++group.record_count, kDay);
    ByteWriter writer(group.records);
    encode_event(event, writer);
    finish_record(group.records, begin, 1);
    ++group.event_count;
  }
  return {group};
}

std::string refusal(const std::vector<Event>& events, bool in_a_cluster) {
  MemoryJournal journal(log_of(events));
  ManualClock clock(kDay);
  Engine engine({.serves_on_order = in_a_cluster, .self = 1}, clock, journal);
  const auto recovered = engine.recover();
  return recovered.ok() ? std::string() : recovered.error();
}

TEST(StaticCluster, log_of_an_instance_is_refused_with_the_way_on) {
  constexpr std::uint64_t kMap = 0x1f;
  for (const bool in_a_cluster : {false, true}) {
    SCOPED_TRACE(in_a_cluster);
    EXPECT_THAT(refusal({SlotOpened{kMap}}, in_a_cluster),
                AllOf(HasSubstr("slot 17 is one of several instances'"),
                      HasSubstr("start it with the version that wrote it")));
    const std::vector<Event> gone{SlotOpened{kMap}, SlotSealed{2, kMap}, SlotReleased{2}};
    EXPECT_THAT(refusal(gone, in_a_cluster), HasSubstr("slot 17 was handed over to instance 2"));
    EXPECT_EQ(refusal({WalletCharged{user_id(1), ChargeId{1}, Money{5}}}, in_a_cluster), "");
  }
}

}  // namespace
}  // namespace frontrow
