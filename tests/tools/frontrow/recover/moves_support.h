// Instances of a static cluster, as versions before the consensus store had it: their slots
// migrate. Each has a data directory of its own, over the real journal. No engine writes the
// records of a migration any more; here they are written one by one, so that a test can crash
// between any two.
//
//   Instance one(1, dir / "one"), two(2, dir / "two");
//   hand_over(one, two, slot);
//   run({one, two}, command);         // on the slot's owner, with all resulting messages
//   one.stop(), two.stop();
//
// Time advances by a millisecond a record. One thread: the test's.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "engine/core/machine.h"
#include "engine/runtime/recovery/slot_table.h"
#include "tests/tools/frontrow/recover/support.h"

namespace frontrow::recover {

// Hash of a map; any value will do here.
inline constexpr std::uint64_t kMap = 0xab54a98ceb1f0ad2;

class Instance {
 public:
  // Continues from the content of the directory, not before `start`.
  Instance(InstanceId id, std::string data, Instant start = kDoorsOpen);
  ~Instance() { stop(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void seal(SlotId slot, InstanceId to);
  // Imports the slot that the other instance has sealed.
  void adopt(Instance& from, SlotId slot);
  void release(SlotId slot);
  void open(SlotId slot);
  // In one group.
  void open(const std::vector<SlotId>& slots);
  // The other instance has all its slots.
  void note_begun(SlotId slot, InstanceId other);
  // The slot is served in a cluster into which the directory was imported.
  void serve(SlotId slot);
  // Takes the slot over from the end of the other instance's stream, as in a cluster with a shared
  // log.
  void take(Instance& from, SlotId slot);
  // Writes a snapshot of the slot, as a checkpoint does that is then postponed.
  void snapshot(SlotId slot);
  // Executes one command; returns the resulting messages.
  std::vector<Command> execute(const Command& command);
  // Logs a record that no engine would write.
  void log(SlotId slot, std::uint64_t seq, const std::vector<Event>& events);
  void stop();

  bool has(SlotId slot);
  Slot& slot(SlotId slot) { return slots_.at(slot); }
  InstanceId id() const { return id_; }
  const std::string& data() const { return data_; }
  std::uint64_t last_group() const { return journal_->last_group(); }
  std::uint64_t stream() const { return journal_->stream(); }
  Instant now() const { return now_; }

 private:
  // Applies the events and logs them as one record, without a decision.
  void change(SlotId slot, const std::vector<Event>& events);
  void log_effects(SlotId slot);
  void append(std::span<const std::byte> records, std::uint32_t count, std::uint32_t events);

  InstanceId id_;
  std::string data_;
  SlotTable slots_;
  Machine machine_{Policy{}};
  Effects effects_;
  Instant now_;
  std::unique_ptr<RocksDbJournal> journal_;
};

// All steps of a slot migration.
void hand_over(Instance& from, Instance& to, SlotId slot);
// Executes the command at the owner of its slot, then all resulting messages.
void run(std::initializer_list<std::reference_wrapper<Instance>> instances, const Command& command);

// Copies the directory of a stopped instance.
void copy_directory(const std::string& from, const std::string& to);

// Copies the stream of a stopped instance into another one's directory as a follower does: its
// snapshots, and the groups above its checkpoint. A copy that is there is continued.
void copy_stream(const std::string& from, const std::string& to);
// Likewise the groups after this one, and no snapshots: of a follower of other slots.
void copy_groups(const std::string& from, const std::string& to, std::uint64_t after);
// Writes the slot's state into the copy of that stream, as a follower does when the slot moves to
// the stream.
void adopt_in_copy(const std::string& data, std::uint64_t stream, const Slot& slot);

// Run the command with captured output.
CommandRun verify_all(const std::vector<std::string>& directories, bool json = false);
CommandRun verify_part(const std::string& directory);

// A sale that was played on instance 1 before the other existed.
struct MovesTest : testing::Test {
  TempDirectory dir;
  const std::string one_data = dir / "one";
  const std::string two_data = dir / "two";
  Played played;
  SaleLedger books;
  SlotId concert;  // the slot of `played.concert`
  SlotId wallet;   // the buyer's

  void SetUp() override;
  // Moves the concert to the second instance, while the buyer's wallet stays with the first, and
  // refunds a payment.
  void move_concert();
  // The buyer charges the wallet at its owner.
  void charge(std::initializer_list<std::reference_wrapper<Instance>> instances,
              std::int64_t amount);
  std::int64_t charged() const;
  std::int64_t spent() const;
};

}  // namespace frontrow::recover
