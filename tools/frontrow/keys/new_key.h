// `frontrow keys new`: makes a service key.
#pragma once

#include <string>

#include "tools/frontrow/config/service_keys.h"

namespace frontrow::keys {

struct NewKeyArgs {
  ServiceKeyText key;  // without its sha256
};

// Prints the secret, which is stored nowhere, and the table for the configuration file. Returns the
// exit code.
int new_key(const NewKeyArgs& args);

}  // namespace frontrow::keys
