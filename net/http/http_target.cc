#include "net/http/http_target.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "net/http/http_characters.h"

namespace frontrow {
namespace {

constexpr bool is_unreserved(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_' ||
         c == '~';
}
// sub-delims without the comma.
constexpr bool is_delimiter(char c) {
  return std::string_view{"!$&'()*+;="}.find(c) != std::string_view::npos;
}
constexpr auto kNameBytes = [] {
  std::array<bool, 256> table{};
  for (int c = 0; c < 128; ++c) {
    const char byte = static_cast<char>(c);
    table[c] = is_unreserved(byte) || is_delimiter(byte);
  }
  return table;
}();

// The byte that "%xy" at the start of text encodes; -1: text does not start with such a triple.
int encoded_byte(std::string_view text) {
  if (text.size() < 3 || hexadecimal(text[1]) < 0 || hexadecimal(text[2]) < 0) return -1;
  return hexadecimal(text[1]) << 4 | hexadecimal(text[2]);
}

bool is_name(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (kNameBytes[static_cast<unsigned char>(text[at])]) continue;
    if (text[at] != '%' || encoded_byte(text.substr(at)) < 0) return false;
    at += 2;
  }
  return !text.empty();
}

// "v" and its number, a dot, the address.
bool is_future_address(std::string_view text) {
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || (text.front() | 0x20) != 'v') return false;
  const std::string_view address = text.substr(dot + 1);
  const auto fits = [](char c) { return is_unreserved(c) || is_delimiter(c) || c == ':'; };
  return !address.empty() && std::all_of(address.begin(), address.end(), fits) &&
         std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(dot),
                     [](char c) { return hexadecimal(c) >= 0; });
}

bool is_ipv6(std::string_view text) {
  std::array<char, INET6_ADDRSTRLEN> copy{};
  if (text.size() >= copy.size() || text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), copy.begin());
  in6_addr address;
  return inet_pton(AF_INET6, copy.data(), &address) == 1;
}

}  // namespace

bool is_authority(std::string_view text) {
  std::size_t end = 0;  // of the host
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view address = text.substr(1, end - 1);
    if (!is_ipv6(address) && !is_future_address(address)) return false;
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    if (!is_name(text.substr(0, end))) return false;
  }
  if (end == text.size()) return true;
  const std::string_view port = text.substr(end + 1);
  return text[end] == ':' && std::all_of(port.begin(), port.end(), is_digit);
}

bool decode_unreserved(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('%'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const int byte = encoded_byte(text);
    if (byte < 0) return false;
    if (byte < 0x80 && is_unreserved(static_cast<char>(byte))) {
      out += static_cast<char>(byte);
    } else {
      out += text.substr(0, 3);
    }
    text.remove_prefix(3);
  }
  return true;
}

}  // namespace frontrow
