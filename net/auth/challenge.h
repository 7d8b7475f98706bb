// Proof-of-work challenges, which make it expensive to join with a thousand names: a client has to
// try hashes until one fits, the server verifies with one. In the formats of ALTCHA
// (https://altcha.org), so that its widget and libraries serve as clients.
//
// One document has a challenge in both formats of ALTCHA, and a client solves either:
//   proof of work 2 (widget 3, libraries 2)   parameters: algorithm SHA-256, cost 1, nonce, salt,
//     keyPrefix. The solution is the counter for which SHA-256(salt, nonce, counter as 4 bytes)
//     begins with keyPrefix.
//   proof of work 1 (before those)   algorithm SHA-256, challenge, salt, maxnumber. The solution is
//     the number for which the hexadecimal SHA-256(salt, number in decimal) is challenge.
// The solution comes back as ALTCHA's payload, base64 of a JSON object.
//
// The server keeps nothing about a challenge. Its core, 32 bytes, is the nonce and the begin of the
// salt: random bytes, expiry, concert and difficulty. An HMAC of the core, by a key derived from
// that of the queue tokens, gives the signature by its first 24 bytes and the solution by the other
// 8: so a verification needs neither the client's hash nor a hash of the answer. That a challenge
// serves one join is the slot's business (SpentChallenges), by the hash below.
//
// Immutable; any thread. check() takes about 1 us, make() about 2 us of a core
// (bench/auth_bench.cc).
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/time.h"
#include "net/auth/token.h"

namespace frontrow {

struct ChallengeSettings {
  std::uint32_t max_number = 50'000;  // the difficulty: hashes at most, on average half of it
  std::uint32_t valid_s = 300;
  bool operator==(const ChallengeSettings&) const = default;
};

enum class ChallengeFault : std::uint8_t {
  kNone,
  kMalformed,
  kSignature,     // not made by this server, or changed
  kOtherConcert,  // made for another concert
  kSolution,      // the number is wrong
  kExpired,       // all else is right
};
// The word for clients: "expired", "other-concert".
std::string_view name_of(ChallengeFault fault);

struct ChallengeCheck {
  ChallengeFault fault = ChallengeFault::kMalformed;
  std::uint64_t hash = 0;  // of the challenge; set only for kNone and kExpired, and never 0
};

// The longest payload that is read.
inline constexpr std::size_t kChallengePayloadMax = 2048;

class ChallengeMaker {
 public:
  using Seed = std::array<std::uint8_t, 16>;

  // Makes none.
  ChallengeMaker() = default;
  // Of the keys of the queue tokens: the first makes challenges, all verify them.
  explicit ChallengeMaker(std::span<const TokenKey> keys);

  // The document for a client. `seed`: random.
  std::string make(ConcertId concert, Instant now, const ChallengeSettings& settings,
                   const Seed& seed) const;
  ChallengeCheck check(std::string_view payload, ConcertId concert, Instant now) const;

 private:
  std::vector<HmacSha256> macs_;
};

}  // namespace frontrow
