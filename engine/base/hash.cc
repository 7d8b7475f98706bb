#include "engine/base/hash.h"

#include <xxhash.h>

#include <random>

namespace frontrow {

HashFold& HashFold::add(std::string_view text) {
  add(text.size());
  return add(xxh3_64(text));
}

std::uint64_t xxh3_64(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint64_t xxh3_64(std::string_view text, std::uint64_t seed) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

Hash128 xxh3_128(std::string_view text) {
  const XXH128_hash_t h = XXH3_128bits(text.data(), text.size());
  return {h.high64, h.low64};
}

static std::uint64_t draw_secret() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

static const std::uint64_t g_secret = draw_secret();

std::uint64_t process_hash_secret() { return g_secret; }

}  // namespace frontrow
