// Strict reading of small JSON request bodies, one typed value after the other, without an
// allocation.
//
// Use: not directly, but through the field tables of net/json/json_fields.h:
//
//   NewHold hold;
//   if (!json::read(reader, body, json::required("date", json::date(hold.date)),
//                                 json::required("seats", json::list(hold.seats, 1, 32, seat)))) {
//     reply_with(reader.error());
//   }
//
// How it works: the body is copied into a padded buffer that the reader keeps, and simdjson's
// on-demand parser walks it once, in the order of the text; each value is read as the type in the
// table. Only after a refusal does find_json_fault() check the text again. So the rule for errors
// is:
// - the text is not JSON, is nested deeper than kJsonDepthMax, or is not an object: kMalformed
//   (400), with the byte offset and the reason, ahead of every other fault;
// - otherwise the first member, in the order of the text, that is unknown, duplicate, of the wrong
//   type or out of range, and after those one that is missing: kInvalidField (422), with its path
//   and the reason.
//
// Integers need the form of an integer: 1.0, 1e3 and -0 are refused. Decimals have no exponent and
// a bounded number of digits after the point; they are read exactly, as integers of their last
// digit. null is never a value.
//
// Threads: one reader per thread. Texts that it returns are valid until its next read. Memory: the
// buffers grow to the largest body read and stay (the front end bounds bodies).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/json/json_reader_check.h"

namespace frontrow {

struct JsonError {
  enum class Kind : std::uint8_t { kNone, kMalformed, kInvalidField };
  Kind kind = Kind::kNone;
  std::size_t offset = 0;  // kMalformed: of the first wrong byte
  std::string field;       // kInvalidField: the member's path, such as dates[0].sections[1].price
  std::string
      why;  // to be read after "the text" or after the field: "must be an integer from 1 to 50"
};

// Integers up to here are exact in every JSON reader.
inline constexpr std::int64_t kJsonIntegerMax = (std::int64_t{1} << 53) - 1;

class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  // The reason for the last refusal.
  const JsonError& error() const { return error_; }

  // --- For json_fields.h and for kinds of fields that it lacks. Each returns false after any
  // failure.

  void start(std::string_view body);
  // True if no read failed and the text ends after the object; otherwise determines the error.
  bool finish(std::string_view body);

  // Read the current value, once.
  bool enter_object();
  bool enter_array();
  bool integer(std::int64_t min, std::int64_t max, std::int64_t& out);
  // A number with at most `digits` digits after the point. min, max and out are in units of the
  // last of them: 12.5 is 1250 with two digits.
  bool decimal(std::int64_t min, std::int64_t max, int digits, std::int64_t& out);
  bool boolean(bool& out);
  // Unescaped; min..max counts code points. Control characters are refused, also escaped ones.
  bool text(std::size_t min, std::size_t max, std::string_view& out);

  // Makes the value of the next member or item the current one; false at the end or on a failure
  // (see failed()).
  bool next_member(std::string_view& name);
  bool next_item();

  // The path of the current value, for error().field. Names must outlive the read.
  void push_name(std::string_view name);
  void push_index(std::size_t index);
  void pop();

  // Refuses the current value, or a member of the current object; only the first refusal counts.
  // Returns false.
  bool fail(std::string_view why);
  bool fail_member(std::string_view name, std::string_view why);
  bool failed() const { return failed_; }

 private:
  struct Parser;  // keeps simdjson out of this header
  struct Step {
    std::string_view name;  // without data: an index
    std::size_t index = 0;
  };

  bool fail_text();
  std::string path() const;

  std::unique_ptr<Parser> parser_;
  Step path_[kJsonDepthMax + 1];
  int path_size_ = 0;
  bool failed_ = false;
  JsonError error_;
};

}  // namespace frontrow
