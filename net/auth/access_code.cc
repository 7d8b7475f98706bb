#include "net/auth/access_code.h"

#include <openssl/rand.h>

#include <algorithm>

#include "engine/base/check.h"
#include "net/auth/service_key.h"

namespace frontrow {
namespace {

constexpr std::string_view kCodeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kCodeLetterCount = 16;
constexpr std::size_t kCodeGroup = 4;
static_assert(kCodeLetterCount * 5 == sizeof(AccessCode) * 8);

using CodeText = std::array<char, kCodeLetterCount>;

CodeText letters_of(const AccessCode& code) {
  CodeText text;
  for (std::size_t half = 0; half < 2; ++half) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < 5; ++i) bits = bits << 8 | code[half * 5 + i];
    for (std::size_t i = 0; i < 8; ++i)
      text[half * 8 + i] = kCodeLetters[bits >> (35 - 5 * i) & 31];
  }
  return text;
}

std::uint64_t big_endian(const Sha256Digest& digest, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | digest[at + i];
  return value;
}

Hash128 hash_of_letters(std::string_view letters) {
  const Sha256Digest digest = sha256(letters);
  return {big_endian(digest, 0), big_endian(digest, 8)};
}

// The letter that is meant; 0 for one that is left out.
char plain_letter(char c) {
  if (c == '-' || c == ' ') return 0;
  if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (c == 'O') return '0';
  return c == 'I' || c == 'L' ? '1' : c;
}

}  // namespace

std::vector<AccessCode> draw_access_codes(std::span<Hash128> hashes) {
  std::vector<AccessCode> codes(hashes.size());
  const auto has_twice = [hashes] {
    return std::ranges::adjacent_find(hashes) != hashes.end() ||
           (!hashes.empty() && hashes.front() == Hash128{});
  };
  do {  // hardly ever more than once
    FR_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(codes.data()),
                        static_cast<int>(codes.size() * sizeof(AccessCode))) == 1);
    for (std::size_t i = 0; i < codes.size(); ++i) {
      const CodeText letters = letters_of(codes[i]);
      hashes[i] = hash_of_letters({letters.data(), letters.size()});
    }
    std::ranges::sort(hashes);
  } while (has_twice());
  return codes;
}

void append_access_code(std::string& out, const AccessCode& code) {
  const CodeText letters = letters_of(code);
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (i > 0 && i % kCodeGroup == 0) out += '-';
    out += letters[i];
  }
}

Hash128 hash_of_access_code(std::string_view text) {
  std::string letters;
  for (const char c : text) {
    if (const char letter = plain_letter(c); letter != 0) letters += letter;
  }
  return hash_of_letters(letters);
}

}  // namespace frontrow
