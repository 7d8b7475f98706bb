// Messages between the instance that writes a stream and those that copy it (follower.h, feeder.h).
// They travel over the link between two instances, which may break at any message: each end then
// begins again with CopyWanted.
//
//   follower                                     owner
//   CopyWanted {newest, snapshots} ----------->  can the copy go on from there?
//              <------------------------------   no: CopyBegins {position}; the follower asks again
//              <------------------------------   SnapshotPart ... of each wanted slot
//              <------------------------------   SnapshotsSent {checkpoint}
//              <------------------------------   CopyGroup newest + 1, and so on for ever
//   CopySynced {group} ----------------------->
//
// Groups and snapshots come interleaved; parts of one snapshot come in order.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/core/protocol/types.h"
#include "engine/runtime/journal/archive.h"
#include "engine/runtime/journal/chain_position.h"

namespace frontrow {

using SharedBytes = std::shared_ptr<const ByteBuffer>;

// From the follower: what it has, and what it needs of the stream.
struct CopyWanted {
  ChainPosition newest;           // of the copy
  bool has_copy = false;          // begun; one that begins with the stream's first group is at 0
  std::vector<SlotId> snapshots;  // slots that it is to follow and does not have
};
// From the follower: every group up to this one is on its disk.
struct CopySynced {
  std::uint64_t stream = 0;
  std::uint64_t group = 0;
};

// From the owner: the copy can't go on where it is. It begins after this position, the checkpoint
// position of the owner, and all slots are to be asked for again.
struct CopyBegins {
  ChainPosition position;
};
struct SnapshotPart {
  SnapshotHead head;  // the same in all parts
  std::uint32_t part = 0;
  SharedBytes bytes;
};
// The snapshots of these slots are sent, all that CopyWanted named or the first of them. A slot
// without one has no record up to the checkpoint position. The records after it are in the groups
// after it.
//
// It may answer an earlier CopyWanted, whose snapshots the follower has thrown away when it asked
// again: so it names the slots without a snapshot, and the others need theirs.
struct SnapshotsSent {
  std::uint64_t stream = 0;
  std::uint64_t checkpoint = 0;
  std::vector<SlotId> slots;
  std::vector<SlotId> without;  // of these, slots that have no snapshot
};
// The bytes of a group as they are in the owner's log.
struct CopyGroup {
  std::uint64_t stream = 0;
  std::uint64_t number = 0;
  SharedBytes bytes;
};

using ToOwner = std::variant<CopyWanted, CopySynced>;
using ToFollower = std::variant<CopyBegins, SnapshotPart, SnapshotsSent, CopyGroup>;

// The stream that a message is about.
inline std::uint64_t stream_of(const ToFollower& message) {
  if (const auto* begins = std::get_if<CopyBegins>(&message)) return begins->position.stream;
  if (const auto* part = std::get_if<SnapshotPart>(&message)) return part->head.stream;
  if (const auto* sent = std::get_if<SnapshotsSent>(&message)) return sent->stream;
  return std::get<CopyGroup>(message).stream;
}

}  // namespace frontrow
