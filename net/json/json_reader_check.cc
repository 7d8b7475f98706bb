#include "net/json/json_reader_check.h"

#include <cstdint>

#include "engine/base/text.h"

namespace frontrow {
namespace {

// Length of the well-formed UTF-8 sequence at the start of text (RFC 3629 table 3-7 of Unicode); 0
// if none.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) -> unsigned {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto between = [&](std::size_t i, unsigned low, unsigned high) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return between(1, 0x80, 0xbf) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const unsigned low = lead == 0xe0 ? 0xa0 : 0x80;   // shorter forms
    const unsigned high = lead == 0xed ? 0x9f : 0xbf;  // surrogates
    return between(1, low, high) && between(2, 0x80, 0xbf) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const unsigned low = lead == 0xf0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xf4 ? 0x8f : 0xbf;  // beyond U+10FFFF
    return between(1, low, high) && between(2, 0x80, 0xbf) && between(3, 0x80, 0xbf) ? 4 : 0;
  }
  return 0;
}

// Recursive descent, bounded by kJsonDepthMax; each function stops at the first fault and returns
// false.
class Checker {
 public:
  explicit Checker(std::string_view text) : text_(text) {}

  std::optional<JsonFault> run() {
    if (value()) {
      skip_space();
      if (at_ != text_.size()) fail("expected the end of the text");
    }
    return fault_;
  }

 private:
  bool fail(const char* why) {
    fault_ = JsonFault{at_, why};
    return false;
  }
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_space() {
    while (!at_end() && (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r'))
      ++at_;
  }

  bool value() {
    skip_space();
    switch (peek()) {
      case '{':
        return object();
      case '[':
        return array();
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool enter() {
    if (depth_ == kJsonDepthMax) return fail("nested too deeply");
    ++depth_;
    ++at_;
    skip_space();
    return true;
  }

  bool object() {
    if (!enter()) return false;
    if (!take('}')) {
      do {
        skip_space();
        if (peek() != '"') return fail("expected a member name");
        if (!string()) return false;
        skip_space();
        if (!take(':')) return fail("expected ':'");
        if (!value()) return false;
        skip_space();
      } while (take(','));
      if (!take('}')) return fail("expected ',' or '}'");
    }
    --depth_;
    return true;
  }

  bool array() {
    if (!enter()) return false;
    if (!take(']')) {
      do {
        if (!value()) return false;
        skip_space();
      } while (take(','));
      if (!take(']')) return fail("expected ',' or ']'");
    }
    --depth_;
    return true;
  }

  bool word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) return fail("expected a value");
    at_ += expected.size();
    return true;
  }

  bool digits() {
    if (!is_digit(peek())) return fail("expected a digit");
    while (is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    if (peek() != '-' && !is_digit(peek())) return fail("expected a value");
    take('-');
    if (peek() == '0') {
      ++at_;
      if (is_digit(peek())) return fail("a number has no leading zero");
    } else if (!digits()) {
      return false;
    }
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  bool string() {
    ++at_;
    while (!take('"')) {
      if (at_end()) return fail("expected the end of the string");
      if (static_cast<unsigned char>(peek()) < 0x20)
        return fail("a control character must be escaped");
      if (peek() == '\\') {
        if (!escape()) return false;
        continue;
      }
      const std::size_t size = utf8_sequence(text_.substr(at_));
      if (size == 0) return fail("not UTF-8");
      at_ += size;
    }
    return true;
  }

  bool escape() {
    if (text_.substr(at_).starts_with("\\u")) return unicode_escape();
    constexpr std::string_view kEscaped = "\"\\/bfnrt";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (kEscaped.find(c) == std::string_view::npos) return fail("unknown escape");
    at_ += 2;
    return true;
  }

  bool unicode_escape() {
    const std::int32_t first = code_unit();
    if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
      return fail("not a \\u escape of a character");
    at_ += 6;
    if (first < 0xd800 || first > 0xdbff) return true;
    const std::int32_t second = code_unit();
    if (second < 0xdc00 || second > 0xdfff)
      return fail("expected the other half of a surrogate pair");
    at_ += 6;
    return true;
  }

  // The number of the \uXXXX at at_; -1 if there is none.
  std::int32_t code_unit() const {
    const std::string_view text = text_.substr(at_, 6);
    if (text.size() != 6 || !text.starts_with("\\u")) return -1;
    std::int32_t unit = 0;
    for (const char c : text.substr(2)) {
      const char lower = static_cast<char>(c | 0x20);
      if (!is_digit(c) && (lower < 'a' || lower > 'f')) return -1;
      unit = unit * 16 + (is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return unit;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<JsonFault> fault_;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text) { return Checker(text).run(); }

}  // namespace frontrow
