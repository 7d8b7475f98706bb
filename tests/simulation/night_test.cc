// Many nights (night.h), one a seed: of one instance, and of clusters. FRONTROW_SEED=n runs the
// night n alone, FRONTROW_TRACE=1 prints its steps. LongNights and LongClusterNights run for
// FRONTROW_SECONDS (600 by default).
#include "tests/simulation/night.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/support/environment.h"

namespace frontrow::sim {
namespace {

struct Alone {
  static constexpr const char* kSuite = "Nights";
  static NightReport run(std::uint64_t seed) { return Night(seed, 1).run(800); }
};
struct Cluster {
  static constexpr const char* kSuite = "ClusterNights";
  static NightReport run(std::uint64_t seed) {
    return Night(seed, Night::cluster_size(seed)).run(20'000);
  }
};

class Totals {
 public:
  // False if the night failed.
  template <class Kind>
  bool add_night(std::uint64_t seed) {
    add(Kind::run(seed));
    if (!::testing::Test::HasFailure()) return true;
    fmt::print(
        "seed {} failed; again: FRONTROW_SEED={} simulation_test --gtest_filter='From/{}.*/0'\n",
        seed, seed, Kind::kSuite);
    return false;
  }
  void print() const {
    fmt::print(
        "{} nights: {} acknowledged, {} payments, {} crashes, {} failed writes, {} bad disks "
        "refused, {} checkpoints\n",
        nights, sum.acknowledged, sum.sold, sum.crashes, sum.failed_writes, sum.refused_starts,
        sum.checkpoints);
    const LinkStats& l = sum.links;
    if (l.made == 0) return;
    fmt::print(
        "links: {} made, {} broken; {} requests forwarded, {} answered, {} unsent, {} of unknown "
        "outcome, {} given up, {} without credit, {} refused late; {} answers came late, {} went "
        "to nobody; {} messages, {} dropped\n",
        l.made, l.broken, l.forwarded, l.answered, l.unsent, l.unknown, l.given_up,
        l.without_credit, l.refused_late, l.came_late, l.for_nobody, l.messages, l.dropped);
    fmt::print(
        "{} starts beside others, {} standstills, {} payments across instances, {} outbox entries "
        "waited "
        "for the last links\n",
        sum.starts_beside_others, sum.standstills, sum.sold_across, sum.outbox_entries_resent);
  }

  std::uint64_t nights = 0;
  NightReport sum;

 private:
  void add(const NightReport& night) {
    ++nights;
    sum.acknowledged += night.acknowledged;
    sum.crashes += night.crashes;
    sum.failed_writes += night.failed_writes;
    sum.refused_starts += night.refused_starts;
    sum.checkpoints += night.checkpoints;
    sum.sold += night.sold;
    sum.starts_beside_others += night.starts_beside_others;
    sum.standstills += night.standstills;
    sum.sold_across += night.sold_across;
    sum.outbox_entries_resent += night.outbox_entries_resent;
    LinkStats& l = sum.links;
    l.made += night.links.made;
    l.broken += night.links.broken;
    l.forwarded += night.links.forwarded;
    l.messages += night.links.messages;
    l.dropped += night.links.dropped;
    l.answered += night.links.answered;
    l.unsent += night.links.unsent;
    l.unknown += night.links.unknown;
    l.given_up += night.links.given_up;
    l.without_credit += night.links.without_credit;
    l.came_late += night.links.came_late;
    l.for_nobody += night.links.for_nobody;
    l.refused_late += night.links.refused_late;
  }
};

template <class Kind>
void run_nights(std::uint64_t from, std::uint64_t to) {
  if (const std::uint64_t only = number_from("FRONTROW_SEED", 0); only != 0) {
    from = only;
    to = only + 1;
  }
  Totals totals;
  for (std::uint64_t seed = from; seed < to; ++seed) {
    if (!totals.add_night<Kind>(seed)) return;
  }
  totals.print();
}

template <class Kind>
void run_long() {
  const auto end =
      std::chrono::steady_clock::now() + std::chrono::seconds(number_from("FRONTROW_SECONDS", 600));
  std::uint64_t seed = number_from("FRONTROW_SEED", 1'000'000);
  Totals totals;
  for (; std::chrono::steady_clock::now() < end; ++seed) {
    if (!totals.add_night<Kind>(seed)) return;
  }
  totals.print();
}

// Ten thousand seeds in parts that run side by side.
constexpr std::uint64_t kPart = 1250;
class Nights : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(From, Nights, testing::Range<std::uint64_t>(1, 3 * kPart + 1, kPart));
INSTANTIATE_TEST_SUITE_P(Thorough, Nights,
                         testing::Range<std::uint64_t>(3 * kPart + 1, 10'001, kPart));
TEST_P(Nights, nothing_acknowledged_is_lost) { run_nights<Alone>(GetParam(), GetParam() + kPart); }

constexpr std::uint64_t kClusterPart = 250;
class ClusterNights : public testing::TestWithParam<std::uint64_t> {};
INSTANTIATE_TEST_SUITE_P(From, ClusterNights, testing::Range<std::uint64_t>(1, 501, kClusterPart));
INSTANTIATE_TEST_SUITE_P(Thorough, ClusterNights,
                         testing::Range<std::uint64_t>(501, 2'001, kClusterPart));
TEST_P(ClusterNights, nothing_acknowledged_is_lost) {
  run_nights<Cluster>(GetParam(), GetParam() + kClusterPart);
}

TEST(LongNights, nothing_acknowledged_is_lost) { run_long<Alone>(); }
TEST(LongClusterNights, nothing_acknowledged_is_lost) { run_long<Cluster>(); }

TEST(Night, same_seed_is_the_same_night) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(Alone::run(seed).hash, Alone::run(seed).hash) << "seed " << seed;
    EXPECT_EQ(Cluster::run(seed).hash, Cluster::run(seed).hash) << "seed " << seed;
  }
}

TEST(Night, other_seed_is_another_night) {
  EXPECT_NE(Alone::run(1).hash, Alone::run(2).hash);
  EXPECT_NE(Cluster::run(1).hash, Cluster::run(2).hash);
}

// Nights cover all kinds of events: a simulation without sales or failures would prove no property.
TEST(Night, much_happens) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) ASSERT_TRUE(totals.add_night<Alone>(seed));
  EXPECT_GT(totals.sum.acknowledged, 100U * 40);
  EXPECT_GT(totals.sum.sold, 50U);
  EXPECT_GT(totals.sum.crashes, 200U);
  EXPECT_GT(totals.sum.failed_writes, 20U);
  EXPECT_GT(totals.sum.refused_starts, 10U);
  EXPECT_GT(totals.sum.checkpoints, 100U);
}

TEST(Night, much_happens_in_a_cluster) {
  Totals totals;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) ASSERT_TRUE(totals.add_night<Cluster>(seed));
  EXPECT_GT(totals.sum.acknowledged, 100U * 200);
  EXPECT_GT(totals.sum.sold_across, 100U);
  EXPECT_GT(totals.sum.crashes, 1000U);
  EXPECT_GT(totals.sum.starts_beside_others, 1000U);
  EXPECT_GT(totals.sum.standstills, 1000U);
  EXPECT_GT(totals.sum.outbox_entries_resent, 5U);
  const LinkStats& links = totals.sum.links;
  EXPECT_GT(links.broken, 2000U);
  EXPECT_GT(links.answered, 5000U);
  EXPECT_GT(links.unsent, 1000U);
  EXPECT_GT(links.unknown, 1000U);
  EXPECT_GT(links.given_up, 1000U);
  EXPECT_GT(links.without_credit, 500U);
  EXPECT_GT(links.refused_late, 200U);
  EXPECT_GT(links.came_late, 500U);
  EXPECT_GT(links.for_nobody, 500U);
  EXPECT_GT(links.messages, 1000U);
  EXPECT_GT(links.dropped, 50U);
}

}  // namespace
}  // namespace frontrow::sim
