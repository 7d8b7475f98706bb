#include "net/json/json_reader.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "engine/base/check.h"

namespace frontrow {
namespace {

namespace od = simdjson::ondemand;

constexpr std::size_t kFirstCapacity = 4096;  // bytes; larger bodies make the buffers grow
constexpr std::size_t kNameBytesShown = 64;   // of an unknown member, in an error

// An object or array that is being read.
struct Frame {
  simdjson::simdjson_result<od::object_iterator> member;
  simdjson::simdjson_result<od::object_iterator> members_end;
  simdjson::simdjson_result<od::array_iterator> item;
  simdjson::simdjson_result<od::array_iterator> items_end;
  bool entered = false;  // the iterator stands on a value that was returned
};

// The token without the white space after it.
std::string_view without_space(std::string_view token) {
  while (!token.empty() &&
         std::string_view(" \t\r\n").find(token.back()) != std::string_view::npos) {
    token.remove_suffix(1);
  }
  return token;
}

// True without a sign other than '-', fraction, exponent, leading zero, or -0.
bool written_as_integer(std::string_view token) {
  token = without_space(token);
  const bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  if (token.empty() || (token.front() == '0' && (negative || token.size() > 1))) return false;
  return std::all_of(token.begin(), token.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The decimal in units of its digit number `digits` after the point; nullopt for an exponent, more
// digits, more than 18 in all, a leading zero, or a zero with a sign.
std::optional<std::int64_t> parse_decimal(std::string_view token, int digits) {
  token = without_space(token);
  const bool negative = token.starts_with('-');
  if (negative) token.remove_prefix(1);
  const std::size_t point = std::min(token.find('.'), token.size());
  const std::string_view whole = token.substr(0, point);
  const std::string_view fraction = token.substr(std::min(point + 1, token.size()));
  if (whole.empty() || (whole.front() == '0' && whole.size() > 1)) return std::nullopt;
  if (point < token.size() && fraction.empty()) return std::nullopt;
  const auto places = static_cast<std::size_t>(digits);
  if (fraction.size() > places || whole.size() + places > 18) return std::nullopt;
  std::int64_t value = 0;
  for (const std::string_view part : {whole, fraction}) {
    for (const char c : part) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
  }
  for (std::size_t i = fraction.size(); i < places; ++i) value *= 10;
  if (negative && value == 0) return std::nullopt;
  return negative ? -value : value;
}

// Such units as a decimal, without zeros at the end.
std::string decimal_text(std::int64_t value, int digits) {
  std::string fraction = fmt::format("{:0{}}", value < 0 ? -value : value, digits + 1);
  std::string text = (value < 0 ? "-" : "") + fraction.substr(0, fraction.size() - digits);
  fraction.erase(0, fraction.size() - digits);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return fraction.empty() ? text : text + '.' + fraction;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Counts the bytes that do not continue a code point; the parser has checked that text is UTF-8.
std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string_view shortened(std::string_view name) {
  if (name.size() <= kNameBytesShown) return name;
  std::size_t end = kNameBytesShown;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
  return name.substr(0, end);
}

}  // namespace

struct JsonReader::Parser {
  od::parser parser;
  od::document document;
  od::value value;  // the current one, except at the root
  std::array<Frame, kJsonDepthMax> frames;
  int depth = 0;
  std::unique_ptr<char[]> buffer;
  std::size_t capacity = 0;  // of the buffer, without the padding

  bool load(std::string_view body) {
    depth = 0;
    if (body.size() > capacity || !buffer) {
      capacity = std::max({body.size(), 2 * capacity, kFirstCapacity});
      buffer = std::make_unique<char[]>(capacity + simdjson::SIMDJSON_PADDING);
      if (parser.allocate(capacity) != simdjson::SUCCESS) return false;
    }
    std::memcpy(buffer.get(), body.data(), body.size());
    std::memset(buffer.get() + body.size(), 0, simdjson::SIMDJSON_PADDING);
    const simdjson::padded_string_view padded(buffer.get(), body.size(),
                                              capacity + simdjson::SIMDJSON_PADDING);
    return parser.iterate(padded).get(document) == simdjson::SUCCESS;
  }
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}
JsonReader::~JsonReader() = default;

void JsonReader::start(std::string_view body) {
  path_size_ = 0;
  failed_ = false;
  error_.kind = JsonError::Kind::kNone;
  // Newer versions of simdjson skip a byte order mark; RFC 8259 has none.
  if (body.empty() || body.front() == '\xef' || !parser_->load(body)) fail_text();
}

bool JsonReader::finish(std::string_view body) {
  // simdjson 3.0 has no at_end() for documents: past the end the location is an error.
  if (!failed_ && parser_->document.current_location().error() == simdjson::OUT_OF_BOUNDS)
    return true;
  fail_text();
  if (const auto fault = find_json_fault(body)) {
    error_ = {JsonError::Kind::kMalformed, fault->offset, {}, fault->why};
  } else if (const auto first = body.find_first_not_of(" \t\r\n"); body[first] != '{') {
    error_ = {JsonError::Kind::kMalformed, first, {}, "expected an object"};
  }
  return false;
}

bool JsonReader::fail_text() {
  if (failed_) return false;
  failed_ = true;
  error_ = {JsonError::Kind::kMalformed, 0, {}, "not readable as JSON"};
  return false;
}

bool JsonReader::fail(std::string_view why) {
  if (failed_) return false;
  failed_ = true;
  error_ = {JsonError::Kind::kInvalidField, 0, path(), std::string(why)};
  return false;
}

bool JsonReader::fail_member(std::string_view name, std::string_view why) {
  push_name(shortened(name));
  return fail(why);
}

std::string JsonReader::path() const {
  std::string text;
  for (const Step& step : std::span(path_, static_cast<std::size_t>(path_size_))) {
    if (step.name.data() == nullptr) {
      fmt::format_to(std::back_inserter(text), "[{}]", step.index);
    } else {
      if (!text.empty()) text += '.';
      text += step.name;
    }
  }
  return text;
}

void JsonReader::push_name(std::string_view name) {
  FR_CHECK(path_size_ < static_cast<int>(std::size(path_)));
  path_[path_size_++] = {name, 0};
}

void JsonReader::push_index(std::size_t index) {
  FR_CHECK(path_size_ < static_cast<int>(std::size(path_)));
  path_[path_size_++] = {{}, index};
}

void JsonReader::pop() { --path_size_; }

bool JsonReader::enter_object() {
  if (failed_) return false;
  Parser& p = *parser_;
  FR_CHECK(p.depth < kJsonDepthMax);
  od::object object;
  const auto error =
      p.depth == 0 ? p.document.get_object().get(object) : p.value.get_object().get(object);
  if (error != simdjson::SUCCESS) return p.depth == 0 ? fail_text() : fail("must be an object");
  Frame& frame = p.frames[static_cast<std::size_t>(p.depth++)];
  frame.member = object.begin();
  frame.members_end = object.end();
  frame.entered = false;
  return true;
}

bool JsonReader::enter_array() {
  if (failed_) return false;
  Parser& p = *parser_;
  FR_CHECK(p.depth > 0 && p.depth < kJsonDepthMax);
  od::array array;
  if (p.value.get_array().get(array) != simdjson::SUCCESS) return fail("must be an array");
  Frame& frame = p.frames[static_cast<std::size_t>(p.depth++)];
  frame.item = array.begin();
  frame.items_end = array.end();
  frame.entered = false;
  return true;
}

bool JsonReader::next_member(std::string_view& name) {
  if (failed_) return false;
  Parser& p = *parser_;
  Frame& frame = p.frames[static_cast<std::size_t>(p.depth - 1)];
  if (frame.entered) ++frame.member;
  frame.entered = true;
  if (!(frame.member != frame.members_end)) {
    --p.depth;
    return false;
  }
  od::field field;
  if ((*frame.member).get(field) != simdjson::SUCCESS) return fail_text();
  if (field.unescaped_key().get(name) != simdjson::SUCCESS) return fail_text();
  p.value = field.value();
  return true;
}

bool JsonReader::next_item() {
  if (failed_) return false;
  Parser& p = *parser_;
  Frame& frame = p.frames[static_cast<std::size_t>(p.depth - 1)];
  if (frame.entered) ++frame.item;
  frame.entered = true;
  if (!(frame.item != frame.items_end)) {
    --p.depth;
    return false;
  }
  return (*frame.item).get(p.value) == simdjson::SUCCESS || fail_text();
}

bool JsonReader::integer(std::int64_t min, std::int64_t max, std::int64_t& out) {
  if (failed_) return false;
  const bool integer = written_as_integer(parser_->value.raw_json_token());
  std::int64_t value = 0;
  if (integer && parser_->value.get_int64().get(value) == simdjson::SUCCESS && value >= min &&
      value <= max) {
    out = value;
    return true;
  }
  return fail(fmt::format("must be an integer from {} to {}", min, max));
}

bool JsonReader::decimal(std::int64_t min, std::int64_t max, int digits, std::int64_t& out) {
  if (failed_) return false;
  const auto value = parse_decimal(parser_->value.raw_json_token(), digits);
  double rounded = 0;  // moves the parser over the number
  if (value && parser_->value.get_double().get(rounded) == simdjson::SUCCESS && *value >= min &&
      *value <= max) {
    out = *value;
    return true;
  }
  return fail(fmt::format("must be a number from {} to {} with at most {} digits after the point",
                          decimal_text(min, digits), decimal_text(max, digits), digits));
}

bool JsonReader::boolean(bool& out) {
  if (failed_) return false;
  return parser_->value.get_bool().get(out) == simdjson::SUCCESS || fail("must be true or false");
}

bool JsonReader::text(std::size_t min, std::size_t max, std::string_view& out) {
  if (failed_) return false;
  std::string_view value;
  if (parser_->value.get_string().get(value) != simdjson::SUCCESS) return fail("must be a string");
  const std::size_t size = code_points(value);
  if (size < min || size > max) {
    return fail(fmt::format("must be a string of {} to {} characters", min, max));
  }
  if (has_control_character(value)) return fail("must not contain control characters");
  out = value;
  return true;
}

}  // namespace frontrow
