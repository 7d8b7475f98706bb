// Instances whose slots move: each with a data directory of its own, over the real journal. What is
// logged comes from the Machine, record by record, so that a crash can be had between any two.
//
//   Instance one(1, dir / "one"), two(2, dir / "two");
//   hand_over(one, two, slot);
//   run({one, two}, command);         // on whichever has the slot, and all messages that follow
//   one.stop(), two.stop();
//
// Time goes on by a millisecond a record. One thread: the test's.
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

// Hashes of maps, which nothing here looks at.
inline constexpr std::uint64_t kMap = 0xab54a98ceb1f0ad2;

class Instance {
 public:
  // Goes on with what the directory holds.
  Instance(InstanceId id, std::string data);
  ~Instance() { stop(); }
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void seal(SlotId slot, InstanceId to);
  // What the other has sealed.
  void adopt(Instance& from, SlotId slot);
  void release(SlotId slot);
  void open(SlotId slot);
  // One command; returns the messages that follow from it.
  std::vector<Command> execute(const Command& command);
  // A record that says what no engine would say.
  void log(SlotId slot, std::uint64_t seq, const std::vector<Event>& events);
  void stop();

  bool has(SlotId slot);
  Slot& slot(SlotId slot) { return slots_.at(slot); }
  InstanceId id() const { return id_; }
  const std::string& data() const { return data_; }
  std::uint64_t last_group() const { return journal_->last_group(); }
  Instant now() const { return now_; }

 private:
  void log_effects(SlotId slot);

  InstanceId id_;
  std::string data_;
  SlotTable slots_;
  Machine machine_{Policy{}};
  Effects effects_;
  Instant now_;
  std::unique_ptr<RocksDbJournal> journal_;
};

// From the first to the last step.
void hand_over(Instance& from, Instance& to, SlotId slot);
// On the instance that has the command's slot, and then what follows from it until nothing moves.
void run(std::initializer_list<std::reference_wrapper<Instance>> instances, const Command& command);

// All of a stopped instance.
void copy_directory(const std::string& from, const std::string& to);

// The commands, their outputs caught.
CommandRun verify_all(const std::vector<std::string>& directories, bool json = false);
CommandRun verify_part(const std::string& directory);

// A sale that was played on instance 1 while there was no other.
struct MovesTest : testing::Test {
  TempDirectory dir;
  const std::string one_data = dir / "one";
  const std::string two_data = dir / "two";
  Played played;
  Books books;
  SlotId concert;  // the slot of `played.concert`
  SlotId wallet;   // of the buyer

  void SetUp() override;
  // Where the concert is with the second instance, the buyer's wallet with the first, and a payment
  // was given back since.
  void move_concert();
  // The buyer puts money into his wallet, wherever that is.
  void charge(std::initializer_list<std::reference_wrapper<Instance>> instances,
              std::int64_t amount);
  std::int64_t charged() const;
  std::int64_t spent() const;
};

}  // namespace frontrow::recover
