// Any bytes in place of a token. Only signed tokens are accepted, with and without the cache.
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/check.h"
#include "net/auth/token_cache.h"

namespace frontrow {
namespace {

TokenSigner make_signer() {
  const TokenKey key{"k1", std::string(32, 's')};
  auto signer = TokenSigner::create({&key, 1});
  FR_CHECK(signer.ok());
  return std::move(*signer);
}

void verify(std::string_view token) {
  static const TokenSigner signer = make_signer();
  static TokenCache cache(signer);
  const VerifiedToken verified = signer.verify(token);
  const VerifiedToken cached = cache.verify(token);
  FR_CHECK(verified.check == cached.check && verified.claims == cached.claims);
  if (verified.check != TokenCheck::kOk) return;
  // The accepted text is the only encoding of its claims.
  TokenBuffer buffer;
  FR_CHECK(signer.sign(verified.claims, buffer) == token);
}

}  // namespace
}  // namespace frontrow

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  frontrow::verify({reinterpret_cast<const char*>(data), size});
  return 0;
}
