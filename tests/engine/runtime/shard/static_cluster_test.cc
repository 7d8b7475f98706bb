// Logs of static clusters, which earlier versions had: only a cluster serves slots of them, whose
// slot map knows their owners from the import.
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

constexpr std::uint64_t kMap = 0x1f;
const std::vector<Event> kOpened{SlotOpened{kMap}};
const std::vector<Event> kGone{SlotOpened{kMap}, SlotSealed{2, kMap}, SlotReleased{2}};

TEST(StaticCluster, log_of_an_instance_is_refused_by_a_single_one_with_the_way_on) {
  EXPECT_THAT(refusal(kOpened, false), AllOf(HasSubstr("slot 17 is one of several instances'"),
                                             HasSubstr("`frontrow cluster import`")));
  EXPECT_THAT(refusal(kGone, false), HasSubstr("slot 17 was handed over to instance 2"));
  EXPECT_EQ(refusal({WalletCharged{user_id(1), ChargeId{1}, Money{5}}}, false), "");
}

TEST(StaticCluster, log_of_an_instance_starts_in_a_cluster) {
  EXPECT_EQ(refusal(kOpened, true), "");
  EXPECT_EQ(refusal(kGone, true), "");
}

}  // namespace
}  // namespace frontrow
