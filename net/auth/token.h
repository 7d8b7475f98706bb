// The queue token: proof of a user's identity and place in a line (a JWS compact token, RFC
// 7515/7519, HS256).
//
//   BASE64URL({"alg":"HS256","kid":"<key id>","typ":"JWT"}) . BASE64URL(claims) . BASE64URL(MAC)
//   claims: {"sub":"<user UUID>","con":1,"num":1024,"iat":1790000000,"exp":1790604800,
//            "epo":0,"jti":"1-1024-1790000000"}, without the line break
//
// `con` is the concert, `num` the ticket number, `epo` the concert's token epoch (raising it there
// revokes every earlier token), `jti` concert, number and time of issue. The token's state
// (waiting, active, finished) is not in the text: the slot holds it.
//
// Any JWT library reads the token. verify() accepts only the output of sign(): the header is one
// constant text for each key id, compared byte for byte, so that an algorithm never comes from a
// token; then the MAC, compared in constant time; only then the claims, in exactly the form and
// order above.
//
// Two keys can be live at a time: sign() uses the first, verify() accepts either. To rotate, put
// the new key first, and drop the old one when its last token has expired. Where several instances
// verify each other's tokens, the new key goes second everywhere before it goes first anywhere.
//
// Threads: a signer is immutable; any thread may use it. sign() and verify() do not allocate. Left
// out: expiry (the caller compares expires_s with its now), epoch and state (the slot).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/ids.h"
#include "engine/base/result.h"
#include "net/auth/token_mac.h"

namespace frontrow {

struct TokenClaims {
  UserId user;
  ConcertId concert;
  TicketNumber number;
  std::int64_t issued_s = 0;   // since 1970-01-01, 0..kTokenSecondsMax
  std::int64_t expires_s = 0;  // likewise
  std::uint32_t epoch = 0;
  auto operator<=>(const TokenClaims&) const = default;
};

inline constexpr std::int64_t kTokenSecondsMax =
    253'402'300'799;  // the last second of the year 9999

struct TokenKey {
  std::string id;      // 1..kTokenKeyIdMax of A-Z a-z 0-9 - _
  std::string secret;  // kTokenSecretMin or more bytes
};

inline constexpr std::size_t kTokenKeysMax = 2;
inline constexpr std::size_t kTokenKeyIdMax = 16;
inline constexpr std::size_t kTokenSecretMin = 32;

// No token is longer; verify() refuses longer texts unread.
inline constexpr std::size_t kTokenSizeMax = 448;
using TokenBuffer = std::array<char, kTokenSizeMax>;

enum class TokenCheck : std::uint8_t {
  kOk,
  kMalformed,     // not of the shape above, or longer than any token
  kUnknownKey,    // the header matches no live key (another algorithm, a key that was
                  // dropped, a forgery)
  kBadSignature,  // header of a live key, wrong MAC
};

struct VerifiedToken {
  TokenCheck check = TokenCheck::kMalformed;
  TokenClaims claims;  // set only if check is kOk
};

class TokenSigner {
 public:
  // Fails for no key, more than two, equal ids, an id with other characters, or a short secret.
  static Result<TokenSigner> create(std::span<const TokenKey> keys);

  // Writes the token into the caller's buffer and returns it. Equal claims give equal tokens.
  // REQUIRES: a concert, a number, a user that is not the operator, and times in range.
  std::string_view sign(const TokenClaims& claims, TokenBuffer& buffer) const;

  VerifiedToken verify(std::string_view token) const;

  // The ids of the live keys; the first key signs.
  std::vector<std::string> key_ids() const;

 private:
  struct LiveKey {
    std::string id;
    std::string header;  // base64url, with the dot that follows it
    HmacSha256 mac;
  };
  explicit TokenSigner(std::vector<LiveKey> keys) : keys_(std::move(keys)) {}

  const LiveKey* key_of(std::string_view token) const;

  std::vector<LiveKey> keys_;
};

}  // namespace frontrow
