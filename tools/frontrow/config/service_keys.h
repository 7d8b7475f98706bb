// Service keys as texts: the tables [[keys]] of the configuration file, and new keys.
//
// Pure functions, any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "net/auth/service_key.h"

namespace frontrow {

// One table [[keys]]:
//   id = "till-1"                       1 to 24 of A-Z a-z 0-9 - _, no other key's, not "admin"
//   sha256 = "9f86d0..."                of the secret, 64 hexadecimal digits
//   scopes = ["box-office", "read"]
//   concerts = [3, 4]                   optional: the only concerts that the key is for
struct ServiceKeyText {
  std::string id;
  std::string sha256;
  std::vector<std::string> scopes;
  std::vector<std::int64_t> concerts;
};

// The error completes a sentence that begins with the table's name and names the member: "sha256
// must be ...".
Result<ServiceKey> parse_service_key(const ServiceKeyText& text);

// Checks the keys together: their number, and that no id or secret is there twice. The error is a
// whole sentence.
Status check_service_keys(std::span<const ServiceKey> keys);

// The table as TOML.
std::string format_service_key(const ServiceKeyText& text);

// A new secret: "frk_" and 256 random bits as base64url, 47 characters.
Result<std::string> new_service_secret();

}  // namespace frontrow
