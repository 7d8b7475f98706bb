#include "engine/runtime/shared_log/shared_group.h"

#include <fmt/format.h>
#include <zstd.h>

#include <memory>

namespace frontrow {
namespace {

constexpr char kPlain = 0;
constexpr char kZstd = 1;
// As small as level 1 within a tenth, and faster for small groups (bench/shared_group_bench.cc).
constexpr int kLevel = -1;
// Smaller groups cost more to compress than their bytes cost the store.
constexpr std::size_t kCompressedMin = 256;

// The tables of a compression take longer to allocate than a small group to compress.
ZSTD_CCtx* compressor() {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  return context.get();
}

}  // namespace

void encode_shared_group(std::span<const std::byte> group, std::string& out) {
  if (group.size() >= kCompressedMin) {
    out.resize(1 + ZSTD_compressBound(group.size()));
    out[0] = kZstd;
    const std::size_t size = ZSTD_compressCCtx(compressor(), out.data() + 1, out.size() - 1,
                                               group.data(), group.size(), kLevel);
    if (ZSTD_isError(size) == 0 && size < group.size()) {
      out.resize(1 + size);
      return;
    }
  }
  out.assign(1, kPlain);
  out.append(reinterpret_cast<const char*>(group.data()), group.size());
}

Result<ByteBuffer> decode_shared_group(std::string_view value) {
  if (value.empty()) return Error{"a group of the shared log is empty"};
  const std::string_view bytes = value.substr(1);
  ByteBuffer group;
  if (value[0] == kPlain) {
    if (bytes.size() > kSharedGroupBytesMax) return Error{"a group of the shared log is too large"};
    const auto plain = std::as_bytes(std::span(bytes));
    group.assign(plain.begin(), plain.end());
    return group;
  }
  if (value[0] != kZstd) {
    return Error{
        fmt::format("a group of the shared log has form {}, which is not known to this program",
                    static_cast<unsigned>(static_cast<unsigned char>(value[0])))};
  }
  const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
      size > kSharedGroupBytesMax) {
    return Error{"a compressed group of the shared log is damaged: no size within bounds"};
  }
  group.resize(size);
  const std::size_t read = ZSTD_decompress(group.data(), group.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(read) != 0 || read != size)
    return Error{"a compressed group of the shared log is damaged"};
  return group;
}

}  // namespace frontrow
