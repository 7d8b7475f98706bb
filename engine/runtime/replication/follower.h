// Copies the streams of other instances to this one's disk, and keeps the slots that this instance
// follows in memory, ready to be served: a warm second.
//
//   follow(stream, slots)    by the slot map; slots that are on disk are restored from there
//   take(message)            from the stream's owner (copy_messages.h)
//   sync()                   the owner learns what is on this disk
//   release(slot)            a takeover: the slot's state leaves for its worker
//
// A slot is bound to one stream: that of its owner. It is warm when its state is that of the newest
// group of the copy. A record that does not follow the one before shows that another stream has
// records between them: the slot is cold from there on, and its snapshot is asked for again.
//
// A snapshot in the copy and the groups after the checkpoint position always lead to the slot's
// state: a checkpoint drops the snapshots of slots that are not warm, and none is written while a
// slot that was released is not founded (found()).
//
// The state that a snapshot leads to goes on from the groups after the owner's checkpoint position.
// If the copy begins after that position, the follower waits until the owner's next checkpoint.
//
// A bad group of an owner ends the copy of that stream only: it begins anew. A failed disk ends all
// (failure()).
//
// Thread: one, the copy thread (copies.h).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/limits.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/copies.h"
#include "engine/runtime/recovery/replay.h"
#include "engine/runtime/recovery/slot_table.h"
#include "engine/runtime/replication/copy_messages.h"

namespace frontrow {

struct FollowerOptions {
  // A checkpoint of a copy is due after this many of its events.
  std::uint64_t checkpoint_events = 1'000'000;
  // Of the groups of a copy up to its checkpoint position; the clock is that of the groups.
  Retention retention{};
  std::function<Instant()> now = [] { return Instant{}; };
  // Sends to the owner of the stream; false: not now. What was sent may be lost with its link.
  std::function<bool(std::uint64_t stream, ToOwner&&)> send;
  // A line for the operator's log.
  std::function<void(const std::string&)> on_note = [](const std::string&) {};
};

// A copied stream, for status and metrics.
struct FollowedStream {
  std::uint64_t stream = 0;
  std::uint64_t newest = 0;  // group
  std::uint64_t synced = 0;
  std::size_t wanted = 0;  // slots
  std::size_t warm = 0;
};

class Follower {
 public:
  Follower(Copies& copies, FollowerOptions options);
  ~Follower();

  // The slots to follow in the stream; replaces those before. None: the copy stays on disk, without
  // slots in memory.
  void follow(std::uint64_t stream_id, const SlotSet& slots);
  // The link to the stream's owner is up, or has come up again: asks for what is missing.
  void ask(std::uint64_t stream_id);
  // Asks again for slots that could not be had, and where no answer has come for long; about once a
  // second.
  void ask_again();
  void take(std::uint64_t stream_id, ToFollower&& message);
  // Groups of a sealed stream from the shared log, in order. Fails if one does not follow.
  Status add(std::uint64_t stream_id, std::span<const std::byte> group);

  // Waits for the disk, and reports the new positions to the owners.
  Status sync();
  // Writes snapshots of the slots that have changed, if a checkpoint is due, or at once with
  // `anyway`.
  Status checkpoint(std::uint64_t stream_id, bool anyway = false);

  std::uint64_t newest(std::uint64_t stream_id) const;
  bool is_warm(std::uint64_t stream_id, SlotId slot) const;
  std::vector<FollowedStream> streams() const;
  // Slots that have just moved to the stream's owner, with their states from before: their records
  // in this stream go on from there, in groups after `after`. So a follower need not wait for the
  // owner's snapshots, and the slots are safe if the owner is lost before it has any. Takes those
  // that it follows; false: not now, as the copy has not begun. A slot whose records here do not
  // follow, or are not all here, stays cold.
  bool adopt(std::uint64_t stream_id, std::map<SlotId, std::unique_ptr<Slot>>& states,
             std::uint64_t after);
  // Whether the slot is warm by adopt().
  bool is_adopted(std::uint64_t stream_id, SlotId slot) const;
  // The state of the slot, null if it has none; it is no longer followed. REQUIRES: it is warm.
  std::unique_ptr<Slot> release(std::uint64_t stream_id, SlotId slot);

  // The state of a warm slot that has moved to another stream, null if it has none.
  std::unique_ptr<Slot> give(std::uint64_t stream_id, SlotId slot);

  // Of a slot that has any state.
  std::optional<StateHash> state_hash(std::uint64_t stream_id, SlotId slot) const;
  bool has_state(std::uint64_t stream_id, SlotId slot) const;
  // Founds slots that were released (found_slots() in slot_snapshots.h).
  Status found(const StreamEnd& end, std::span<const SlotId> slots, Archive& own,
               std::uint64_t own_group);

  // The error of the disk after which nothing works; empty while there was none.
  std::string failure() const { return copies_.failure(); }

 private:
  // Rounds of ask_again(). Longer each time, so that an owner that is only slow can answer.
  static constexpr int kPatienceMin = 5;
  static constexpr int kPatienceMax = 80;

  // A snapshot that arrives.
  struct Incoming {
    SnapshotHead head;
    std::vector<SharedBytes> parts;
  };
  struct Stream {
    std::uint64_t id = 0;
    SlotSet wanted;
    SlotSet warm;
    SlotSet changed;  // since the last checkpoint
    SlotSet taken;    // released, and their state is in the copy only
    SlotSet adopted;  // warm by adopt()
    SlotSet unused;   // never used, as the copy has it on disk
    std::uint64_t events = 0;
    bool is_unasked = false;        // the question could not be sent
    bool awaits_group = false;      // asked, and no group has come
    bool awaits_snapshots = false;  // asked, and not all have come
    int silent_rounds = 0;          // of ask_again(), without a snapshot since the question
    int patience = kPatienceMin;    // rounds until the question is repeated
    std::uint64_t unsaid = 0;       // synced group that the owner has not been told; 0: none
    std::unique_ptr<SlotTable> shadows;
    std::unique_ptr<Replay> replay;
    std::map<SlotId, Incoming> incoming;
  };

  Stream& at(std::uint64_t stream_id);
  std::optional<CopyState> state_of(std::uint64_t stream_id) const;
  void begin_replay(Stream& stream);
  void restore(Stream& stream, const SlotSet& slots);
  void cool(Stream& stream, SlotId slot);
  void set_unused(Stream& stream, const SlotSet& slots);

  Status take(Stream& stream, CopyBegins&& begins);
  Status take(Stream& stream, SnapshotPart&& part);
  Status take(Stream& stream, SnapshotsSent&& sent);
  Status take(Stream& stream, CopyGroup&& group);
  Status add_group(Stream& stream, std::span<const std::byte> bytes);
  Status warm_up(Stream& stream, const SlotSet& slots, std::uint64_t after, const CopyState& state);
  Status keep_bases(Stream& stream, const SlotSet& slots);
  static Status write_base(const Stream& stream, Archive& archive, SlotId id, std::uint64_t group);
  void note_changes(Stream& stream, const GroupView& group);
  void begin_again(Stream& stream, const std::string& why);

  Copies& copies_;
  FollowerOptions options_;
  std::map<std::uint64_t, Stream> streams_;
};

}  // namespace frontrow
