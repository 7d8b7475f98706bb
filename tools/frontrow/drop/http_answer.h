// Reads HTTP/1.1 answers, one after the other, as they come: llhttp in response mode, bounded.
// One reader per connection, one thread.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::drop {

inline constexpr std::size_t kAnswerBodyMax = 8 << 20;

struct HttpAnswer {
  int status = 0;
  std::int64_t retry_after_ms = -1;  // of the header in seconds; -1: none, or a date
  bool replayed = false;             // Idempotency-Replayed: true
  bool keep_alive = false;
  std::string_view body;
};

class AnswerParser {
 public:
  AnswerParser();
  AnswerParser(const AnswerParser&) = delete;
  AnswerParser& operator=(const AnswerParser&) = delete;

  // For the next answer.
  void reset();

  enum class State : std::uint8_t { kPartial, kWhole, kGarbage };
  // Takes the bytes in. kWhole: answer() is valid until the next call or until `bytes` go, and
  // anything behind it was not asked for.
  State feed(std::string_view bytes);
  // The connection has ended: whether that makes the answer whole (one without a length).
  State finish();
  const HttpAnswer& answer() const { return answer_; }
  // Whether any byte of an answer has come.
  bool begun() const { return begun_; }

 private:
  static int on_field(llhttp_t* parser, const char* at, std::size_t size);
  static int on_value(llhttp_t* parser, const char* at, std::size_t size);
  static int on_value_complete(llhttp_t* parser);
  static int on_headers_complete(llhttp_t* parser);
  static int on_body(llhttp_t* parser, const char* at, std::size_t size);
  static int on_message_complete(llhttp_t* parser);
  static const llhttp_settings_t& settings();

  llhttp_t parser_;
  HttpAnswer answer_;
  std::string field_;  // bounded: longer names are none that matter
  std::string value_;
  std::string kept_;  // a body that came in several parts
  bool whole_ = false;
  bool begun_ = false;
};

}  // namespace frontrow::drop
