// The memory of requests that have not arrived whole: the buffers of all connections of a thread,
// borrowed from a pool, and the sum of the bytes in them. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/http/output_queue.h"

namespace frontrow {

class InputMemory {
 public:
  explicit InputMemory(BufferPool& buffers) : buffers_(buffers) {}

  std::size_t bytes() const { return bytes_; }

  void append(std::string& buffer, std::string_view bytes) {
    buffer.append(bytes);
    bytes_ += bytes.size();
  }
  // Removes the first `used` bytes.
  void consume(std::string& buffer, std::size_t used) {
    buffer.erase(0, used);
    bytes_ -= used;
  }
  // Fills an empty buffer.
  void fill(std::string& buffer, std::string_view bytes) {
    buffers_.borrow(buffer);
    buffer.assign(bytes);
    bytes_ += bytes.size();
  }
  void clear(std::string& buffer) {
    bytes_ -= buffer.size();
    buffers_.give_back(buffer);
  }

 private:
  BufferPool& buffers_;
  std::size_t bytes_ = 0;
};

}  // namespace frontrow
