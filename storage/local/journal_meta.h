// The metadata of the database, in its default column family:
//
//   "identity"  u16 store version | u16 oldest reader | u32 zero | u64 stream | i64 created, ms
//   "epoch"     u64, one more at every open
//   "base"      position of the newest trimmed group; the log starts after it. Missing: none was
//   "floor"     checkpoint position: the group up to which snapshots replace the log (archive.h),
//               and the number of snapshots then. Missing: none
//   "base/S", "floor/S"  the same of the copy of stream S, 16 hex digits; there is a copy if it has
//               a "base/S", at number 0 if the copy begins with the stream
//   "synced/S"  a group of that copy that was on disk when this was written
//   a position: u64 number | u64 epoch | u64 chain hash | u64 snapshots (0 in "base") | u64 XXH3-64
//               of the 32 bytes before
//
// Little endian. The first two are written together when the stream is created.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/journal/copies.h"
#include "storage/local/group_codec.h"

namespace frontrow {

inline constexpr std::uint16_t kStoreVersion = 1;
inline constexpr std::uint16_t kStoreOldestReader = 1;
inline constexpr const char* kIdentityKey = "identity";
inline constexpr const char* kEpochKey = "epoch";
inline constexpr const char* kLogStartKey = "base";
inline constexpr const char* kCheckpointKey = "floor";
inline constexpr const char* kSyncedKey = "synced";
inline constexpr const char* kUnusedKey = "unused";

struct StoreIdentity {
  std::uint64_t stream = 0;
  Instant created;
};

// Draws the id of a new stream. Never 0, which stands for "any stream" (rocksdb_journal.h).
std::uint64_t draw_stream();

// The key of a position of a copied stream, and the stream of such a key (nullopt: another key).
std::string copy_key(std::string_view key, std::uint64_t stream);
std::optional<std::uint64_t> stream_of_copy_key(std::string_view key, std::string_view stored);

std::string encode_identity(const StoreIdentity& identity);
// Fails on a version that this program can't read, naming the stored and the readable ones, or on a
// wrong length.
Result<StoreIdentity> decode_identity(const std::string& bytes);

// A bit for each slot, the lowest first, and their hash.
std::string encode_slots(const SlotSet& slots);
Result<SlotSet> decode_slots(const std::string& bytes);

std::string encode_epoch(std::uint64_t epoch);
Result<std::uint64_t> decode_epoch(const std::string& bytes);

// A stored position, whose group may be trimmed.
struct KeptPosition {
  ChainPosition position;
  std::uint64_t snapshots = 0;
};
std::string encode_position(const KeptPosition& kept);
// `stream` is not stored here: the identity has it.
Result<KeptPosition> decode_position(std::uint64_t stream, const std::string& bytes);

}  // namespace frontrow
