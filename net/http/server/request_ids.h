// Ids of requests whose client gives none: a random prefix and a count. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace frontrow {

class RequestIds {
 public:
  RequestIds();
  // Writes the next id to the front of `out`, which has room for it, and returns its size.
  std::size_t write_next(std::span<char> out);

 private:
  std::string prefix_;
  std::uint64_t count_ = 0;
};

}  // namespace frontrow
