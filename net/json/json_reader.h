// Strict reading of small JSON request bodies, one typed value after the other, without an
// allocation.
//
// How to use it: not directly, but through the field tables of net/json/json_fields.h:
//
//   NewHold hold;
//   if (!json::read(reader, body, json::required("date", json::date(hold.date)),
//                                 json::required("seats", json::list(hold.seats, 1, 32, seat)))) {
//     reply_with(reader.error());
//   }
//
// How it works: the body is copied into a padded buffer that the reader keeps, and simdjson's
// on-demand parser walks it once, in the order of the text; each value is taken by the type that
// the table wants. Only if something was refused, find_json_fault() looks at the text again. So the
// rule for errors is:
//   - the text is not JSON, is nested deeper than kJsonDepthMax, or is not an object: kMalformed
//   (400), with the
//     byte offset and the reason, whatever else may be wrong with it;
//   - otherwise the first member, in the order of the text, that is unknown, there twice, of the
//   wrong type or out
//     of range, and after those one that is missing: kInvalidField (422), with its path and the
//     reason.
// Integers are written as such: 1.0, 1e3 and -0 are none. null is never a value.
//
// Threads: one reader per thread. Texts that it hands out are valid until its next read.
// Memory: the buffers grow to the largest body read and stay (the front end bounds bodies).
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
  std::size_t offset = 0;  // kMalformed: of the first byte that cannot be right
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

  // Why the last read was refused.
  const JsonError& error() const { return error_; }

  // --- For json_fields.h and for fields of a kind that it does not know. Each returns false once
  // anything failed.

  void start(std::string_view body);
  // True if nothing failed and nothing follows the object; otherwise settles which error it is.
  bool finish(std::string_view body);

  // The value at hand, taken once.
  bool enter_object();
  bool enter_array();
  bool integer(std::int64_t min, std::int64_t max, std::int64_t& out);
  bool boolean(bool& out);
  // Unescaped; min..max counts code points. Control characters are refused, also escaped ones.
  bool text(std::size_t min, std::size_t max, std::string_view& out);

  // Makes the next member's or item's value the one at hand; false at the end or on a failure (see
  // failed()).
  bool next_member(std::string_view& name);
  bool next_item();

  // Where the value at hand stands, for error().field. Names must outlive the read.
  void push_name(std::string_view name);
  void push_index(std::size_t index);
  void pop();

  // Refuses the value at hand, or a member of the object at hand; only the first refusal counts.
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
