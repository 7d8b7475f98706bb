#include "net/http/server/request_ids.h"

#include <charconv>
#include <cstring>
#include <random>

namespace frontrow {
namespace {

std::string random_prefix() {
  std::random_device device;
  char text[17];
  const std::uint64_t bits = (std::uint64_t{device()} << 32 | device()) >> 16;
  std::string prefix(text, std::to_chars(text, text + sizeof text, bits, 16).ptr);
  prefix += '-';
  return prefix;
}

}  // namespace

RequestIds::RequestIds() : prefix_(random_prefix()) {}

std::size_t RequestIds::write_next(std::span<char> out) {
  std::memcpy(out.data(), prefix_.data(), prefix_.size());
  const char* end =
      std::to_chars(out.data() + prefix_.size(), out.data() + out.size(), ++count_, 16).ptr;
  return static_cast<std::size_t>(end - out.data());
}

}  // namespace frontrow
