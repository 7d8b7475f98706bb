#include "tools/frontrow/keys/new_key.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/frontrow/config/config_values.h"

namespace frontrow::keys {

int new_key(const NewKeyArgs& args) {
  const auto secret = new_service_secret();
  if (!secret.ok()) {
    std::fprintf(stderr, "frontrow keys new: %s\n", secret.error().c_str());
    return 1;
  }
  ServiceKeyText key = args.key;
  const Sha256Digest digest = sha256(*secret);
  key.sha256 = format_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
  const std::string text = fmt::format(
      "# The secret, for the user of the key. It is printed once and stored nowhere:\n# {}\n{}",
      *secret, format_service_key(key));
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace frontrow::keys
