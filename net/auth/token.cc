#include "net/auth/token.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/base/check.h"
#include "engine/base/uuid.h"
#include "net/auth/token_base64.h"

namespace frontrow {
namespace {

constexpr std::string_view kSub = R"({"sub":")";
constexpr std::string_view kCon = R"(","con":)";
constexpr std::string_view kNum = R"(,"num":)";
constexpr std::string_view kIat = R"(,"iat":)";
constexpr std::string_view kExp = R"(,"exp":)";
constexpr std::string_view kEpo = R"(,"epo":)";
constexpr std::string_view kJti = R"(,"jti":")";
constexpr std::string_view kEnd = R"("})";
constexpr std::size_t kMacTextSize = base64url_size(std::tuple_size_v<Mac>);

// Longest claims: concert, number (10 digits each) and issue time (12) twice, expiry (12) and epoch
// (10) once.
constexpr std::size_t kClaimsSizeMax = kSub.size() + kCon.size() + kNum.size() + kIat.size() +
                                       kExp.size() + kEpo.size() + kJti.size() + kEnd.size() +
                                       kUuidTextSize + 2 * (10 + 10 + 12) + 12 + 10 + 2;
using ClaimsBuffer = std::array<std::uint8_t, kClaimsSizeMax>;

constexpr std::size_t kHeaderSizeMax = base64url_size(
    std::string_view(R"({"alg":"HS256","kid":"","typ":"JWT"})").size() + kTokenKeyIdMax);
static_assert(kHeaderSizeMax + 1 + base64url_size(kClaimsSizeMax) + 1 + kMacTextSize <=
              kTokenSizeMax);

// Appends to a buffer whose size the constants above bound.
class ClaimsText {
 public:
  explicit ClaimsText(ClaimsBuffer& out) : at_(reinterpret_cast<char*>(out.data())), begin_(at_) {}
  ClaimsText& add(std::string_view text) {
    at_ = std::copy(text.begin(), text.end(), at_);
    return *this;
  }
  ClaimsText& add(std::int64_t number) {
    at_ = std::to_chars(at_, at_ + 20, number).ptr;
    return *this;
  }
  ClaimsText& add(const UserId& user) {
    format_uuid(user, at_);
    at_ += kUuidTextSize;
    return *this;
  }
  std::size_t size() const { return static_cast<std::size_t>(at_ - begin_); }

 private:
  char* at_;
  char* begin_;
};

std::size_t write_claims(const TokenClaims& c, ClaimsBuffer& out) {
  ClaimsText text(out);
  text.add(kSub).add(c.user).add(kCon).add(c.concert.value).add(kNum).add(c.number.value);
  text.add(kIat).add(c.issued_s).add(kExp).add(c.expires_s).add(kEpo).add(c.epoch);
  text.add(kJti)
      .add(c.concert.value)
      .add("-")
      .add(c.number.value)
      .add("-")
      .add(c.issued_s)
      .add(kEnd);
  return text.size();
}

// Parses claims in the order in which write_claims() writes them; the first mismatch sets failed().
class ClaimsReader {
 public:
  explicit ClaimsReader(std::string_view text) : left_(text) {}

  void skip(std::string_view expected) {
    if (!left_.starts_with(expected)) return fail();
    left_.remove_prefix(expected.size());
  }
  // Decimal digits without a leading zero.
  std::int64_t number(std::int64_t max) {
    std::int64_t value = 0;
    std::size_t size = 0;
    for (; size < left_.size() && left_[size] >= '0' && left_[size] <= '9'; ++size) {
      value = value * 10 + (left_[size] - '0');
      if (value > max) break;
    }
    if (size == 0 || value > max || (left_.front() == '0' && size > 1)) {
      fail();
      return 0;
    }
    left_.remove_prefix(size);
    return value;
  }
  // Lower case only, as sign() writes it.
  UserId user() {
    const std::string_view text = left_.substr(0, kUuidTextSize);
    const auto parsed = parse_uuid(text);
    std::array<char, kUuidTextSize> again;
    if (parsed) format_uuid(*parsed, again.data());
    if (!parsed || text != std::string_view(again.data(), again.size())) {
      fail();
      return {};
    }
    left_.remove_prefix(kUuidTextSize);
    return *parsed;
  }
  bool at_end() const { return left_.empty(); }
  bool failed() const { return failed_; }

 private:
  void fail() {
    failed_ = true;
    left_ = {};
  }

  std::string_view left_;
  bool failed_ = false;
};

std::optional<TokenClaims> read_claims(std::string_view text) {
  constexpr std::int64_t kU32Max = 0xffff'ffff;
  ClaimsReader reader(text);
  TokenClaims claims;
  reader.skip(kSub);
  claims.user = reader.user();
  reader.skip(kCon);
  claims.concert = ConcertId{static_cast<std::uint32_t>(reader.number(kU32Max))};
  reader.skip(kNum);
  claims.number = TicketNumber{static_cast<std::uint32_t>(reader.number(kU32Max))};
  reader.skip(kIat);
  claims.issued_s = reader.number(kTokenSecondsMax);
  reader.skip(kExp);
  claims.expires_s = reader.number(kTokenSecondsMax);
  reader.skip(kEpo);
  claims.epoch = static_cast<std::uint32_t>(reader.number(kU32Max));
  reader.skip(kJti);
  const bool same_concert = reader.number(kU32Max) == claims.concert.value;
  reader.skip("-");
  const bool same_number = reader.number(kU32Max) == claims.number.value;
  reader.skip("-");
  const bool same_time = reader.number(kTokenSecondsMax) == claims.issued_s;
  reader.skip(kEnd);
  if (reader.failed() || !reader.at_end() || !claims.concert || !claims.number) return std::nullopt;
  if (!same_concert || !same_number || !same_time) return std::nullopt;
  return claims;
}

bool valid_key_id(std::string_view id) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !id.empty() && id.size() <= kTokenKeyIdMax && std::all_of(id.begin(), id.end(), allowed);
}

// Compares in constant time. OpenSSL compares 16 bytes by words, longer texts byte by byte.
bool equal(const Mac& a, const Mac& b) {
  static_assert(sizeof(Mac) == 32);
  return (CRYPTO_memcmp(a.data(), b.data(), 16) |
          CRYPTO_memcmp(a.data() + 16, b.data() + 16, 16)) == 0;
}

std::span<const std::uint8_t> as_octets(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

Result<TokenSigner> TokenSigner::create(std::span<const TokenKey> keys) {
  if (keys.empty() || keys.size() > kTokenKeysMax) {
    return Error{fmt::format("{} token keys given, 1 to {} wanted", keys.size(), kTokenKeysMax)};
  }
  if (keys.size() == 2 && keys[0].id == keys[1].id) {
    return Error{fmt::format("two token keys have the id \"{}\"", keys[0].id)};
  }
  std::vector<LiveKey> live;
  live.reserve(keys.size());
  for (const TokenKey& key : keys) {
    if (!valid_key_id(key.id)) {
      return Error{fmt::format("token key id \"{}\" is not 1 to {} of A-Z a-z 0-9 - _", key.id,
                               kTokenKeyIdMax)};
    }
    if (key.secret.size() < kTokenSecretMin) {
      return Error{fmt::format("the secret of token key \"{}\" has {} bytes, {} or more wanted",
                               key.id, key.secret.size(), kTokenSecretMin)};
    }
    const std::string header = fmt::format(R"({{"alg":"HS256","kid":"{}","typ":"JWT"}})", key.id);
    live.push_back(
        {key.id, base64url_encode(as_octets(header)) + '.', HmacSha256(as_octets(key.secret))});
  }
  return TokenSigner(std::move(live));
}

std::string_view TokenSigner::sign(const TokenClaims& claims, TokenBuffer& buffer) const {
  FR_CHECK(claims.concert && claims.number && !claims.user.is_nil());
  FR_CHECK(claims.issued_s >= 0 && claims.issued_s <= kTokenSecondsMax);
  FR_CHECK(claims.expires_s >= 0 && claims.expires_s <= kTokenSecondsMax);
  const LiveKey& key = keys_.front();
  ClaimsBuffer text;
  const std::size_t size = write_claims(claims, text);
  char* at = std::copy(key.header.begin(), key.header.end(), buffer.data());
  at = base64url_encode(std::span(text).first(size), at);
  const Mac mac = key.mac({buffer.data(), at});
  *at++ = '.';
  at = base64url_encode(mac, at);
  return {buffer.data(), at};
}

std::vector<std::string> TokenSigner::key_ids() const {
  std::vector<std::string> ids;
  for (const LiveKey& key : keys_) ids.push_back(key.id);
  return ids;
}

const TokenSigner::LiveKey* TokenSigner::key_of(std::string_view token) const {
  for (const LiveKey& key : keys_) {
    if (token.starts_with(key.header)) return &key;
  }
  return nullptr;
}

VerifiedToken TokenSigner::verify(std::string_view token) const {
  if (token.size() > kTokenSizeMax || token.size() <= kMacTextSize)
    return {TokenCheck::kMalformed, {}};
  const LiveKey* key = key_of(token);
  if (key == nullptr) {
    const bool three_parts = std::count(token.begin(), token.end(), '.') == 2;
    return {three_parts ? TokenCheck::kUnknownKey : TokenCheck::kMalformed, {}};
  }
  const std::size_t dot = token.size() - kMacTextSize - 1;
  if (dot < key->header.size() || token[dot] != '.') return {TokenCheck::kMalformed, {}};

  Mac given;
  if (!base64url_decode(token.substr(dot + 1), given)) return {TokenCheck::kMalformed, {}};
  if (!equal(given, key->mac(token.substr(0, dot)))) return {TokenCheck::kBadSignature, {}};

  ClaimsBuffer text;
  const auto size =
      base64url_decode(token.substr(key->header.size(), dot - key->header.size()), text);
  if (!size) return {TokenCheck::kMalformed, {}};
  const auto claims = read_claims({reinterpret_cast<const char*>(text.data()), *size});
  if (!claims) return {TokenCheck::kMalformed, {}};
  return {TokenCheck::kOk, *claims};
}

}  // namespace frontrow
