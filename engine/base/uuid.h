// UUID text form (RFC 9562): 8-4-4-4-12 hexadecimal digits; reads either case, writes lower case.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/ids.h"

namespace frontrow {

inline constexpr int kUuidTextSize = 36;

// Accepts any version and variant. Rejects the nil UUID, which stands for the operator.
std::optional<UserId> parse_uuid(std::string_view text);
// Writes 36 characters to out.
void format_uuid(const UserId& user, char* out);
std::string to_string(const UserId& user);

}  // namespace frontrow
