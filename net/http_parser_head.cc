// The head of a request: what its fields mean and which combinations are refused.
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "net/http_parser.h"

namespace frontrow {
namespace {

enum Field : std::uint32_t {
  kHost = 1U << 0,
  kContentLength = 1U << 1,
  kTransferEncoding = 1U << 2,
  kExpect = 1U << 3,
  kAuthorization = 1U << 4,
  kIdempotencyKey = 1U << 5,
  kContentType = 1U << 6,
  kRequestId = 1U << 7,
  kLastEventId = 1U << 8,
  kAccept = 1U << 9,
  kIfNoneMatch = 1U << 10,
};
// Lists may be sent in several lines; of everything else a second one is a contradiction.
constexpr std::uint32_t kLists = kAccept | kIfNoneMatch;

template <class Word>
bool same_word(const char* a, const char* lower) {
  Word left;
  Word right;
  std::memcpy(&left, a, sizeof left);
  std::memcpy(&right, lower, sizeof right);
  constexpr Word kLowerCase = static_cast<Word>(0x2020'2020'2020'2020);
  return (left | kLowerCase) == right;
}

// a is a token (llhttp has checked), lower is lower-case letters and '-', both of four bytes or
// more. By words, the last of which overlaps the one before.
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

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// Characters of uri-host and port (RFC 3986, 3.2.2), without user information.
bool is_host(std::string_view text) {
  for (const char c : text) {
    const bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (!alphanumeric && std::string_view{"-.:[]_~%!$&'()*+;="}.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool is_request_id(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (const char c : text) {
    if (c < 0x21 || c > 0x7e) return false;
  }
  return true;
}

}  // namespace

void HttpParser::finish_field() {
  const std::string_view name = field_name_;
  const std::string_view value = trimmed(field_value_);
  field_name_ = field_value_ = {};
  std::string_view* target = nullptr;
  std::uint32_t bit = 0;
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
      break;
    case 9:
      if (same_token(name, "forwarded")) request_.proxied = true;
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
      is("idempotency-key", kIdempotencyKey, request_.idempotency_key);
      if (same_token(name, "x-forwarded-for")) request_.proxied = true;
      break;
    case 17:
      is("transfer-encoding", kTransferEncoding, framing_.transfer_encoding);
      break;
    default:
      break;
  }
  if (target == nullptr) return;
  framing_.repeated |= framing_.seen & bit;
  framing_.seen |= bit;
  *target = value;
}

bool HttpParser::read_head(std::string_view head) {
  request_ = {};
  framing_ = {};
  error_ = {};
  field_name_ = field_value_ = {};
  last_chunk_ = false;
  llhttp_reset(&head_parser_);
  const llhttp_errno_t result = llhttp_execute(&head_parser_, head.data(), head.size());
  if (result != HPE_OK && result != HPE_PAUSED && result != HPE_PAUSED_UPGRADE) {
    return map_head_error(head);
  }
  return split_target(head) && check_fields() && check_framing() && check_method() &&
         check_expect();
}

bool HttpParser::map_head_error(std::string_view head) {
  HeadScan scan;
  if (!look_into_request_line(head, limits_, scan, error_)) return false;
  if (llhttp_get_errno(&head_parser_) == HPE_INVALID_METHOD) {
    return fail(problems::kNotImplemented, "the method is unknown");
  }
  return fail(problems::kMalformedRequest, llhttp_get_error_reason(&head_parser_));
}

// One space on either side of the target, nothing but visible ASCII without '#' in it. llhttp is
// milder.
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
  if (method == HTTP_CONNECT) return true;  // refused by name later
  if (target.front() != '/') {
    // Absolute form, as to a proxy (RFC 9112, 3.2.2): every server must take it. We are one
    // authority only.
    const std::size_t scheme = target.find("://");
    if (scheme != std::string_view::npos) {
      const std::string_view name = target.substr(0, scheme);
      target.remove_prefix(scheme + 3);
      const std::size_t authority = target.find_first_of("/?");
      if ((!same_token(name, "http") && !same_token(name, "https")) || authority == 0 ||
          target.empty() || !is_host(target.substr(0, authority))) {
        return fail(problems::kMalformedRequest, "the target's scheme or authority is not usable");
      }
      target.remove_prefix(authority == std::string_view::npos ? target.size() : authority);
    } else if (target != "*" || method != HTTP_OPTIONS) {
      return fail(problems::kMalformedRequest, "the target must begin with '/'");
    }
  }
  const std::size_t question = target.find('?');
  request_.path = target.substr(0, question);
  if (request_.path.empty()) request_.path = "/";
  if (question != std::string_view::npos) request_.query = target.substr(question + 1);
  return true;
}

bool HttpParser::check_fields() {
  if ((framing_.repeated & kHost) != 0 || (!request_.http_1_0 && (framing_.seen & kHost) == 0)) {
    return fail(problems::kMalformedRequest, "there must be exactly one Host header");
  }
  if (!is_host(request_.host))
    return fail(problems::kMalformedRequest, "the Host header is not a host");
  if ((framing_.repeated & ~kLists) != 0) {
    return fail(problems::kMalformedRequest, "a header that may come once came twice");
  }
  if ((framing_.repeated & kAccept) != 0) request_.accept = {};
  if ((framing_.repeated & kIfNoneMatch) != 0) request_.if_none_match = {};
  if (!is_request_id(request_.request_id)) request_.request_id = {};
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
    if (!same_token(framing_.transfer_encoding, "chunked")) {
      return fail(problems::kMalformedRequest, "the only Transfer-Encoding is chunked");
    }
    framing_.chunked = request_.has_body = true;
    return true;
  }
  if ((framing_.seen & kContentLength) == 0) return true;
  const std::string_view text = framing_.content_length_text;
  const char* end = text.data() + text.size();
  const auto [stop, failure] = std::from_chars(text.data(), end, framing_.content_length);
  if (text.empty() || failure != std::errc{} || stop != end || text.front() == '-') {
    return fail(problems::kMalformedRequest, "the Content-Length is not a number");
  }
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
  if (framing_.upgrade)
    return fail(problems::kNotImplemented, "there is no protocol to upgrade to");
  return true;
}

bool HttpParser::check_expect() {
  if ((framing_.seen & kExpect) == 0) return true;
  if (same_token(framing_.expect, "100-continue")) return true;
  return fail(problems::kExpectationFailed, "the only expectation that can be met is 100-continue");
}

}  // namespace frontrow
