// The messages of copy_messages.h as bytes, for the links between instances. Little endian; the
// first byte is the kind:
//
//   1 CopyWanted     position, has_copy u8, slots
//   2 CopySynced     stream u64, group u64
//   3 CopyBegins     position
//   4 SnapshotPart   head, part u32, bytes to the end
//   5 SnapshotsSent  stream u64, checkpoint u64, slots, slots (without a snapshot)
//   6 CopyGroup      stream u64, number u64, bytes to the end
//
//   position: stream u64, epoch u64, number u64, hash u64
//   slots:    count u16, then u16 each, ascending
//   head:     stream u64, slot u16, group u64, seq u64, state hash u64, time i64, parts u32,
//             bytes u64, content hash u64
//
// Decoding trusts no byte: the error names what is wrong. It does not check what the bytes of
// groups and parts say; the follower does. Pure functions, any thread.
#pragma once

#include <span>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/runtime/replication/copy_messages.h"

namespace frontrow {

// Of a group or of a part. The parts of a snapshot have 64 KiB and one entity more
// (snapshot_codec.h); a group under a shared log has half a megabyte and one record more.
inline constexpr std::size_t kCopyBytesMax = std::size_t{8} << 20;

void encode_to_owner(const ToOwner& message, ByteBuffer& out);
Result<ToOwner> decode_to_owner(std::span<const std::byte> bytes);

void encode_to_follower(const ToFollower& message, ByteBuffer& out);
Result<ToFollower> decode_to_follower(std::span<const std::byte> bytes);

}  // namespace frontrow
