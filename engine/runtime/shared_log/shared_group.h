// The value of a group in the consensus store: a byte for its form, then the group's bytes (the
// local log's, storage/local/group_codec.h), compressed where that makes them smaller. Every byte
// is written by each member of the store, twice, so that compression pays at once
// (bench/shared_group_bench.cc).
//
//   offset size
//        0    1  form    0 as they are, 1 zstd
//        1    .  bytes   form 1: one zstd frame, which names the size before compression
//
// The group's own chain hash guards the content. Pure functions, any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "engine/base/bytes.h"
#include "engine/base/result.h"

namespace frontrow {

// Bytes of a group before compression; a hostile or damaged value does not make a reader allocate
// more.
inline constexpr std::size_t kSharedGroupBytesMax = std::size_t{8} << 20;

// Replaces the content of `out`.
void encode_shared_group(std::span<const std::byte> group, std::string& out);
Result<ByteBuffer> decode_shared_group(std::string_view value);

}  // namespace frontrow
