#include "engine/runtime/membership/cluster_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "engine/runtime/membership/cluster_map_store.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"

namespace frontrow {
namespace {

using testing::HasSubstr;

bool keep_trying(const std::string&) { return false; }

ClusterRecord record_of(std::uint64_t id) {
  return {.cluster = "autumn-tour",
          .id = id,
          .format = kClusterFormat,
          .created = Instant{1'798'142'400'123}};
}

class ClusterRecordTest : public ::testing::Test {
 protected:
  std::string error_of_open(std::optional<std::uint64_t> id = {}) {
    const Result<ClusterRecord> record = open_cluster(log_, "autumn-tour", id);
    return record.ok() ? "opened" : record.error();
  }
  std::string error_of_text(const std::string& text) {
    store_.restore({{log_.keys().id(), text}});
    return error_of_open();
  }

  ModelStore store_{7};
  SharedLog log_{store_, "autumn-tour"};
};

TEST(ClusterRecord, text_is_a_line) {
  const std::string text = encode_cluster_record(record_of(0x5d1f0c44a90be273));
  EXPECT_EQ(text,
            "v1 cluster=autumn-tour id=5d1f0c44a90be273 format=1 created=2026-12-24T20:00:00.123Z");
  const Result<ClusterRecord> read = decode_cluster_record(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(*read, record_of(0x5d1f0c44a90be273));
}

TEST(ClusterRecord, every_other_text_is_rejected) {
  const std::string good = encode_cluster_record(record_of(1));
  for (std::size_t cut = 0; cut < good.size(); ++cut)
    EXPECT_FALSE(decode_cluster_record(good.substr(0, cut)).ok()) << good.substr(0, cut);
  EXPECT_FALSE(decode_cluster_record(good + " ").ok());
  EXPECT_FALSE(decode_cluster_record("v2" + good.substr(2)).ok());
  for (const char* bad :
       {"v1 cluster= id=0000000000000001 format=1 created=2026-12-24T20:00:00.123Z",
        "v1 cluster=A id=0000000000000001 format=1 created=2026-12-24T20:00:00.123Z",
        "v1 cluster=a id=1 format=1 created=2026-12-24T20:00:00.123Z",
        "v1 cluster=a id=0000000000000001 format=01 created=2026-12-24T20:00:00.123Z",
        "v1 cluster=a id=0000000000000001 format=1 created=2026-12-24T20:00:00Z",
        "v1 cluster=a id=0000000000000001 format=4294967296 created=2026-12-24T20:00:00.123Z"}) {
    EXPECT_FALSE(decode_cluster_record(bad).ok()) << bad;
  }
}

TEST_F(ClusterRecordTest, created_cluster_has_an_empty_map) {
  EXPECT_THAT(error_of_open(), HasSubstr("the cluster does not exist"));
  ASSERT_TRUE(create_cluster(log_, record_of(9), "tool", 3, keep_trying).ok());
  const Result<ClusterRecord> record = open_cluster(log_, "autumn-tour", 9);
  ASSERT_TRUE(record.ok()) << record.error();
  EXPECT_EQ(*record, record_of(9));
  const Result<ClusterMap> map = ClusterMapStore(log_, "a", 1).read();
  ASSERT_TRUE(map.ok()) << map.error();
  EXPECT_EQ(map->revision(), 1U);
  EXPECT_EQ(map->author(), "tool");
  EXPECT_EQ(map->copies, 3U);
  EXPECT_TRUE(map->instances.empty());
  EXPECT_EQ(map->slots_of(0), kSlotCount);
}

TEST_F(ClusterRecordTest, cluster_is_created_once) {
  ASSERT_TRUE(create_cluster(log_, record_of(9), "tool", 2, keep_trying).ok());
  const auto content = store_.content();
  const Status again = create_cluster(log_, record_of(8), "tool", 2, keep_trying);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error(), "/frontrow/autumn-tour/id: the cluster exists already");
  EXPECT_TRUE(create_cluster(log_, record_of(9), "tool", 2, keep_trying).ok());
  EXPECT_EQ(store_.content(), content);
  store_.restore({{log_.keys().map(), "a map"}});
  const Status beside = create_cluster(log_, record_of(8), "tool", 2, keep_trying);
  ASSERT_FALSE(beside.ok());
  EXPECT_THAT(beside.error(), HasSubstr("no record of its cluster"));
}

TEST_F(ClusterRecordTest, another_cluster_or_format_is_refused) {
  ASSERT_TRUE(create_cluster(log_, record_of(9), "tool", 2, keep_trying).ok());
  EXPECT_EQ(error_of_open(9), "opened");
  EXPECT_EQ(error_of_open(8),
            "/frontrow/autumn-tour/id: the id of the cluster is 0000000000000009, and "
            "0000000000000008 was expected: it is another cluster of the same name");
  ClusterRecord other = record_of(9);
  other.format = 2;
  EXPECT_EQ(error_of_text(encode_cluster_record(other)),
            "/frontrow/autumn-tour/id: the cluster has the format 2, this program has the "
            "format 1");
  other = record_of(9);
  other.cluster = "spring-tour";
  EXPECT_EQ(error_of_text(encode_cluster_record(other)),
            "/frontrow/autumn-tour/id: the record is that of the cluster spring-tour");
  EXPECT_EQ(error_of_text("v9"), "/frontrow/autumn-tour/id: not the record of a cluster: \"v9\"");
}

// Two creators over a store with every fault: one of them succeeds, and knows.
TEST_F(ClusterRecordTest, one_of_two_creators_succeeds) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    ModelStore store(seed);
    SharedLog log(store, "autumn-tour");
    Prng random(seed);
    store.set_faults({.lost_request = 15, .lost_answer = 20, .late_effect = 20, .lost_read = 20});
    std::optional<Status> second;
    store.on_commit([&] {
      if (random.chance(30)) store.deliver_late();
      if (second || !random.chance(40)) return;
      second = Error{"under way"};
      second = create_cluster(log, record_of(2), "b", 2, keep_trying);
    });
    const Status first = create_cluster(log, record_of(1), "a", 2, keep_trying);
    if (!second) second = create_cluster(log, record_of(2), "b", 2, keep_trying);
    store.set_faults({});
    store.deliver_late();
    ASSERT_NE(first.ok(), second->ok()) << "seed " << seed;
    const auto record = open_cluster(log, "autumn-tour", first.ok() ? 1 : 2);
    ASSERT_TRUE(record.ok()) << "seed " << seed << ": " << record.error();
  }
}

}  // namespace
}  // namespace frontrow
