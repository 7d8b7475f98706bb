// What `frontrow serve` can be told, and where it is told: defaults, then a TOML file, then the
// command line, then the environment (FRONTROW_ADMIN_KEY and FRONTROW_CLUSTER_SECRET only). Later
// ones win, key by key; a list is replaced as a whole. Relative paths, wherever they are told,
// begin at the working directory.
//
// The defaults are the initializers below and those of the structs used (HttpLimits, SaleRules).
// Names, bounds, units and help of all keys stand in one table, tools/frontrow/config/config_table.cc, from which
// the file, the command line, --help and tools/frontrow.example.toml are driven. Errors name the
// key and the place: "frontrow.toml:3: threads must be ...", "--threads must be ...". Secrets are
// never repeated in an error.
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
#include "net/http/http_limits.h"

namespace frontrow {

struct JournalConfig {
  std::uint32_t low_space_mib = 256;    // below this much free disk, new work is refused
  std::uint32_t write_buffer_mib = 64;  // RocksDB's memtable
  // What snapshots stand for is kept nevertheless: all of it, or within both limits (0: none).
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
  std::uint32_t memory_mib = 0;         // what the process may use; 0: what the system lets it
};

// Being one of several instances (tools/frontrow/config/cluster_file.h), and what the links to the others are told.
struct ClusterConfig {
  std::string file;            // cluster.toml; empty: a single instance
  std::uint16_t instance = 0;  // which of the file's instances this is; 0: not said
  std::string secret_file;
  std::string secret;                // of FRONTROW_CLUSTER_SECRET, which goes before the file
  std::uint32_t heartbeat_ms = 200;  // a link that has nothing to say says so this often
  std::uint32_t silence_ms = 750;    // a link that says nothing for this long is down
  std::uint32_t request_timeout_ms = 1000;  // for the answer to a forwarded request
  std::uint32_t credits = 8192;             // forwarded requests that a peer may have unanswered
  std::uint32_t output_mib = 16;            // unsent bytes of a link before it is overloaded
};

// Operators' own listener, with connections of its own.
struct OpsConfig {
  std::string listen;  // as parse_listen_address takes it; empty: they use that of the public
};

// How event streams show that their fans are there (net/api/event_streams.h).
struct StreamConfig {
  bool is_behind_proxy = false;
  std::uint32_t proxied_s = 20;
};

struct MetricsConfig {
  std::uint32_t concerts_max = 100;  // concerts with metrics of their own, the busiest
};

// The number of cores, within the bounds of `threads`.
std::uint32_t default_threads();

struct ServeConfig {
  std::string data_dir = "./data";
  std::vector<std::string> listen = {"127.0.0.1:8080"};  // each as parse_listen_address takes it
  std::uint32_t threads = default_threads();
  std::string log_level = "info";   // trace, debug, info, warn, error
  std::string log_format = "text";  // text, json
  bool demo = false;
  std::string admin_key;  // empty: DATA_DIR/admin.key
  std::vector<std::string>
      token_keys;  // each as parse_token_key takes it; empty: DATA_DIR/token.keys
  std::uint32_t token_ttl_hours = 168;
  Currency currency;
  Money default_seat_price{50'000};
  Money charge_max{10'000'000};
  Money balance_max{1'000'000'000'000};
  SaleRules sale;  // of concerts that do not say otherwise
  HttpLimits http;
  StreamConfig streams;
  OpsConfig ops;
  JournalConfig journal;
  SnapshotConfig snapshots;
  EngineConfig engine;
  ClusterConfig cluster;
  MetricsConfig metrics;
};

// Sets what the file says, checks each key; nothing else is touched. The first fault is the error,
// and a file with an admin key or token keys that others than its owner may read is one.
Status apply_config_file(const std::filesystem::path& file, ServeConfig& config);

// As above, for TOML text; `name` stands for the file in errors.
Status apply_config_text(std::string_view text, std::string_view name, ServeConfig& config);

// What no single key can tell: to be called when all sources are in. In a cluster, its file and its
// secret are read too.
Status check_config(const ServeConfig& config);

}  // namespace frontrow
