#include "net/http/http_fields.h"

#include <algorithm>

#include "engine/base/text.h"
#include "net/http/http_characters.h"

namespace frontrow {
namespace {

// Takes the next element off a list, without the white space around it. False: no element is left;
// an empty list has one empty element.
bool next_element(std::string_view& rest, bool& done, std::string_view& element) {
  if (done) return false;
  const std::size_t comma = std::min(rest.find(','), rest.size());
  element = trimmed(rest.substr(0, comma));
  done = comma == rest.size();
  rest.remove_prefix(std::min(comma + 1, rest.size()));
  return true;
}

}  // namespace

void note_connection(std::string_view value, ConnectionOptions& options) {
  bool done = false;
  for (std::string_view option; next_element(value, done, option);) {
    options.close = options.close || equal_ignoring_case(option, "close");
    options.keep_alive = options.keep_alive || equal_ignoring_case(option, "keep-alive");
  }
}

void note_transfer_encoding(std::string_view value, TransferCodings& codings) {
  bool done = false;
  for (std::string_view coding; next_element(value, done, coding);) {
    const std::size_t semicolon = std::min(coding.find(';'), coding.size());
    const std::string_view name = trimmed(coding.substr(0, semicolon));
    const bool is_chunked = equal_ignoring_case(name, "chunked");
    // chunked has no parameters (RFC 9112, 7.1).
    if (name.empty() || !std::all_of(name.begin(), name.end(), is_token_byte) ||
        (is_chunked && name.size() != coding.size())) {
      codings.malformed = true;
    }
    codings.chunked_is_last = is_chunked;
    ++(is_chunked ? codings.chunked : codings.others);
  }
}

}  // namespace frontrow
