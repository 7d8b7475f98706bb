// Gives memory back to the system after a peak of input and output: the allocator keeps freed
// memory. Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>

#include "net/http/output_queue.h"

namespace frontrow {

class MemoryRelief {
 public:
  // held: bytes of input and output at present.
  void note(std::size_t held) {
    if (held > peak_) peak_ = held;
  }
  void relieve(std::size_t held, std::int64_t now_ms, BufferPool& buffers);

 private:
  std::size_t peak_ = 0;  // since memory was last given back
  std::int64_t given_back_ms_ = 0;
};

}  // namespace frontrow
