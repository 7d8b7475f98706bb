// Fields of a request that are lists of words: Connection and Transfer-Encoding. Each may come in
// several lines, which are noted one after the other and mean what one line with all of them would
// (RFC 9110, 5.3). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

// text without the white space (space and tab) around it.
std::string_view trimmed(std::string_view text);

// ASCII, ignoring case.
bool equal_ignoring_case(std::string_view a, std::string_view b);

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
};
void note_connection(std::string_view value, ConnectionOptions& options);

// Which codings a body was sent with. An empty element of the list counts as malformed: it is
// legal, and nobody's sender makes it but one that probes for parsers that differ.
struct TransferCodings {
  bool malformed = false;
  std::uint32_t chunked = 0;  // how often
  std::uint32_t others = 0;
  bool chunked_is_last = false;
};
void note_transfer_encoding(std::string_view value, TransferCodings& codings);

}  // namespace frontrow
