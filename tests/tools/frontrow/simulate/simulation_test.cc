// Small sales, played whole: exact results, and the direction in which each setting changes them.
#include "tools/frontrow/simulate/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tools/frontrow/workload/files.h"

namespace frontrow::simulate {
namespace {

using drop::Ending;
using drop::Outcome;

SimulateArgs small_sale() {
  SimulateArgs args;
  args.fans = 3'000;
  args.arrive_ms = 5'000;
  args.dates = 2;
  args.seats = 100;
  args.think = {drop::Spread::kExponential, 1'000};
  args.pay = {drop::Spread::kExponential, 2'000};
  args.idle_s = 20;
  return args;
}

constexpr Sizes kSizes{.max_active = 50, .admit_per_second = 10, .hold_s = 30};

SaleRun play(const SimulateArgs& args, const Sizes& sizes = kSizes, std::uint32_t stop_at_ms = 0) {
  const auto arrivals =
      drop::plan_arrivals({args.shape, args.csv, args.fans, args.arrive_ms, args.seed, kFansMax});
  std::uint32_t asked = 0;
  const Watcher watcher{[](const Standing&) {},
                        [&asked, stop_at_ms] { return stop_at_ms != 0 && ++asked == stop_at_ms; }};
  SaleRun run = simulate(args, sizes, *arrivals, watcher);
  EXPECT_EQ(run.violation_count, 0U) << testing::PrintToString(run.violations);
  return run;
}

std::uint64_t ended(const SaleRun& run, Outcome outcome) {
  return run.crowd.outcomes[static_cast<std::size_t>(outcome)];
}

TEST(Simulation, sells_every_seat_once_and_everybody_ends) {
  const SaleRun run = play(small_sale());
  EXPECT_EQ(run.ending, Ending::kDone);
  EXPECT_EQ(run.seats, 200U);
  EXPECT_EQ(run.core.sold, 200U);
  EXPECT_EQ(run.crowd.bought, 200U);
  EXPECT_EQ(ended(run, Outcome::kBought), 200U);
  EXPECT_EQ(run.crowd.arrived, 3'000U);
  EXPECT_EQ(run.unfinished, 0U);
  EXPECT_EQ(std::accumulate(run.crowd.outcomes.begin(), run.crowd.outcomes.end(), 0U), 3'000U);
  EXPECT_EQ(ended(run, Outcome::kRefused), 0U);
  // Each buyer had charged one price, and some fans charged without buying.
  EXPECT_EQ(run.crowd.paid, 200 * 50'000);
  EXPECT_GE(run.crowd.charged, run.crowd.paid);
  // Every hold was paid, expired, or released; none is left.
  EXPECT_EQ(run.core.holds, run.core.sold + run.core.holds_expired + run.core.holds_released);
  EXPECT_GT(run.core.holds_expired, 0U);
  EXPECT_GT(run.crowd.conflicts, 0U);
  EXPECT_EQ(run.core.payments_failed, 0U);
  // Four messages a purchase, and two for the concert's creation.
  EXPECT_EQ(run.core.messages, 4 * 200U + 2);
  EXPECT_EQ(run.commands, run.crowd.requests + run.core.messages + 1 +
                              run.crowd.asks[static_cast<std::size_t>(drop::Ask::kCharge)]);
  EXPECT_LT(run.core.sold_half, run.core.sold_nine_tenths);
  EXPECT_LT(run.core.sold_nine_tenths, run.core.sold_last);
  EXPECT_EQ(run.core.active_most, 50U);
  EXPECT_GT(run.core.waiting_most, 2'000U);
  EXPECT_LE(run.core.waiting_most, 3'000U);
  EXPECT_EQ(run.crowd.line_time.count(), run.crowd.told_in);
  EXPECT_LE(run.crowd.told_in, run.core.admitted);
  EXPECT_EQ(run.crowd.shop_time.count(), 200U);
}

// Seats that come back after the crowd has gone are sold to those who wait for them.
TEST(Simulation, waitlist_sells_what_comes_back) {
  SimulateArgs args = small_sale();
  args.fans = 400;
  args.seats = 150;
  args.abandon = 20;
  args.expire = 10;
  args.offer_s = 30;
  const Sizes slow{.max_active = 400, .admit_per_second = 400, .hold_s = 120};
  const SaleRun without = play(args, slow);
  EXPECT_LT(without.core.sold, 300U);
  EXPECT_EQ(without.crowd.waitlist.joined, 0U);
  args.waitlist = 100;
  const SaleRun with = play(args, slow);
  EXPECT_EQ(with.ending, Ending::kDone);
  EXPECT_GT(with.core.sold, without.core.sold);
  EXPECT_GE(with.sold_percent(), 99.9);
  EXPECT_EQ(with.unfinished, 0U);
  EXPECT_EQ(ended(with, Outcome::kRefused), 0U);
  const drop::WaitlistFigures& waitlist = with.crowd.waitlist;
  EXPECT_GT(waitlist.paid, 0U);
  EXPECT_GT(waitlist.lapsed, 0U);
  EXPECT_EQ(waitlist.offers, waitlist.paid + waitlist.lapsed);
  EXPECT_GE(with.core.offers, waitlist.offers);
  EXPECT_LE(waitlist.offers, waitlist.joined);
  EXPECT_LE(with.core.active_most, 400U);
}

TEST(Simulation, showings_with_seats_and_standing_places_are_sold_by_quantity) {
  SimulateArgs args = small_sale();
  args.showings = 2;
  args.seats = 60;
  args.standing = 40;
  args.quantity = 60;
  args.waitlist = 50;
  args.offer_s = 30;
  const SaleRun run = play(args);
  EXPECT_EQ(run.ending, Ending::kDone);
  EXPECT_EQ(run.seats, 400U);
  EXPECT_EQ(run.core.sold, 400U);
  EXPECT_EQ(run.crowd.seats, 400U);
  EXPECT_LT(run.crowd.bought, 350U) << "many buy several seats";
  EXPECT_EQ(run.core.payments, run.crowd.bought);
  // 240 seats of one price, 160 places of half of it.
  EXPECT_EQ(run.crowd.paid, 240 * 50'000 + 160 * 25'000);
  EXPECT_EQ(ended(run, Outcome::kRefused), 0U);
}

TEST(Simulation, samples_add_up_to_the_totals) {
  const SaleRun run = play(small_sale());
  std::uint64_t requests = 0;
  std::uint64_t polls = 0;
  std::uint64_t most = 0;
  for (const Sample& sample : run.samples) {
    requests += sample.requests;
    polls += sample.polls;
    most = std::max(most, sample.requests);
  }
  EXPECT_EQ(requests, run.crowd.requests);
  EXPECT_EQ(polls, run.crowd.asks[static_cast<std::size_t>(drop::Ask::kPoll)]);
  EXPECT_EQ(most, std::max(run.requests_most, run.requests_most_after));
  EXPECT_EQ(run.samples.back().sold, 200U);
  EXPECT_EQ(run.samples.back().arrived, 3'000U);
  EXPECT_GE(run.samples.back().at_ms, run.virtual_ms);
  EXPECT_LT(run.samples.back().at_ms, run.virtual_ms + 1'000);
}

TEST(Simulation, is_the_same_again_with_its_seed_and_another_with_another) {
  SimulateArgs args = small_sale();
  const SaleRun once = play(args);
  const SaleRun again = play(args);
  EXPECT_EQ(once.state_hash, again.state_hash);
  EXPECT_EQ(once.virtual_ms, again.virtual_ms);
  EXPECT_EQ(once.crowd.requests, again.crowd.requests);
  EXPECT_EQ(once.crowd.outcomes, again.crowd.outcomes);
  EXPECT_EQ(once.core.log_bytes, again.core.log_bytes);
  args.seed = 2;
  EXPECT_NE(play(args).state_hash, once.state_hash);
}

TEST(Simulation, more_room_sells_sooner_and_longer_holds_sell_later) {
  const auto last = [](const SaleRun& run) { return *run.seconds_until(run.core.sold_last); };
  const auto half = [](const SaleRun& run) { return *run.seconds_until(run.core.sold_half); };
  SimulateArgs args = small_sale();
  args.expire = 10;
  const SaleRun normal = play(args);
  const SaleRun narrow = play(args, {10, 10, 30});
  const SaleRun slow = play(args, {50, 2, 30});
  const SaleRun patient = play(args, {50, 10, 120});
  EXPECT_GT(half(narrow), 1.5 * half(normal));
  EXPECT_GT(half(slow), 1.5 * half(normal));
  EXPECT_EQ(narrow.core.active_most, 10U);
  // A fan who lets a hold expire blocks the seat for the length of the hold.
  EXPECT_GT(last(patient), last(normal) + 60);
}

// Stopped by an interrupt or by the limit, the state is consistent.
TEST(Simulation, stopped_anywhere_it_holds) {
  for (const std::uint32_t at_ms : {50U, 2'500U, 6'000U, 15'000U}) {
    const SaleRun run = play(small_sale(), kSizes, at_ms);
    EXPECT_EQ(run.ending, Ending::kInterrupted);
    EXPECT_EQ(run.virtual_ms, at_ms);
    EXPECT_GT(run.unfinished, 0U);
  }
  SimulateArgs args = small_sale();
  args.limit_ms = 8'000;
  const SaleRun run = play(args);
  EXPECT_EQ(run.ending, Ending::kLimit);
  EXPECT_EQ(run.virtual_ms, 8'000U);
  EXPECT_FALSE(run.sold_out());
}

TEST(Simulation, who_does_not_poll_is_taken_out_of_the_line) {
  SimulateArgs args = small_sale();
  args.abandon = 40;
  const SaleRun run = play(args, {100, 5, 30});
  EXPECT_GT(ended(run, Outcome::kLeft), 500U);
  EXPECT_GT(run.core.idle_left, 100U);
}

TEST(Simulation, keys_of_joins_cost_log_and_change_nothing_else) {
  SimulateArgs args = small_sale();
  const SaleRun without = play(args);
  args.join_keys = true;
  const SaleRun with = play(args);
  EXPECT_EQ(with.crowd.outcomes, without.crowd.outcomes);
  EXPECT_EQ(with.core.events, without.core.events + 3'000);
  EXPECT_GT(with.core.log_bytes, without.core.log_bytes + 3'000 * 50);
}

TEST(Simulation, arrivals_of_a_file_and_fewer_fans_than_seats) {
  SimulateArgs args = small_sale();
  args.fans = 50;
  args.abandon = 0;
  args.expire = 0;
  const SaleRun run = play(args);
  EXPECT_EQ(run.crowd.bought, 50U);
  EXPECT_EQ(run.ending, Ending::kDone);
  EXPECT_FALSE(run.sold_out());
  EXPECT_FALSE(run.seconds_until(run.core.sold_half).has_value());
  EXPECT_EQ(run.crowd.charged, run.crowd.paid);
}

}  // namespace
}  // namespace frontrow::simulate
