// The unsent responses of one connection: text of its own and, in between, bodies that the
// responses of many connections share.
//
// Heads and small bodies are copied into the text; a large body is one segment, regardless of the
// number of connections that send it, and leaves by scatter-gather output. OutputMemory sums up the
// memory of all queues of a thread: the capacity of the texts, and each shared body once while any
// queue holds it.
//
// Plain data of one HttpServer. Not thread-safe, shared bodies included: a body belongs to the
// thread that made it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/uio.h>

namespace frontrow {

// Empty strings that keep their memory for their next use, up to a bound.
class BufferPool {
 public:
  BufferPool() { spare_.reserve(kSpareMax); }

  // Gives buffer spare memory, unless it holds bytes or has memory already.
  void borrow(std::string& buffer) {
    if (!buffer.empty() || buffer.capacity() > kSmall || spare_.empty()) return;
    buffer.swap(spare_.back());
    spare_.pop_back();
  }
  // Takes the memory of buffer back and leaves it empty.
  void give_back(std::string& buffer) {
    if (buffer.capacity() <= kSmall) {
      buffer.clear();
      return;
    }
    std::string taken;
    taken.swap(buffer);
    if (taken.capacity() > kKeptBytesMax || spare_.size() == kSpareMax) return;
    taken.clear();
    spare_.push_back(std::move(taken));
  }
  // Frees all but a few of the spare buffers.
  void shrink() {
    if (spare_.size() > kSpareAfterShrink) spare_.resize(kSpareAfterShrink);
  }

  static constexpr std::size_t kSmall = 15;  // a std::string holds this much in itself

 private:
  static constexpr std::size_t kKeptBytesMax = 16 * 1024;
  static constexpr std::size_t kSpareMax = 1024;
  static constexpr std::size_t kSpareAfterShrink = 64;
  std::vector<std::string> spare_;
};

// Immutable bytes that any number of responses may share at a time.
class Body {
 public:
  explicit Body(std::string&& text) : text_(std::move(text)), bytes_(text_) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  // A body of bytes that live as long as the program; it occupies no memory of its own.
  static std::shared_ptr<const Body> of_constant(std::string_view bytes) {
    auto body = std::make_shared<Body>(std::string());
    body->bytes_ = bytes;
    return body;
  }

  std::string_view bytes() const { return bytes_; }
  std::size_t memory() const { return text_.size(); }

 private:
  friend class OutputMemory;
  std::string text_;
  std::string_view bytes_;
  mutable std::uint32_t queued_ = 0;  // segments with this body, in all queues
};
using SharedBody = std::shared_ptr<const Body>;

// A body: a text of the response's own, a body that may be shared (or null), and another text.
struct BodyParts {
  std::string_view front;
  SharedBody shared;
  std::string_view back;  // empty without `shared`

  std::size_t size() const {
    return front.size() + (shared == nullptr ? 0 : shared->bytes().size()) + back.size();
  }
};

class OutputQueue;

// The memory of all queues of one thread, and the buffers that they borrow.
class OutputMemory {
 public:
  explicit OutputMemory(BufferPool& buffers) : buffers_(buffers) {}

  std::size_t bytes() const { return bytes_; }
  BufferPool& buffers() { return buffers_; }

 private:
  friend class OutputQueue;
  void enqueue(const Body& body) {
    if (body.queued_++ == 0) bytes_ += body.memory();
  }
  void dequeue(const Body& body) {
    if (--body.queued_ == 0) bytes_ -= body.memory();
  }

  BufferPool& buffers_;
  std::size_t bytes_ = 0;
};

class OutputQueue {
 public:
  // Smaller bodies are copied.
  static constexpr std::size_t kSharedBytesMin = 2 * 1024;
  // Texts of one response of this size or more become a segment of exactly their size.
  static constexpr std::size_t kOwnSegmentBytes = 16 * 1024;

  std::size_t unsent() const { return text_.size() - text_sent_ + segment_bytes_; }
  // Memory of the queue without its shared bodies.
  std::size_t memory() const { return charged_; }

  // Calls write(std::string&), which may only append.
  template <class Write>
  void append(OutputMemory& memory, const Write& write) {
    memory.buffers().borrow(text_);
    write(text_);
    charge(memory);
  }
  void append(OutputMemory& memory, const SharedBody& body);
  // Appends all output of another queue and leaves that empty.
  void take(OutputMemory& memory, OutputQueue& other);

  // Fills `parts` with the next unsent pieces, in order; returns the number of filled parts.
  std::size_t pieces(std::span<iovec> parts) const;
  // Removes the first `bytes` bytes, which have been sent.
  void consume(OutputMemory& memory, std::size_t bytes);
  void clear(OutputMemory& memory);

 private:
  struct Segment {
    std::size_t at;  // place in text_ before which the body comes
    SharedBody body;
  };

  void charge(OutputMemory& memory);
  void drop_sent_text();

  std::string text_;
  std::vector<Segment> segments_;
  std::size_t text_sent_ = 0;
  std::size_t segment_sent_ = 0;   // of the first segment
  std::size_t segment_bytes_ = 0;  // unsent, of all segments
  std::size_t charged_ = 0;        // text and segments, as counted in `OutputMemory`
};

}  // namespace frontrow
