// The output of `frontrow cluster status` for the instances' responses.
#include "tools/frontrow/cluster/status.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tools/frontrow/cluster/plan.h"

namespace frontrow::cluster {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ClusterStatus : public testing::Test {
 protected:
  ClusterStatus() {
    for (std::size_t i = 0; i < 3; ++i) answers.emplace_back(well(i));
  }

  static ClusterFile three() {
    const auto file = parse_cluster_text(
        "name = \"tour\"\nrevision = 4\n"
        "[[instances]]\nid = 1\nhttp = \"10.0.0.1:80\"\npeer = \"10.0.0.1:71\"\n"
        "[[instances]]\nid = 2\nhttp = \"10.0.0.2:80\"\npeer = \"10.0.0.2:71\"\n"
        "[[instances]]\nid = 3\nhttp = \"10.0.0.3:80\"\npeer = \"10.0.0.3:71\"\n",
        "cluster.toml");
    EXPECT_TRUE(file.ok()) << file.error();
    return *file;
  }

  // The response of instance i + 1.
  std::string body(std::size_t i) const {
    std::string links;
    for (int peer = 1; peer <= 3; ++peer) {
      if (peer == static_cast<int>(i) + 1) continue;
      links += fmt::format(
          R"({}{{"instance":{},"up":true,"since":"2026-11-23T07:00:00.000Z","roundTripMs":0.25,"connections":1,"outstanding":2,"asked":0,"unsentBytes":0,"requestsOut":9,"requestsIn":9,"outcomesUnknown":0,"lastRefusal":null}})",
          links.empty() ? "" : ",", peer);
    }
    return fmt::format(
        R"({{"cluster":"tour","instance":{},"state":"ready","mapRevision":4,"mapHash":"{}","slots":1365,"handover":{{"live":1365,"awaited":0,"leaving":0,"refused":0,"awaitedFrom":[]}},"groups":7,"tokenKeys":["k2","k1"],"links":[{}]}})",
        i + 1, hash_text(map), links);
  }
  InstanceStatus well(std::size_t i) const {
    auto status = parse_instance_status(body(i));
    EXPECT_TRUE(status.ok()) << status.error();
    return *status;
  }
  std::vector<std::string> faults() const { return faults_of(file, map, answers); }

  ClusterFile file = three();
  SlotMap map = *file.slot_map();
  Answers answers;
};

TEST_F(ClusterStatus, all_that_is_well_is_well) {
  EXPECT_THAT(faults(), IsEmpty());
  const std::string text = status_text(file, map, answers, {});
  EXPECT_THAT(text, HasSubstr("all is well"));
  EXPECT_THAT(text, HasSubstr("2 0.25 ms, 2 open; 3 0.25 ms, 2 open"));
  EXPECT_THAT(text, HasSubstr("k2,k1"));
}

TEST_F(ClusterStatus, each_fault_is_named) {
  const auto only_fault = [this](auto&& spoil) {
    InstanceStatus status = well(1);
    spoil(status);
    answers[1] = status;
    const auto found = faults();
    EXPECT_EQ(found.size(), 1U);
    return found.empty() ? std::string() : found.front();
  };
  EXPECT_EQ(only_fault([](InstanceStatus& s) { s.state = "draining"; }), "instance 2: is draining");
  EXPECT_EQ(only_fault([](InstanceStatus& s) {
              s.handover = {.awaited = 12, .leaving = 0, .refused = 0, .awaited_from = {1, 3}};
            }),
            "instance 2: awaits 12 of its slots, until instance 1, 3 has told what it has of them");
  EXPECT_THAT(
      only_fault([](InstanceStatus& s) { s.handover.awaited = 12; }),
      HasSubstr("instance 2: has not got 12 of its slots: no instance of the map has them"));
  EXPECT_THAT(only_fault([](InstanceStatus& s) { s.handover.leaving = 5; }),
              HasSubstr("instance 2: has 5 slots of other instances, which it migrates to them"));
  EXPECT_THAT(only_fault([](InstanceStatus& s) { s.handover.refused = 1; }),
              HasSubstr("instance 2: has 1 slots that another instance does not take"));
  EXPECT_THAT(only_fault([](InstanceStatus& s) { s.map_revision = 3; }),
              HasSubstr("instance 2: has the map of revision 3"));
  EXPECT_THAT(only_fault([](InstanceStatus& s) { s.map_hash = "0000000000000000"; }),
              HasSubstr("(0000000000000000), the file is revision 4"));
  EXPECT_EQ(only_fault([](InstanceStatus& s) { s.cluster = "other"; }),
            "instance 2: is of the cluster \"other\", not \"tour\"");
  EXPECT_EQ(only_fault([](InstanceStatus& s) { s.instance = 3; }),
            "instance 2: says that it is instance 3");
  EXPECT_EQ(only_fault([](InstanceStatus& s) {
              s.links[1].up = false;
              s.links[1].last_refusal = "its map is another one";
            }),
            "instance 2: its link to instance 3 is down: its map is another one");
}

TEST_F(ClusterStatus, key_that_another_does_not_know_is_named) {
  InstanceStatus status = well(2);
  status.token_keys = {"k3"};
  answers[2] = status;
  EXPECT_THAT(
      faults(),
      ElementsAre("instance 1 signs tokens with the key k2, which instance 3 does not know",
                  "instance 2 signs tokens with the key k2, which instance 3 does not know",
                  "instance 3 signs tokens with the key k3, which instance 1 does not know",
                  "instance 3 signs tokens with the key k3, which instance 2 does not know"));
}

TEST_F(ClusterStatus, instance_that_does_not_answer_is_named) {
  answers[0] = Error{"Connection refused"};
  EXPECT_THAT(faults(), ElementsAre("instance 1 at 10.0.0.1:80: Connection refused"));
  const std::string text = status_text(file, map, answers, faults());
  EXPECT_THAT(text, HasSubstr("no answer: Connection refused"));
  EXPECT_THAT(text, HasSubstr("NOT WELL: instance 1 at 10.0.0.1:80: Connection refused"));
  EXPECT_THAT(
      status_json(file, answers, {"", body(1), body(2)}, faults()),
      HasSubstr(R"("well":false,"faults":["instance 1 at 10.0.0.1:80: Connection refused"])"));
}

TEST_F(ClusterStatus, what_is_no_status_is_refused) {
  for (const char* text : {"", "[]", "{}", R"({"cluster":"tour"})", "<html>"})
    EXPECT_FALSE(parse_instance_status(text).ok()) << text;
}

}  // namespace
}  // namespace frontrow::cluster
