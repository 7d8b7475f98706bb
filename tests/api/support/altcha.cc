#include "tests/api/support/altcha.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>

namespace frontrow::api {
namespace {

std::string sha256_hex(const std::string& text) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  std::string hex;
  for (const unsigned char byte : digest) hex += fmt::format("{:02x}", byte);
  return hex;
}

// With padding, as browsers write it.
std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace

std::string solve(const Json& challenge) {
  const std::string salt = challenge["salt"].text();
  const std::string wanted = challenge["challenge"].text();
  std::int64_t number = 0;
  const std::int64_t most = challenge["maxnumber"].integer();
  while (number < most && sha256_hex(salt + std::to_string(number)) != wanted) ++number;
  return base64(fmt::format(
      R"({{"algorithm":"SHA-256","challenge":"{}","number":{},"salt":"{}","signature":"{}"}})",
      wanted, number, salt, challenge["signature"].text()));
}

}  // namespace frontrow::api
