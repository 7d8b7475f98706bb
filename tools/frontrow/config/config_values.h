// Configuration values that are more than a number: parsed here for every source.
//
// Errors complete a sentence that begins with the key's name ("must be ..."). Errors about secrets
// do not repeat them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "net/auth/token.h"

namespace frontrow {

struct ListenAddress {
  std::string host;        // numeric IPv4 or IPv6, without brackets
  std::uint16_t port = 0;  // 0: any free one
};

// "127.0.0.1:8080", "0.0.0.0:0", "[::1]:8080". No host names: the address must not depend on a
// resolver.
Result<ListenAddress> parse_listen_address(std::string_view text);

// Bytes as pairs of hexadecimal digits, either case in, lower case out; empty for any other text.
std::optional<std::string> parse_hex(std::string_view text);
std::string format_hex(std::string_view bytes);

inline constexpr std::size_t kAdminKeySizeMin = 16;
inline constexpr std::size_t kAdminKeySizeMax = 256;

// Visible ASCII without spaces, as it travels in an Authorization header.
Status check_admin_key(std::string_view key);

// "id:secret", the secret as hexadecimal digits: "2027a:9f86d0...".
Result<TokenKey> parse_token_key(std::string_view text);
std::string format_token_key(const TokenKey& key);

}  // namespace frontrow
