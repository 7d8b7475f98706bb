// A request parser without sockets: llhttp in its strict mode, and on top of it every refusal that
// llhttp leaves to its user (versions, framing, Host, target, trailers, Expect, sizes).
//
// parse() is given all bytes of one message so far, from its first, and the ParseProgress that it
// left the last time; it looks at each byte once however the input is cut (a body once more when it
// is complete). It stops after each message: the caller steps over consumed() bytes and calls again
// for the next one. The views in request() point into that input, or into the parser for a chunked
// body.
//
// One parser serves all connections of a thread, each with its own ParseProgress. Nothing is
// allocated except for chunked bodies, whose buffer is kept. What is left out: trailers, upgrades,
// CONNECT.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "net/http_head_scan.h"
#include "net/http_limits.h"
#include "net/http_message.h"

namespace frontrow {

enum class ParseOutcome : std::uint8_t {
  kNeedMore,        // call again with more bytes after these
  kExpectContinue,  // the same, and the client waits for "100 Continue"; reported once a message
  kRequest,         // request() and consumed() are valid until the next call
  kError,           // error() is valid; the rest of the input can't be trusted
};

// One message's state between two calls. After kRequest it is that of a new message.
struct ParseProgress {
  enum class Phase : std::uint8_t { kHead, kSizedBody, kChunkedBody };

  Phase phase = Phase::kHead;
  bool expects_continue = false;
  bool large_body = false;
  HeadScan scan;
  std::uint32_t body_size = 0;  // announced by Content-Length, or of the chunks announced so far
  std::uint32_t chunks_fed =
      0;              // bytes of the input that `chunks` has seen, from the end of the head
  llhttp_t chunks{};  // only in kChunkedBody

  void start_message() {
    phase = Phase::kHead;
    expects_continue = large_body = false;
    scan = {};
    body_size = chunks_fed = 0;
  }
};

class HttpParser {
 public:
  // limits must outlive the parser.
  explicit HttpParser(const HttpLimits& limits);
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  ParseOutcome parse(std::string_view input, ParseProgress& progress);

  const Request& request() const { return request_; }
  std::size_t consumed() const { return consumed_; }
  const ParseError& error() const { return error_; }

 private:
  struct Callbacks;  // what llhttp calls
  friend struct Callbacks;

  // What the header lines said that is no member of Request.
  struct Framing {
    std::uint32_t seen = 0;      // fields met, one bit each
    std::uint32_t repeated = 0;  // fields met again
    bool chunked = false;
    bool upgrade = false;
    std::uint64_t content_length = 0;
    std::string_view target;
    std::string_view content_length_text;
    std::string_view transfer_encoding;
    std::string_view expect;
  };

  bool fail(const ProblemType& type, std::string_view detail);
  bool read_head(std::string_view head);
  bool map_head_error(std::string_view head);
  void finish_field();
  bool split_target(std::string_view head);
  bool check_fields();
  bool check_framing();
  bool check_method();
  bool check_expect();
  bool takes_large_body() const;
  std::size_t body_bytes_max(bool large) const;
  std::size_t chunk_framing_bytes_max(bool large) const;

  ParseOutcome begin_body(ParseProgress& progress);
  ParseOutcome read_sized(std::string_view input, ParseProgress& progress);
  ParseOutcome read_chunks(std::string_view input, ParseProgress& progress);
  ParseOutcome wait(std::string_view input, ParseProgress& progress);
  ParseOutcome complete(std::string_view input, ParseProgress& progress, std::size_t end);
  bool feed_chunks(llhttp_t& chunks, std::string_view bytes, std::size_t& used, bool& done);

  const HttpLimits& limits_;
  llhttp_settings_t settings_{};
  llhttp_t head_parser_{};
  Request request_;
  Framing framing_;
  ParseError error_;
  std::size_t consumed_ = 0;
  std::string_view field_name_;
  std::string_view field_value_;
  bool head_is_fresh_ = false;  // request_ was read from the input of this very call
  bool last_chunk_ = false;
  bool collect_ = false;           // chunk data goes to body_
  std::uint64_t chunk_bytes_ = 0;  // announced by the chunk headers of the message at hand
  std::size_t chunk_bytes_max_ = 0;
  std::string body_;
};

}  // namespace frontrow
