#include "tools/frontrow/config/config.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "storage/local/posix_file.h"
#include "tools/frontrow/common/suggest.h"
#include "tools/frontrow/config/admin_key.h"
#include "tools/frontrow/config/config_table.h"
#include "tools/frontrow/config/config_values.h"
#include "tools/frontrow/config/service_keys.h"

namespace frontrow {
namespace {

// Enough for an empty server with its tables, threads and buffers, and for the reserve.
constexpr std::uint32_t kMemoryMibMin = 256;
// The tables of service keys, which are no option.
constexpr std::string_view kKeysTable = "keys";

// Empty if the node has none of the types of the keys.
std::optional<ConfigValue> value_of(const toml::node& node) {
  if (const auto* number = node.as_integer()) return ConfigValue(number->get());
  if (const auto* flag = node.as_boolean()) return ConfigValue(flag->get());
  if (const auto* text = node.as_string()) return ConfigValue(text->get());
  const toml::array* array = node.as_array();
  if (array == nullptr) return std::nullopt;
  std::vector<std::string> items;
  for (const toml::node& item : *array) {
    const auto* text = item.as_string();
    if (text == nullptr) return std::nullopt;
    items.push_back(text->get());
  }
  return ConfigValue(std::move(items));
}

std::pair<std::uint32_t, std::uint32_t> position(const toml::key& key) {
  return {key.source().begin.line, key.source().begin.column};
}

// Candidates for an unknown name at that place of the file: keys, and at the top level the tables
// that contain them.
std::vector<std::string> known_names(std::string_view unknown) {
  const bool is_at_top = unknown.find('.') == std::string_view::npos;
  std::vector<std::string> names;
  if (is_at_top) names.emplace_back(kKeysTable);
  for (const ConfigOption& option : config_options()) {
    names.emplace_back(option.key);
    const std::size_t dot = option.key.find('.');
    if (is_at_top && dot != std::string_view::npos) names.emplace_back(option.key.substr(0, dot));
  }
  return names;
}

bool is_table_of_keys(std::string_view key) {
  const std::string prefix = std::string(key) + '.';
  const auto options = config_options();
  return std::any_of(options.begin(), options.end(),
                     [&](const ConfigOption& option) { return option.key.starts_with(prefix); });
}

// The items of an array; false if it is none or has other items.
template <class T>
bool read_items(const toml::node& node, std::vector<T>& items) {
  const toml::array* array = node.as_array();
  if (array == nullptr) return false;
  for (const toml::node& item : *array) {
    const auto value = item.value_exact<T>();
    if (!value) return false;
    items.push_back(*value);
  }
  return true;
}

// One table [[keys]]. The error completes a sentence that begins with the table's name.
Result<ServiceKey> read_service_key(const toml::node& node) {
  const toml::table* table = node.as_table();
  if (table == nullptr) return Error{"must be a table"};
  ServiceKeyText text;
  for (const auto& [key, value] : *table) {
    const std::string name(key.str());
    if (name == "id" || name == "sha256") {
      const auto given = value.value_exact<std::string>();
      if (!given) return Error{fmt::format("{} must be a string", name)};
      (name == "id" ? text.id : text.sha256) = *given;
    } else if (name == "scopes") {
      if (!read_items(value, text.scopes)) return Error{"scopes must be a list of strings"};
    } else if (name == "concerts") {
      if (!read_items(value, text.concerts) || text.concerts.empty())
        return Error{"concerts must be a list of one or more ids; without it the key is for all"};
    } else {
      return Error{fmt::format("has an unknown key {}{}", name,
                               suggestion(name, {"id", "sha256", "scopes", "concerts"}))};
    }
  }
  return parse_service_key(text);
}

class FileReader {
 public:
  FileReader(std::string_view name, ServeConfig& config) : name_(name), config_(config) {}

  Status apply(const toml::table& table, const std::string& prefix) {
    // Applies in the order of the file, so that the first fault is reported; toml++ sorts by name.
    std::vector<std::pair<const toml::key*, const toml::node*>> entries;
    for (auto it = table.begin(); it != table.end(); ++it)
      entries.emplace_back(&it->first, &it->second);
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return position(*a.first) < position(*b.first); });
    for (const auto& [key, node] : entries) {
      if (Status status = apply_key(prefix + std::string(key->str()), *key, *node); !status.ok())
        return status;
    }
    return {};
  }

 private:
  Status apply_key(const std::string& path, const toml::key& key, const toml::node& node) {
    const auto line = key.source().begin.line;
    if (const ConfigOption* option = find_config_option(path)) {
      const auto value = value_of(node);
      const Status status =
          value ? set_config(*option, *value, config_) : Status(wrong_type(*option));
      return status.ok()
                 ? status
                 : Status(Error{fmt::format("{}:{}: {} {}", name_, line, path, status.error())});
    }
    if (path == kKeysTable) return apply_service_keys(node, line);
    if (!is_table_of_keys(path))
      return Error{fmt::format("{}:{}: unknown key {}{}", name_, line, path,
                               suggestion(path, known_names(path)))};
    if (!node.is_table()) return Error{fmt::format("{}:{}: {} must be a table", name_, line, path)};
    return apply(*node.as_table(), path + '.');
  }

  Status apply_service_keys(const toml::node& node, std::uint32_t line) {
    const toml::array* tables = node.as_array();
    if (tables == nullptr) {
      return Error{fmt::format("{}:{}: keys must be written as tables, each under a line [[keys]]",
                               name_, line)};
    }
    config_.keys.clear();
    for (const toml::node& table : *tables) {
      auto key = read_service_key(table);
      if (!key.ok()) {
        return Error{fmt::format("{}:{}: keys[{}] {}", name_, table.source().begin.line,
                                 config_.keys.size(), key.error())};
      }
      config_.keys.push_back(std::move(*key));
    }
    return {};
  }

  std::string_view name_;
  ServeConfig& config_;
};

// The first setting of a cluster that differs from its default, without the cluster's name.
std::string_view stray_setting(const ClusterConfig& cluster) {
  if (!cluster.instance.empty()) return "cluster.instance";
  if (!cluster.store.endpoints.empty()) return "cluster.etcd";
  if (!cluster.secret_file.empty()) return "cluster.secret_file";
  return {};
}

// An address of a listener as others dial it: neither a wildcard nor port 0.
Result<std::string> reachable(std::string_view key, const std::string& configured,
                              std::string_view listener, const std::string& listen) {
  const auto address = parse_listen_address(configured.empty() ? listen : configured);
  const bool is_wildcard =
      address.ok() && (address->host == "0.0.0.0" || address->host == "::" || address->port == 0);
  if (configured.empty() && is_wildcard) {
    return Error{
        fmt::format("{} is {}, which others can't dial, so {} must be set", listener, listen, key)};
  }
  return configured.empty() ? listen : configured;
}

Status check_cluster(const ServeConfig& config) {
  const ClusterConfig& cluster = config.cluster;
  if (cluster.name.empty()) {
    const std::string_view stray = stray_setting(cluster);
    if (stray.empty()) return {};
    return Error{fmt::format("{} is set, so cluster.name must be set too", stray)};
  }
  if (cluster.store.endpoints.empty())
    return Error{"cluster.name is set, so cluster.etcd must name the members of etcd"};
  if (cluster.instance.empty())
    return Error{"cluster.name is set, so cluster.instance must name this instance"};
  if (cluster.silence_ms < 2 * cluster.heartbeat_ms) {
    return Error{fmt::format(
        "cluster.silence_ms ({}) must be at least twice cluster.heartbeat_ms ({}), or a link goes "
        "down over one late heartbeat",
        cluster.silence_ms, cluster.heartbeat_ms)};
  }
  // A generated key would differ between instances.
  if (config.admin_key.empty()) {
    return Error{
        "cluster.name is set, so admin_key (or FRONTROW_ADMIN_KEY) must be set, to the same key on "
        "every instance"};
  }
  if (config.token_keys.empty()) {
    return Error{
        "cluster.name is set, so token_keys must be set, to the same keys on every instance, for "
        "example to the line in DATA_DIR/token.keys of one instance"};
  }
  if (config.passes.key_file.empty()) {
    return Error{
        "cluster.name is set, so passes.key_file must be set, to a file with the same keys on "
        "every instance; `frontrow keys signing` prints a new one"};
  }
  if (auto addresses = reachable_addresses(config); !addresses.ok())
    return Error{addresses.error()};
  const auto secret = cluster_secret_of(cluster);
  return secret.ok() ? Status() : Status(Error{secret.error()});
}

Status check_identity_config(const IdentityConfig& identity) {
  const bool has_keys = !identity.jwks_file.empty() || !identity.jwks_url.empty();
  if (identity.issuer.empty()) {
    if (!has_keys && identity.audience.empty()) return {};
    return Error{"identity.issuer must be set with the other settings of [identity]"};
  }
  if (identity.audience.empty())
    return Error{"identity.issuer is set, so identity.audience must be set too"};
  if (identity.jwks_file.empty() == identity.jwks_url.empty()) {
    return Error{
        "identity.issuer is set, so one of identity.jwks_file and identity.jwks_url must be set"};
  }
  if (identity.user_claim.empty()) return Error{"identity.user_claim must not be empty"};
  return {};
}

Error cannot_read(const std::filesystem::path& file) {
  return {
      fmt::format("{}: cannot be read: {}", file.string(), std::generic_category().message(errno))};
}

// Empty on an error, which errno names.
std::optional<std::string> read_all(int file) {
  std::string text;
  for (char chunk[4096];;) {
    const ssize_t size = ::read(file, chunk, sizeof chunk);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return std::nullopt;
    if (size == 0) return text;
    text.append(chunk, static_cast<std::size_t>(size));
  }
}

}  // namespace

bool fans_may_charge(const ServeConfig& config) {
  return config.wallet.charge.empty() ? config.demo : config.wallet.charge == "fan";
}

std::uint32_t default_threads() { return std::clamp(std::thread::hardware_concurrency(), 1U, 64U); }

Status apply_config_text(std::string_view text, std::string_view name, ServeConfig& config) {
  try {
    const toml::table table = toml::parse(text, name);
    return FileReader(name, config).apply(table, "");
  } catch (const toml::parse_error& error) {
    return Error{fmt::format("{}:{}: {}", name, error.source().begin.line, error.description())};
  }
}

Status apply_config_file(const std::filesystem::path& file, ServeConfig& config) {
  const FileDescriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status{};
  if (!in.is_open() || ::fstat(in.get(), &status) != 0) return cannot_read(file);
  const auto text = read_all(in.get());
  if (!text) return cannot_read(file);
  // Secrets from other sources are kept; only secrets in the file require it to be private.
  const std::string admin_key = std::exchange(config.admin_key, {});
  const std::vector<std::string> token_keys = std::exchange(config.token_keys, {});
  if (Status s = apply_config_text(*text, file.string(), config); !s.ok()) return s;
  const char* secret = !config.admin_key.empty()    ? "admin_key"
                       : !config.token_keys.empty() ? "token_keys"
                                                    : nullptr;
  if (config.admin_key.empty()) config.admin_key = admin_key;
  if (config.token_keys.empty()) config.token_keys = token_keys;
  // A pipe is as private as its writer.
  if (secret == nullptr || !S_ISREG(status.st_mode) || (status.st_mode & 077) == 0) return {};
  // After a chmod alone, the process could not read a file of another owner.
  const std::string own = status.st_uid == ::geteuid()
                              ? ""
                              : fmt::format("chown {} {} && ", ::geteuid(), file.string());
  return Error{fmt::format(
      "{0}: others may read it (mode {1:04o}) and it has {2} in it; run: {3}chmod 600 {0}",
      file.string(), status.st_mode & 07777, secret, own)};
}

Result<std::string> cluster_secret_of(const ClusterConfig& config) {
  if (!config.secret.empty()) {
    auto secret = parse_cluster_secret(config.secret);
    return secret.ok() ? secret : Error{"FRONTROW_CLUSTER_SECRET " + secret.error()};
  }
  if (!config.secret_file.empty()) return load_cluster_secret(config.secret_file);
  return Error{
      "cluster.name is set, so cluster.secret_file (or FRONTROW_CLUSTER_SECRET) must be set, to "
      "the same secret on every instance; `frontrow cluster secret` prints a new one"};
}

Result<ReachableAddresses> reachable_addresses(const ServeConfig& config) {
  const ClusterConfig& cluster = config.cluster;
  auto links = reachable("cluster.address", cluster.address, "cluster.listen", cluster.listen);
  if (!links.ok()) return Error{links.error()};
  const bool has_ops = !config.ops.listen.empty();
  auto http =
      reachable("cluster.http_address", cluster.http_address, has_ops ? "ops.listen" : "listen",
                has_ops ? config.ops.listen : config.listen.front());
  if (!http.ok()) return Error{http.error()};
  return ReachableAddresses{std::move(*links), std::move(*http)};
}

Status check_config(const ServeConfig& config) {
  if (Status s = check_identity_config(config.identity); !s.ok()) return s;
  if (Status s = check_service_keys(config.keys); !s.ok()) return s;
  if (config.charge_max > config.balance_max) {
    return Error{fmt::format("charge_max ({}) must not be above balance_max ({})",
                             config.charge_max.minor, config.balance_max.minor)};
  }
  if (config.http.body_bytes > config.http.large_body_bytes) {
    return Error{fmt::format("http.body_bytes ({}) must not be above http.admin_body_bytes ({})",
                             config.http.body_bytes, config.http.large_body_bytes)};
  }
  if (config.proxies.send_headers && config.proxies.trusted.empty())
    return Error{"http.proxy_protocol is set, so http.trusted_proxies must name the proxies"};
  const JournalConfig& journal = config.journal;
  if (!journal.keep_everything && journal.keep_hours == 0 && journal.keep_mib == 0) {
    return Error{
        "journal.keep_everything is false, so journal.keep_hours or journal.keep_mib must be set"};
  }
  if (!journal.keep_everything && !config.snapshots.enabled) {
    return Error{"journal.keep_everything is false, so snapshots.enabled must be true"};
  }
  if (config.engine.memory_mib > 0 && config.engine.memory_mib < kMemoryMibMin) {
    return Error{fmt::format("engine.memory_mib ({}) must be 0 or at least {}",
                             config.engine.memory_mib, kMemoryMibMin)};
  }
  if (Status status = check_cluster(config); !status.ok()) return status;
  std::vector<TokenKey> keys;
  for (const std::string& text : config.token_keys) {
    auto key = parse_token_key(text);
    if (!key.ok()) return Error{"token_keys " + key.error()};
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return {};
  const auto signer = TokenSigner::create(keys);
  return signer.ok() ? Status() : Status(Error{"token_keys is refused: " + signer.error()});
}

}  // namespace frontrow
