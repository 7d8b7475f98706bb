// The secrets of an instance: the operators' key, the keys of the queue tokens, the keys that sign
// passes and tickets, the secret of its cluster.
//
// Configured keys are used as they are. Otherwise the keys live in the data directory, as
// DATA_DIR/admin.key, DATA_DIR/token.keys and DATA_DIR/signing.pem, and are generated on the first
// start: 32 random bytes each, in files of mode 0600 that appear atomically (written aside, synced,
// linked into place). A file that others can read is refused with the command that repairs it.
// Instances that are to accept each other's tokens need the same token.keys.
//
// token.keys: one "id:secret in hexadecimal" a line, at most two; the first signs. Empty lines and
// lines that begin with # are skipped.
//
// An instance never generates the cluster's secret, as all instances of a cluster need the same
// one.
//
// Main thread only. Creates the data directory (0700) if it is missing. No error repeats a secret.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "net/auth/jws_signer.h"
#include "net/auth/token.h"

namespace frontrow {

// Action if no key is configured and the file is missing.
enum class MissingKeys : std::uint8_t {
  kGenerate,  // at a start
  kRefuse,    // while serving: a lost key must not be replaced by an unannounced new one
};

// `configured`: ServeConfig::admin_key, empty if not set.
Result<std::string> load_admin_key(const std::filesystem::path& data_dir,
                                   const std::string& configured,
                                   MissingKeys missing = MissingKeys::kGenerate);

// `configured`: ServeConfig::token_keys, empty if not set.
Result<std::vector<TokenKey>> load_token_keys(const std::filesystem::path& data_dir,
                                              const std::vector<std::string>& configured,
                                              MissingKeys missing = MissingKeys::kGenerate);

// `key_file`: PassConfig::key_file, empty if not set.
Result<JwsSigner> load_signing_keys(const std::filesystem::path& data_dir,
                                    const std::string& key_file,
                                    MissingKeys missing = MissingKeys::kGenerate);

// Length of a cluster's secret in hexadecimal digits.
inline constexpr std::size_t kClusterSecretDigitsMin = 64;
inline constexpr std::size_t kClusterSecretDigitsMax = 1024;

// The bytes of a cluster's secret. `text`: digits, with an optional newline. The error completes a
// sentence that begins with the name of the text's source.
Result<std::string> parse_cluster_secret(std::string_view text);
// Reads the secret from a file, which must not be accessible by group or others.
Result<std::string> load_cluster_secret(const std::filesystem::path& file);
// A new secret as text, with a newline.
Result<std::string> new_cluster_secret();

// The one line of a file that only its owner may read, without its newline.
Result<std::string> read_secret_file(const std::filesystem::path& file);

}  // namespace frontrow
