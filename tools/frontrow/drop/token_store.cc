#include "tools/frontrow/drop/token_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "engine/base/check.h"
#include "engine/base/text.h"
#include "net/auth/token_base64.h"

namespace frontrow::drop {
namespace {

// Placeholders of a number and of the user's id in a shape; no JSON text has these bytes.
constexpr char kNumber = '\1';
constexpr char kUser = '\2';
constexpr std::size_t kKindsMax = 250;
constexpr char kRaw = '\0';
constexpr char kPacked = '\1';

void append_varint(std::uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

std::uint64_t take_varint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<std::uint8_t>(in.front());
    in.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return value;
  }
}

// The index of the text among the known ones, to which it is added; kKindsMax if they are full.
std::size_t intern(std::vector<std::string>& known, std::string_view text) {
  const auto found = std::find(known.begin(), known.end(), text);
  if (found != known.end()) return static_cast<std::size_t>(found - known.begin());
  if (known.size() == kKindsMax) return kKindsMax;
  known.emplace_back(text);
  return known.size() - 1;
}

// Splits the text into its shape and its numbers.
void take_apart(std::string_view text, std::string_view user, std::string& shape,
                std::string& numbers) {
  while (!text.empty()) {
    if (!user.empty() && text.starts_with(user)) {
      shape.push_back(kUser);
      text.remove_prefix(user.size());
      continue;
    }
    const bool starts_number = is_digit(text.front()) && (shape.empty() || shape.back() != kNumber);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (!starts_number || error != std::errc{}) {
      shape.push_back(text.front());
      text.remove_prefix(1);
      continue;
    }
    append_varint(number, numbers);
    shape.push_back(kNumber);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
}

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void append_base64url(std::string_view bytes, std::string& out) {
  const std::size_t at = out.size();
  out.resize(at + base64url_size(bytes.size()));
  base64url_encode(bytes_of(bytes), out.data() + at);
}

}  // namespace

char* BlockStore::at(std::uint32_t handle) const {
  const std::uint32_t size_class = handle >> kIndexBits;
  const std::uint32_t index = (handle & ((1U << kIndexBits) - 1)) - 1;
  return classes_[size_class].chunks[index / kChunkBlocks].get() +
         (index % kChunkBlocks) * (size_class + 1) * kStep;
}

std::uint32_t BlockStore::put(std::string_view bytes) {
  FR_CHECK(!bytes.empty() && bytes.size() <= kSizeMax);
  const std::size_t size_class = (bytes.size() - 1) / kStep;
  Class& c = classes_[size_class];
  std::uint32_t index = 0;
  if (!c.free.empty()) {
    index = c.free.back();
    c.free.pop_back();
  } else {
    index = c.used++;
    FR_CHECK(index + 1 < 1U << kIndexBits);
    if (index / kChunkBlocks == c.chunks.size()) {
      const std::size_t size = kChunkBlocks * (size_class + 1) * kStep;
      c.chunks.push_back(std::make_unique<char[]>(size));
      memory_bytes_ += size;
    }
  }
  const std::uint32_t handle = static_cast<std::uint32_t>(size_class) << kIndexBits | (index + 1);
  bytes.copy(at(handle), bytes.size());
  return handle;
}

std::string_view BlockStore::get(std::uint32_t handle) const {
  return {at(handle), ((handle >> kIndexBits) + 1) * kStep};
}

void BlockStore::release(std::uint32_t handle) {
  classes_[handle >> kIndexBits].free.push_back((handle & ((1U << kIndexBits) - 1)) - 1);
}

// packed_: kind, index of the first part, index of the shape, size of the numbers, numbers, size of
// the last part, last part.
bool TokenStore::pack(std::string_view token, std::string_view user) {
  const std::size_t first = token.find('.');
  const std::size_t last = token.rfind('.');
  if (first == token.npos || first == last) return false;
  std::array<std::uint8_t, kTokenMax> claims;
  std::array<std::uint8_t, kTokenMax> mac;
  const auto claims_size = base64url_decode(token.substr(first + 1, last - first - 1), claims);
  const auto mac_size = base64url_decode(token.substr(last + 1), mac);
  if (!claims_size || !mac_size || *mac_size > 255) return false;
  const std::string_view text(reinterpret_cast<const char*>(claims.data()), *claims_size);
  constexpr char kMarks[] = {kNumber, kUser};
  if (text.find_first_of(std::string_view(kMarks, sizeof kMarks)) != text.npos) return false;
  std::string shape;
  std::string numbers;
  take_apart(text, user, shape, numbers);
  const std::size_t head = intern(heads_, token.substr(0, first));
  const std::size_t middle = intern(shapes_, shape);
  if (head == kKindsMax || middle == kKindsMax || numbers.size() > 255) return false;
  packed_ = {kPacked, static_cast<char>(head), static_cast<char>(middle),
             static_cast<char>(numbers.size())};
  packed_ += numbers;
  packed_.push_back(static_cast<char>(*mac_size));
  packed_.append(reinterpret_cast<const char*>(mac.data()), *mac_size);
  return true;
}

void TokenStore::unpack(std::string_view packed, std::string_view user, std::string& out) const {
  const auto byte = [&packed](std::size_t at) { return static_cast<std::uint8_t>(packed[at]); };
  std::string_view numbers = packed.substr(4, byte(3));
  const std::size_t mac_at = 4 + numbers.size();
  std::string claims;
  for (const char c : shapes_[byte(2)]) {
    if (c == kUser) {
      claims += user;
    } else if (c == kNumber) {
      const fmt::format_int digits(take_varint(numbers));
      claims.append(digits.data(), digits.size());
    } else {
      claims.push_back(c);
    }
  }
  out += heads_[byte(1)];
  out.push_back('.');
  append_base64url(claims, out);
  out.push_back('.');
  append_base64url(packed.substr(mac_at + 1, byte(mac_at)), out);
}

std::uint32_t TokenStore::put(std::string_view token, std::string_view user) {
  if (token.empty() || token.size() > kTokenMax) return 0;
  if (pack(token, user)) {
    std::string again;
    unpack(packed_, user, again);
    if (again == token) return blocks_.put(packed_);
  }
  packed_ = {kRaw, static_cast<char>(token.size() & 0xff), static_cast<char>(token.size() >> 8)};
  packed_ += token;
  return blocks_.put(packed_);
}

void TokenStore::append(std::uint32_t handle, std::string_view user, std::string& out) const {
  const std::string_view block = blocks_.get(handle);
  if (block.front() == kPacked) return unpack(block, user, out);
  const std::size_t size = static_cast<std::uint8_t>(block[1]) |
                           static_cast<std::size_t>(static_cast<std::uint8_t>(block[2])) << 8;
  out += block.substr(3, size);
}

}  // namespace frontrow::drop
