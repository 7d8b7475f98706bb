// `frontrow keys new|signing`: makes a service key, or a key that signs passes and tickets.
#pragma once

#include <cstdint>
#include <string>

#include "net/auth/jws_signer.h"
#include "tools/frontrow/config/service_keys.h"

namespace frontrow::keys {

enum class Kind : std::uint8_t { kService, kSigning };

struct NewKeyArgs {
  Kind kind = Kind::kService;
  ServiceKeyText key;                             // of kService, without its sha256
  JwsAlgorithm algorithm = JwsAlgorithm::kEdDsa;  // of kSigning, as the next
  std::string renew;                              // the file that gets the new key; empty: none
};

// Prints the key, which is stored nowhere: of a service key the secret and the table for the
// configuration file, of a signing key its PEM. Or puts the signing key into its file, ahead of the
// one that signed before. Returns the exit code.
int new_key(const NewKeyArgs& args);

}  // namespace frontrow::keys
