// A cluster in the model of a store, for tests of the commands.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "engine/runtime/membership/map_changes.h"
#include "engine/runtime/membership/member_record.h"
#include "tests/engine/runtime/shared_log/support/model_store.h"
#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/init.h"

namespace frontrow::cluster {

inline constexpr std::uint64_t kStreamOfBox1 = 0xb1;  // of box-2 it is 0xb2, and so on

// The cluster "tour", and a clock that sleeping moves.
class TestCluster {
 public:
  TestCluster() { args.store.endpoints = {"10.0.0.1:2379", "10.0.0.2:2379"}; }

  void create(std::uint32_t copies = 2) {
    const auto created = cluster::create(store, args, copies, patience());
    ASSERT_TRUE(created.ok()) << created.error();
  }

  // Instances box-1, box-2 ... that own all slots by placement, with their streams and members.
  void begin(std::size_t count, std::uint32_t copies = 2) {
    create(copies);
    change([&](const ClusterMap& map) {
      Result<ClusterMap> next = map;
      Living living;
      for (std::size_t i = 0; i < count; ++i) {
        next = add_instance(*next, name(i), 100);
        const InstanceId id = next->find(name(i))->id;
        next = begin_stream(*next, id, kStreamOfBox1 + i);
        living.insert(id);
      }
      return begin_slots(*next, living);
    });
    for (std::size_t i = 0; i < count; ++i) {
      put(log().keys().stream(kStreamOfBox1 + i),
          encode_stream_state({.instance = name(i), .epoch = 1, .last = 30, .trimmed = 20}));
      beat(i);
    }
  }

  static std::string name(std::size_t i) { return "box-" + std::to_string(i + 1); }

  // With a beat that is newer than all before.
  MemberRecord record(std::size_t i) {
    const std::string host = "10.0.1." + std::to_string(i + 1);
    return {.name = name(i),
            .process = 1,
            .stream = kStreamOfBox1 + i,
            .beat = ++beats_,
            .state = MemberState::kServing,
            .weight = 100,
            .http = host + ":8080",
            .peer = host + ":9080",
            .version = "0.1.0"};
  }
  void put_member(const MemberRecord& member) {
    put(log().keys().member(member.name), encode_member_record(member));
  }
  void beat(std::size_t i) { put_member(record(i)); }
  void set_state(std::size_t i, MemberState state) {
    MemberRecord member = record(i);
    member.state = state;
    put_member(member);
  }
  void erase_member(std::size_t i) {
    auto content = store.content();
    content.erase(log().keys().member(name(i)));
    store.restore(std::move(content));
  }

  void put(const std::string& key, const std::string& value) {
    auto content = store.content();
    content[key] = value;
    store.restore(std::move(content));
  }
  // As an instance changes the map.
  void change(const ClusterMapStore::Change& change) {
    SharedLog shared = log();
    ClusterMapStore maps(shared, "box-1", ++writers_);
    const MapChange changed = maps.change(change, [](const std::string&) { return false; });
    ASSERT_TRUE(changed.ok()) << changed.reason;
  }
  ClusterMap map() {
    SharedLog shared = log();
    auto found = ClusterMapStore(shared, "reader", 99).read();
    EXPECT_TRUE(found.ok()) << (found.ok() ? "" : found.error());
    return found.ok() ? *found : ClusterMap();
  }
  SharedLog log() { return {store, args.cluster}; }

  // Its clock moves by sleeping only; `on_sleep` is called then.
  Patience patience(std::function<void()> on_sleep = {}) {
    return {.clock = [this] { return now_ms; },
            .sleep =
                [this, on_sleep](Duration time) {
                  now_ms += time.ms;
                  if (on_sleep) on_sleep();
                }};
  }

  ModelStore store{7};
  ClusterArgs args{.cluster = "tour", .store = {}};
  std::int64_t now_ms = 0;

 private:
  std::uint64_t beats_ = 0;
  std::uint64_t writers_ = 100;
};

}  // namespace frontrow::cluster
