#include "net/http/server/memory_relief.h"

#include <malloc.h>

namespace frontrow {
namespace {

constexpr std::size_t kPeakBytesMin = 16 * 1024 * 1024;
constexpr std::int64_t kGiveBackEveryMs = 5'000;

}  // namespace

void MemoryRelief::relieve(std::size_t held, std::int64_t now_ms, BufferPool& buffers) {
  if (peak_ < kPeakBytesMin || held > peak_ / 2) return;
  if (now_ms - given_back_ms_ < kGiveBackEveryMs) return;
  given_back_ms_ = now_ms;
  peak_ = held;
  buffers.shrink();
  ::malloc_trim(0);
}

}  // namespace frontrow
