// Makes the slots of one instance follow the slot map, and the map follow the members: the control
// loop of a cluster (a reconciler). One step reads the map and
//
//   serves    slots that the map gives to this instance, once their state is here (owned_slots.h)
//   follows   streams of other instances whose slots this one is to copy (followed_slots.h)
//   takes     slots of departed instances that it follows: seal, catch up, change the map, serve
//             (takeovers.h)
//   replaces  a follower of a slot that belongs to this instance, once the slot is warm here
//             (incoming_moves.h)
//   gives     slots to the instance to which they belong and that has asked for them: yield, change
//             the map; so a slot stands still from the yield to the other's step (gifts.h)
//   bridges   slots that have moved and are followed here: their state goes on in the new owner's
//             stream (bridges.h)
//   founds    slots that were taken over: they get a snapshot in the own stream (founding.h)
//   leaves    in a planned stop: it counts as gone in the placement while it still decides, so that
//             the others ask for its slots and each stands still for a gift only
//   keeps     the map: the stream of this instance, slots that have not begun, followers that are
//             gone (map_upkeep.h). The caller adds the instance to the map before it makes the
//             controller
//
// The parts share the newest map, the members and the slots' roles (newest_map.h, known_members.h,
// slot_roles.h). This class has the order of the steps, and the news of other threads in between.
//
// Who decides on a slot. Only the instance that the map names, in these steps; and the map changes
// the owner only (a) by the owner itself, after the slot's last record is durable, or (b) by
// another instance in a transaction that expects the owner's stream sealed as it was read, and the
// owner's member record as it was when it departed. The map names for each moved slot the end of
// the stream that has its state (ClusterMap::taken).
//
// A step that can't be finished is left for the next one: each begins from what the store and this
// instance have.
//
// An error of the store leaves everything as it is; the lease (lease.h) ends deciding.
//
// Threads: step() from one; note_*() and take() from any.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/runtime/controller/bridges.h"
#include "engine/runtime/controller/catch_up.h"
#include "engine/runtime/controller/control_message.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/followed_slots.h"
#include "engine/runtime/controller/founding.h"
#include "engine/runtime/controller/gifts.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/map_upkeep.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/note_once.h"
#include "engine/runtime/controller/owned_slots.h"
#include "engine/runtime/controller/slot_roles.h"
#include "engine/runtime/controller/takeovers.h"
#include "engine/runtime/controller/wanted_moves.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/replication/feeder.h"
#include "engine/runtime/shard/engine.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

struct ControllerStatus {
  std::uint64_t revision = 0;
  std::size_t owned = 0;  // by the map
  std::size_t serving = 0;
  std::size_t awaited = 0;  // owned, and the state is not here yet
  std::size_t lonely = 0;   // owned, without a follower where the map wants one
  std::size_t to_give = 0;  // owned, and belong to another living instance
  bool is_draining = false;
  std::uint64_t takeovers = 0;
  std::uint64_t slots_taken = 0;
  std::uint64_t slots_given = 0;
};

class ClusterController {
 public:
  // All of them must outlive the controller. The engine serves on order.
  ClusterController(SharedLog& log, Engine& engine, Feeder& feeder, ControllerOptions options);
  ~ClusterController();

  // False: the store did not answer, or the map could not be changed now.
  bool step();

  // The members, after a beat.
  void note_members(const MemberList& list);
  // Its slots may be taken over.
  void note_departed(const Member& member);
  void take(InstanceId from, ControlMessage&& message);
  // By the engine (EngineOptions).
  void note_yielded(SlotId slot, std::unique_ptr<Slot> state);
  void note_taken(SlotId slot);
  // A planned stop: no slot is asked for any more, and all are to be given away (`to_give`). The
  // others learn it from the member record (MemberState::kStopping).
  void drain();

  // Whether a checkpoint of the own stream may begin: every slot that was taken over has a snapshot
  // in it, also those of before the start, and the map names no other place of its state. From any
  // thread.
  bool may_checkpoint() const { return founding_.is_complete(); }
  // Slots are on their way: the next step is due soon. From any thread.
  bool is_moving() const { return is_moving_.load(); }

  ControllerStatus status() const;

 private:
  // From other threads, until the next step.
  struct News {
    // In order: a member may depart and come back between two steps.
    std::vector<KnownMember> members;
    std::vector<std::pair<InstanceId, WantSlots>> wanted;
    std::vector<std::pair<SlotId, std::unique_ptr<Slot>>> yielded;
    std::vector<SlotId> taken;
    bool drains = false;
  };

  void take_news();
  void adopt();
  void let_go(SlotId slot);
  void take_over_departed();
  void give();
  void publish_status();
  void tell_all();

  Engine& engine_;
  Feeder& feeder_;
  const ControllerOptions options_;
  NoteOnce notes_;
  NewestMap map_;
  KnownMembers members_;
  WantedMoves moves_;
  SlotRoles roles_;
  CatchUp catch_up_;
  Bridges bridges_;
  Founding founding_;
  OwnedSlots owned_slots_;
  Takeovers takeovers_;
  Gifts gifts_;
  FollowedSlots followed_slots_;
  MapUpkeep upkeep_;
  std::uint64_t told_revision_ = 0;  // by on_map
  bool has_superseded_ = false;      // the changes that an earlier process may have under way

  std::atomic<bool> is_moving_{false};
  mutable std::mutex mutex_;
  News news_;
  ControllerStatus status_;
};

}  // namespace frontrow
