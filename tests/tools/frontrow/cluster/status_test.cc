// The findings of `frontrow cluster status`, over the model of a store.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tools/frontrow/cluster/cluster_support.h"
#include "tools/frontrow/cluster/status_view.h"

namespace frontrow::cluster {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

class ClusterStatus : public testing::Test, protected TestCluster {
 protected:
  // Between the two reads, `meanwhile` is called; by default the first `beating` instances beat.
  View look(const std::function<void()>& meanwhile) {
    return view_of(gather(store, args, quota, ask, patience(meanwhile)));
  }
  View look() {
    return look([this] {
      for (std::size_t i = 0; i < beating; ++i) beat(i);
    });
  }
  std::vector<std::string> faults() { return faults_of(look()); }

  // The answer of an instance that is well.
  static std::string body(const std::string& instance, const std::string& more = "") {
    return fmt::format(
        R"({{"cluster":"tour","instance":"{}","id":1,"state":"ready","mapRevision":99,)"
        R"("slots":{{"owned":1365,"serving":1365,"awaited":0,"lonely":0}},)"
        R"("store":{{"leaseMs":1210,"beatAgeMs":290,"unansweredMs":0,"tailGroups":3,"tailBytes":12345}},)"
        R"("groups":123,"tokenKeys":["k1"]{}}})",
        instance, more);
  }
  // The instances answer with these bodies.
  void answer(std::map<std::string, std::string> bodies) {
    ask = [bodies = std::move(bodies)](const std::string& http) -> Result<std::string> {
      const auto found = bodies.find(http);
      if (found == bodies.end()) return Error{"Connection refused"};
      return found->second;
    };
  }
  // The faults if box-1 answers so, and box-2 is well.
  std::vector<std::string> faults_of_answer(const std::string& of_box_1) {
    answer({{"10.0.1.1:8080", of_box_1}, {"10.0.1.2:8080", body("box-2")}});
    return faults();
  }

  std::uint64_t quota = std::uint64_t{2} << 30;
  std::size_t beating = 0;
  AskInstance ask;
};

TEST_F(ClusterStatus, all_that_is_well_is_well) {
  begin(2);
  beating = 2;
  answer({{"10.0.1.1:8080", body("box-1")}, {"10.0.1.2:8080", body("box-2")}});
  const View view = look();
  EXPECT_THAT(faults_of(view), IsEmpty());
  EXPECT_THAT(notes_of(view), IsEmpty());
  const std::string text = status_text(view, {});
  EXPECT_THAT(text, AllOf(HasSubstr("cluster tour (id "), HasSubstr("model"), HasSubstr("leader"),
                          HasSubstr("4096 at living instances, 0 at others, 0 not begun"),
                          HasSubstr("2 wanted, on living instances: 4096 slots have 2"),
                          HasSubstr("00000000000000b1  10"), HasSubstr("10.0.1.2:8080"),
                          HasSubstr("lease 1210 ms"), testing::EndsWith("all is well\n")));
}

TEST_F(ClusterStatus, empty_cluster_needs_an_instance) {
  create();
  EXPECT_THAT(faults(), ElementsAre(StartsWith("no instance lives: start them")));
}

TEST_F(ClusterStatus, instance_without_a_beat_is_named_with_its_slots) {
  begin(3);
  beating = 2;
  const View view = look();
  EXPECT_EQ(view.rows[2].presence, Presence::kNoBeat);
  EXPECT_EQ(view.rows[1].presence, Presence::kServing);
  EXPECT_EQ(view.slots.of_departed, map().slots_of(3));
  EXPECT_THAT(
      faults_of(view),
      testing::Contains(StartsWith(fmt::format(
          "box-3 does not beat, and {} of its slots are to be taken over", map().slots_of(3)))));
  EXPECT_THAT(status_text(view, faults_of(view)), HasSubstr("NOT WELL: box-3 does not beat"));
}

TEST_F(ClusterStatus, dead_leaving_and_absent_instances_are_told_apart) {
  begin(4);
  beating = 1;
  set_state(1, MemberState::kDead);
  set_state(2, MemberState::kLeaving);
  erase_member(3);
  const View view = look();
  EXPECT_EQ(view.rows[1].presence, Presence::kDead);
  EXPECT_EQ(view.rows[2].presence, Presence::kLeaving);
  EXPECT_EQ(view.rows[3].presence, Presence::kAbsent);
  const auto found = faults_of(view);
  EXPECT_THAT(found, testing::Contains(StartsWith("box-2 is dead, and ")));
  EXPECT_THAT(found, testing::Contains(StartsWith("box-3 was stopped, and ")));
  EXPECT_THAT(found, testing::Contains(StartsWith("box-4 has no record, and ")));
  EXPECT_THAT(found, testing::Contains("2 copies of each slot need as many instances, and 1 lives: "
                                       "start another one"));
}

// One that starts again between the reads beats, although its beat is a smaller number.
TEST_F(ClusterStatus, instance_that_starts_again_beats) {
  begin(2);
  beating = 1;
  const View view = look([this] {
    beat(0);
    MemberRecord again = record(1);
    again.process = 2;
    again.beat = 1;
    again.state = MemberState::kJoining;
    put_member(again);
  });
  EXPECT_EQ(view.rows[1].presence, Presence::kJoining);
  EXPECT_THAT(faults_of(view), ElementsAre(StartsWith("box-2 is starting: its ")));
}

TEST_F(ClusterStatus, slots_without_a_living_copy_name_the_instance_to_start) {
  begin(3, 1);
  beating = 2;
  set_state(2, MemberState::kDead);
  EXPECT_THAT(faults(),
              ElementsAre(fmt::format("box-3 is dead, and {} of its slots have no other living "
                                      "copy: start box-3 on its data directory, or an instance "
                                      "that follows them (`frontrow cluster show --slot N`)",
                                      map().slots_of(3))));
}

// It was taken over, and its new owner is lost before it has a snapshot of it.
TEST_F(ClusterStatus, slot_whose_state_is_in_an_earlier_stream_waits_for_its_owner) {
  begin(3);
  beating = 2;
  set_state(2, MemberState::kDead);
  change([](const ClusterMap& map) {
    ClusterMap next = map;
    for (std::uint16_t id = 0; next.taken.empty(); ++id)
      if (map.place(SlotId{id}).owner == 3) next.taken[SlotId{id}] = {0xb2, 7};
    return Result<ClusterMap>(next);
  });
  const View view = look();
  EXPECT_EQ(view.slots.departed.at(3).waiting, 1U);
  EXPECT_EQ(view.slots.departed.at(3).to_take, map().slots_of(3) - 1);
}

TEST_F(ClusterStatus, instance_on_another_directory_does_not_count_as_living) {
  begin(2);
  const View view = look([this] {
    beat(0);
    MemberRecord other = record(1);
    other.stream = 0xeeee;
    put_member(other);
  });
  EXPECT_EQ(view.living_count(), 1U);
  EXPECT_THAT(faults_of(view),
              testing::Contains(StartsWith(
                  "box-2 runs on another data directory than the one with its slots, and ")));
  EXPECT_THAT(status_text(view, {}), HasSubstr("serving, other directory"));
}

TEST_F(ClusterStatus, record_of_another_version_is_named) {
  begin(2);
  put(log().keys().member("box-2"), "v2 name=box-2");
  put(log().keys().member("box-7"), "v2 name=box-7");
  beating = 1;
  const auto found = faults();
  EXPECT_THAT(found, testing::Contains(StartsWith("the record of box-2 can't be read")));
  EXPECT_THAT(found, testing::Contains(AllOf(StartsWith("the record of box-7 can't be read"),
                                             HasSubstr("another version"))));
}

TEST_F(ClusterStatus, moves_and_lonely_slots_are_counted) {
  begin(2);
  beating = 2;
  change([](const ClusterMap& map) {
    ClusterMap next = map;
    next.places[5].drop_follower(next.places[5].followers[0]);
    next.pins[SlotId{6}] = next.places[6].owner == 1 ? 2 : 1;
    return Result<ClusterMap>(next);
  });
  const View view = look();
  EXPECT_EQ(view.slots.lonely, 1U);
  EXPECT_EQ(view.slots.by_copies, (std::array<std::size_t, 4>{0, 1, 4095, 0}));
  EXPECT_THAT(faults_of(view), ElementsAre(StartsWith("1 slots have one living copy"),
                                           StartsWith("1 slots are to move from box-")));
}

TEST_F(ClusterStatus, slots_that_have_not_begun_are_a_fault_while_an_instance_lives) {
  create(1);
  change([](const ClusterMap& map) { return add_instance(map, "box-1", 0); });
  beat(0);
  beating = 1;
  EXPECT_THAT(faults(), ElementsAre(StartsWith("4096 slots have not begun")));
}

TEST_F(ClusterStatus, instances_that_need_no_action_are_noted) {
  begin(2);
  beating = 3;
  change([](const ClusterMap& map) {
    return set_draining(*add_instance(*add_instance(map, "box-8", 1), "box-9", 1), 4, true);
  });
  MemberRecord later = record(2);
  later.version = "0.2.0";
  put_member(later);
  const View view = look([this] {
    beat(0);
    beat(1);
    MemberRecord newest = record(2);
    newest.version = "0.2.0";
    put_member(newest);
  });
  EXPECT_THAT(faults_of(view), IsEmpty());
  EXPECT_THAT(
      notes_of(view),
      testing::UnorderedElementsAre(
          "box-8 was registered and has not started yet",
          "box-9 was registered and has not started yet",
          StartsWith("box-9 drains and owns no slot: `frontrow cluster remove box-9`"),
          "box-3 runs, and is not in the map yet", "the instances run programs of several versions",
          HasSubstr("FRONTROW_ADMIN_KEY")));
}

// --- etcd

// A store with the health that the test wants.
class StatusOfEtcd : public testing::Test {
 protected:
  static StoreMember member(const std::string& endpoint) {
    return {.endpoint = endpoint,
            .error = {},
            .version = "3.5.16",
            .is_leader = endpoint == "a",
            .database_bytes = 100 << 20,
            .in_use_bytes = 50 << 20,
            .raft_index = 5000};
  }
  StatusOfEtcd() {
    seen.quota_bytes = std::uint64_t{2} << 30;
    seen.health.members = {member("a"), member("b"), member("c")};
    seen.unread = "the map is not read here";
  }
  // Without the one of the map.
  std::vector<std::string> faults() const {
    auto found = faults_of(view_of(seen));
    EXPECT_EQ(found.back(), seen.unread);
    found.pop_back();
    return found;
  }

  Seen seen;
};

TEST_F(StatusOfEtcd, members_that_are_well_are_no_fault) {
  seen.health.members[1].raft_index = 4500;
  EXPECT_THAT(faults(), IsEmpty());
  const std::string text = status_text(view_of(seen), {});
  EXPECT_THAT(text, AllOf(HasSubstr("leader"), HasSubstr("3.5.16"), HasSubstr("100.0"),
                          HasSubstr("4.9 %"), HasSubstr("500")));
}

TEST_F(StatusOfEtcd, each_fault_of_a_member_is_named) {
  seen.health.members[0].error = "etcd at a: no answer";
  seen.health.members[1].raft_index = 3000;
  seen.health.members[2].database_bytes = std::uint64_t{1700} << 20;
  seen.health.alarms = {"NOSPACE", "CORRUPT"};
  EXPECT_THAT(faults(),
              ElementsAre(StartsWith("the etcd member a does not answer (etcd at a: no answer)"),
                          StartsWith("the etcd member b is 2000 entries behind"),
                          StartsWith("the database of the etcd member c has 1700 MiB of its quota "
                                     "of 2048 MiB"),
                          StartsWith("etcd has the alarm NOSPACE"),
                          StartsWith("etcd has the alarm CORRUPT")));
  EXPECT_THAT(status_text(view_of(seen), {}), HasSubstr("no answer"));
}

TEST_F(StatusOfEtcd, alarms_that_are_not_known_are_a_fault) {
  seen.health.alarms_error = "etcd at a: Deadline Exceeded";
  EXPECT_THAT(faults(), ElementsAre(StartsWith("etcd does not say whether it has an alarm (etcd at "
                                               "a: Deadline Exceeded)")));
}

TEST_F(ClusterStatus, store_without_an_answer_is_a_fault_with_its_members) {
  begin(1);
  store.set_majority(false);
  const View view = look();
  EXPECT_THAT(faults_of(view), ElementsAre(StartsWith("no answer from etcd at 10.0.0.1:2379")));
  EXPECT_THAT(status_text(view, faults_of(view)), HasSubstr("model"));
}

TEST_F(ClusterStatus, missing_cluster_is_a_fault) {
  EXPECT_THAT(faults(), ElementsAre(HasSubstr("has no cluster tour")));
}

// --- the answers of the instances

TEST_F(ClusterStatus, each_fault_of_an_answer_is_named) {
  begin(2);
  beating = 2;
  const std::string well = body("box-1");
  const auto with = [&](std::string_view from, std::string_view to) {
    std::string text = well;
    const std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << from;
    return text.replace(at, from.size(), to);
  };
  const std::pair<std::string, std::string> cases[] = {
      {with(R"("state":"ready")", R"("state":"starting")"), "box-1 is starting"},
      {with(R"("awaited":0)", R"("awaited":12)"), "box-1 waits for the state of 12 of its slots"},
      {with(R"("lonely":0)", R"("lonely":5)"), "box-1 has 5 slots without a copy"},
      {with(R"("unansweredMs":0)", R"("unansweredMs":4000)"), "box-1 has waited for etcd for 4000"},
      {with(R"("mapRevision":99)", R"("mapRevision":1)"), "box-1 has the map of revision 1, and 2"},
      {with(R"("instance":"box-1")", R"("instance":"box-3")"), "box-1 has the address of box-3"},
      {with(R"("cluster":"tour")", R"("cluster":"other")"),
       "box-1 has the address of box-1 of the"},
      {body("box-1",
            R"(,"followers":[{"instance":"box-2","sent":123,"synced":120,"snapshotsLeft":9}])"),
       "box-2 has 9 snapshots of box-1 to get"},
      {body("box-1", R"(,"followers":[{"instance":"box-2","sent":9000,"synced":120}])"),
       "box-2 is 8880 groups behind box-1 on its disk"},
      {body("box-1", R"(,"follows":[{"instance":"box-2","slots":20,"warm":7}])"),
       "box-1 could take over 7 of the 20 slots that it follows of box-2"},
      {body("box-1", R"(,"follows":[{"instance":"box-2","newest":9000,"synced":1}])"),
       "box-1 is 8999 groups behind box-2"},
      {body("box-1",
            R"(,"links":[{"instance":2,"name":"box-2","up":false,"lastRefusal":"no room"}])"),
       "the link from box-1 to box-2 is down: no room"},
      {"<html>", "box-1 does not tell its state: its answer is not a JSON object"},
  };
  for (const auto& [answered, fault] : cases)
    EXPECT_THAT(faults_of_answer(answered), ElementsAre(StartsWith(fault))) << answered;
  EXPECT_THAT(faults_of_answer(with(R"(["k1"])", R"(["k2","k1"])")),
              ElementsAre(StartsWith("box-1 signs tokens with the key k2, which box-2 does not")));
}

TEST_F(ClusterStatus, living_instance_that_does_not_answer_is_a_fault) {
  begin(2);
  beating = 1;
  set_state(1, MemberState::kDead);
  answer({});
  const View view = look();
  EXPECT_THAT(view.seen.asked, SizeIs(1)) << "the dead one is not asked";
  EXPECT_THAT(faults_of(view),
              testing::Contains("box-1 does not tell its state: Connection refused"));
}

TEST_F(ClusterStatus, unknown_and_missing_members_of_an_answer_are_fine) {
  begin(2);
  beating = 2;
  EXPECT_THAT(faults_of_answer("{}"), IsEmpty());
  EXPECT_THAT(faults_of_answer(R"({"state":7,"slots":[],"links":{},"new":{"a":[1]}})"), IsEmpty());
  EXPECT_FALSE(parse_instance_answer("[]").ok());
  EXPECT_FALSE(parse_instance_answer("").ok());
}

TEST_F(ClusterStatus, address_that_is_none_is_an_error) {
  for (const char* http : {"", "10.0.0.1", ":80", "10.0.0.1:x", "10.0.0.1:70000"})
    EXPECT_THAT(ask_instance(http, "key").error(), HasSubstr("is not HOST:PORT")) << http;
}

TEST_F(ClusterStatus, json_has_the_findings_and_the_answers) {
  begin(2);
  beating = 2;
  answer({{"10.0.1.1:8080", body("box-1")}});
  const View view = look();
  const std::string json = status_json(view, faults_of(view));
  EXPECT_THAT(json, AllOf(StartsWith(R"({"well":false,"faults":["box-2 does not tell its state: )"),
                          HasSubstr(R"("cluster":"tour","id":")"), HasSubstr(R"("ofLiving":4096)"),
                          HasSubstr(R"("byCopies":[0,0,4096,0])"),
                          HasSubstr(R"("status":)" + body("box-1")), HasSubstr(R"("status":null)"),
                          HasSubstr(R"("endpoint":"model")")));
}

}  // namespace
}  // namespace frontrow::cluster
