// Bytes as RocksDB's slices, and back. The memory stays the caller's.
#pragma once

#include <rocksdb/slice.h>

#include <array>
#include <cstddef>
#include <span>

namespace frontrow {

inline rocksdb::Slice slice_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <std::size_t kSize>
rocksdb::Slice slice_of(const std::array<char, kSize>& key) {
  return {key.data(), key.size()};
}

inline std::span<const std::byte> bytes_of(const rocksdb::Slice& slice) {
  return {reinterpret_cast<const std::byte*>(slice.data()), slice.size()};
}

}  // namespace frontrow
