// Parses a connection's HTTP/1.1 responses one after the other: llhttp in response mode, bounded.
// One parser per connection, one thread.
#pragma once

#include <llhttp.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow {

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

  // Prepares for the next response.
  void reset();

  enum class State : std::uint8_t { kPartial, kWhole, kGarbage };
  // Consumes the bytes. kWhole: answer() is valid until the next call or until `bytes` are invalid;
  // bytes after the response were not requested.
  State feed(std::string_view bytes);
  // The connection has ended: kWhole if this completes the response (one without a length).
  State finish();
  const HttpAnswer& answer() const { return answer_; }
  // True if any byte of a response has arrived.
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
  std::string field_;  // bounded: longer names are of no header that is used
  std::string value_;
  std::string kept_;  // a body that arrived in several parts
  bool whole_ = false;
  bool begun_ = false;
};

}  // namespace frontrow
