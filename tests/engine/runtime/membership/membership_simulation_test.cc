// Whole clusters in simulated time, with all faults, for many seeds: no lease outlives the moment
// at which others may take over; a dead member is found in time; a member that beats is never
// declared dead for the standstill of something else.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/engine/runtime/membership/support/simulated_cluster.h"

namespace frontrow {
namespace {

std::string box(std::size_t i) { return "box-" + std::to_string(i); }

std::int64_t draw_between(Prng& random, std::int64_t from, std::int64_t to) {
  return from + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(to - from)));
}

// What happened in all runs, to see that they reach the cases that they are for.
struct Totals {
  std::size_t declared_dead = 0;
  std::size_t taken_over = 0;
  std::size_t leases = 0;
};

// Instances that pause, die, return and share names, over a store with every fault.
void run_with_all_faults(std::uint64_t seed, Totals& totals) {
  Prng random(seed);
  const std::uint64_t most = random.chance(30) ? 200 : 30;
  SimulatedFaults faults{.lost_request = static_cast<unsigned>(random.below(most)),
                         .lost_answer = static_cast<unsigned>(random.below(most)),
                         .late_effect = static_cast<unsigned>(random.below(most)),
                         .slow_call = static_cast<unsigned>(random.below(most)),
                         .pause_at_clock = static_cast<unsigned>(random.below(25))};
  SimulatedCluster cluster(seed, faults);
  const std::size_t instances = 3 + random.below(3);
  for (std::size_t i = 0; i < instances; ++i) cluster.start_process(box(i));
  std::int64_t at_ms = 3000;
  while (at_ms < 30'000) {
    cluster.run_until(at_ms);
    ASSERT_EQ(cluster.violation(), "") << "seed " << seed;
    for (std::size_t i = 0; i < cluster.process_count(); ++i)
      totals.leases += cluster.holds_lease(i);
    const std::size_t process = random.below(cluster.process_count());
    switch (random.below(7)) {
      case 0:
        cluster.kill(process);
        break;
      case 6:
        cluster.leave(process);
        break;
      case 1:
      case 2:
        cluster.pause(process, draw_between(random, 100, 5000));
        break;
      case 3:
        // After an end, or beside a process that runs.
        if (cluster.process_count() < 12) cluster.start_process(box(random.below(instances)));
        break;
      case 4:
        cluster.store_away(at_ms, at_ms + draw_between(random, 100, 6000), random.chance(50));
        break;
      default:
        break;
    }
    at_ms += draw_between(random, 50, 1500);
  }
  cluster.run_until(at_ms + 5000);
  ASSERT_EQ(cluster.violation(), "") << "seed " << seed;
  totals.declared_dead += cluster.declared_dead().size();
  for (std::size_t i = 0; i < cluster.process_count(); ++i)
    totals.taken_over += cluster.end_of(i) == BeatOutcome::kNameTaken;
}

void run_many_with_all_faults(std::uint64_t from, std::uint64_t to) {
  Totals totals;
  for (std::uint64_t seed = from; seed < to && !testing::Test::HasFatalFailure(); ++seed)
    run_with_all_faults(seed, totals);
  EXPECT_GT(totals.declared_dead, to - from);
  EXPECT_GT(totals.taken_over, (to - from) / 10);
  EXPECT_GT(totals.leases, (to - from) * 20);
}

// One of three to five instances is killed; the others find it within 3.5 s.
void run_with_a_death(std::uint64_t seed) {
  Prng random(seed);
  SimulatedCluster cluster(seed, {});
  const std::size_t instances = 3 + random.below(3);
  for (std::size_t i = 0; i < instances; ++i) {
    cluster.run_until(draw_between(random, 0, 400) + cluster.now_ms());
    cluster.start_process(box(i));
  }
  const std::int64_t dies_at_ms = draw_between(random, 4000, 9000);
  cluster.run_until(dies_at_ms);
  ASSERT_EQ(cluster.departures().size(), 0U) << "seed " << seed;
  const std::size_t victim = random.below(instances);
  cluster.kill(victim);
  cluster.run_until(dies_at_ms + 3500);
  ASSERT_EQ(cluster.declared_dead().size(), 1U) << "seed " << seed;
  EXPECT_EQ(cluster.declared_dead().front().first, box(victim));
  cluster.run_until(dies_at_ms + 10'000);
  EXPECT_EQ(cluster.departures().size(), instances - 1) << "each of the others knows, once";
  EXPECT_EQ(cluster.declared_dead().size(), 1U) << "seed " << seed;
  EXPECT_EQ(cluster.violation(), "") << "seed " << seed;
}

// The store stands still, and all instances but one do, again and again: for seconds, for a minute,
// all at the same moment. The instance that never does is never declared dead.
void run_with_standstills_of_others(std::uint64_t seed) {
  Prng random(seed);
  SimulatedCluster cluster(seed, {});
  const std::size_t instances = 3 + random.below(3);
  for (std::size_t i = 0; i < instances; ++i) cluster.start_process(box(i));
  std::int64_t at_ms = 4000;
  while (at_ms < 120'000) {
    cluster.run_until(at_ms);
    const std::int64_t length_ms =
        random.chance(20) ? draw_between(random, 10'000, 60'000) : draw_between(random, 200, 4000);
    if (random.chance(50)) {
      cluster.store_away(at_ms, at_ms + length_ms, random.chance(50));
      at_ms += length_ms;
    } else {
      for (std::size_t i = 1; i < instances; ++i)
        if (random.chance(70)) cluster.pause(i, length_ms + draw_between(random, 0, 50));
    }
    at_ms += draw_between(random, 3000, 8000);
    for (std::size_t i = 1; i < cluster.process_count(); ++i) {
      if (cluster.end_of(i) == BeatOutcome::kDeclaredDead && cluster.process_count() < 20)
        cluster.start_process(cluster.name_of_process(i));
    }
  }
  for (const auto& [name, dead_at_ms] : cluster.declared_dead())
    ASSERT_NE(name, box(0)) << "seed " << seed << " at " << dead_at_ms;
  EXPECT_EQ(cluster.violation(), "") << "seed " << seed;
}

// All machines are paused together, and go on together. One of them may have stood still for 1.5 s
// before, which is not enough to be dead.
void run_with_pauses_of_all(std::uint64_t seed) {
  Prng random(seed);
  SimulatedCluster cluster(seed, {});
  const std::size_t instances = 3 + random.below(3);
  for (std::size_t i = 0; i < instances; ++i) cluster.start_process(box(i));
  std::int64_t at_ms = 4000;
  while (at_ms < 90'000) {
    cluster.run_until(at_ms);
    const std::int64_t length_ms =
        random.chance(20) ? draw_between(random, 10'000, 40'000) : draw_between(random, 100, 4000);
    if (length_ms > 1200 && random.chance(50)) {
      cluster.pause(random.below(instances), 1500);
      at_ms += 1500;
      cluster.run_until(at_ms - 1);
    }
    for (std::size_t i = 0; i < instances; ++i)
      cluster.pause(i, length_ms + draw_between(random, 0, 100));
    at_ms += length_ms + draw_between(random, 2500, 6000);
  }
  ASSERT_EQ(cluster.declared_dead().size(), 0U) << "seed " << seed;
  for (std::size_t i = 0; i < instances; ++i) EXPECT_TRUE(cluster.is_running(i)) << "seed " << seed;
}

TEST(MembershipSimulation, no_lease_outlives_the_right_of_others_to_take_over) {
  run_many_with_all_faults(0, 200);
}

TEST(MembershipSimulation, a_dead_member_is_declared_dead_within_its_bound) {
  for (std::uint64_t seed = 0; seed < 300 && !HasFailure(); ++seed) run_with_a_death(seed);
}

TEST(MembershipSimulation, standstills_of_the_store_and_of_others_kill_no_member_that_beats) {
  for (std::uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed)
    run_with_standstills_of_others(seed);
}

TEST(MembershipSimulation, a_pause_of_all_machines_kills_none) {
  for (std::uint64_t seed = 0; seed < 100 && !HasFailure(); ++seed) run_with_pauses_of_all(seed);
}

TEST(ThoroughMembershipSimulation, no_lease_outlives_the_right_of_others_to_take_over) {
  run_many_with_all_faults(1000, 3000);
}

TEST(ThoroughMembershipSimulation,
     standstills_of_the_store_and_of_others_kill_no_member_that_beats) {
  for (std::uint64_t seed = 1000; seed < 1700 && !HasFailure(); ++seed)
    run_with_standstills_of_others(seed);
  for (std::uint64_t seed = 1000; seed < 1700 && !HasFailure(); ++seed)
    run_with_pauses_of_all(seed);
}

}  // namespace
}  // namespace frontrow
