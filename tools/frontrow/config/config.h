// The settings of `frontrow serve` and their sources: defaults, then a TOML file, then the command
// line, then the environment (FRONTROW_ADMIN_KEY and FRONTROW_CLUSTER_SECRET only). Later sources
// win, key by key; a list is replaced as a whole. Relative paths, from every source, begin at the
// working directory.
//
// The defaults are the initializers below and those of the structs used (HttpLimits, SaleRules).
// Names, bounds, units and help of all keys stand in one table,
// tools/frontrow/config/config_table.cc, which drives the file, the command line, --help and
// tools/frontrow.example.toml. Errors name the key and the place: "frontrow.toml:3: threads must be
// ...", "--threads must be ...". No error repeats a secret. Service
// keys, the tables [[keys]] of the file, are no option of the command line
// (tools/frontrow/config/service_keys.h).
//
// Used by the starting thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/money.h"
#include "engine/base/result.h"
#include "engine/core/protocol/types.h"
#include "net/auth/service_key.h"
#include "net/http/http_limits.h"
#include "tools/frontrow/config/store_config.h"

namespace frontrow {

struct JournalConfig {
  std::uint32_t low_space_mib = 256;    // below this much free disk, new work is refused
  std::uint32_t write_buffer_mib = 64;  // RocksDB's memtable
  // History below the snapshots: all of it is kept, or as much as both limits allow (0: no limit).
  bool keep_everything = true;
  std::uint32_t keep_hours = 0;
  std::uint32_t keep_mib = 0;
};

struct SnapshotConfig {
  bool enabled = true;
  std::uint32_t interval_s = 60;
  std::uint32_t events = 1'000'000;
  std::uint32_t copy_mib = 256;
};

struct EngineConfig {
  std::uint32_t intake_max = 65'536;    // commands queued for one thread
  std::uint32_t drain_s = 10;           // for running requests when the server stops
  std::uint32_t payment_decide_s = 10;  // how long a running payment may freeze its hold
  std::uint32_t memory_mib = 0;         // memory limit of the process; 0: the limit of the system
};

// Membership in a cluster (docs/CLUSTER.md), and the settings of its links.
struct ClusterConfig {
  std::string name;  // of the cluster; empty: a single instance
  StoreConfig store;
  std::string instance;  // the name of this instance
  std::uint32_t weight = 100;
  std::string listen = "127.0.0.1:7101";  // of the links
  // HOST:PORT by which the others find this instance; empty: `listen`, and the first address of
  // `ops.listen` and ServeConfig::listen.
  std::string address, http_address;
  bool tls = true;
  std::uint32_t tail_mib = 256;  // groups that the store holds, before new work is refused
  std::string secret_file;
  std::string secret;                // value of FRONTROW_CLUSTER_SECRET, which overrides the file
  std::uint32_t heartbeat_ms = 200;  // heartbeat interval of an idle link
  std::uint32_t silence_ms = 750;    // a link that receives no bytes for this long is down
  std::uint32_t request_timeout_ms = 1000;  // for the reply to a forwarded request
  std::uint32_t credits = 8192;             // forwarded requests that a peer may have open
  std::uint32_t output_mib = 16;            // unsent bytes of a link before it is overloaded
};

// The operators' own listener, with connections of its own.
struct OpsConfig {
  std::string listen;  // in the format of parse_listen_address(); empty: the public listeners
};

// How waiting fans follow their places, and prove that they are there (net/api/event_streams.h).
struct StreamConfig {
  bool is_behind_proxy = false;
  std::uint32_t proxied_s = 20;
  bool line_is_cached = false;
};

// The shop's tokens for fans (net/auth/identity.h).
struct IdentityConfig {
  std::string issuer;  // empty: a user is who the request says
  std::string audience;
  std::string jwks_file, jwks_url;  // the public keys: one of the two
  std::string user_claim = "sub";
  std::uint32_t leeway_s = 60;
  std::uint32_t refresh_s = 300;  // of jwks_url

  bool operator==(const IdentityConfig&) const = default;
};

// Challenges before a join (net/auth/challenge.h).
struct ChallengeConfig {
  std::string algorithm;  // "altcha"; empty: none
  std::uint32_t max_number = 50'000;
  std::uint32_t valid_s = 300;
};

// Passes and tickets (net/auth/jws_signer.h).
struct PassConfig {
  std::string key_file;  // empty: DATA_DIR/signing.pem
  std::string issuer = "frontrow";
  std::string audience = "frontrow";
};

struct CorsConfig {
  std::vector<std::string> origins;  // each for check_cors_origin()
};

// Requests a second (net/api/rate_limits.h); 0: no limit.
struct LimitsConfig {
  std::uint32_t address_joins = 100, address_polls = 2000, address_writes = 500;
  std::uint32_t user_joins = 2, user_polls = 20, user_writes = 10;
  std::uint32_t burst_s = 5;
};

struct ProxyConfig {
  std::vector<std::string> trusted;  // each for check_network()
  bool send_headers = false;         // of the PROXY protocol
};

struct WalletConfig {
  std::string charge;  // "service", "fan"; empty: fan for the demo, otherwise service
};

struct MetricsConfig {
  bool need_key = false;             // a service key with the scope `metrics`
  std::uint32_t concerts_max = 100;  // number of concerts with metrics of their own, the busiest
};

// Whether fans may charge their own wallets.
struct ServeConfig;
bool fans_may_charge(const ServeConfig& config);

// The number of cores, within the bounds of `threads`.
std::uint32_t default_threads();

struct ServeConfig {
  std::string data_dir = "./data";
  std::vector<std::string> listen = {"127.0.0.1:8080"};  // each for parse_listen_address()
  std::uint32_t threads = default_threads();
  std::string log_level = "info";   // trace, debug, info, warn, error
  std::string log_format = "text";  // text, json
  bool demo = false;
  std::string admin_key;  // empty: DATA_DIR/admin.key
  std::vector<std::string>
      token_keys;  // each in the format of parse_token_key(); empty: DATA_DIR/token.keys
  std::vector<ServiceKey> keys;  // the tables [[keys]], of the file only; without the admin key
  std::uint32_t token_ttl_hours = 168;
  Currency currency;
  Money default_seat_price{50'000};
  Money charge_max{10'000'000};
  Money balance_max{1'000'000'000'000};
  IdentityConfig identity;
  ChallengeConfig challenge;
  PassConfig passes;
  WalletConfig wallet;
  SaleRules sale;  // defaults of the concerts
  HttpLimits http;
  CorsConfig cors;
  ProxyConfig proxies;
  LimitsConfig limits;
  StreamConfig streams;
  OpsConfig ops;
  JournalConfig journal;
  SnapshotConfig snapshots;
  EngineConfig engine;
  ClusterConfig cluster;
  MetricsConfig metrics;
};

// Sets the keys that the file contains and checks each; other keys are unchanged. The first fault
// is the error. A file that contains secrets and that users other than its owner may read is a
// fault.
Status apply_config_file(const std::filesystem::path& file, ServeConfig& config);

// As above, for TOML text; `name` identifies the file in errors.
Status apply_config_text(std::string_view text, std::string_view name, ServeConfig& config);

// Checks that involve several keys: called after all sources are applied. In a cluster, also reads
// its secret.
Status check_config(const ServeConfig& config);

// The bytes of the cluster's secret. REQUIRES: cluster.name is set.
Result<std::string> cluster_secret_of(const ClusterConfig& config);

// The addresses by which others find this instance, HOST:PORT each; checked by check_config().
struct ReachableAddresses {
  std::string links, http;
};
Result<ReachableAddresses> reachable_addresses(const ServeConfig& config);

}  // namespace frontrow
