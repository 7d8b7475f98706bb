// Runs the simulation over many seeds. FRONTROW_SEED=n runs the one seed n, and with
// FRONTROW_TRACE=1 prints its steps.
#include "tests/engine/core/support/simulation.h"

namespace frontrow {
namespace {

void run_seeds(std::uint64_t first, std::uint64_t count) {
  if (const char* only = std::getenv("FRONTROW_SEED")) {
    first = std::strtoull(only, nullptr, 10);
    count = 1;
  }
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    Simulation(seed).run();
    if (::testing::Test::HasFailure()) {
      const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
      FAIL() << fmt::format(
          "seed {} failed; again: FRONTROW_SEED={} FRONTROW_TRACE=1 core_test --gtest_filter={}.{}",
          seed, seed, test->test_suite_name(), test->name());
    }
  }
}

TEST(Simulation, agrees_with_the_model) { run_seeds(1, 2000); }

// A long run with other seeds than the quick tier's.
TEST(LongSimulation, agrees_with_the_model) { run_seeds(1'000'000, 30'000); }

}  // namespace
}  // namespace frontrow
