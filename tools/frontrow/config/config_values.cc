#include "tools/frontrow/config/config_values.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/text.h"
#include "tools/frontrow/config/known_secrets.h"

namespace frontrow {
namespace {

bool is_address(int family, const std::string& host) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(family, host.c_str(), bytes) == 1;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes += static_cast<char>(high << 4 | low);
  }
  return bytes;
}

std::string format_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char c : bytes)
    fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(c));
  return text;
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong{
      fmt::format("must be ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, not \"{}\"", text)};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong;
  const std::string_view digits = text.substr(colon + 1);
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  ListenAddress address{std::string(host), 0};
  const auto port = parse_number<std::uint16_t>(digits);
  if (!port) return wrong;
  address.port = *port;
  if (host.find('\0') != std::string_view::npos) return wrong;
  if (!is_address(bracketed ? AF_INET6 : AF_INET, address.host)) return wrong;
  return address;
}

Status check_admin_key(std::string_view key) {
  const auto visible = [](char c) { return c > ' ' && c <= '~'; };
  if (key.size() >= kAdminKeySizeMin && key.size() <= kAdminKeySizeMax &&
      std::all_of(key.begin(), key.end(), visible)) {
    return check_not_known(key);
  }
  return Error{
      fmt::format("must be {} to {} visible ASCII characters", kAdminKeySizeMin, kAdminKeySizeMax)};
}

Result<TokenKey> parse_token_key(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    auto secret = parse_hex(digits);
    TokenKey key{std::string(text.substr(0, colon)), secret.value_or(std::string())};
    if (secret) {
      const auto signer = TokenSigner::create(std::span(&key, 1));
      if (!signer.ok()) return Error{"is refused: " + signer.error()};
    }
    // Before the check of the digits: a placeholder has none, and its own message is more helpful.
    if (const Status known = check_not_known(digits); !known.ok()) return Error{known.error()};
    if (secret) return key;
  }
  return Error{fmt::format("must be ID:SECRET with the secret as {} or more hexadecimal digits",
                           2 * kTokenSecretMin)};
}

std::string format_token_key(const TokenKey& key) { return key.id + ':' + format_hex(key.secret); }

}  // namespace frontrow
