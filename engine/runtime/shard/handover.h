// How the slots of one worker come to this instance and leave it, when the cluster starts with
// another map than before (docs/CLUSTER.md, "Slots move").
//
// Instances that are linked agree about the map. What an instance finds in its log and the map
// gives to another, it hands over; what the map gives to it and is not here, it awaits. Nobody
// decides on a slot meanwhile: requests are refused with kInstanceUnavailable, messages dropped.
//
//   holder                                              owner by the map
//   offer_slot {seq} ------------------------------->   has it none, or an older one?
//                   <-------------------------- send
//   slot_sealed, on disk
//   pass_part 0 .. n  ------------------------------>   slot_adopted and the parts, one record,
//                   <-------------------------- have    on disk; the slot is served from here on
//   slot_released: the state is forgotten
//
// Whatever breaks in between, the holder offers again: what was sealed and is asked for again goes
// again, what the other has already is released. A sealed slot was promised to one instance; should
// the map meanwhile name another, that one is asked first whether it took it.
//
// A slot of which there is no record begins (slot_opened) once every instance of the map has said
// that it has nothing of it (nothing_left). Not where an instance has slots since another map, or
// remembers (instance_began) that the one that asks once had all its slots: then what nobody has
// was lost, with an instance that left or with a disk, and beginning it anew would sell it twice.
//
// So at any time at most one instance has a slot that is_here() and owns it, and it is the one with
// the newest state.
//
// On the worker's thread.
#pragma once

#include <algorithm>
#include <bitset>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/base/time.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

class Engine;
class Worker;
struct Slot;

// A larger slot is not handed over: its record must fit into a group.
inline constexpr std::uint64_t kPassedBytesMax = std::uint64_t{512} << 20;

class Handover {
 public:
  Handover(Engine& engine, Worker& worker);

  // Own, and its newest state is here.
  bool is_live(SlotId slot) const { return live_[slot.value]; }

  // After recovery, before the first turn.
  void begin();
  // A command of a handover, by a peer.
  void take(const Command& command, const ReplyTo& reply_to);
  // To a command of ours.
  void on_reply(const ReplyTo& to, Reply&& reply);
  void turn(Instant now);
  // More to do at once.
  bool has_work() const;
  // When something is to be tried again.
  Instant next_try() const { return std::min(next_move_, next_telling_); }

 private:
  static constexpr Duration kTryAgain = seconds(1);
  // In place of a slot, in replies to ourselves: a peer was told that nothing is left; what was
  // taken over is on disk, and `generation` has its bytes.
  static constexpr std::uint32_t kToPeer = 1U << 16;
  static constexpr std::uint32_t kAdopted = 1U << 17;
  static constexpr std::uint32_t kOpened = (1U << 17) + 1;  // a slot that began is on disk

  enum class Step : std::uint8_t { kWaiting, kOffered, kSealing, kPassing };
  // Of a slot that is here and to leave.
  struct Move {
    InstanceId to = 0;
    Step step = Step::kWaiting;
    bool is_paused = false;  // the next part waits until not_before
    bool was_refused = false;
    Instant not_before;
    std::uint32_t attempt = 0;
    std::vector<SlotPart> parts;  // of a sealed slot, once they were asked for
    std::uint64_t bytes = 0;      // of them all
    StateHash hash = 0;
    std::uint32_t next_part = 0;
  };
  // Of a slot that comes.
  struct Coming {
    InstanceId from = 0;
    std::uint64_t seq = 0;
    StateHash hash = 0;
    std::uint64_t bytes = 0;
    std::vector<SlotPart> parts;
  };
  // What a peer has said while the slot that keeps it was awaited.
  struct Begun {
    NothingLeft said;
    ReplyTo reply_to;
  };
  using Moves = std::map<SlotId, Move>;

  void go_live(Slot& slot);
  bool owns(SlotId slot) const;
  ReplyTo reply_to(SlotId slot, const Move& move) const;
  void say(SlotId slot, const ReplyTo& to, SlotAnswer answer);

  // the holder's
  void begin_moves(Instant now);
  void offer(SlotId slot, Move& move);
  void take_reply(const ReplyTo& to, const Reply& reply, Instant now);
  void take_answer(SlotId slot, Move& move, SlotAnswer answer, Instant now);
  void seal(SlotId slot, Move& move, Instant now);
  void pass_first(SlotId slot, Move& move);
  void encode_parts(const Slot& parked, Move& move);
  void pass_part(SlotId slot, Move& move);
  static void drop_parts(Move& move);
  void release(Moves::iterator move, Instant now);
  void keep(Moves::iterator move, Instant now);
  void try_later(Move& move, Instant now, Duration wait);
  void refuse(SlotId slot, Move& move, Instant now, const std::string& why);
  void end(Moves::iterator move);
  void forget_told();
  void tell_peers();

  // the owner's
  SlotAnswer answer_to(const OfferSlot& offered) const;
  void take_part(const PassPart& part, const ReplyTo& reply_to);
  void adopt(SlotId slot, Coming&& coming, const ReplyTo& reply_to);
  void note_clock(const Slot& slot, InstanceId from);
  void forget_move(SlotId slot);
  void take_said(const NothingLeft& said, const ReplyTo& reply_to);
  void hear_peers(Instant now);

  Engine& engine_;
  Worker& worker_;
  std::bitset<kSlotCount> live_;
  std::bitset<kSlotCount> awaited_;  // own, no record of it anywhere that is known of
  std::vector<SlotId> to_open_;
  Moves moves_;
  std::map<InstanceId, std::size_t> under_way_;  // of the moves, by peer
  bool look_again_ = false;                      // at the moves
  Instant next_move_ = kNever;
  Instant next_telling_ = kNever;
  std::map<SlotId, Coming> coming_;
  std::set<InstanceId> noted_clocks_;
  std::map<InstanceId, Begun> begun_;
  std::vector<ReplyEnvelope> replies_;
  std::uint64_t heard_ = 0;             // of HandoverBoard::spoken
  std::uint64_t links_ = 0;             // of Engine::links_made
  std::uint64_t ended_ = 0;             // of HandoverBoard::ended
  std::map<InstanceId, bool> is_told_;  // that nothing is left, by peer with slots; first worker
  bool tells_again_ = false;
};

}  // namespace frontrow
