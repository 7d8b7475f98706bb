// Slot migration: moves the slots of one worker to this instance and away from it, when the cluster
// starts with another map than before (docs/CLUSTER.md, "Slots move").
//
// Linked instances agree about the map. An instance hands over the slots in its log that the map
// gives to another instance, and awaits the slots that the map gives to it and that are not here.
// No instance decides on a slot meanwhile: requests are rejected with kInstanceUnavailable,
// messages are dropped.
//
//   holder                                              owner by the map
//   offer_slot {seq} ------------------------------->   has it none, or an older one?
//                   <-------------------------- send
//   slot_sealed, on disk
//   pass_part 0 .. n  ------------------------------>   slot_adopted and the parts, one record,
//                   <-------------------------- have    on disk; the slot is served from here on
//   slot_released: the state is erased
//
// After any failure in between, the holder offers the slot again: it sends a sealed state once more
// if the owner asks for it, and releases the slot if the owner has it already. A sealed slot was
// promised to one instance; if the map names another one meanwhile, the holder first asks the
// promised instance whether it imported the slot.
//
// A slot without any record begins (slot_opened) once every instance of the map has reported that
// it has none of it (nothing_left). Except if an instance has slots since another map, or has a
// record (instance_began) that the asking instance once had all its slots: then a slot that no
// instance has was lost, with an instance that left or with a disk, and beginning it afresh would
// sell its seats twice.
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
#include "engine/core/effects.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/runtime/cluster/envelope.h"

namespace frontrow {

class Engine;
class ShardOutput;
class Worker;
struct Slot;

// A larger slot is not migrated: its record must fit into a group.
inline constexpr std::uint64_t kPassedBytesMax = std::uint64_t{512} << 20;

class Handover final : public ReplySink {
 public:
  // Begins slots through the worker; logs and replies through its output.
  Handover(Engine& engine, Worker& worker, ShardOutput& output);

  // Whether this instance owns the slot and has its newest state.
  bool is_live(SlotId slot) const { return live_[slot.value]; }

  // Called after recovery, before the first turn.
  void begin();
  // Handles a slot migration command from a peer.
  void take(const Command& command, const ReplyTo& reply_to);
  // Receives the reply to a command of this class.
  void on_reply(const ReplyTo& to, Reply&& reply) override;
  void turn(Instant now);
  // Whether the next turn has work already.
  bool has_work() const;
  // The time of the next retry.
  Instant next_try() const { return std::min(next_move_, next_telling_); }

 private:
  static constexpr Duration kTryAgain = seconds(1);
  // Contexts of own replies in place of a slot: the reply to nothing_left (kToPeer + peer); an
  // imported state is on disk, and `generation` has its bytes (kAdopted).
  static constexpr std::uint32_t kToPeer = 1U << 16;
  static constexpr std::uint32_t kAdopted = 1U << 17;
  static constexpr std::uint32_t kOpened = (1U << 17) + 1;  // a slot that began is on disk

  enum class Step : std::uint8_t { kWaiting, kOffered, kSealing, kPassing };
  // The migration of a slot that leaves.
  struct Move {
    InstanceId to = 0;
    Step step = Step::kWaiting;
    bool is_paused = false;  // the next part waits until not_before
    bool was_refused = false;
    Instant not_before;
    std::uint32_t attempt = 0;
    std::vector<SlotPart> parts;  // of a sealed slot, once it may be sent
    std::uint64_t bytes = 0;      // of all parts
    StateHash hash = 0;
    std::uint32_t next_part = 0;
  };
  // The migration of a slot that arrives.
  struct Coming {
    InstanceId from = 0;
    std::uint64_t seq = 0;
    StateHash hash = 0;
    std::uint64_t bytes = 0;
    std::vector<SlotPart> parts;
  };
  // A report that waits until the slot that stores it is live.
  struct Begun {
    NothingLeft said;
    ReplyTo reply_to;
  };
  using Moves = std::map<SlotId, Move>;

  void go_live(Slot& slot);
  bool owns(SlotId slot) const;
  ReplyTo reply_to(SlotId slot, const Move& move) const;
  void say(SlotId slot, const ReplyTo& to, SlotAnswer answer);

  // --- the holder's side
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

  // --- the owner's side
  SlotAnswer answer_to(const OfferSlot& offered) const;
  void take_part(const PassPart& part, const ReplyTo& reply_to);
  void adopt(SlotId id, Coming&& coming, const ReplyTo& reply_to);
  void note_clock(const Slot& slot, InstanceId from);
  void forget_move(SlotId slot);
  void take_said(const NothingLeft& said, const ReplyTo& reply_to);
  void hear_peers(Instant now);

  Engine& engine_;
  Worker& worker_;
  ShardOutput& output_;
  Effects effects_;
  std::bitset<kSlotCount> live_;
  std::bitset<kSlotCount> awaited_;  // own slots without a known record anywhere
  std::vector<SlotId> to_open_;
  Moves moves_;
  std::map<InstanceId, std::size_t> under_way_;  // started moves, by peer
  bool look_again_ = false;                      // calls begin_moves()
  Instant next_move_ = kNever;
  Instant next_telling_ = kNever;
  std::map<SlotId, Coming> coming_;
  std::set<InstanceId> noted_clocks_;
  std::map<InstanceId, Begun> begun_;
  std::vector<ReplyEnvelope> replies_;
  std::uint64_t heard_ = 0;             // HandoverBoard::spoken
  std::uint64_t links_ = 0;             // Engine::links_made
  std::uint64_t ended_ = 0;             // HandoverBoard::ended
  std::map<InstanceId, bool> is_told_;  // nothing_left sent, by peer with slots; first worker
  bool tells_again_ = false;
};

}  // namespace frontrow
