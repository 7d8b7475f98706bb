// Appends JSON to a string of the caller: compact, members in the order of the calls, commas added
// automatically.
//
//   JsonWriter json(body);
//   json.begin_object().member("concertId", concert).member("state", "waiting");
//   json.key("seats").begin_array();
//   for (const SeatNumber seat : seats) json.value(seat);
//   json.end_array().end_object();
//
// Texts must be valid UTF-8 (as all texts are that the reader accepted); the writer escapes them.
// Names are written unchanged: they are literals of the program and need no escape. Money and ids
// are integers, instants are RFC 3339 with milliseconds. Instant 0 is a time like any other: write
// null() where it means "not set". Nesting is not checked: the caller must match begin and end. Not
// thread-safe.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/calendar.h"
#include "engine/base/check.h"
#include "engine/base/ids.h"
#include "engine/base/money.h"
#include "engine/base/uuid.h"

namespace frontrow {

// Appends a control character, quote or backslash as it may stand in a JSON string.
void append_json_escape(std::string& out, char c);

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name) {
    FR_CHECK(name.size() <= kNameMax);
    std::array<char, kNameMax + 4> piece;
    char* to = piece.data();
    if (comma_) *to++ = ',';
    *to++ = '"';
    to = std::copy(name.begin(), name.end(), to);
    *to++ = '"';
    *to++ = ':';
    out_.append(piece.data(), to);
    comma_ = false;
    return *this;
  }

  template <class T>
  JsonWriter& member(std::string_view name, const T& v) {
    return key(name).value(v);
  }
  JsonWriter& object(std::string_view name) { return key(name).begin_object(); }
  JsonWriter& array(std::string_view name) { return key(name).begin_array(); }

  JsonWriter& null() { return raw("null"); }
  JsonWriter& value(std::same_as<bool> auto v) { return raw(v ? "true" : "false"); }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  JsonWriter& value(T v) {
    const fmt::format_int digits(v);
    return raw({digits.data(), digits.size()});
  }
  template <class Tag, class Rep>
  JsonWriter& value(Id<Tag, Rep> id) {
    return value(id.value);
  }
  JsonWriter& value(Money money) { return value(money.minor); }
  JsonWriter& value(const Currency& currency) { return plain(currency.text()); }
  JsonWriter& value(const UserId& user) {
    return quoted<kUuidTextSize>([&user](char* to) { format_uuid(user, to); });
  }
  JsonWriter& value(Date date) {
    char text[kDateTextMax];
    return plain({text, format_date(date, text)});
  }
  JsonWriter& value(Instant instant) {
    return quoted<kInstantTextSize>([instant](char* to) { format_instant(instant, to); });
  }
  JsonWriter& value(std::string_view text);
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
  // null if v has no value.
  template <class T>
  JsonWriter& value(const std::optional<T>& v) {
    return v ? value(*v) : null();
  }

  // A text that needs no escape.
  JsonWriter& plain(std::string_view text) {
    out_.append(comma_ ? ",\"" : "\"").append(text).push_back('"');
    comma_ = true;
    return *this;
  }

  // A value that is already JSON.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_.append(json);
    return *this;
  }

 private:
  void separate() {
    if (comma_) out_.push_back(',');
    comma_ = true;
  }
  JsonWriter& open(char bracket) {
    separate();
    out_.push_back(bracket);
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_.push_back(bracket);
    comma_ = true;
    return *this;
  }
  // A string of kSize characters without escapes, which `write` puts at its argument.
  template <std::size_t kSize, class Write>
  JsonWriter& quoted(const Write& write) {
    std::array<char, kSize + 2> piece;
    piece.front() = piece.back() = '"';
    write(piece.data() + 1);
    return raw({piece.data(), piece.size()});
  }

  static constexpr std::size_t kNameMax = 60;

  std::string& out_;
  bool comma_ = false;  // the object or array has a value already
};

}  // namespace frontrow
