#include "tools/frontrow/cli/cli_keys.h"

#include <CLI/CLI.hpp>

namespace frontrow {
namespace {

constexpr const char* kNewFooter = R"(
Scopes; each route asks for one of those that it names in /openapi.json:
  operate      create and change concerts, block seats, read the cluster
  box-office   refund payments, block seats, check tickets in, read concerts and wallets
  charge       charge wallets, read them
  read         read concerts, wallets, the cluster and the audit
  metrics      read /metrics where metrics.need_key is set
  check-in     read tickets and check them in, for the scanners at the gate

Prints the secret as a comment and the table [[keys]] for the configuration file, which holds only
the SHA-256 of the secret. Hand the secret over, leave its line out of the file, and send the
server SIGHUP. Each act of the key has its id in the log and in GET /v1/admin/audit.

Examples:
  frontrow keys new --id shop --scope charge
  frontrow keys new --id till-1 --scope box-office --scope read --concert 3 --concert 4)";

constexpr const char* kSigningFooter = R"(
Prints a private key as PEM (PKCS #8). A file of passes.key_file, or DATA_DIR/signing.pem, holds one
or two: the first signs, and GET /.well-known/jwks.json publishes both. --renew puts a new key first
and keeps the one that signed before; then send the server SIGHUP. A code that was signed by a key
which is gone no longer verifies; the user gets a new one from GET /v1/users/{u}/tickets.

Examples:
  (umask 077; frontrow keys signing > signing.pem)
  frontrow keys signing --renew data/signing.pem)";

// Stands for the digest of the key, which is not made yet, while the other members are checked.
constexpr const char* kSomeDigest =
    "5f0c8d2a9be7413660d1f4a7c39e8b25d7a61b4f90c3e2588a7d16f4b09ec35e";

}  // namespace

struct KeysCommandLine::Given {
  keys::NewKeyArgs args;
  CLI::App* command = nullptr;
  CLI::App* signing = nullptr;
  std::string algorithm = "EdDSA";
};

KeysCommandLine::KeysCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  Given& g = *given_;
  g.command = program.add_subcommand(
      "keys", "Make keys: of programs and people who operate a sale, and for tickets");
  g.command->require_subcommand(1);
  CLI::App* make = g.command->add_subcommand("new", "Make a service key and print it");
  make->footer(kNewFooter);
  ServiceKeyText& key = g.args.key;
  make->add_option("--id", key.id, "Name of the key in the log: letters, digits, '-' and '_'")
      ->type_name("NAME")
      ->required();
  make->add_option("--scope", key.scopes, "A scope of the key; may be given more than once")
      ->type_name("SCOPE")
      ->required();
  make->add_option("--concert", key.concerts,
                   "A concert that the key is limited to; may be given more than once (default: no "
                   "limit)")
      ->type_name("N");
  g.signing = g.command->add_subcommand("signing", "Make a key that signs passes and tickets");
  g.signing->footer(kSigningFooter);
  g.signing->add_option("--algorithm", g.algorithm, "EdDSA (Ed25519) or ES256 (P-256)")
      ->type_name("NAME")
      ->capture_default_str();
  g.signing
      ->add_option("--renew", g.args.renew,
                   "Put the key into this file, and keep the one that signs now as the second")
      ->type_name("FILE");
}

KeysCommandLine::~KeysCommandLine() = default;

bool KeysCommandLine::parsed() const { return given_->command->parsed(); }

Result<keys::NewKeyArgs> KeysCommandLine::asked() const {
  if (given_->signing->parsed()) {
    const auto algorithm = parse_jws_algorithm(given_->algorithm);
    if (!algorithm || *algorithm == JwsAlgorithm::kRs256)
      return Error{"--algorithm must be EdDSA or ES256"};
    return keys::NewKeyArgs{keys::Kind::kSigning, {}, *algorithm, given_->args.renew};
  }
  ServiceKeyText text = given_->args.key;
  text.sha256 = kSomeDigest;
  if (const auto key = parse_service_key(text); !key.ok()) return Error{key.error()};
  return given_->args;
}

}  // namespace frontrow
