// Makes the slots of one instance follow the slot map, and the map follow the members: the control
// loop of a cluster (a reconciler). One step reads the map and
//
//   serves    slots that the map gives to this instance, once their state is here
//   follows   streams of other instances whose slots this one is to copy (Follower)
//   takes     slots of departed instances that it follows: seal, catch up, change the map, serve
//   replaces  a follower of a slot that belongs to this instance, once the slot is warm here
//   gives     slots to the instance to which they belong and that has asked for them: yield, change
//             the map; so a slot stands still from the yield to the other's step
//   leaves    in a planned stop: it counts as gone in the placement while it still decides, so that
//             the others ask for its slots and each stands still for a gift only
//   keeps     the map: the stream of this instance, slots that have not begun, followers that are
//             gone. The caller adds the instance to the map before it makes the controller
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
// A slot that was taken over has its state in the copy of another stream. In the background it gets
// a snapshot in the own stream, on which its records there are founded; until then the map keeps
// the end of the other stream, so that a restart finds the state. That begins when its slot_taken
// is durable: a follower of the own stream that has an older state of the slot, or none, sees by
// that record that it has to ask for it, and the map does not let it take the slot over before.
//
// An error of the store leaves everything as it is; the lease (lease.h) ends deciding.
//
// Threads: step() from one; note_*() and take() from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/runtime/controller/control_message.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/note_once.h"
#include "engine/runtime/controller/wanted_moves.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/replication/feeder.h"
#include "engine/runtime/replication/follower.h"
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
  bool may_checkpoint() const { return unfounded_count_.load() == 0; }
  // Slots are on their way: the next step is due soon. From any thread.
  bool is_moving() const { return is_moving_.load(); }

  ControllerStatus status() const;

 private:
  enum class Role : std::uint8_t {
    kNone,
    kServing,   // ordered to serve
    kYielding,  // ordered to yield
    kYielded,   // its state is in yielded_, to be given
  };
  struct Unfounded {
    StreamEnd end;
    std::uint64_t own_group = 0;  // of the own stream, before its first record of the slot
    auto operator<=>(const Unfounded&) const = default;
  };
  // A slot that has moved to another instance and is followed here: its state of before the move
  // leads to that in the stream of its new owner (Follower::adopt). So it is on two disks at once,
  // and safe if the new owner is lost before it has a snapshot.
  struct Bridge {
    std::uint64_t to = 0;     // the stream of the new owner
    StreamEnd from;           // where its state was
    std::uint64_t after = 0;  // of the stream `to`: it has no record of the move up to this group
    std::unique_ptr<Slot> state;  // of this instance's own stream; null: in the copy of another
  };
  // Slots that are on their way to another instance.
  struct Gift {
    InstanceId to = 0;
    std::vector<SlotId> slots;
    bool is_in_doubt = false;  // a change of the map may still take effect
  };

  bool has_begun();
  void take_news();
  void adopt();
  void follow();
  std::map<std::uint64_t, std::uint64_t> copied();
  void note_move(SlotId slot, const ClusterMap& before, const ClusterMap& next);
  void bridge();
  bool give_states_for_bridges();
  void serve_owned();
  void serve(SlotId slot, std::unique_ptr<Slot> state, const std::optional<StreamEnd>& taken_from);
  std::optional<StreamEnd> end_of_tenure(const Slot* state) const;
  void serve_taken(const StreamEnd& end, const std::vector<SlotId>& slots);
  bool catch_up(const StreamEnd& end);
  bool comes_over_a_link(const StreamEnd& end);
  void settle();
  void serve_again(const std::vector<SlotId>& slots);
  void close_gaps(const Unfounded& base, const std::vector<SlotId>& slots);
  void note_lost(SlotId slot);
  void take_over_departed();
  bool is_gone(const MapInstance& instance);
  void take_over(const MapInstance& dead, std::vector<MapExpectation> expected);
  void begin_gift(InstanceId to, const std::vector<SlotId>& slots);
  void give();
  MapOutcome hand_over_gift(const Gift& gift);
  void found();
  void count_unfounded();
  void keep_map();
  void ask_for_slots();
  void replace_followers();
  void tell_all();

  SharedLog& log_;
  Engine& engine_;
  Feeder& feeder_;
  const ControllerOptions options_;
  NoteOnce notes_;
  NewestMap map_;
  KnownMembers members_;
  WantedMoves moves_;
  std::uint64_t told_revision_ = 0;  // by on_map
  std::array<Role, kSlotCount> roles_{};
  std::vector<Gift> gifts_;
  std::map<std::uint64_t, SlotSet> followed_;  // by stream
  std::map<SlotId, Bridge> bridges_;
  // The newest group of each copy, as of before map_ was read.
  std::map<std::uint64_t, std::uint64_t> copied_;
  // Slots that were taken from the end of a stream, and have no snapshot in the own stream yet.
  std::map<SlotId, Unfounded> unfounded_;
  std::set<SlotId> unlogged_;            // of these, slots whose slot_taken is not durable yet
  std::map<SlotId, StreamEnd> founded_;  // and the map still names these ends in `taken`
  std::set<SlotId> gaps_;                // of the recovery
  std::set<SlotId> lost_;                // of these, slots that can't be recovered
  bool waits_for_takeover_ = false;
  bool has_superseded_ = false;  // the changes that an earlier process may have under way

  std::int64_t settled_ms_ = 0;                  // the last time
  std::map<StreamEnd, std::int64_t> waits_for_;  // ends of streams, since when
  std::atomic<std::size_t> unfounded_count_{0};
  std::atomic<bool> is_moving_{false};
  mutable std::mutex mutex_;
  // From other threads, until the next step.
  struct News {
    // In order: a member may depart and come back between two steps.
    std::vector<KnownMember> members;
    std::vector<std::pair<InstanceId, WantSlots>> wanted;
    std::vector<std::pair<SlotId, std::unique_ptr<Slot>>> yielded;
    std::vector<SlotId> taken;
    bool drains = false;
  };
  News news_;
  std::map<SlotId, std::unique_ptr<Slot>> yielded_;
  ControllerStatus status_;
};

}  // namespace frontrow
