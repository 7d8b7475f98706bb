// A request parser without sockets: llhttp in its strict mode for the head, and on top of it every
// refusal that llhttp leaves to its user (versions, framing, Host, target, trailers, Expect,
// sizes). llhttp refuses some valid input (a tab behind a value, several chunk extensions) and so
// never sees it: heads are passed without white space at the end of lines, and http_chunks.h
// decodes chunked bodies.
//
// parse() takes all bytes of one message so far, from its first, and the ParseProgress of the
// previous call; it reads each byte once, regardless of packet boundaries (a body once more when it
// is complete). Parsing stops after each message: the caller skips consumed() bytes and calls again
// for the next one. The views in request() point into that input, or into the parser for a chunked
// body and for rewritten parts.
//
// One parser serves all connections of a thread, each with its own ParseProgress. The parser
// allocates only for chunked bodies and rewritten parts, and keeps their buffers. An offer to
// upgrade is ignored, as if it were absent (RFC 9110, 7.8). Left out: trailers, CONNECT.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <llhttp.h>

#include "net/http/http_chunks.h"
#include "net/http/http_fields.h"
#include "net/http/http_head_scan.h"
#include "net/http/http_limits.h"
#include "net/http/http_message.h"

namespace frontrow {

enum class ParseOutcome : std::uint8_t {
  kNeedMore,        // call again with more bytes after these
  kExpectContinue,  // the same, and the client waits for "100 Continue"; reported once a message
  kRequest,         // request() and consumed() are valid until the next call
  kError,           // error() is valid; the rest of the input can't be trusted
};

// State of one message between two calls. kRequest resets it for the next message.
struct ParseProgress {
  enum class Phase : std::uint8_t { kHead, kSizedBody, kChunkedBody };

  Phase phase = Phase::kHead;
  bool expects_continue = false;
  bool large_body = false;
  HeadScan scan;
  std::uint32_t body_size = 0;   // announced by Content-Length
  std::uint32_t chunks_fed = 0;  // bytes behind the head that `chunks` has scanned
  ChunkScan chunks;              // of a chunked body

  void start_message() { *this = {}; }
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
  struct Callbacks;  // the callbacks of llhttp
  friend struct Callbacks;
  static constexpr std::size_t kListFields = 5;  // fields that may come in several lines

  // Content of the header lines that is not a member of Request.
  struct Framing {
    std::uint32_t seen = 0;      // fields met, one bit each
    std::uint32_t repeated = 0;  // fields met again
    bool chunked = false;
    std::uint64_t content_length = 0;
    std::string_view target;
    std::string_view authority;  // of a target in absolute form
    std::string_view content_length_text;
    std::string_view expect;
    ConnectionOptions connection;
    TransferCodings codings;
  };

  bool fail(const ProblemType& type, std::string_view detail);
  bool read_head(std::string_view head);
  bool map_head_error(std::string_view head);
  std::string_view head_of(std::string_view input, const HeadScan& scan);
  std::string_view without_trailing_space(std::string_view head);
  void finish_field();
  void join(std::uint32_t field, std::string_view& value, std::string_view more);
  bool split_target(std::string_view head);
  bool strip_authority(std::string_view& target);
  bool decode(std::string_view& part, std::string& buffer);
  bool check_fields();
  bool check_framing();
  bool check_method();
  bool check_expect();
  bool takes_large_body() const;
  std::size_t body_bytes_max(bool large) const;
  ChunkBounds chunk_bounds(bool large) const;

  ParseOutcome begin_body(ParseProgress& progress);
  ParseOutcome read_sized(std::string_view input, ParseProgress& progress);
  ParseOutcome read_chunks(std::string_view input, ParseProgress& progress);
  ParseOutcome wait(std::string_view input, ParseProgress& progress);
  ParseOutcome complete(std::string_view input, ParseProgress& progress, std::size_t end);

  const HttpLimits& limits_;
  llhttp_settings_t settings_{};
  llhttp_t head_parser_{};
  Request request_;
  Framing framing_;
  ParseError error_;
  std::size_t consumed_ = 0;
  std::string_view field_name_;
  std::string_view field_value_;
  bool head_is_fresh_ = false;  // request_ was read from the input of this call
  // Parts of the current request that differ from the input.
  std::string body_;
  std::string head_;
  std::string path_;
  std::string query_;
  std::array<std::string, kListFields> lists_;
};

}  // namespace frontrow
