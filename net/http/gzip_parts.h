// A gzip stream (RFC 1952) of parts that are deflated once and concatenated often.
//
// A deflated part refers to no bytes outside of it and ends at a byte boundary, so parts can be
// concatenated in any order: gzip_header(), parts, gzip_trailer() is a whole stream. Its checksum
// is combined from those of the parts. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct z_stream_s;

namespace frontrow {

// CRC-32 and length of a text before deflation.
struct PartSum {
  std::uint32_t crc = 0;
  std::uint64_t bytes = 0;
};
// The sum of both texts, concatenated.
PartSum combine(const PartSum& first, const PartSum& second);

class PartDeflater {
 public:
  PartDeflater();
  ~PartDeflater();
  PartDeflater(const PartDeflater&) = delete;
  PartDeflater& operator=(const PartDeflater&) = delete;

  // Appends the deflated text and returns its sum.
  PartSum deflate(std::string& out, std::string_view text);

 private:
  std::unique_ptr<z_stream_s> stream_;
};

std::string_view gzip_header();
void append_gzip_trailer(std::string& out, const PartSum& sum);

}  // namespace frontrow
