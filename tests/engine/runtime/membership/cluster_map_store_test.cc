#include "engine/runtime/membership/cluster_map_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/map_changes.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

bool go_on(const std::string&) { return false; }

// Counts in the weights, which start at 0: a change that is not idempotent.
Result<ClusterMap> count_up(const ClusterMap& map, InstanceId id) {
  return set_weight(map, id, map.find(id)->weight + 1);
}

ClusterMapStore::Change counting(InstanceId id) {
  return [id](const ClusterMap& map) { return count_up(map, id); };
}

// A cluster with the instances 1 to 3 of weight 0, in a store.
class MapStoreFixture {
 public:
  explicit MapStoreFixture(std::uint64_t seed) : store(seed), log(store, "test") {
    const ClusterRecord record{.cluster = "test", .id = 77, .created = Instant{1}};
    EXPECT_TRUE(create_cluster(log, record, "creator", 2, go_on).ok());
    ClusterMapStore maps(log, "creator", 78);
    for (const char* name : {"a", "b", "c"}) {
      const auto add = [&](const ClusterMap& map) { return add_instance(map, name, 0); };
      EXPECT_EQ(maps.change(add, go_on).outcome, MapOutcome::kChanged);
    }
  }
  ClusterMap map() {
    ClusterMapStore reader(log, "reader", 79);
    Result<ClusterMap> map = reader.read();
    EXPECT_TRUE(map.ok()) << (map.ok() ? "" : map.error());
    return map.ok() ? std::move(*map) : ClusterMap();
  }
  std::uint32_t weight(InstanceId id) { return map().find(id)->weight; }

  ModelStore store;
  SharedLog log;
};

class ClusterMapStoreTest : public ::testing::Test, protected MapStoreFixture {
 protected:
  ClusterMapStoreTest() : MapStoreFixture(7) {}
  ClusterMapStore maps_{log, "a", 1};
  ClusterMapStore others_{log, "b", 2};
};

TEST_F(ClusterMapStoreTest, change_is_the_next_revision_of_its_author) {
  const std::uint64_t before = map().revision();
  const MapChange change = maps_.change(counting(1), go_on);
  ASSERT_EQ(change.outcome, MapOutcome::kChanged);
  EXPECT_EQ(change.map, map());
  EXPECT_EQ(change.map.revision(), before + 1);
  EXPECT_EQ(change.map.author(), "a");
  EXPECT_EQ(change.map.find(1)->weight, 1U);
}

TEST_F(ClusterMapStoreTest, nothing_is_written_where_there_is_nothing_to_do) {
  const auto content = store.content();
  const MapChange change =
      maps_.change([](const ClusterMap& map) { return set_weight(map, 1, 0); }, go_on);
  EXPECT_EQ(change.outcome, MapOutcome::kNothingToDo);
  EXPECT_EQ(change.map, map());
  EXPECT_EQ(store.content(), content);
}

TEST_F(ClusterMapStoreTest, error_of_the_function_is_the_reason) {
  const auto content = store.content();
  const MapChange change =
      maps_.change([](const ClusterMap& map) { return set_weight(map, 9, 0); }, go_on);
  EXPECT_EQ(change.outcome, MapOutcome::kRejected);
  EXPECT_EQ(change.reason, "the cluster has no instance 9");
  const auto spoil = [](ClusterMap map) -> Result<ClusterMap> {
    map.places[5].owner = 9;
    return map;
  };
  EXPECT_EQ(maps_.change(spoil, go_on).reason, "slot 5 is on instance 9, which is not there");
  EXPECT_EQ(store.content(), content);
}

TEST_F(ClusterMapStoreTest, function_meets_the_map_of_the_other_author) {
  bool is_first = true;
  store.on_commit([&] {
    if (!std::exchange(is_first, false)) return;
    EXPECT_EQ(others_.change(counting(1), go_on).outcome, MapOutcome::kChanged);
  });
  std::vector<std::uint32_t> met;
  const auto change = [&](const ClusterMap& map) {
    met.push_back(map.find(1)->weight);
    return count_up(map, 1);
  };
  EXPECT_EQ(maps_.change(change, go_on).outcome, MapOutcome::kChanged);
  EXPECT_THAT(met, testing::ElementsAre(0, 1));
  EXPECT_EQ(weight(1), 2U);
}

// The request takes effect and the answer is lost; before the repetition others change the map.
TEST_F(ClusterMapStoreTest, lost_answer_is_settled_after_the_changes_of_others) {
  store.set_faults({.lost_answer = 100});
  int asked = 0;
  const auto others_come = [&](const std::string&) {
    if (asked++ > 0) return false;
    store.set_faults({});
    for (int i = 0; i < 50; ++i) (void)others_.change(counting(2), go_on);
    for (std::uint64_t writer = 100; writer < 100 + kEarlierSpare; ++writer)
      (void)ClusterMapStore(log, "tool", writer).change(counting(3), go_on);
    return false;
  };
  const MapChange change = maps_.change(counting(1), others_come);
  ASSERT_EQ(change.outcome, MapOutcome::kChanged);
  EXPECT_EQ(change.map, map());
  EXPECT_EQ(weight(1), 1U);
  EXPECT_EQ(weight(2), 50U);
  EXPECT_EQ(weight(3), kEarlierSpare);
}

TEST_F(ClusterMapStoreTest, outcome_is_unknown_after_too_many_others) {
  store.set_faults({.lost_answer = 100});
  const auto others_come = [&](const std::string&) {
    store.set_faults({});
    for (std::uint64_t writer = 100; writer < 200; ++writer)
      (void)ClusterMapStore(log, "tool", writer).change(counting(3), go_on);
    return false;
  };
  const MapChange change = maps_.change(counting(1), others_come);
  EXPECT_EQ(change.outcome, MapOutcome::kUnknown);
  EXPECT_THAT(change.reason, HasSubstr("too many instances"));
  EXPECT_EQ(weight(1), 1U);
}

TEST_F(ClusterMapStoreTest, given_up_change_takes_effect_late_or_never) {
  store.set_majority(false);
  const MapChange unread = maps_.change(counting(1), [](const std::string&) { return true; });
  EXPECT_EQ(unread.outcome, MapOutcome::kFailed) << "nothing was sent";
  store.set_majority(true);
  store.set_faults({.late_effect = 100});
  const auto give_up = [](const std::string&) { return true; };
  EXPECT_EQ(maps_.change(counting(1), give_up).outcome, MapOutcome::kUnknown);
  EXPECT_EQ(weight(1), 0U);
  store.set_faults({});
  store.on_commit([&] { store.deliver_late(); });
  // The late one is first, and is not taken for this one.
  EXPECT_EQ(maps_.change(counting(1), go_on).outcome, MapOutcome::kChanged);
  EXPECT_EQ(weight(1), 2U);
}

TEST_F(ClusterMapStoreTest, map_changes_only_with_the_expected_values) {
  constexpr std::uint64_t kStream = 5;
  ASSERT_TRUE(
      StreamAppender::create(log, {.stream = kStream, .instance = "b", .writer = 1}, go_on).ok());
  const std::string key = log.keys().stream(kStream);
  StreamState sealed = **log.state(kStream);
  ++sealed.epoch;
  sealed.sealed_by = "a";
  const std::vector<MapExpectation> expected{{key, encode_stream_state(sealed)}};
  const MapChange early = maps_.change(counting(1), go_on, expected);
  EXPECT_EQ(early.outcome, MapOutcome::kUnexpected);
  EXPECT_EQ(weight(1), 0U);
  ASSERT_TRUE(log.seal(kStream, "a").ok());
  bool is_first = true;
  store.on_commit([&] {
    if (std::exchange(is_first, false)) (void)others_.change(counting(1), go_on);
  });
  EXPECT_EQ(maps_.change(counting(1), go_on, expected).outcome, MapOutcome::kChanged)
      << "a changed map is not an unexpected value";
  EXPECT_EQ(weight(1), 2U);
  const std::vector<MapExpectation> absent{{key, std::nullopt}};
  EXPECT_EQ(maps_.change(counting(1), go_on, absent).outcome, MapOutcome::kUnexpected);
}

TEST_F(ClusterMapStoreTest, store_without_a_map_or_with_another_text_fails) {
  auto content = store.content();
  content[log.keys().map()] = "v2 of a later program";
  store.restore(content);
  MapChange change = maps_.change(counting(1), go_on);
  EXPECT_EQ(change.outcome, MapOutcome::kFailed);
  EXPECT_EQ(change.reason,
            "/frontrow/test/map: not a slot map: line 1 is \"v2 of a later program\"");
  content.erase(log.keys().map());
  store.restore(content);
  change = maps_.change(counting(1), go_on);
  EXPECT_EQ(change.outcome, MapOutcome::kFailed);
  EXPECT_EQ(change.reason, "/frontrow/test/map: the cluster has no slot map");
  EXPECT_FALSE(maps_.read().ok());
}

// More comparisons than a transaction may have: the store refuses each attempt.
TEST_F(ClusterMapStoreTest, attempts_without_hope_end) {
  const std::vector<MapExpectation> many(kStoreTransactionMax, {log.keys().id(), std::nullopt});
  int attempts = 0;
  const MapChange change =
      maps_.change(counting(1), [&](const std::string&) { return ++attempts == 1000; }, many);
  EXPECT_EQ(change.outcome, MapOutcome::kFailed);
  EXPECT_THAT(change.reason, HasSubstr("65 comparisons"));
  EXPECT_LT(attempts, 10);
}

constexpr StoreFaults kAllFaults{
    .lost_request = 10, .lost_answer = 20, .late_effect = 15, .lost_read = 15};

// Two authors over a store with every fault; the second one comes between any two calls of the
// first one. Each counts in a weight of its own and in a common one.
void run_two_authors(std::uint64_t seed, bool gives_up) {
  MapStoreFixture cluster(seed);
  Prng random(seed);
  ClusterMapStore first(cluster.log, "a", 1), second(cluster.log, "b", 2);
  std::uint32_t sure[4]{}, unsure[4]{};
  const auto count = [&](ClusterMapStore& maps, InstanceId id) {
    std::size_t attempts = 0;
    const auto change = [&](const ClusterMap& map) {
      const Result<ClusterMap> next = count_up(map, id);
      return next.ok() ? count_up(*next, 3) : next;
    };
    const MapChange made =
        maps.change(change, [&](const std::string&) { return gives_up && ++attempts == 2; });
    if (made.outcome == MapOutcome::kChanged) ++sure[id];
    if (made.outcome == MapOutcome::kUnknown) ++unsure[id];
    EXPECT_TRUE(gives_up || made.outcome == MapOutcome::kChanged) << "seed " << seed;
  };
  const std::uint64_t revision = cluster.map().revision();
  cluster.store.set_faults(kAllFaults);
  bool is_nested = false;
  cluster.store.on_commit([&] {
    if (is_nested) return;
    is_nested = true;
    if (random.chance(30)) cluster.store.deliver_late();
    if (random.chance(40)) count(second, 2);
    if (random.chance(30)) cluster.store.deliver_late();
    is_nested = false;
  });
  for (int i = 0; i < 4; ++i) count(first, 1);
  cluster.store.on_commit(nullptr);
  cluster.store.set_faults({});
  cluster.store.deliver_late();
  const ClusterMap map = cluster.map();
  for (const InstanceId id : {InstanceId{1}, InstanceId{2}}) {
    ASSERT_GE(map.find(id)->weight, sure[id]) << "seed " << seed;
    ASSERT_LE(map.find(id)->weight, sure[id] + unsure[id]) << "seed " << seed;
  }
  ASSERT_EQ(map.find(3)->weight, map.find(1)->weight + map.find(2)->weight) << "seed " << seed;
  ASSERT_EQ(map.revision(), revision + map.find(3)->weight) << "seed " << seed;
}

TEST(TwoAuthors, every_change_is_applied_once) {
  for (std::uint64_t seed = 0; seed < 1000 && !::testing::Test::HasFailure(); ++seed)
    run_two_authors(seed, false);
}

TEST(TwoAuthors, changes_that_were_given_up_are_applied_once_or_never) {
  for (std::uint64_t seed = 0; seed < 1000 && !::testing::Test::HasFailure(); ++seed)
    run_two_authors(seed, true);
}

TEST(LongTwoAuthors, every_change_is_applied_once) {
  for (std::uint64_t seed = 1'000'000; seed < 1'020'000 && !::testing::Test::HasFailure(); ++seed)
    run_two_authors(seed, seed % 2 == 0);
}

TEST(ManyAuthors, every_change_of_every_thread_is_applied_once) {
  constexpr std::uint32_t kThreads = 4, kChanges = 20;
  MapStoreFixture cluster(3);
  cluster.store.set_faults(kAllFaults);
  std::vector<std::thread> threads;
  for (std::uint64_t writer = 1; writer <= kThreads; ++writer) {
    threads.emplace_back([&, writer] {
      ClusterMapStore maps(cluster.log, "a", writer);
      for (std::uint32_t i = 0; i < kChanges; ++i)
        EXPECT_EQ(maps.change(counting(1), go_on).outcome, MapOutcome::kChanged);
    });
  }
  for (std::thread& thread : threads) thread.join();
  cluster.store.set_faults({});
  cluster.store.deliver_late();
  EXPECT_EQ(cluster.weight(1), kThreads * kChanges);
}

}  // namespace
}  // namespace frontrow
