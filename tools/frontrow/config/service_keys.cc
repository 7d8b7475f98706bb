#include "tools/frontrow/config/service_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "engine/core/protocol/act.h"
#include "net/auth/token_base64.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/known_secrets.h"

namespace frontrow {
namespace {

constexpr std::string_view kSecretMark = "frk_";
constexpr std::size_t kSecretBytes = 32;

std::string scope_names() {
  std::vector<std::string_view> names;
  names.reserve(kScopeCount);
  for (std::size_t i = 0; i < kScopeCount; ++i) names.push_back(name_of(static_cast<Scope>(i)));
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<ServiceKey> parse_service_key(const ServiceKeyText& text) {
  if (!is_actor(text.id)) {
    return Error{fmt::format("id must have 1 to {} letters, digits, '-' and '_', not \"{}\"",
                             Actor::kSizeMax, text.id)};
  }
  if (text.id == kAdminActor.text()) return Error{"id must not be \"admin\", the admin key's"};
  ServiceKey key{.id = text.id};
  const auto digest = parse_hex(text.sha256);
  if (!digest || digest->size() != key.digest.size())
    return Error{"sha256 must be 64 hexadecimal digits, as `frontrow keys new` prints them"};
  if (const Status known = check_not_known(text.sha256); !known.ok())
    return Error{"sha256 " + known.error()};
  std::ranges::copy(*digest, key.digest.begin());
  for (const std::string& name : text.scopes) {
    const auto scope = parse_scope(name);
    if (!scope)
      return Error{fmt::format("scopes must be some of {}, not \"{}\"", scope_names(), name)};
    key.scopes.add(*scope);
  }
  if (key.scopes.empty()) return Error{fmt::format("scopes must be some of {}", scope_names())};
  for (const std::int64_t id : text.concerts) {
    if (id < 1 || id > kConcertIdMax) {
      return Error{fmt::format("concerts must be ids from 1 to {}, not {}", kConcertIdMax, id)};
    }
    key.concerts.emplace_back(static_cast<std::uint32_t>(id));
  }
  return key;
}

Status check_service_keys(std::span<const ServiceKey> keys) {
  if (keys.size() > kServiceKeysMax) {
    return Error{
        fmt::format("keys: there are {}, at most {} can be used", keys.size(), kServiceKeysMax)};
  }
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (keys[i].id == keys[j].id)
        return Error{fmt::format("keys: the id \"{}\" is there twice", keys[i].id)};
      if (keys[i].digest == keys[j].digest) {
        return Error{fmt::format("keys: \"{}\" and \"{}\" have the same sha256, so the same secret",
                                 keys[j].id, keys[i].id)};
      }
    }
  }
  return {};
}

std::string format_service_key(const ServiceKeyText& text) {
  std::string table = fmt::format("[[keys]]\nid = \"{}\"\nsha256 = \"{}\"\nscopes = [\"{}\"]\n",
                                  text.id, text.sha256, fmt::join(text.scopes, "\", \""));
  if (!text.concerts.empty())
    table += fmt::format("concerts = [{}]\n", fmt::join(text.concerts, ", "));
  return table;
}

Result<std::string> new_service_secret() {
  std::array<std::uint8_t, kSecretBytes> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    return Error{"the system gave no random numbers"};
  return std::string(kSecretMark) + base64url_encode(bytes);
}

}  // namespace frontrow
