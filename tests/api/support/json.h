#pragma once

// A response's JSON body, read by a parser that shares no code with the server's writer. A value
// keeps its document alive; a member that is missing or of another type fails the calling test,
// with its name.

#include <simdjson.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace frontrow::api {

class Json {
 public:
  Json() = default;
  // For invalid JSON, valid() is false and every accessor fails the test.
  static Json parse(std::string_view text);

  bool valid() const { return valid_; }
  bool has(std::string_view name) const;
  Json operator[](std::string_view name) const;
  Json operator[](std::size_t index) const;
  std::size_t size() const;

  std::int64_t integer() const;
  bool boolean() const;
  std::string text() const;
  bool is_null() const;
  bool is_integer() const;
  bool is_text() const;
  bool is_array() const;
  bool is_object() const;
  std::vector<std::int64_t> integers() const;
  std::vector<std::string> names() const;

  // Fails the test for each member of `shape` that is missing or of another type, and each member
  // it does not name. A shape is "name:type ..." with i(nteger), s(tring), a(rray), o(bject),
  // b(oolean), n(ull), t(ime), d(ate), and `|` between alternatives.
  void expect_shape(std::string_view shape) const;

 private:
  bool is_of(char type) const;

  std::shared_ptr<simdjson::dom::parser> document_;
  simdjson::dom::element value_;
  bool valid_ = false;
};

}  // namespace frontrow::api
