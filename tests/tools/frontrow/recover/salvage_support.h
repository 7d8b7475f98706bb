// Shared by the tests of salvage: the history of the undamaged log, and a sale to damage.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>

#include "engine/core/codec/event_codec.h"
#include "engine/runtime/recovery/replay.h"
#include "storage/local/stopped_log.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/newest_state.h"

namespace frontrow::recover {

// Every state of every slot, from the undamaged log.
struct History {
  struct Step {
    StateHash hash = 0;
    std::uint64_t group = 0;
  };
  std::map<std::pair<SlotId, std::uint64_t>, Step> steps;  // by slot and sequence number
  SlotVersions newest;
  SlotTable slots;
  Replay replay{slots};
  std::uint64_t end = 0;  // group

  // Adds the groups behind those that were added already.
  void add(const std::string& data);

 private:
  Status add_group(const GroupView& group);
};

// The first group that holds such an event.
template <class E>
std::uint64_t group_with(const std::string& data) {
  auto log = StoppedLog::open(data);
  EXPECT_TRUE(log.ok());
  std::uint64_t found = 0;
  ReplayVisitor visitor;
  visitor.on_group = [&](const GroupView& group) {
    ByteReader reader(group.records);
    for (std::uint32_t i = 0; i < group.record_count && found == 0; ++i) {
      const RecordView record = read_record(reader);
      ByteReader events(record.events);
      Event event;
      for (std::uint16_t n = 0; n < record.event_count; ++n) {
        if (Status s = decode_event(events, event); !s.ok()) return s;
        if (std::holds_alternative<E>(event)) found = group.number;
      }
    }
    return Status();
  };
  EXPECT_TRUE((*log)->read(0, ~std::uint64_t{0}, visitor).ok());
  EXPECT_GT(found, 0U);
  return found;
}

// Changes the group's bytes through RocksDB, so that its own checksums are right.
void spoil_group(const std::string& data, std::uint64_t group);

// Runs the command with captured output.
inline auto run_salvage(const std::string& data, const std::string& to, bool json = false) {
  return run_command([&] { return salvage({data, to, json}); });
}

// The state that a start of the server would recover; fails the test if it refuses.
SlotVersions versions_in(const std::string& data);

// A sale that was played and stopped, with its history.
struct SalvageTest : testing::Test {
  TempDirectory dir;
  Played played;
  SaleLedger books;
  History history;
  const std::string to = dir / "new";

  void SetUp() override;
};

}  // namespace frontrow::recover
