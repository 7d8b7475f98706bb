// Request fields that are lists of words: Connection and Transfer-Encoding. A field may come in
// several lines, which are noted one after the other and mean the same as one line with all
// elements (RFC 9110, 5.3). Pure functions, any thread.
#pragma once

#include <cstdint>
#include <string_view>

namespace frontrow {

struct ConnectionOptions {
  bool close = false;
  bool keep_alive = false;
};
void note_connection(std::string_view value, ConnectionOptions& options);

// The transfer codings of a body. An empty element of the list counts as malformed: it is legal,
// but only a sender that probes for differing parsers makes one.
struct TransferCodings {
  bool malformed = false;
  std::uint32_t chunked = 0;  // number of occurrences
  std::uint32_t others = 0;
  bool chunked_is_last = false;
};
void note_transfer_encoding(std::string_view value, TransferCodings& codings);

}  // namespace frontrow
