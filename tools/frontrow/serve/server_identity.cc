// The shop's tokens for fans: their public keys, from a file or a URL.
#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "storage/local/posix_file.h"
#include "tools/frontrow/serve/server.h"

namespace frontrow {
namespace {

Result<JwkSet> read_jwks(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{fmt::format("identity.jwks_file: {} can't be read", file)};
  auto set = JwkSet::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  if (!set.ok()) return Error{fmt::format("identity.jwks_file: {}: {}", file, set.error())};
  return set;
}

}  // namespace

// Adds the shop's public keys: from the file each time, from the URL at the start.
Status Server::load_identity(LiveKeys& keys, const ServeConfig& config) {
  const IdentityConfig& identity = config.identity;
  if (identity.issuer.empty()) return {};
  const IdentityRules rules{identity.issuer, identity.audience, identity.user_claim,
                            identity.leeway_s};
  auto set = identity.jwks_url.empty() ? read_jwks(identity.jwks_file) : fetched_jwks(identity);
  if (!set.ok()) return Error{set.error()};
  keys.identity =
      std::make_shared<const IdentitySettings>(IdentitySettings{rules, std::move(*set)});
  return {};
}

Result<JwkSet> Server::fetched_jwks(const IdentityConfig& identity) {
  // For the cached set; the start of the journal reports faults of the directory.
  static_cast<void>(make_private_directory(config_.data_dir));
  jwks_ = std::make_unique<JwksFetcher>(
      JwksFetcher::Settings{.url = identity.jwks_url,
                            .cache_file = config_.data_dir + "/jwks.json",
                            .interval = std::chrono::seconds(identity.refresh_s)},
      [this](JwkSet keys) { key_ring_->set_identity_keys(std::move(keys)); });
  settings_.on_unknown_identity_key = [this] { jwks_->miss(); };
  return jwks_->first();
}

}  // namespace frontrow
