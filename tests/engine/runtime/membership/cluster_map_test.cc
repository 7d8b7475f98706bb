#include "engine/runtime/membership/cluster_map.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/prng.h"
#include "tests/engine/runtime/membership/support/maps.h"

namespace frontrow {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ClusterMap three_instances(std::uint32_t copies) {
  ClusterMap map = begun_map({100, 200, 50}, copies);
  map = changed(pin_slot(map, SlotId{99}, 3));
  map = changed(set_draining(map, 2, true));
  map.instances[1].stream = 0x7c0a91d2b34e55f0;
  map.taken[SlotId{17}] = {0x5d1f0c44a90be273, 18231};
  map.history.add({.revision = 2, .author = "box-1", .writer = 0xabc, .change = 4}, 16);
  return map;
}

std::string decoding_error(const std::string& text) {
  const Result<ClusterMap> map = decode_cluster_map(text);
  return map.ok() ? "decoded" : map.error();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(ClusterMap, text_is_lines_that_a_person_can_read) {
  EXPECT_THAT(encode_cluster_map(three_instances(2)),
              StartsWith("v1 revision=2 author=box-1 writer=0000000000000abc change=4 forgotten=0 "
                         "copies=2 ids=3\n"
                         "earlier revision=1 author=creator writer=0000000000000063 change=1\n"
                         "instance id=1 name=box-1 weight=100 draining=0 stream=0000000000000000\n"
                         "instance id=2 name=box-2 weight=200 draining=1 stream=7c0a91d2b34e55f0\n"
                         "instance id=3 name=box-3 weight=50 draining=0 stream=0000000000000000\n"
                         "pin slot=99 instance=3\n"
                         "taken slot=17 stream=5d1f0c44a90be273 group=18231\n"
                         "slots from=0 owners=00"));
}

TEST(ClusterMap, text_is_read_as_it_was_written) {
  for (const std::uint32_t copies : {1, 2, 3}) {
    for (const ClusterMap& map : {empty_map(copies), three_instances(copies)}) {
      const Result<ClusterMap> read = decode_cluster_map(encode_cluster_map(map));
      ASSERT_TRUE(read.ok()) << read.error();
      EXPECT_EQ(*read, map);
    }
  }
}

TEST(ClusterMap, largest_map_fits) {
  ClusterMap map = empty_map(kCopiesMax);
  map.ids_used = kInstanceIdMax;
  for (std::size_t i = 0; i < kInstancesMax; ++i) {
    map.instances.push_back({.id = static_cast<InstanceId>(kInstanceIdMax - kInstancesMax + 1 + i),
                             .name = fmt::format("{:048}", i),
                             .weight = kInstanceWeightMax,
                             .is_draining = false});
  }
  map = changed(begin_slots(map, everyone(map)));
  for (std::uint16_t slot = 0; slot < kSlotCount; ++slot) {
    map.pins[SlotId{slot}] = kInstanceIdMax;
    map.taken[SlotId{slot}] = {~std::uint64_t{0}, ~std::uint64_t{0}};
  }
  map.history.latest.revision = ~std::uint64_t{0} - 200;
  map.history.forgotten = map.history.latest.revision - 1;
  for (std::uint64_t writer = 1; writer <= 100; ++writer) {
    map.history.add({.revision = map.revision() + 1,
                     .author = std::string(48, 'a'),
                     .writer = ~writer,
                     .change = ~std::uint64_t{0}},
                    kInstancesMax + kEarlierSpare);
  }
  const std::string text = encode_cluster_map(map);
  EXPECT_LT(text.size(), kClusterMapTextMax);
  const Result<ClusterMap> read = decode_cluster_map(text);
  ASSERT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(*read, map);
  EXPECT_THAT(decoding_error(std::string(kClusterMapTextMax + 1, 'x')), HasSubstr("it has"));
}

TEST(ClusterMap, every_cut_is_rejected) {
  const std::string text = encode_cluster_map(three_instances(2));
  for (std::size_t cut = 0; cut < text.size(); ++cut)
    ASSERT_THAT(decoding_error(text.substr(0, cut)), StartsWith("not a slot map")) << cut;
  EXPECT_EQ(decoding_error(text.substr(0, text.rfind("slots "))),
            "not a slot map: it ends at line 70, before slot 4032");
  EXPECT_THAT(decoding_error(text + "\n"), HasSubstr("line 72 is \"\""));
  EXPECT_THAT(decoding_error(text + text), HasSubstr("line 72 is \"v1 "));
}

TEST(ClusterMap, texts_with_one_other_byte_are_rejected_or_other_maps) {
  const ClusterMap map = three_instances(3);
  const std::string text = encode_cluster_map(map);
  Prng random(1);
  for (int round = 0; round < 5'000; ++round) {
    std::string other = text;
    // Half of the changes are in the lines before the table.
    const std::size_t at = random.below(random.chance(50) ? 400 : text.size());
    other[at] = static_cast<char>(random.chance(70) ? '0' + random.below(10) : random.below(256));
    const Result<ClusterMap> read = decode_cluster_map(other);
    if (!read.ok()) continue;
    ASSERT_EQ(encode_cluster_map(*read), other);
    ASSERT_EQ(*read == map, other == text);
    ASSERT_EQ(fault_of(*read), "");
  }
}

TEST(ClusterMap, texts_that_no_map_has_are_rejected) {
  const std::string text = encode_cluster_map(three_instances(2));
  const auto error = [&](const std::string& from, const std::string& to) {
    return decoding_error(replaced(text, from, to));
  };
  EXPECT_THAT(error("v1 ", "v2 "), HasSubstr("line 1 is \"v2 revision=2"));
  EXPECT_THAT(error("revision=2", "revision=02"), HasSubstr("not written as"));
  EXPECT_THAT(error("revision=2", "revision=-2"), HasSubstr("line 1"));
  EXPECT_THAT(error("revision=2", "revision=99999999999999999999"), HasSubstr("line 1"));
  EXPECT_THAT(error("revision=2", "revision=1"), HasSubstr("revision 1 is out of order"));
  EXPECT_THAT(error("author=box-1", "author="), HasSubstr("has no author"));
  EXPECT_THAT(error("copies=2", "copies=0"), HasSubstr("line 1"));
  EXPECT_THAT(error("copies=2", "copies=4"), HasSubstr("line 1"));
  EXPECT_THAT(error("copies=2", "copies=3"), HasSubstr("line 8"));
  EXPECT_THAT(error("ids=3", "ids=2"), HasSubstr("instance 3 has no id of its own"));
  EXPECT_THAT(error("ids=3", "ids=1000"), HasSubstr("ids are 1 to 999"));
  EXPECT_THAT(error("ids=3", "ids=3 "), HasSubstr("not written as"));
  EXPECT_THAT(error("id=2", "id=1"), HasSubstr("instance 1 has no id of its own"));
  EXPECT_THAT(error("id=1", "id=0"), HasSubstr("instance 0 has no id of its own"));
  EXPECT_THAT(error("id=1", "id=70000"), HasSubstr("line 3"));
  EXPECT_THAT(error("name=box-2", "name=box-1"), HasSubstr("two instances have the name box-1"));
  EXPECT_THAT(error("name=box-2", "name=Box"), HasSubstr("instance 2: its name must have"));
  EXPECT_THAT(error("weight=200", "weight=10001"), HasSubstr("instance 2: weights are 0 to 10000"));
  EXPECT_THAT(error("draining=1", "draining=2"), HasSubstr("not written as"));
  EXPECT_THAT(error("pin slot=99 instance=3", "pin slot=99 instance=4"),
              HasSubstr("slot 99 is pinned to instance 4"));
  EXPECT_THAT(error("pin slot=99 instance=3", "pin slot=4096 instance=3"),
              HasSubstr("slot 4096 is pinned to instance 3"));
  EXPECT_THAT(error("pin slot=99 instance=3\n", "pin slot=99 instance=3\npin slot=99 instance=1\n"),
              HasSubstr("line 7"));
  EXPECT_THAT(error("pin slot=99 instance=3\n", "pin slot=99 instance=3\npin slot=9 instance=1\n"),
              HasSubstr("not written as"));
  EXPECT_THAT(
      error("taken slot=17 stream=5d1f0c44a90be273", "taken slot=17 stream=0000000000000000"),
      HasSubstr("slot 17 is taken from no stream"));
  EXPECT_THAT(error("taken slot=17 ", "taken slot=4096 "),
              HasSubstr("slot 4096 is taken from no stream"));
  EXPECT_THAT(error("group=18231", "group=x"), HasSubstr("line 7"));
  EXPECT_THAT(error("stream=7c0a91d2b34e55f0", "stream=7c0a"), HasSubstr("not written as"));
  EXPECT_THAT(error("slots from=64 ", "slots from=128 "), HasSubstr("line 9"));
  EXPECT_THAT(error("slots from=0 owners=0", "slots from=0 owners="), HasSubstr("line 8"));
  EXPECT_THAT(error("slots from=0 owners=0", "slots from=0 owners=-"), HasSubstr("line 8"));
  EXPECT_THAT(error("slots from=0 owners=00", "slots from=0 owners=90"),
              HasSubstr("which is not there"));
}

TEST(ClusterMap, faults_of_places_are_named) {
  const ClusterMap map = three_instances(3);
  const auto fault = [&](const SlotPlace& place) {
    ClusterMap spoiled = map;
    spoiled.places[5] = place;
    return fault_of(spoiled);
  };
  EXPECT_EQ(fault({.owner = 1, .followers = {2, 3}}), "");
  EXPECT_EQ(fault({.owner = 1, .followers = {}}), "");
  EXPECT_EQ(fault({.owner = 0, .followers = {}}), "");
  EXPECT_EQ(fault({.owner = 0, .followers = {2}}), "slot 5 has followers and no owner");
  EXPECT_EQ(fault({.owner = 4, .followers = {}}), "slot 5 is on instance 4, which is not there");
  EXPECT_EQ(fault({.owner = 1, .followers = {0, 2}}),
            "slot 5 is on instance 0, which is not there");
  EXPECT_EQ(fault({.owner = 1, .followers = {1}}), "slot 5 is twice on instance 1");
  EXPECT_EQ(fault({.owner = 1, .followers = {2, 2}}), "slot 5 is twice on instance 2");
  ClusterMap two = changed(set_copies(map, 2));
  two.places[5] = {.owner = 1, .followers = {2, 3}};
  EXPECT_EQ(fault_of(two), "slot 5 has more copies than 2");
  two.places.pop_back();
  EXPECT_EQ(fault_of(two), "it does not have every slot once");
}

TEST(SlotPlace, followers_close_their_gap) {
  SlotPlace place{.owner = 1, .followers = {2, 3}};
  place.drop_follower(2);
  EXPECT_EQ(place, (SlotPlace{.owner = 1, .followers = {3, 0}}));
  place.drop_follower(9);
  place.add_follower(4);
  EXPECT_EQ(place, (SlotPlace{.owner = 1, .followers = {3, 4}}));
  EXPECT_TRUE(place.has_follower(4));
  EXPECT_FALSE(place.has_follower(1));
  place.drop_follower(4);
  EXPECT_FALSE(place.has_follower(0));
  EXPECT_EQ(place.follower_count(), 1U);
}

}  // namespace
}  // namespace frontrow
