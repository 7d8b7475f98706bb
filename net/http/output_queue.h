// The unsent answers of one connection: text of its own and, between it, bodies that the answers of
// many connections share.
//
// Heads and small bodies are copied into the text; a large body is one segment, however many
// connections carry it, and leaves by scatter-gather output. OutputMemory adds up what all queues
// of a thread occupy: the capacity of the texts, and each shared body once, for as long as any
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

// Strings that keep their memory while they wait for their next use, up to a bound.
class BufferPool {
 public:
  BufferPool() { spare_.reserve(kSpareMax); }

  // Makes buffer ready to be filled, unless it holds something already.
  void borrow(std::string& buffer) {
    if (!buffer.empty() || buffer.capacity() > kSmall || spare_.empty()) return;
    buffer.swap(spare_.back());
    spare_.pop_back();
  }
  // Takes the memory back; buffer is empty then.
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

  static constexpr std::size_t kSmall = 15;  // fits a std::string itself

 private:
  static constexpr std::size_t kKeptBytesMax = 16 * 1024;
  static constexpr std::size_t kSpareMax = 1024;
  static constexpr std::size_t kSpareAfterShrink = 64;
  std::vector<std::string> spare_;
};

// Immutable bytes that any number of answers may carry at a time.
class Body {
 public:
  explicit Body(std::string&& text) : text_(std::move(text)), bytes_(text_) {}
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  // Of bytes that live as long as the program; they occupy no memory of their own.
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
  mutable std::uint32_t queued_ = 0;  // segments of all queues that carry it
};
using SharedBody = std::shared_ptr<const Body>;

class OutputQueue;

// What the queues of one thread occupy together, and the buffers that they borrow.
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
  // Bodies below this are copied.
  static constexpr std::size_t kSharedBytesMin = 2 * 1024;
  // Texts of one answer from this on become a segment of exactly their size.
  static constexpr std::size_t kOwnSegmentBytes = 16 * 1024;

  std::size_t unsent() const { return text_.size() - text_sent_ + segment_bytes_; }
  // What it occupies beside its shared bodies.
  std::size_t memory() const { return charged_; }

  // Calls write(std::string&), which may only append.
  template <class Write>
  void append(OutputMemory& memory, const Write& write) {
    memory.buffers().borrow(text_);
    write(text_);
    charge(memory);
  }
  void append(OutputMemory& memory, const SharedBody& body);
  // Everything that another queue has; that one is empty then.
  void take(OutputMemory& memory, OutputQueue& other);

  // The next unsent pieces, in order; returns how many of `parts` were filled.
  std::size_t pieces(std::span<iovec> parts) const;
  // So many bytes of the front have been sent.
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
  std::size_t charged_ = 0;        // what `OutputMemory` knows of text and segments
};

}  // namespace frontrow
