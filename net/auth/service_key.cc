#include "net/auth/service_key.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace frontrow {
namespace {

constexpr std::array<std::string_view, kScopeCount> kScopeNames = {
    "operate", "box-office", "charge", "read", "metrics", "check-in"};

}  // namespace

std::string_view name_of(Scope scope) { return kScopeNames[static_cast<std::size_t>(scope)]; }

std::optional<Scope> parse_scope(std::string_view name) {
  const auto found = std::ranges::find(kScopeNames, name);
  if (found == kScopeNames.end()) return std::nullopt;
  return static_cast<Scope>(found - kScopeNames.begin());
}

Sha256Digest sha256(std::string_view text) {
  Sha256Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

bool ServiceKey::is_for(ConcertId concert) const {
  return concerts.empty() || std::ranges::find(concerts, concert) != concerts.end();
}

ServiceKey admin_service_key(std::string_view secret) {
  return {.id = "admin", .digest = sha256(secret), .scopes = Scopes::all()};
}

const ServiceKey* find_key(std::span<const ServiceKey> keys, std::string_view secret) {
  if (secret.size() < kServiceSecretMin || secret.size() > kServiceSecretMax) return nullptr;
  const Sha256Digest digest = sha256(secret);
  const ServiceKey* found = nullptr;
  for (const ServiceKey& key : keys) {
    if (CRYPTO_memcmp(key.digest.data(), digest.data(), digest.size()) == 0) found = &key;
  }
  return found;
}

}  // namespace frontrow
