// The chunked coding against llhttp: a body that both accept is the same body.
#include "net/http/http_chunks.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <llhttp.h>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

constexpr ChunkBounds kChunkBounds{1000, 1000};
constexpr std::string_view kHead =
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

struct Read {
  enum class End { kDone, kNeedMore, kRefused } end = End::kNeedMore;
  std::size_t used = 0;
  std::string body;
};

Read read_ours(std::string_view bytes, std::size_t cut) {
  Read read;
  ChunkScan scan;
  ParseError error;
  while (read.used < bytes.size() && scan.state != ChunkScan::State::kDone) {
    std::size_t used = 0;
    if (!scan_chunks(bytes.substr(read.used, cut), kChunkBounds, scan, used, &read.body, error)) {
      read.end = Read::End::kRefused;
      return read;
    }
    read.used += used;
  }
  if (scan.state == ChunkScan::State::kDone) read.end = Read::End::kDone;
  return read;
}

Read read_llhttp(std::string_view bytes) {
  Read read;
  llhttp_settings_t settings;
  llhttp_settings_init(&settings);
  settings.on_body = [](llhttp_t* llhttp, const char* at, std::size_t size) {
    static_cast<Read*>(llhttp->data)->body.append(at, size);
    return 0;
  };
  settings.on_message_complete = [](llhttp_t*) { return static_cast<int>(HPE_PAUSED); };
  llhttp_t llhttp;
  llhttp_init(&llhttp, HTTP_REQUEST, &settings);
  llhttp.data = &read;
  const std::string message = std::string(kHead) + std::string(bytes);
  const llhttp_errno_t result = llhttp_execute(&llhttp, message.data(), message.size());
  if (result == HPE_PAUSED) {
    read.end = Read::End::kDone;
    read.used =
        static_cast<std::size_t>(llhttp_get_error_pos(&llhttp) - message.data()) - kHead.size();
  } else if (result != HPE_OK) {
    read.end = Read::End::kRefused;
  }
  return read;
}

std::string random_body(Prng& prng) {
  static constexpr std::string_view kExtensions[] = {"",           ";a",       ";a=b",
                                                     ";a=\"b c\"", ";a;b=c;d", " ; a = \"\\\"\""};
  std::string text;
  for (std::uint64_t chunks = prng.below(4); chunks != 0; --chunks) {
    const std::size_t size = 1 + prng.below(15);
    text += "0123456789abcdef"[size];
    text += kExtensions[prng.below(std::size(kExtensions))];
    text += "\r\n" + std::string(size, 'x') + "\r\n";
  }
  return text + "0" + std::string(kExtensions[prng.below(std::size(kExtensions))]) + "\r\n\r\nrest";
}

TEST(HttpChunks, well_formed_bodies_are_taken_however_they_are_cut) {
  Prng prng(1);
  for (int round = 0; round < 2'000; ++round) {
    const std::string text = random_body(prng);
    const Read whole = read_ours(text, text.size());
    ASSERT_EQ(whole.end, Read::End::kDone) << testing::PrintToString(text);
    ASSERT_EQ(whole.used, text.size() - 4);
    for (const std::size_t cut : {std::size_t{1}, 1 + prng.below(text.size())}) {
      const Read parted = read_ours(text, cut);
      ASSERT_EQ(parted.end, whole.end);
      ASSERT_EQ(parted.used, whole.used);
      ASSERT_EQ(parted.body, whole.body);
    }
  }
}

TEST(HttpChunks, damaged_bodies_are_never_read_otherwise_than_llhttp_reads_them) {
  static constexpr std::string_view kBytes("\r\n \t;=\"\\0aF,:\0\x7f\xff", 16);
  Prng prng(20261226);
  int both = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text = random_body(prng);
    for (std::uint64_t edits = 1 + prng.below(3); edits != 0; --edits) {
      const std::size_t at = prng.below(text.size());
      const char byte = kBytes[prng.below(kBytes.size())];
      switch (prng.below(3)) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
          break;
      }
    }
    const Read ours = read_ours(text, text.size());
    const Read parted = read_ours(text, 1 + prng.below(text.size()));
    ASSERT_EQ(parted.end, ours.end) << testing::PrintToString(text);
    const Read llhttp = read_llhttp(text);
    if (ours.end == Read::End::kRefused || llhttp.end == Read::End::kRefused) continue;
    ++both;
    ASSERT_EQ(ours.end, llhttp.end) << testing::PrintToString(text);
    ASSERT_EQ(ours.body, llhttp.body) << testing::PrintToString(text);
    if (ours.end == Read::End::kDone) {
      ASSERT_EQ(ours.used, llhttp.used) << testing::PrintToString(text);
    }
  }
  EXPECT_GT(both, 1'000);
}

}  // namespace
}  // namespace frontrow
