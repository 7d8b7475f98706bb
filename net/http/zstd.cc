#include "net/http/zstd.h"

#include <zstd.h>

#include "engine/base/check.h"

namespace frontrow {

std::string zstd(std::string_view text) {
  constexpr int kLevel = 19;
  std::string out(ZSTD_compressBound(text.size()), '\0');
  const std::size_t size = ZSTD_compress(out.data(), out.size(), text.data(), text.size(), kLevel);
  FR_CHECK(ZSTD_isError(size) == 0);  // fails only when memory is exhausted
  out.resize(size);
  return out;
}

}  // namespace frontrow
