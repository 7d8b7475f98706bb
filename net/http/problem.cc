#include "net/http/problem.h"

#include <charconv>
#include <cstddef>
#include <cstdint>

#include "net/json/json_writer.h"

namespace frontrow {
namespace {

// Length of the well-formed UTF-8 sequence at the start of text (RFC 3629, table in section 4); 0
// if none.
std::size_t utf8_sequence(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  std::size_t size = 0;
  unsigned char low = 0x80;  // bounds of the second byte
  unsigned char high = 0xbf;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) {
    size = 2;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    size = 3;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    size = 4;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return 0;
  }
  if (text.size() < size || byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xbf) return 0;
  }
  return size;
}

bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x7f && c != '"' && c != '\\';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && is_plain(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const std::size_t size = utf8_sequence(text);
    if (size > 1) {
      out += text.substr(0, size);
    } else if (size == 1) {
      append_json_escape(out, text[0]);
    } else {
      out += "\xef\xbf\xbd";
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  out += '"';
}

void append_problem(std::string& out, const ProblemType& type, std::string_view detail,
                    std::string_view extra_members) {
  char status[12];
  const auto end = std::to_chars(status, status + sizeof status, type.status).ptr;
  out += R"({"type":"/problems/)";
  out += type.slug;
  out += R"(","title":)";
  append_json_string(out, type.title);
  out += R"(,"status":)";
  out.append(status, end);
  if (!detail.empty()) {
    out += R"(,"detail":)";
    append_json_string(out, detail);
  }
  out += extra_members;
  out += '}';
}

}  // namespace frontrow
