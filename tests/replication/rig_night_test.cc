// Nights of a cluster in one process: kills, planned stops, lost disks, standstills, moves,
// takeovers within takeovers and checkpoints at random, over a store that loses and delays its
// answers and has no majority at times. A seed decides all of it but the timing of the journals'
// threads.
//
// Never so that both copies of a slot are lost. At the end everything that was acknowledged is
// asked for, and the directories are verified together.
//
//   replication_test --gtest_filter='LongRigNights.*'     FRONTROW_SECONDS=600, from FRONTROW_SEED
//   on
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>

#include "engine/base/prng.h"
#include "engine/runtime/membership/map_changes.h"
#include "tests/replication/rig_sale.h"
#include "tests/support/environment.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/commands.h"

namespace frontrow {
namespace {

constexpr const char* kNames[] = {"box-1", "box-2", "box-3"};
constexpr std::uint32_t kWeights[] = {0, 50, 100, 100, 300};
constexpr int kSteps = 10;
constexpr std::int64_t kSettledMsMax = 240'000;

enum class Action : std::uint8_t {
  kCheckpoint,
  kKill,
  kStop,
  kKillTwo,
  kLoseDisk,
  kStandStill,
  kSetWeights,
  kPin,
  kLoseMajority,
};
constexpr std::uint64_t kActions = 9;

class Night {
 public:
  explicit Night(std::uint64_t seed) : random_(seed), rig_(seed), sale_(rig_) {}

  void run();

 private:
  void step();
  void act(Action action);
  std::string any_name() { return kNames[random_.below(std::size(kNames))]; }
  void pass(std::uint64_t ticks_max);
  void sell(std::uint64_t people_max);
  // Processes that have ended are started again.
  void start_missing();
  void await_settled();
  void verify();

  Prng random_;
  ClusterRig rig_;
  RigSale sale_;
  std::vector<std::string> steps_;
};

void Night::pass(std::uint64_t ticks_max) {
  for (std::uint64_t i = random_.below(ticks_max); i > 0; --i) rig_.tick();
}

void Night::sell(std::uint64_t people_max) {
  for (std::uint64_t i = random_.below(people_max); i > 0; --i) sale_.sell_one();
}

void Night::start_missing() {
  for (const char* name : kNames) {
    if (rig_.node(name) == nullptr) rig_.start(name);
  }
}

void Night::await_settled() {
  rig_.run_until(
      [&] {
        start_missing();
        return rig_.nodes().size() == std::size(kNames) && rig_.is_settled();
      },
      "the cluster to settle", kSettledMsMax);
}

void Night::act(Action action) {
  const std::string name = any_name();
  switch (action) {
    case Action::kCheckpoint:
      if (rig_.node(name) != nullptr && rig_.node(name)->has_begun()) rig_.node(name)->checkpoint();
      return;
    case Action::kKill:
      if (rig_.node(name) != nullptr) rig_.kill(name);
      return;
    case Action::kStop:
      if (rig_.node(name) != nullptr) rig_.stop(name);
      return;
    case Action::kKillTwo:
      for (const char* each : kNames) {
        if (each != name && rig_.node(each) != nullptr) rig_.kill(each);
      }
      return;
    case Action::kLoseDisk:
      await_settled();
      rig_.kill(name);
      rig_.wipe(name);
      // The other copy of its slots is the only one until the others have made a second.
      return await_settled();
    case Action::kStandStill:
      if (rig_.node(name) == nullptr) return;
      rig_.node(name)->suspend(true);
      pass(100);
      if (rig_.node(name) != nullptr) rig_.node(name)->suspend(false);
      return;
    case Action::kSetWeights:
      return rig_.change([&](const ClusterMap& map) {
        Result<ClusterMap> next = map;
        std::uint32_t sum = 0;
        for (const MapInstance& instance : map.instances) {
          const std::uint32_t weight = kWeights[random_.below(std::size(kWeights))];
          sum += weight;
          next = set_weight(*next, instance.id, weight);
        }
        return sum > 0 ? next : Result<ClusterMap>(map);
      });
    case Action::kPin: {
      std::vector<SlotId> slots;
      for (const SlotId slot : sale_.wallets()) {
        if (random_.below(2) == 0) slots.push_back(slot);
      }
      return rig_.pin(slots, static_cast<InstanceId>(1 + random_.below(std::size(kNames))));
    }
    case Action::kLoseMajority:
      rig_.store().set_majority(false);
      pass(100);
      rig_.store().set_majority(true);
      return;
  }
}

void Night::step() {
  const auto action = static_cast<Action>(random_.below(kActions));
  steps_.push_back(fmt::format("{}", static_cast<int>(action)));
  act(action);
  pass(40);
  if (random_.below(2) == 0) rig_.store().deliver_late();
  if (random_.below(2) == 0) start_missing();
  if (random_.below(3) > 0) {
    await_settled();
    sell(4);
  }
}

void Night::verify() {
  std::vector<std::string> directories;
  for (const char* name : kNames) {
    if (rig_.node(name) != nullptr) rig_.kill(name);
    directories.push_back(rig_.data_of(name));
  }
  const auto run =
      recover::run_command([&] { return recover::verify({.data_dirs = directories}); });
  EXPECT_EQ(run.code, 0) << run.out << run.err;
}

void Night::run() {
  rig_.store().set_faults({.lost_request = 2, .lost_answer = 2, .late_effect = 2, .lost_read = 2});
  start_three(rig_);
  for (int i = 0; i < 3; ++i) sale_.open_concert();
  sell(6);
  for (int i = 0; i < kSteps && !::testing::Test::HasFailure(); ++i) step();
  if (!::testing::Test::HasFailure()) await_settled();
  rig_.store().set_faults({});
  sale_.sell_one();
  if (!::testing::Test::HasFailure()) sale_.check();
  if (!::testing::Test::HasFailure()) verify();
  if (::testing::Test::HasFailure())
    std::printf("steps: %s\n", fmt::format("{}", fmt::join(steps_, " ")).c_str());
}

void run_night(std::uint64_t seed) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  Night(seed).run();
}

class RigNights : public ::testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(From, RigNights, ::testing::Range<std::uint64_t>(1, 4));
INSTANTIATE_TEST_SUITE_P(ThoroughFrom, RigNights, ::testing::Range<std::uint64_t>(4, 16));
TEST_P(RigNights, nothing_acknowledged_is_lost) { run_night(GetParam()); }

TEST(LongRigNights, nothing_acknowledged_is_lost) {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(number_from("FRONTROW_SECONDS", 600));
  const std::uint64_t first = number_from("FRONTROW_SEED", 1'000);
  std::uint64_t seed = first;
  for (; std::chrono::steady_clock::now() < end && !HasFailure(); ++seed) run_night(seed);
  std::printf("%llu nights, the last of seed %llu\n", static_cast<unsigned long long>(seed - first),
              static_cast<unsigned long long>(seed - 1));
}

}  // namespace
}  // namespace frontrow
