#include "net/auth/identity.h"

#include <openssl/sha.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "engine/base/uuid.h"
#include "net/auth/token_base64.h"

namespace frontrow {
namespace {

using Element = simdjson::dom::element;

// The namespace of URLs (RFC 9562, 6.6).
constexpr UserId kUrlNamespace{{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00,
                                0xc0, 0x4f, 0xd4, 0x30, 0xc8}};

// header.claims.signature, each as base64url
struct Parts {
  std::string_view header, claims, signature, signed_text;
};

std::optional<Parts> split(std::string_view token) {
  const std::size_t first = token.find('.');
  const std::size_t second = token.find('.', first + 1);
  const bool has_two =
      first != token.npos && second != token.npos && token.find('.', second + 1) == token.npos;
  if (!has_two || token.size() > kIdentityBytesMax) return std::nullopt;
  return Parts{token.substr(0, first), token.substr(first + 1, second - first - 1),
               token.substr(second + 1), token.substr(0, second)};
}

std::optional<std::vector<std::uint8_t>> decode(std::string_view text) {
  std::vector<std::uint8_t> bytes(text.size());
  const auto size = base64url_decode(text, bytes);
  if (!size) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

// A JSON object that is one part of the token.
class PartDocument {
 public:
  bool read(std::string_view part) {
    const auto bytes = decode(part);
    return bytes && !bytes->empty() &&
           parser_.parse(reinterpret_cast<const char*>(bytes->data()), bytes->size())
                   .get(document_) == simdjson::SUCCESS &&
           document_.is_object();
  }
  bool has(std::string_view name) const { return document_[name].error() == simdjson::SUCCESS; }
  std::optional<std::string_view> text(std::string_view name) const {
    std::string_view text;
    if (document_[name].get(text) != simdjson::SUCCESS) return std::nullopt;
    return text;
  }
  // Seconds since 1970; a NumericDate may have a fraction.
  std::optional<double> seconds(std::string_view name) const {
    double number = 0;
    if (document_[name].get(number) != simdjson::SUCCESS) return std::nullopt;
    return number;
  }
  // The claim is the text, or a list that has it.
  bool names(std::string_view name, std::string_view wanted) const {
    simdjson::dom::array list;
    if (document_[name].get(list) != simdjson::SUCCESS) return text(name) == wanted;
    return std::any_of(list.begin(), list.end(), [wanted](Element item) {
      std::string_view text;
      return item.get(text) == simdjson::SUCCESS && text == wanted;
    });
  }

 private:
  simdjson::dom::parser parser_;
  Element document_;
};

IdentityFault check_claims(const PartDocument& claims, const IdentityRules& rules, Instant now) {
  const double now_s = static_cast<double>(now.ms) / 1000;
  const auto leeway = static_cast<double>(rules.leeway_s);
  if (claims.text("iss") != rules.issuer) return IdentityFault::kIssuer;
  if (!claims.names("aud", rules.audience)) return IdentityFault::kAudience;
  const auto expires = claims.seconds("exp");
  if (!expires || *expires + leeway <= now_s) return IdentityFault::kExpired;
  const auto begins = claims.has("nbf") ? claims.seconds("nbf") : 0;
  if (!begins || *begins - leeway > now_s) return IdentityFault::kNotYetValid;
  return IdentityFault::kNone;
}

UserId uuid_v5(const UserId& space, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(space.bytes.data()), space.bytes.size());
  text += name;
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  UserId id;
  std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x50);  // version 5
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);  // variant
  return id;
}

}  // namespace

std::string_view name_of(IdentityFault fault) {
  static constexpr std::array<std::string_view, 12> kNames = {
      "none",      "missing", "malformed", "algorithm", "critical",      "unknown-key",
      "signature", "issuer",  "audience",  "expired",   "not-yet-valid", "subject"};
  return kNames[static_cast<std::size_t>(fault)];
}

UserId user_of_subject(std::string_view issuer, std::string_view subject) {
  return uuid_v5(uuid_v5(kUrlNamespace, issuer), subject);
}

Identity verify_identity(const JwkSet& keys, const IdentityRules& rules, std::string_view token,
                         Instant now) {
  if (token.empty()) return {IdentityFault::kMissing, {}};
  const auto parts = split(token);
  PartDocument header;
  if (!parts || !header.read(parts->header)) return {IdentityFault::kMalformed, {}};
  const auto algorithm = parse_jws_algorithm(header.text("alg").value_or(""));
  if (!algorithm) return {IdentityFault::kAlgorithm, {}};
  if (header.has("crit")) return {IdentityFault::kCritical, {}};
  const PublicKey* key = keys.find(*algorithm, header.text("kid").value_or(""));
  if (key == nullptr) return {IdentityFault::kUnknownKey, {}};
  const auto signature = decode(parts->signature);
  if (!signature) return {IdentityFault::kMalformed, {}};
  if (!key->verifies(parts->signed_text, *signature)) return {IdentityFault::kSignature, {}};
  PartDocument claims;
  if (!claims.read(parts->claims)) return {IdentityFault::kMalformed, {}};
  if (const IdentityFault fault = check_claims(claims, rules, now); fault != IdentityFault::kNone)
    return {fault, {}};
  const auto subject = claims.text(rules.user_claim);
  if (!subject || subject->empty()) return {IdentityFault::kSubject, {}};
  const auto user = parse_uuid(*subject);
  return {IdentityFault::kNone, user ? *user : user_of_subject(rules.issuer, *subject)};
}

}  // namespace frontrow
