// The slot map of a cluster in the consensus store: its instances, and of each slot the owner and
// the followers. One value under SharedLogKeys::map(), changed by compare-and-swap only
// (cluster_map_store.h); the changes themselves are pure functions (map_changes.h).
//
// The map states where slots are, and not where they belong (placement.h): a slot moves when its
// owner, or the instance that takes over, changes the map.
//
// The text, which a person can read with etcdctl: lines of fields as in stream_state.h, and ids in
// three decimal digits, 64 slots a line; 000 is "none". With two copies:
//
//   v1 revision=12 author=box-1 writer=5d1f0c44a90be273 change=4 forgotten=0 copies=2 ids=3
//   earlier revision=11 author=box-2 writer=7c0a91d2b34e55f0 change=1
//   instance id=1 name=box-1 weight=100 draining=0 stream=9c1be44a0d7f3a52
//   instance id=3 name=box-2 weight=100 draining=0 stream=7c0a91d2b34e55f0
//   pin slot=99 instance=3
//   taken slot=17 stream=7c0a91d2b34e55f0 group=18231
//   slots from=0 owners=001003001... followers=003001003...
//   slots from=64 ...
//
// Each map has one text, so that equal texts are equal maps. With three copies a slot has two ids
// among the followers.
//
// A value; no threads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/limits.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/cluster/rendezvous.h"
#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/membership/map_history.h"
#include "engine/runtime/shared_log/consensus_store.h"

namespace frontrow {

// Copies of a slot: that of its owner and those of its followers.
inline constexpr std::uint32_t kCopiesMax = 3;
inline constexpr std::size_t kFollowersMax = kCopiesMax - 1;

// Earlier changes that a map keeps, beyond one for each instance: for tools, and for processes that
// have ended.
inline constexpr std::size_t kEarlierSpare = 16;

// The text of the largest map, with every slot pinned and taken, has 0.45 MiB.
inline constexpr std::size_t kClusterMapTextMax = std::size_t{512} << 10;
static_assert(kClusterMapTextMax <= kStoreValueMax / 2);
static_assert(kInstanceIdMax <= 999, "an id has three digits in the text");

struct MapInstance {
  InstanceId id = 0;
  std::string name;            // of its member record: lower-case letters, digits and '-'
  std::uint32_t weight = 100;  // at most kInstanceWeightMax; 0: owns only slots pinned to it
  bool is_draining = false;    // is to own and to follow no slot, before it is removed
  // The stream in which its slots are. 0: it has not begun. An instance that comes with another
  // data directory decides on none of its slots before others have taken them over.
  std::uint64_t stream = 0;

  bool operator==(const MapInstance&) const = default;
};

// The copies of one slot.
struct SlotPlace {
  InstanceId owner = 0;  // 0: the slot has not begun
  // 0 stands for none, behind the others. The first one has followed for the longest time: of the
  // living followers it is the one to take over.
  std::array<InstanceId, kFollowersMax> followers{};

  bool has_follower(InstanceId id) const;
  std::size_t follower_count() const;
  // REQUIRES: there is room, and the instance has no copy.
  void add_follower(InstanceId id);
  // Closes the gap. Nothing happens if the instance does not follow.
  void drop_follower(InstanceId id);

  bool operator==(const SlotPlace&) const = default;
};

struct ClusterMap {
  MapHistory history;
  std::uint32_t copies = 2;            // 1 to kCopiesMax
  InstanceId ids_used = 0;             // ids up to this one were given; none is given twice
  std::vector<MapInstance> instances;  // ascending by id
  std::map<SlotId, InstanceId> pins;
  // Slots that have moved, and whose owner has no snapshot of them in its own stream yet: the end
  // of the stream that has their state.
  std::map<SlotId, StreamEnd> taken;
  std::vector<SlotPlace> places = std::vector<SlotPlace>(kSlotCount);  // by slot

  std::uint64_t revision() const { return history.latest.revision; }
  const std::string& author() const { return history.latest.author; }
  const SlotPlace& place(SlotId slot) const { return places[slot.value]; }
  // Null: there is no such instance.
  const MapInstance* find(InstanceId id) const;
  const MapInstance* find(std::string_view name) const;
  std::size_t slots_of(InstanceId owner) const;

  bool operator==(const ClusterMap&) const = default;
};

// What is wrong with the map; empty if nothing is. Every map in the store has passed this check:
// ids and names are distinct and in bounds, pins and places name instances of the map, no instance
// has two copies of a slot, and a slot without an owner has no followers.
std::string fault_of(const ClusterMap& map);

std::string encode_cluster_map(const ClusterMap& map);
// Fails for every text that is not the one of a map without a fault.
Result<ClusterMap> decode_cluster_map(std::string_view text);

}  // namespace frontrow
