// The head of a request: the meaning of its fields, and the combinations that are refused.
#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "engine/base/text.h"
#include "net/http/http_parser.h"
#include "net/http/http_target.h"

namespace frontrow {
namespace {

enum Field : std::uint32_t {
  // Lists, which may be sent in several lines; their bits are those of HttpParser::lists_.
  kAccept = 1U << 0,
  kAcceptEncoding = 1U << 1,
  kIfMatch = 1U << 2,
  kIfNoneMatch = 1U << 3,
  kForwardedFor = 1U << 4,
  kTransferEncoding = 1U << 5,
  kConnection = 1U << 6,
  // Of all other fields a second line is a contradiction.
  kHost = 1U << 7,
  kContentLength = 1U << 8,
  kExpect = 1U << 9,
  kAuthorization = 1U << 10,
  kIdempotencyKey = 1U << 11,
  kContentType = 1U << 12,
  kRequestId = 1U << 13,
  kLastEventId = 1U << 14,
  kOrigin = 1U << 15,
  kPreflightMethod = 1U << 16,
};
constexpr std::uint32_t kJoined =
    kAccept | kAcceptEncoding | kIfMatch | kIfNoneMatch | kForwardedFor;
constexpr std::uint32_t kLists = kJoined | kTransferEncoding | kConnection;

template <class Word>
bool same_word(const char* a, const char* lower) {
  Word left;
  Word right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, lower, sizeof right);
  constexpr Word kLowerCase = static_cast<Word>(0x2020'2020'2020'2020);
  return (left | kLowerCase) == right;
}

// a is a token (llhttp has checked), lower has lower-case letters and '-', both have four bytes or
// more. Compares by words, the last of which overlaps the one before.
bool same_token(std::string_view a, std::string_view lower) {
  if (a.size() != lower.size() || a.size() < sizeof(std::uint32_t)) return false;
  const auto same_by = [&]<class Word>(Word) {
    const std::size_t last = a.size() - sizeof(Word);
    for (std::size_t at = 0; at < last; at += sizeof(Word)) {
      if (!same_word<Word>(a.data() + at, lower.data() + at)) return false;
    }
    return same_word<Word>(a.data() + last, lower.data() + last);
  };
  return a.size() < sizeof(std::uint64_t) ? same_by(std::uint32_t{}) : same_by(std::uint64_t{});
}

bool is_request_id(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

// Returns the head without white space at the end of its header lines: such space is not part of a
// value (RFC 9112, 5.1), and llhttp accepts it only as spaces and not behind every value.
std::string_view HttpParser::without_trailing_space(std::string_view head) {
  head_.clear();
  while (!head.empty()) {
    const std::size_t next = head.find('\n') + 1;  // every line ends in CR LF
    std::string_view line = head.substr(0, next - 2);
    while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
    head_.append(line).append("\r\n");
    head.remove_prefix(next);
  }
  return head_;
}

std::string_view HttpParser::head_of(std::string_view input, const HeadScan& scan) {
  const std::string_view head = input.substr(scan.begin, scan.end - scan.begin);
  return scan.has_trailing_space ? without_trailing_space(head) : head;
}

void HttpParser::finish_field() {
  const std::string_view name = field_name_;
  const std::string_view value = trimmed(field_value_);
  field_name_ = field_value_ = {};
  std::string_view* target = nullptr;
  std::uint32_t bit = 0;
  std::string_view text;  // of fields without a plain member of Request
  const auto is = [&](std::string_view lower, Field field, std::string_view& to) {
    if (!same_token(name, lower)) return;
    bit = field;
    target = &to;
  };
  switch (name.size()) {
    case 4:
      is("host", kHost, request_.host);
      break;
    case 6:
      is("accept", kAccept, request_.accept);
      is("expect", kExpect, framing_.expect);
      is("origin", kOrigin, request_.origin);
      break;
    case 8:
      text = request_.if_match.value_or(std::string_view{});
      is("if-match", kIfMatch, text);
      break;
    case 9:
      if (same_token(name, "forwarded")) request_.proxied = true;
      break;
    case 10:
      is("connection", kConnection, text);
      break;
    case 12:
      is("content-type", kContentType, request_.content_type);
      is("x-request-id", kRequestId, request_.request_id);
      break;
    case 13:
      is("authorization", kAuthorization, request_.authorization);
      is("if-none-match", kIfNoneMatch, request_.if_none_match);
      is("last-event-id", kLastEventId, request_.last_event_id);
      break;
    case 14:
      is("content-length", kContentLength, framing_.content_length_text);
      break;
    case 15:
      is("idempotency-key", kIdempotencyKey, text);
      is("accept-encoding", kAcceptEncoding, request_.accept_encoding);
      is("x-forwarded-for", kForwardedFor, request_.forwarded_for);
      if (bit == kForwardedFor) request_.proxied = true;
      break;
    case 17:
      is("transfer-encoding", kTransferEncoding, text);
      break;
    case 29:
      is("access-control-request-method", kPreflightMethod, request_.preflight_method);
      break;
    default:
      break;
  }
  if (target == nullptr) return;
  const bool again = (framing_.seen & bit) != 0;
  if (again) framing_.repeated |= bit;
  framing_.seen |= bit;
  if (again && (bit & kJoined) != 0) {
    join(bit, *target, value);
  } else {
    *target = value;
  }
  if (bit == kIfMatch) request_.if_match = text;
  if (bit == kIdempotencyKey) request_.idempotency_key = text;
  if (bit == kConnection) note_connection(text, framing_.connection);
  if (bit == kTransferEncoding) note_transfer_encoding(text, framing_.codings);
}

// Joins a further line of a list: all lines mean the same as one line would (RFC 9110, 5.3).
void HttpParser::join(std::uint32_t field, std::string_view& value, std::string_view more) {
  std::string& list = lists_[static_cast<std::size_t>(std::countr_zero(field))];
  if (value.data() != list.data()) list.assign(value);
  list.append(", ").append(more);
  value = list;
}

bool HttpParser::read_head(std::string_view head) {
  request_ = {};
  framing_ = {};
  error_ = {};
  field_name_ = field_value_ = {};
  llhttp_reset(&head_parser_);
  const llhttp_errno_t result = llhttp_execute(&head_parser_, head.data(), head.size());
  if (result != HPE_OK && result != HPE_PAUSED && result != HPE_PAUSED_UPGRADE) {
    return map_head_error(head);
  }
  return split_target(head) && check_fields() && check_framing() && check_method() &&
         check_expect();
}

bool HttpParser::map_head_error(std::string_view head) {
  CloseLook look;
  if (!look_closely(head, limits_, look, error_)) return false;
  const std::string_view method = head.substr(0, head.find(' '));
  static constexpr std::string_view kMethods[] = {"GET",   "HEAD",   "POST",   "PUT",
                                                  "PATCH", "DELETE", "OPTIONS"};
  if (std::find(std::begin(kMethods), std::end(kMethods), method) == std::end(kMethods)) {
    return fail(problems::kNotImplemented, "the method is unknown");
  }
  return fail(problems::kMalformedRequest, llhttp_get_error_reason(&head_parser_));
}

// Requires one space on either side of the target, and only visible ASCII without '#' in it. llhttp
// is more lenient.
bool HttpParser::split_target(std::string_view head) {
  const std::string_view line = head.substr(0, head.find('\r'));
  const std::size_t space = line.find(' ');
  const std::string_view version = " HTTP/1.1";
  std::string_view target = framing_.target;
  if (target.empty() || target.data() != line.data() + space + 1 ||
      target.data() + target.size() + version.size() != line.data() + line.size()) {
    return fail(problems::kMalformedRequest, "the request line is not method, target and version");
  }
  for (const char c : target) {
    if (c < 0x21 || c > 0x7e || c == '#') {
      return fail(problems::kMalformedRequest, "the target holds a byte that must be encoded");
    }
  }
  request_.http_1_0 = line.back() == '0';
  const auto method = static_cast<llhttp_method_t>(llhttp_get_method(&head_parser_));
  if (method == HTTP_CONNECT) return true;  // check_method() refuses it
  if (target.front() != '/' && !(target == "*" && method == HTTP_OPTIONS) &&
      !strip_authority(target)) {
    return false;
  }
  const std::size_t question = target.find('?');
  request_.path = target.substr(0, question);
  if (request_.path.empty()) request_.path = "/";
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  return decode(request_.path, path_) && decode(request_.query, query_);
}

// Absolute form, as sent to a proxy (RFC 9112, 3.2.2): every server must accept it. This server is
// a single authority, so the name in the target does not matter.
bool HttpParser::strip_authority(std::string_view& target) {
  const std::size_t scheme = target.find("://");
  if (scheme == std::string_view::npos) {
    return fail(problems::kMalformedRequest, "the target must begin with '/'");
  }
  const std::string_view name = target.substr(0, scheme);
  target.remove_prefix(scheme + 3);
  const std::size_t end = std::min(target.find_first_of("/?"), target.size());
  framing_.authority = target.substr(0, end);
  if ((!same_token(name, "http") && !same_token(name, "https")) ||
      !is_authority(framing_.authority)) {
    return fail(problems::kMalformedRequest, "the target's scheme or authority is not usable");
  }
  target.remove_prefix(end);
  return true;
}

// Unreserved characters mean the same with and without encoding (RFC 3986, 2.3).
bool HttpParser::decode(std::string_view& part, std::string& buffer) {
  if (part.find('%') == std::string_view::npos) return true;
  buffer.clear();
  if (!decode_unreserved(part, buffer)) {
    return fail(problems::kMalformedRequest,
                "the target holds a '%' without two hexadecimal digits");
  }
  part = buffer;
  return true;
}

bool HttpParser::check_fields() {
  if ((framing_.repeated & kHost) != 0 || (!request_.http_1_0 && (framing_.seen & kHost) == 0)) {
    return fail(problems::kMalformedRequest, "there must be exactly one Host header");
  }
  // An empty Host means that the target has no authority, which is never so with http.
  if ((framing_.seen & kHost) != 0 && !is_authority(request_.host)) {
    return fail(problems::kMalformedRequest, "the Host header is not a host, or host and port");
  }
  if (!framing_.authority.empty()) request_.host = framing_.authority;
  if ((framing_.repeated & ~kLists) != 0) {
    return fail(problems::kMalformedRequest, "a single-valued header is repeated");
  }
  if (!is_request_id(request_.request_id)) request_.request_id = {};
  const ConnectionOptions& connection = framing_.connection;
  request_.keep_alive = !connection.close && (!request_.http_1_0 || connection.keep_alive);
  return true;
}

bool HttpParser::check_framing() {
  if ((framing_.seen & kTransferEncoding) != 0) {
    if (request_.http_1_0) {
      return fail(problems::kMalformedRequest, "HTTP/1.0 has no Transfer-Encoding");
    }
    if ((framing_.seen & kContentLength) != 0) {
      return fail(problems::kMalformedRequest, "both Transfer-Encoding and Content-Length");
    }
    const TransferCodings& codings = framing_.codings;
    if (codings.malformed || codings.chunked != 1 || !codings.chunked_is_last) {
      return fail(problems::kMalformedRequest, "the Transfer-Encoding does not end in one chunked");
    }
    if (codings.others != 0) {
      return fail(problems::kNotImplemented, "the only Transfer-Encoding is chunked");
    }
    framing_.chunked = request_.has_body = true;
    return true;
  }
  if ((framing_.seen & kContentLength) == 0) return true;
  const auto length = parse_number<std::uint64_t>(framing_.content_length_text);
  if (!length) return fail(problems::kMalformedRequest, "the Content-Length is not a number");
  framing_.content_length = *length;
  request_.has_body = true;
  return true;
}

bool HttpParser::check_method() {
  switch (llhttp_get_method(&head_parser_)) {
    case HTTP_GET:
      request_.method = Method::kGet;
      break;
    case HTTP_HEAD:
      request_.method = Method::kGet;
      request_.head = true;
      break;
    case HTTP_POST:
      request_.method = Method::kPost;
      break;
    case HTTP_PUT:
      request_.method = Method::kPut;
      break;
    case HTTP_PATCH:
      request_.method = Method::kPatch;
      break;
    case HTTP_DELETE:
      request_.method = Method::kDelete;
      break;
    case HTTP_OPTIONS:
      request_.method = Method::kOptions;
      break;
    default:
      return fail(problems::kNotImplemented, "the method is not implemented");
  }
  return true;
}

bool HttpParser::check_expect() {
  if ((framing_.seen & kExpect) == 0) return true;
  if (same_token(framing_.expect, "100-continue")) return true;
  return fail(problems::kExpectationFailed, "the only expectation that can be met is 100-continue");
}

}  // namespace frontrow
