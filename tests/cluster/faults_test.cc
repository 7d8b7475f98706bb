// Faults of the network and of machines, drawn by a seed, strike while payments are at any step,
// for shorter and for longer than a takeover takes; then all answers of the clients are verified,
// over HTTP and in the logs of all instances.
//
// In the long test FRONTROW_ROUNDS sets the number of rounds (100 by default) and FRONTROW_SEED the
// draw.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/cluster/cluster.h"
#include "tests/cluster/crowd.h"
#include "tests/cluster/logs.h"
#include "tests/support/environment.h"

namespace frontrow::cluster {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kHealMs = 60'000;
// About twice the silence after which an instance closes a link; and longer than a takeover.
constexpr std::uint64_t kFaultMsMax[] = {1'500, 5'000};
constexpr std::uint64_t kStrikeUsMax = 4'000;

enum class Fault {
  kUnplugged,   // the host is unreachable
  kCut,         // two hosts don't reach each other, clients reach both
  kOneWayLoss,  // packets from one host to another are lost
  kSlow,
  kStopped,    // SIGSTOP, SIGCONT
  kKilled,     // SIGKILL, then restarted
  kRestarted,  // SIGTERM, then restarted
  kMachine,    // killed with the etcd of its host, then restarted
};
constexpr const char* kNames[] = {"unplugged", "cut",    "one-way loss", "slow",
                                  "stopped",   "killed", "restarted",    "machine killed"};
constexpr std::uint64_t kFaults = std::size(kNames);

std::int64_t ms_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

class Faults : public ClusterTest {
 protected:
  // A quarter of the rounds have a second fault.
  void rounds(int count, std::uint64_t seed);

 private:
  void round(int number, Crowd& crowd);
  void strike(Fault fault, int victim, int other);
  void undo(Fault fault, int victim);
  void check_everything(Crowd& crowd);

  Prng random_{0};
  std::int64_t heal_ms_max_ = 0;
};

void Faults::strike(Fault fault, int victim, int other) {
  switch (fault) {
    case Fault::kUnplugged:
      return network.unplug(victim);
    case Fault::kCut:
      return network.cut(victim, other);
    case Fault::kOneWayLoss:
      return network.lose(victim, other);
    case Fault::kSlow:
      return network.slow_down(victim);
    case Fault::kStopped:
      return cluster->instance(victim).stand_still();
    case Fault::kKilled:
      return cluster->instance(victim).kill();
    case Fault::kRestarted:
      return cluster->instance(victim).ask_to_stop();
    case Fault::kMachine:
      cluster->etcd().kill(victim);
      return cluster->instance(victim).kill();
  }
}

void Faults::undo(Fault fault, int victim) {
  Instance& instance = cluster->instance(victim);
  if (fault == Fault::kStopped) instance.go_on();
  if (fault == Fault::kRestarted) {
    EXPECT_EQ(instance.wait(30'000), 0) << instance.log();
  }
  if (fault == Fault::kMachine && !cluster->etcd().in_life(victim)) cluster->etcd().launch(victim);
}

void Faults::round(int number, Crowd& crowd) {
  const auto fault = static_cast<Fault>(random_.below(kFaults));
  const int victim = 1 + static_cast<int>(random_.below(kInstances));
  const int other = 1 + (victim + static_cast<int>(random_.below(2))) % kInstances;
  const bool two = random_.below(4) == 0;
  const auto second = static_cast<Fault>(random_.below(kFaults));
  const auto length = std::chrono::milliseconds(20 + random_.below(kFaultMsMax[random_.below(2)]));
  SCOPED_TRACE(fmt::format(
      "round {}: instance {} {}{}, {} ms", number, victim, kNames[static_cast<int>(fault)],
      two ? fmt::format(" and {} {}", other, kNames[static_cast<int>(second)]) : "",
      length.count()));

  EXPECT_TRUE(crowd.await_payment()) << "nobody pays";
  std::this_thread::sleep_for(std::chrono::microseconds(random_.below(kStrikeUsMax)));
  strike(fault, victim, other);
  if (two) strike(second, other, victim);
  std::this_thread::sleep_for(length);
  network.heal();
  undo(fault, victim);
  if (two) undo(second, other);

  const auto healed = Clock::now();
  ASSERT_TRUE(cluster->await_settled_again(kHealMs));
  heal_ms_max_ = std::max(heal_ms_max_, ms_since(healed));
  EXPECT_TRUE(crowd.await_sales(1, kHealMs)) << "nothing is sold any more";
}

void Faults::rounds(int count, std::uint64_t seed) {
  random_ = Prng(seed);
  RecordProperty("seed", std::to_string(seed));
  ASSERT_TRUE(cluster->start());
  Crowd crowd(*cluster, seed);
  crowd.play_rounds(count, [&](int number) { round(number, crowd); });
  check_everything(crowd);
  std::printf("%d rounds, seed %lu: %s; settled within %ld ms\n", count, seed,
              crowd.encounters().text().c_str(), heal_ms_max_);
}

void Faults::check_everything(Crowd& crowd) {
  const ClusterLedger& books = crowd.books();
  const Logs logs = Logs::stop_and_check(*cluster, books);
  for (int id = 1; id <= kInstances; ++id)
    EXPECT_GT(cluster->instance(id).lines_with("is up (TLS 1.3)"), 0);
  // Otherwise no payment was exposed to the faults.
  EXPECT_GT(logs.payments_between_instances(), logs.payments() / 3);
  std::printf(
      "%zu joins in %zu lines, %zu charges, %zu holds, %zu payments, of which %zu between "
      "instances and %zu failed\n",
      [&] {
        std::size_t all = 0;
        for (const auto& [concert, line] : books.joins) all += line.size();
        return all;
      }(),
      books.joins.size(), books.charges.size(), books.all_holds.size(), logs.payments(),
      logs.payments_between_instances(), logs.failed_payments());
}

TEST_F(Faults, nothing_acknowledged_is_lost_doubled_or_sold_twice) { rounds(2, 1); }

using ThoroughFaults = Faults;

TEST_F(ThoroughFaults, nothing_acknowledged_is_lost_doubled_or_sold_twice) { rounds(6, 2); }

using LongFaults = Faults;

TEST_F(LongFaults, nothing_acknowledged_is_lost_doubled_or_sold_twice) {
  rounds(static_cast<int>(number_from("FRONTROW_ROUNDS", 100)), number_from("FRONTROW_SEED", 3));
}

}  // namespace
}  // namespace frontrow::cluster
