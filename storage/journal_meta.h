// What the database says of itself, in its default column family:
//
//   "identity"  u16 store version | u16 oldest reader | u32 zero | u64 stream | i64 created, wall
//   ms "epoch"     u64, one more at every open
//
// Little endian. Both are written together when the stream is created.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "engine/base/time.h"

namespace frontrow {

inline constexpr std::uint16_t kStoreVersion = 1;
inline constexpr std::uint16_t kStoreOldestReader = 1;
inline constexpr const char* kIdentityKey = "identity";
inline constexpr const char* kEpochKey = "epoch";

struct StoreIdentity {
  std::uint64_t stream = 0;
  Instant created;
};

std::string encode_identity(const StoreIdentity& identity);
// Fails on a version that this program can't read, naming both, or on a wrong length.
Result<StoreIdentity> decode_identity(const std::string& bytes);

std::string encode_epoch(std::uint64_t epoch);
Result<std::uint64_t> decode_epoch(const std::string& bytes);

}  // namespace frontrow
