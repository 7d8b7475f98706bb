#include "net/json/json_writer.h"

#include <algorithm>

namespace frontrow {
namespace {

bool must_escape(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; }

}  // namespace

void append_json_escape(std::string& out, char c) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

JsonWriter& JsonWriter::value(std::string_view text) {
  if (std::none_of(text.begin(), text.end(), must_escape)) return plain(text);
  separate();
  out_ += '"';
  while (!text.empty()) {
    const auto stop = std::find_if(text.begin(), text.end(), must_escape);
    const auto plain = static_cast<std::size_t>(stop - text.begin());
    out_.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) break;
    append_json_escape(out_, text.front());
    text.remove_prefix(1);
  }
  out_ += '"';
  return *this;
}

}  // namespace frontrow
