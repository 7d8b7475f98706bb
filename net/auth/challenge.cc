#include "net/auth/challenge.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "engine/core/protocol/limits.h"
#include "net/auth/service_key.h"
#include "net/auth/token_base64.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

using Element = simdjson::dom::element;

constexpr std::size_t kSignatureBytes = 24;
constexpr std::size_t kPrefixBytes = 16;  // of the hash that a client has to find

// The signed bytes.
struct Core {
  ChallengeMaker::Seed seed{};
  std::uint64_t expires_s = 0;
  std::uint32_t concert = 0;
  std::uint32_t max_number = 0;
};
static_assert(sizeof(Core) == 32);
using CoreBytes = std::array<std::uint8_t, sizeof(Core)>;

CoreBytes bytes_of(const Core& core) {
  CoreBytes bytes;
  std::memcpy(bytes.data(), &core, sizeof core);
  return bytes;
}

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * bytes.size());
  for (const std::uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

bool read_hex(std::string_view text, std::span<std::uint8_t> bytes) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  if (text.size() != 2 * bytes.size()) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

std::uint64_t number_at(std::span<const std::uint8_t> bytes) {
  std::uint64_t number;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

std::uint32_t solution_of(const Core& core, const Mac& mac) {
  const std::uint64_t any = number_at(std::span(mac).subspan(kSignatureBytes));
  return static_cast<std::uint32_t>(any % (std::uint64_t{core.max_number} + 1));
}

// The salt of proof of work 1: with the expiry, which its clients read, and with the sign at its
// end that keeps a client from moving digits of the number into it.
std::string old_salt(std::string_view core, std::uint64_t expires_s) {
  return fmt::format("{}?expires={}&", core, expires_s);
}

// The parts of a payload: core and signature, as the client got them, and its number.
struct Answer {
  std::string_view core, signature;
  std::uint64_t number = 0;
};

std::optional<Answer> read_answer(Element payload) {
  Answer answer;
  Element challenge;
  std::string_view salt;
  if (payload["challenge"].get(challenge) == simdjson::SUCCESS && challenge.is_object()) {
    const bool read = challenge["parameters"]["nonce"].get(answer.core) == simdjson::SUCCESS &&
                      challenge["signature"].get(answer.signature) == simdjson::SUCCESS &&
                      payload["solution"]["counter"].get(answer.number) == simdjson::SUCCESS;
    return read ? std::optional(answer) : std::nullopt;
  }
  const bool read = payload["salt"].get(salt) == simdjson::SUCCESS &&
                    payload["signature"].get(answer.signature) == simdjson::SUCCESS &&
                    payload["number"].get(answer.number) == simdjson::SUCCESS;
  answer.core = salt.substr(0, salt.find('?'));
  return read ? std::optional(answer) : std::nullopt;
}

// The bytes of base64 as browsers write it.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.size() > kChallengePayloadMax) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string url(text);
  std::ranges::replace(url, '+', '-');
  std::ranges::replace(url, '/', '_');
  std::string bytes(url.size(), '\0');
  const auto size =
      base64url_decode(url, {reinterpret_cast<std::uint8_t*>(bytes.data()), bytes.size()});
  if (!size || *size == 0) return std::nullopt;
  bytes.resize(*size);
  return bytes;
}

}  // namespace

std::string_view name_of(ChallengeFault fault) {
  constexpr std::string_view kNames[] = {"none",          "malformed", "signature",
                                         "other-concert", "solution",  "expired"};
  return kNames[static_cast<std::size_t>(fault)];
}

ChallengeMaker::ChallengeMaker(std::span<const TokenKey> keys) {
  for (const TokenKey& key : keys) {
    const HmacSha256 derive(
        {reinterpret_cast<const std::uint8_t*>(key.secret.data()), key.secret.size()});
    macs_.emplace_back(derive("frontrow challenges"));
  }
}

std::string ChallengeMaker::make(ConcertId concert, Instant now, const ChallengeSettings& settings,
                                 const Seed& seed) const {
  const Core core{seed, static_cast<std::uint64_t>(now.ms / 1000) + settings.valid_s, concert.value,
                  settings.max_number};
  const CoreBytes bytes = bytes_of(core);
  const Mac mac = macs_.front()(as_text(bytes));
  const std::uint32_t solution = solution_of(core, mac);
  const std::string text = hex(bytes);

  const std::string salt = old_salt(text, core.expires_s);
  const Sha256Digest old_hash = sha256(salt + std::to_string(solution));
  // Salt, nonce and counter.
  std::array<std::uint8_t, sizeof(Seed) + sizeof(Core) + 4> input;
  std::ranges::copy(seed, input.begin());
  std::ranges::copy(bytes, input.begin() + sizeof(Seed));
  for (std::size_t i = 0; i < 4; ++i)
    input[input.size() - 1 - i] = static_cast<std::uint8_t>(solution >> (8 * i));
  const Sha256Digest hash = sha256(as_text(input));

  std::string document;
  JsonWriter json(document);
  json.begin_object().key("algorithm").plain("SHA-256");
  json.key("challenge").plain(hex(old_hash)).member("maxnumber", settings.max_number);
  json.key("salt").plain(salt).object("parameters").key("algorithm").plain("SHA-256");
  json.member("cost", 1).member("keyLength", hash.size()).key("keyPrefix");
  json.plain(hex(std::span(hash).first(kPrefixBytes))).key("nonce").plain(text);
  json.key("salt").plain(hex(seed)).member("expiresAt", core.expires_s).end_object();
  json.key("signature").plain(hex(std::span(mac).first(kSignatureBytes))).end_object();
  return document;
}

ChallengeCheck ChallengeMaker::check(std::string_view payload, ConcertId concert,
                                     Instant now) const {
  // Keeps its memory, which an object of each call would ask for anew.
  thread_local simdjson::dom::parser parser;
  const auto text = decode_base64(payload);
  Element document;
  if (!text || parser.parse(text->data(), text->size()).get(document) != simdjson::SUCCESS)
    return {};
  const auto answer = read_answer(document);
  CoreBytes bytes;
  std::array<std::uint8_t, kSignatureBytes> signature;
  if (!answer || !read_hex(answer->core, bytes) || !read_hex(answer->signature, signature))
    return {};
  Core core;
  std::memcpy(&core, bytes.data(), sizeof core);
  for (const HmacSha256& sign : macs_) {
    const Mac mac = sign(as_text(bytes));
    if (CRYPTO_memcmp(mac.data(), signature.data(), signature.size()) != 0) continue;
    if (core.concert != concert.value) return {ChallengeFault::kOtherConcert};
    if (answer->number != solution_of(core, mac)) return {ChallengeFault::kSolution};
    const std::int64_t left_ms = static_cast<std::int64_t>(core.expires_s) * 1000 - now.ms;
    // Of an instance whose clock is far ahead: the slot would forget it too early.
    const bool is_too_young = left_ms > std::int64_t{kChallengeSecondsMax} * 1000;
    const std::uint64_t hash = number_at(mac);
    return {left_ms <= 0 || is_too_young ? ChallengeFault::kExpired : ChallengeFault::kNone,
            hash == 0 ? 1 : hash};
  }
  return {ChallengeFault::kSignature};
}

}  // namespace frontrow
