#include "net/http/output_queue.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

SharedBody queue_body_of(std::size_t bytes, char c) {
  return std::make_shared<const Body>(std::string(bytes, c));
}

std::string bytes_of(std::span<const iovec> parts) {
  std::string text;
  for (const iovec& part : parts)
    text.append(static_cast<const char*>(part.iov_base), part.iov_len);
  return text;
}

void add(OutputQueue& queue, OutputMemory& memory, std::string_view text) {
  queue.append(memory, [text](std::string& to) { to += text; });
}

// The queue against a plain string, with the same random calls.
TEST(OutputQueue, is_the_same_as_one_string) {
  BufferPool buffers;
  OutputMemory memory(buffers);
  OutputQueue queue;
  std::string naive;
  Prng random(7);
  for (int step = 0; step < 20'000; ++step) {
    const auto c = static_cast<char>('a' + random.below(26));
    switch (random.below(5)) {
      case 0: {
        const std::string text(random.below(300), c);
        add(queue, memory, text);
        naive += text;
        break;
      }
      case 1: {
        const std::size_t bytes = random.below(2 * OutputQueue::kSharedBytesMin);
        queue.append(memory, queue_body_of(bytes, c));
        naive.append(bytes, c);
        break;
      }
      case 2: {
        OutputQueue late;
        add(late, memory, "late");
        late.append(memory, queue_body_of(3'000, c));
        add(late, memory, "end");
        queue.take(memory, late);
        EXPECT_EQ(late.unsent(), 0U);
        naive.append("late").append(3'000, c).append("end");
        break;
      }
      default: {
        const std::size_t bytes = random.below(naive.size() + 1);
        queue.consume(memory, bytes);
        naive.erase(0, bytes);
      }
    }
    ASSERT_EQ(queue.unsent(), naive.size());
    std::array<iovec, 64> parts;
    const std::string front = bytes_of({parts.data(), queue.pieces(parts)});
    ASSERT_TRUE(naive.starts_with(front));
    if (front.size() < naive.size()) {
      ASSERT_EQ(queue.pieces(parts), parts.size());
    }
  }
  queue.clear(memory);
  EXPECT_EQ(queue.unsent(), 0U);
  EXPECT_EQ(memory.bytes(), 0U);
}

TEST(OutputQueue, shared_body_is_counted_once_until_the_last_queue_has_sent_it) {
  BufferPool buffers;
  OutputMemory memory(buffers);
  const SharedBody body = queue_body_of(1'000'000, 'x');
  std::array<OutputQueue, 50> queues;
  for (OutputQueue& queue : queues) queue.append(memory, body);
  EXPECT_GE(memory.bytes(), 1'000'000U);
  EXPECT_LT(memory.bytes(), 1'010'000U);
  for (OutputQueue& queue : queues) {
    EXPECT_GE(memory.bytes(), 1'000'000U);
    queue.consume(memory, 999'999);
    queue.consume(memory, 1);
  }
  EXPECT_EQ(memory.bytes(), 0U);
}

// The string itself stores a few bytes, and a buffer from the pool must not replace it.
TEST(OutputQueue, short_text_is_kept_when_a_buffer_comes_free_before_the_next) {
  BufferPool buffers;
  OutputMemory memory(buffers);
  OutputQueue queue;
  add(queue, memory, "0\r\n\r\n");
  std::string spare(4'000, 'x');
  buffers.give_back(spare);
  add(queue, memory, "HTTP/1.1 200 OK\r\n");
  std::array<iovec, 4> parts;
  EXPECT_EQ(bytes_of({parts.data(), queue.pieces(parts)}), "0\r\n\r\nHTTP/1.1 200 OK\r\n");
}

TEST(OutputQueue, body_of_constant_bytes_occupies_nothing) {
  static const std::string constant(100'000, 'x');
  BufferPool buffers;
  OutputMemory memory(buffers);
  OutputQueue queue;
  queue.append(memory, Body::of_constant(constant));
  EXPECT_EQ(queue.unsent(), constant.size());
  EXPECT_LT(memory.bytes(), 1'000U);
}

}  // namespace
}  // namespace frontrow
