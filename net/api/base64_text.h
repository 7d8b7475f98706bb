// base64 with padding (RFC 4648 section 4), for bits in JSON.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace frontrow {

inline void append_base64(std::string& out, const std::uint8_t* bytes, std::size_t size) {
  const std::size_t at = out.size();
  const std::size_t length = (size + 2) / 3 * 4;
  out.resize(at + length + 1);  // and a zero byte
  EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data() + at), bytes, static_cast<int>(size));
  out.resize(at + length);
}

}  // namespace frontrow
