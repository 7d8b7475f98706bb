// Service keys: they authorise programs and operators, as queue tokens authorise fans
// (docs/SECURITY.md).
//
// A key is a bearer secret with an id, scopes and, if it is limited, the concerts that it is for.
// The server knows only the SHA-256 of the secret. The admin key is a service key with all scopes.
//
// A lookup hashes the secret that a client sent and compares the hash with that of every key, in a
// time that does not depend on the keys: neither a secret nor its hash can be guessed piece by
// piece. The hash needs no salt and no slow function, as `frontrow keys new` draws 256 random bits.
//
// Immutable; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"

namespace frontrow {

enum class Scope : std::uint8_t {
  kOperate,    // concerts: creation, settings, phases, blocked seats
  kBoxOffice,  // refunds, blocked seats, tickets
  kCharge,     // wallets: balance, charges
  kRead,       // reads of all of it, the audit
  kMetrics,
  kCheckIn,  // tickets at the gate, and nothing else
};
inline constexpr std::size_t kScopeCount = 6;
std::string_view name_of(Scope scope);
std::optional<Scope> parse_scope(std::string_view name);

class Scopes {
 public:
  constexpr Scopes() = default;
  constexpr Scopes(std::initializer_list<Scope> scopes) {
    for (const Scope scope : scopes) add(scope);
  }
  static constexpr Scopes all() { return Scopes((1U << kScopeCount) - 1); }

  constexpr void add(Scope scope) {
    bits_ = static_cast<std::uint8_t>(bits_ | 1U << static_cast<unsigned>(scope));
  }
  constexpr bool has(Scope scope) const { return (bits_ >> static_cast<unsigned>(scope) & 1) != 0; }
  constexpr bool has_any_of(Scopes others) const { return (bits_ & others.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  bool operator==(const Scopes&) const = default;

 private:
  constexpr explicit Scopes(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}

  std::uint8_t bits_ = 0;
};

using Sha256Digest = std::array<std::uint8_t, 32>;
Sha256Digest sha256(std::string_view text);

struct ServiceKey {
  std::string id;  // is_actor() (engine/core/protocol/act.h)
  Sha256Digest digest{};
  Scopes scopes;
  std::vector<ConcertId> concerts;  // empty: all

  bool is_limited() const { return !concerts.empty(); }
  bool is_for(ConcertId concert) const;
};

inline constexpr std::size_t kServiceKeysMax = 64;
// No secret is shorter or longer; other texts are not hashed.
inline constexpr std::size_t kServiceSecretMin = 16;
inline constexpr std::size_t kServiceSecretMax = 256;

// The admin key as a service key: the id "admin", all scopes.
ServiceKey admin_service_key(std::string_view secret);

// nullptr if no key has this secret.
const ServiceKey* find_key(std::span<const ServiceKey> keys, std::string_view secret);

}  // namespace frontrow
