#include "net/http/output_queue.h"

#include <algorithm>

namespace frontrow {
namespace {

iovec piece_of(std::string_view bytes) {
  return {const_cast<char*>(bytes.data()), bytes.size()};  // sendmsg() only reads
}

}  // namespace

void OutputQueue::append(OutputMemory& memory, const SharedBody& body) {
  const std::string_view bytes = body->bytes();
  if (bytes.size() < kSharedBytesMin) {
    return append(memory, [bytes](std::string& text) { text += bytes; });
  }
  segments_.push_back({text_.size(), body});
  segment_bytes_ += bytes.size();
  memory.enqueue(*body);
  charge(memory);
}

void OutputQueue::take(OutputMemory& memory, OutputQueue& other) {
  const std::size_t base = text_.size();
  if (base == 0 && segments_.empty()) {
    std::swap(*this, other);
    return other.clear(memory);
  }
  append(memory, [&other](std::string& text) { text += other.text_; });
  for (Segment& segment : other.segments_) {
    segment_bytes_ += segment.body->bytes().size();
    segments_.push_back({base + segment.at, std::move(segment.body)});
  }
  other.segments_.clear();  // their bodies are still queued, in this queue
  other.clear(memory);
  charge(memory);
}

std::size_t OutputQueue::pieces(std::span<iovec> parts) const {
  std::size_t count = 0;
  std::size_t from = text_sent_;
  std::size_t skip = segment_sent_;
  const std::string_view text = text_;
  const auto add = [&](std::string_view bytes) {
    if (!bytes.empty() && count < parts.size()) parts[count++] = piece_of(bytes);
  };
  for (const Segment& segment : segments_) {
    if (count == parts.size()) return count;
    add(text.substr(from, segment.at - from));
    add(segment.body->bytes().substr(skip));
    from = segment.at;
    skip = 0;
  }
  add(text.substr(from));
  return count;
}

void OutputQueue::consume(OutputMemory& memory, std::size_t bytes) {
  std::size_t gone = 0;  // segments
  while (gone < segments_.size()) {
    const Segment& segment = segments_[gone];
    const std::size_t before = std::min(bytes, segment.at - text_sent_);
    text_sent_ += before;
    bytes -= before;
    if (text_sent_ < segment.at) break;
    const std::size_t left = segment.body->bytes().size() - segment_sent_;
    const std::size_t part = std::min(bytes, left);
    segment_sent_ += part;
    segment_bytes_ -= part;
    bytes -= part;
    if (part < left) break;
    memory.dequeue(*segment.body);
    segment_sent_ = 0;
    ++gone;
  }
  if (gone == segments_.size()) text_sent_ += bytes;
  segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(gone));
  if (unsent() == 0) return clear(memory);
  drop_sent_text();
}

// Moves the unsent text to the front once the sent part is at least as large.
void OutputQueue::drop_sent_text() {
  if (text_sent_ == 0 || text_sent_ < text_.size() - text_sent_) return;
  text_.erase(0, text_sent_);
  for (Segment& segment : segments_) segment.at -= text_sent_;
  text_sent_ = 0;
}

void OutputQueue::clear(OutputMemory& memory) {
  for (const Segment& segment : segments_) memory.dequeue(*segment.body);
  segments_.clear();
  segments_.shrink_to_fit();
  memory.buffers().give_back(text_);
  text_sent_ = segment_sent_ = segment_bytes_ = 0;
  charge(memory);
}

void OutputQueue::charge(OutputMemory& memory) {
  const std::size_t text = text_.capacity() <= BufferPool::kSmall ? 0 : text_.capacity();
  const std::size_t now = text + segments_.capacity() * sizeof(Segment);
  memory.bytes_ += now - charged_;
  charged_ = now;
}

}  // namespace frontrow
