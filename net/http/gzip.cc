#include "net/http/gzip.h"

#include <zlib.h>

#include "engine/base/check.h"

namespace frontrow {

std::string gzip(std::string_view text) {
  constexpr int kGzipWindow = 15 + 16;  // the largest window; plus 16: gzip's head and tail
  z_stream stream{};
  // Fails only when memory is exhausted.
  FR_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 9,
                        Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  FR_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace frontrow
