#include "tools/frontrow/config/config_table.h"

#include <fmt/format.h>

#include <type_traits>
#include <utility>

#include "engine/base/host_port.h"
#include "engine/core/protocol/limits.h"
#include "engine/runtime/cluster/rendezvous.h"
#include "engine/runtime/shared_log/shared_log_keys.h"
#include "net/http/cors.h"
#include "net/http/server/trusted_proxies.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

// member<&A::b, &B::c>(a) is a.b.c.
template <auto... Path>
auto& member(auto& config) {
  return (config.*....*Path);
}

template <auto... Path>
using MemberType = std::remove_cvref_t<decltype(member<Path...>(std::declval<ServeConfig&>()))>;

template <class T>
constexpr ConfigType type_of() {
  if constexpr (std::is_same_v<T, bool>)
    return ConfigType::kBool;
  else if constexpr (std::is_integral_v<T> || std::is_same_v<T, Money>)
    return ConfigType::kInteger;
  else if constexpr (std::is_same_v<T, std::vector<std::string>>)
    return ConfigType::kList;
  else
    return ConfigType::kText;
}

template <auto... Path>
ConfigValue get_member(const ServeConfig& config) {
  using T = MemberType<Path...>;
  const T& value = member<Path...>(config);
  if constexpr (std::is_same_v<T, Money>)
    return value.minor;
  else if constexpr (std::is_same_v<T, Currency>)
    return std::string(value.text());
  else if constexpr (type_of<T>() == ConfigType::kInteger)
    return static_cast<std::int64_t>(value);
  else
    return value;
}

template <auto... Path>
void set_member(ServeConfig& config, const ConfigValue& value) {
  using T = MemberType<Path...>;
  T& to = member<Path...>(config);
  if constexpr (std::is_same_v<T, Money>)
    to = Money{std::get<std::int64_t>(value)};
  else if constexpr (std::is_same_v<T, Currency>)
    to = *parse_currency(std::get<std::string>(value));
  else if constexpr (type_of<T>() == ConfigType::kInteger)
    to = static_cast<T>(std::get<std::int64_t>(value));
  else
    to = std::get<T>(value);
}

struct Bounds {
  std::int64_t min = 0;
  std::int64_t max = 0;
};

template <auto... Path>
constexpr ConfigOption row(std::string_view key, std::string_view unit, Bounds bounds,
                           std::string_view help, Status (*check)(std::string_view) = nullptr,
                           std::string_view default_note = {}, std::string_view example = {}) {
  return {key,
          type_of<MemberType<Path...>>(),
          unit,
          bounds.min,
          bounds.max,
          help,
          default_note,
          example,
          get_member<Path...>,
          set_member<Path...>,
          check};
}

Status check_data_dir(std::string_view text) {
  return text.empty() ? Status(Error{"must not be empty"}) : Status();
}
Status check_listen(std::string_view text) {
  const auto address = parse_listen_address(text);
  return address.ok() ? Status() : Status(Error{address.error()});
}
Status check_ops_listen(std::string_view text) {
  return text.empty() ? Status() : check_listen(text);
}
Status check_log_level(std::string_view text) {
  for (const std::string_view level : {"trace", "debug", "info", "warn", "error"}) {
    if (text == level) return {};
  }
  return Error{fmt::format("must be trace, debug, info, warn or error, not \"{}\"", text)};
}
Status check_log_format(std::string_view text) {
  if (text == "text" || text == "json") return {};
  return Error{fmt::format("must be text or json, not \"{}\"", text)};
}
Status check_url(std::string_view text) {
  if (text.empty() || text.starts_with("https://") || text.starts_with("http://")) return {};
  return Error{fmt::format("must be a URL that begins with https:// or http://, not \"{}\"", text)};
}
Status check_challenge(std::string_view text) {
  if (text.empty() || text == "altcha") return {};
  return Error{fmt::format("must be altcha or empty, not \"{}\"", text)};
}
Status check_name(std::string_view text) {
  return text.empty() ? Status(Error{"must not be empty"}) : Status();
}
Status check_charge(std::string_view text) {
  if (text.empty() || text == "service" || text == "fan") return {};
  return Error{fmt::format("must be service or fan, not \"{}\"", text)};
}
Status check_currency(std::string_view text) {
  if (parse_currency(text)) return {};
  return Error{fmt::format("must be three capital letters such as KRW, not \"{}\"", text)};
}
Status check_token_key(std::string_view text) {
  const auto key = parse_token_key(text);
  return key.ok() ? Status() : Status(Error{key.error()});
}

Status check_cluster_name(std::string_view text) {
  if (text.empty() || is_cluster_name(text)) return {};
  return Error{
      fmt::format("must have 1 to 48 lower-case letters, digits and '-', not \"{}\"", text)};
}
Status check_reachable(std::string_view text) {
  const auto address = text.empty() ? HostAndPort{} : split_address(text);
  if (!address.ok()) return Error{address.error()};
  if (address->host == "0.0.0.0" || address->host == "::")
    return Error{fmt::format("must be an address that others can dial, not \"{}\"", text)};
  return {};
}

using C = ServeConfig;
using H = HttpLimits;
using S = SaleRules;
using Q = QueueRules;
using J = JournalConfig;
using N = SnapshotConfig;
using E = EngineConfig;
using L = ClusterConfig;
using T = StoreConfig;
using V = StreamConfig;
using O = OpsConfig;
using I = IdentityConfig;
using R = LimitsConfig;

constexpr Bounds kMs{100, 600'000};
constexpr Bounds kRate{0, 1'000'000};
constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

// The order is that of --help and of the example file; keys of one table stand together.
constexpr ConfigOption kOptions[] = {
    row<&C::data_dir>("data_dir", "DIRECTORY", {},
                      "Directory of the log, the snapshots and the keys; created if missing",
                      check_data_dir),
    row<&C::listen>("listen", "ADDRESS:PORT", {1, 16},
                    "Address to listen on; port 0 takes any free port", check_listen),
    row<&C::threads>("threads", "threads", {1, 64},
                     "Threads that serve requests; each owns one shard", nullptr,
                     "the number of cores", "4"),
    row<&C::log_level>("log_level", "LEVEL", {},
                       "Lowest level to log: trace, debug, info, warn, error", check_log_level),
    row<&C::log_format>("log_format", "FORMAT", {}, "Log lines as text or as json",
                        check_log_format),
    row<&C::demo>("demo", "", {}, "Put an example concert on sale in an empty data directory"),
    row<&C::admin_key>("admin_key", "KEY", {},
                       "Operators' key, 16 to 256 visible ASCII characters; safer in "
                       "FRONTROW_ADMIN_KEY or its own file",
                       check_admin_key, "DATA_DIR/admin.key, generated if missing",
                       "\"at-least-16-characters\""),
    row<&C::token_keys>(
        "token_keys", "ID:SECRET", {1, kTokenKeysMax},
        "Keys that sign queue tokens, each secret 64 or more hexadecimal digits; the first signs, "
        "all verify",
        check_token_key, "DATA_DIR/token.keys, generated if missing",
        "[\"k1:00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"]"),
    row<&C::token_ttl_hours>("token_ttl_hours", "hours", {1, 8760},
                             "How long a queue token is valid"),
    row<&C::currency>("currency", "CODE", {}, "ISO 4217 code of all money", check_currency),
    row<&C::default_seat_price>("default_seat_price", "minor units", {0, kPriceMax},
                                "Price of a seat on a date without sections"),
    row<&C::charge_max>("charge_max", "minor units", {1, kBalanceMax}, "Largest single charge"),
    row<&C::balance_max>("balance_max", "minor units", {1, kBalanceMax},
                         "Largest balance of a wallet"),

    row<&C::limits, &R::address_joins>(
        "limits.address_joins", "requests a second", kRate,
        "Joins of one client address, IPv6 by its /64; 0: no limit. "
        "Private addresses are limited if http.cap_private_addresses "
        "is set"),
    row<&C::limits, &R::address_polls>("limits.address_polls", "requests a second", kRate,
                                       "Reads of one client address"),
    row<&C::limits, &R::address_writes>("limits.address_writes", "requests a second", kRate,
                                        "Holds, payments and other changes of one client address"),
    row<&C::limits, &R::user_joins>("limits.user_joins", "requests a second", kRate,
                                    "Joins of one user"),
    row<&C::limits, &R::user_polls>("limits.user_polls", "requests a second", kRate,
                                    "Reads of one user"),
    row<&C::limits, &R::user_writes>("limits.user_writes", "requests a second", kRate,
                                     "Holds, payments and other changes of one user"),
    row<&C::limits, &R::burst_s>("limits.burst_seconds", "seconds", {1, 3600},
                                 "How many seconds' requests may come at once"),

    row<&C::identity, &I::issuer>(
        "identity.issuer", "TEXT", {},
        "Claim iss of the shop's tokens for fans; empty: a join names its user, and any client can "
        "be any user"),
    row<&C::identity, &I::audience>("identity.audience", "TEXT", {},
                                    "Claim aud that the shop's tokens must have"),
    row<&C::identity, &I::jwks_file>(
        "identity.jwks_file", "FILE", {},
        "The shop's public keys as a JWK Set, for RS256, ES256 or EdDSA; SIGHUP reads it again"),
    row<&C::identity, &I::jwks_url>("identity.jwks_url", "URL", {},
                                    "The same, fetched in the background; the last good set is "
                                    "kept in DATA_DIR/jwks.json",
                                    check_url),
    row<&C::identity, &I::user_claim>("identity.user_claim", "NAME", {},
                                      "Claim that names the user: a UUID, or a text that becomes "
                                      "one"),
    row<&C::identity, &I::leeway_s>("identity.leeway_seconds", "seconds", {0, 600},
                                    "Difference of the clocks of shop and server that is allowed"),
    row<&C::identity, &I::refresh_s>("identity.refresh_seconds", "seconds", {10, 86'400},
                                     "Interval of the fetches of identity.jwks_url"),

    row<&C::challenge, &ChallengeConfig::algorithm>(
        "challenge.algorithm", "NAME", {},
        "A join needs a solved challenge of proof of work, in ALTCHA's format: altcha; empty: "
        "none. "
        "SIGHUP reads this table again",
        check_challenge),
    row<&C::challenge, &ChallengeConfig::max_number>(
        "challenge.max_number", "hashes", {100, 100'000'000},
        "Difficulty: the hashes that a client computes at most, on average half of them"),
    row<&C::challenge, &ChallengeConfig::valid_s>("challenge.valid_seconds", "seconds",
                                                  {10, kChallengeSecondsMax},
                                                  "How long a challenge may be used"),

    row<&C::passes, &PassConfig::key_file>(
        "passes.key_file", "FILE", {},
        "Private keys (PEM) that sign passes and tickets: one or two, Ed25519 or P-256, the first "
        "signs; SIGHUP reads them again",
        nullptr, "DATA_DIR/signing.pem, generated if missing", "\"signing.pem\""),
    row<&C::passes, &PassConfig::issuer>("passes.issuer", "TEXT", {},
                                         "Claim iss of passes and tickets", check_name),
    row<&C::passes, &PassConfig::audience>("passes.audience", "TEXT", {},
                                           "Claim aud of passes and tickets", check_name),

    row<&C::wallet, &WalletConfig::charge>(
        "wallet.charge", "WHO", {},
        "Who charges wallets: service (keys with the scope charge) or fan (fans their own too)",
        check_charge, "service; fan with --demo", "\"service\""),

    row<&C::sale, &S::queue, &Q::max_active>("sale.max_active", "users", {1, kMaxActiveMax},
                                             "Users in the shop at a time"),
    row<&C::sale, &S::queue, &Q::admit_per_second>("sale.admit_per_second", "users",
                                                   {1, kAdmitPerSecondMax},
                                                   "Users admitted each second at most"),
    row<&C::sale, &S::queue, &Q::session_s>("sale.session_seconds", "seconds",
                                            {1, kSessionSecondsMax},
                                            "How long an admitted user may stay"),
    row<&C::sale, &S::queue, &Q::idle_s>(
        "sale.idle_seconds", "seconds", {1, kIdleSecondsMax},
        "A user in the line who sends no request for this long loses the "
        "place"),
    row<&C::sale, &S::hold_s>("sale.hold_seconds", "seconds", {1, kHoldSecondsMax},
                              "How long a seat is held without payment"),
    row<&C::sale, &S::seats_per_user>("sale.max_seats_per_user", "seats", {1, kSeatsPerUserMax},
                                      "Seats that a user may hold and own in a concert"),

    row<&C::cors, &CorsConfig::origins>(
        "http.cors_origins", "ORIGIN", {0, kCorsOriginsMax},
        "Origins whose pages may call the API from a browser, such as https://shop.example; * for "
        "all",
        check_cors_origin),
    row<&C::proxies, &ProxyConfig::trusted>(
        "http.trusted_proxies", "NETWORK", {0, kTrustedProxiesMax},
        "Proxies whose X-Forwarded-For names the client, for the limits: an address or a network "
        "such as 10.0.0.0/8",
        check_network),
    row<&C::proxies, &ProxyConfig::send_headers>(
        "http.proxy_protocol", "", {},
        "Connections of http.trusted_proxies begin with a header of the PROXY protocol, version 2; "
        "others never do"),
    row<&C::http, &H::connections>("http.max_connections", "connections", {1, 1'000'000},
                                   "Connections at a time; beyond it idle connections are closed, "
                                   "and if there are none, new ones get 503"),
    row<&C::http, &H::connections_per_address>(
        "http.connections_per_address", "connections", {0, 1'000'000},
        "Connections of one client address, IPv6 by its /64; 0: no cap"),
    row<&C::http, &H::cap_private_addresses>(
        "http.cap_private_addresses", "", {},
        "Apply connections_per_address to loopback and private addresses too; leave it off if a "
        "proxy has such an address"),
    row<&C::http, &H::reserved_connections>(
        "http.reserved_connections", "connections", {0, 1024},
        "Connections beyond max_connections, for health, metrics and operators with their key"),
    row<&C::http, &H::request_line_bytes>("http.request_line_bytes", "bytes", {256, 64 * kKiB},
                                          "Longest request line"),
    row<&C::http, &H::header_bytes>("http.header_bytes", "bytes", {kKiB, 64 * kKiB},
                                    "Most bytes of all header lines of a request"),
    row<&C::http, &H::header_count>("http.header_count", "headers", {8, 1000},
                                    "Most headers of a request"),
    row<&C::http, &H::body_bytes>("http.body_bytes", "bytes", {kKiB, kMiB},
                                  "Largest body of a request"),
    row<&C::http, &H::large_body_bytes>("http.admin_body_bytes", "bytes", {kKiB, 16 * kMiB},
                                        "Largest body of an operator's request"),
    row<&C::http, &H::chunk_framing_bytes>(
        "http.chunk_framing_bytes", "bytes", {64, 64 * kKiB},
        "Most bytes of chunk sizes and line ends in a chunked body"),
    row<&C::http, &H::large_body_chunk_framing_bytes>("http.admin_chunk_framing_bytes", "bytes",
                                                      {64, kMiB},
                                                      "The same for an operator's request"),
    row<&C::http, &H::pipelined_requests>(
        "http.pipeline_depth", "requests", {1, 1024},
        "Most unanswered requests of a connection, and most requests of a connection in one turn"),
    row<&C::http, &H::pipeline_burst>(
        "http.pipeline_burst", "requests", {1, 1024},
        "Requests taken from a connection before other connections have their turn"),
    row<&C::http, &H::output_bytes>(
        "http.output_bytes", "bytes", {16 * kKiB, 64 * kMiB},
        "Unsent response bytes of a connection above which it is no longer "
        "read"),
    row<&C::http, &H::input_bytes_per_thread>("http.input_bytes_per_thread", "bytes",
                                              {kMiB, 4096 * kMiB},
                                              "Memory of a thread for incomplete requests"),
    row<&C::http, &H::output_bytes_per_thread>(
        "http.output_bytes_per_thread", "bytes", {kMiB, 65'536 * kMiB},
        "Memory of a thread for unsent responses; beyond it the connections that have read nothing "
        "for the longest time are closed"),
    row<&C::http, &H::view_cache_bytes_per_thread>(
        "http.view_cache_bytes_per_thread", "bytes", {kMiB, 65'536 * kMiB},
        "Memory of a thread for rendered seat maps and concerts"),
    row<&C::http, &H::header_ms>("http.header_timeout_ms", "milliseconds", kMs,
                                 "Time from the first byte of a request to the end of its header"),
    row<&C::http, &H::body_ms>("http.body_timeout_ms", "milliseconds", kMs,
                               "Time from the end of the header to the end of the body"),
    row<&C::http, &H::stalled_write_ms>("http.write_timeout_ms", "milliseconds", kMs,
                                        "How long a client may read nothing of its response"),
    row<&C::http, &H::write_rate_min>(
        "http.write_rate_min", "bytes a second", {0, 1'000'000'000},
        "A client that reads slower than this, measured over three times "
        "write_timeout_ms, is disconnected; 0: no limit"),
    row<&C::http, &H::idle_ms>("http.idle_timeout_ms", "milliseconds", {100, 3'600'000},
                               "How long a connection may stay open between requests"),
    row<&C::http, &H::first_byte_ms>("http.first_byte_timeout_ms", "milliseconds", kMs,
                                     "How long a new connection may send nothing"),
    row<&C::http, &H::unacknowledged_ms>(
        "http.unacknowledged_timeout_ms", "milliseconds", {1000, 600'000},
        "How long a client may acknowledge no sent data before it counts as gone"),
    row<&C::streams, &V::is_behind_proxy>(
        "http.behind_proxy", "", {},
        "Treat every connection as a proxy's, also without X-Forwarded-For or Forwarded"),
    row<&C::streams, &V::proxied_s>(
        "http.proxied_stream_seconds", "seconds", {1, 3600},
        "How long an event stream of a waiting fan lasts behind a proxy; by its next request the "
        "fan stays in the line"),
    row<&C::streams, &V::line_is_cached>(
        "http.line_cached", "", {},
        "A cache in front answers GET /v1/concerts/{c}/line and its blocks: waiting pages compute "
        "their places from these, and send only signs of life to the server"),

    row<&C::ops, &O::listen>("ops.listen", "ADDRESS:PORT", {},
                             "Address of health, metrics and operators, with connections of their "
                             "own; if set, metrics and operators are served only there",
                             check_ops_listen),
    row<&C::http, &H::ops_connections>("ops.max_connections", "connections", {1, 1024},
                                       "Connections at a time on ops.listen"),

    row<&C::journal, &J::low_space_mib>("journal.low_space_mib", "MiB", {1, 1'048'576},
                                        "Refuse new work when the disk has less than this free"),
    row<&C::journal, &J::write_buffer_mib>("journal.write_buffer_mib", "MiB", {1, 4096},
                                           "RocksDB's write buffer"),
    row<&C::journal, &J::keep_everything>(
        "journal.keep_everything", "", {},
        "Keep the whole history, also below the checkpoint position; keep_hours and keep_mib then "
        "have no effect"),
    row<&C::journal, &J::keep_hours>(
        "journal.keep_hours", "hours", {0, 876'000},
        "Delete history below the checkpoint position that is older than this; 0: no limit"),
    row<&C::journal, &J::keep_mib>("journal.keep_mib", "MiB", {0, 1'073'741'824},
                                   "Keep at most about this much history; 0: no limit"),

    row<&C::snapshots, &N::enabled>(
        "snapshots.enabled", "", {},
        "Make verified checkpoints in the background, so that a restart is short"),
    row<&C::snapshots, &N::interval_s>("snapshots.interval_seconds", "seconds", {1, 86'400},
                                       "Time between checkpoints while slots change"),
    row<&C::snapshots, &N::events>(
        "snapshots.events", "events", {1'000, 1'000'000'000},
        "Events after which a checkpoint begins sooner; a restart replays about as many"),
    row<&C::snapshots, &N::copy_mib>("snapshots.copy_mib", "MiB", {1, 1'048'576},
                                     "Approximate memory for a checkpoint's copies of slots; a "
                                     "larger slot is copied alone"),

    row<&C::engine, &E::intake_max>("engine.intake_max", "commands", {1, 16'777'216},
                                    "Commands queued for a thread before it answers 503"),
    row<&C::engine, &E::drain_s>("engine.drain_seconds", "seconds", {0, 3600},
                                 "Time to finish running requests when the server stops; of a "
                                 "cluster's instance also the time to give its slots away before"),
    row<&C::engine, &E::payment_decide_s>("engine.payment_decide_seconds", "seconds",
                                          {1, kPaymentDecideSecondsMax},
                                          "How long a running payment may freeze its hold"),
    row<&C::engine, &E::memory_mib>(
        "engine.memory_mib", "MiB", {0, 16'777'216},
        "Memory that the process may use; new work is refused when a sixth of it is left. 0: the "
        "limit of its control group, of ulimit, or the machine's memory"),

    row<&C::cluster, &L::name>("cluster.name", "NAME", {},
                               "The cluster that this instance is of (docs/CLUSTER.md); empty: a "
                               "single instance",
                               check_cluster_name),
    row<&C::cluster, &L::store, &T::endpoints>(
        "cluster.etcd", "HOST:PORT", {0, 16},
        "The members of etcd, which keeps the cluster's map and newest log; also as a list with "
        "commas",
        nullptr, "none", R"(["10.0.0.1:2379", "10.0.0.2:2379", "10.0.0.3:2379"])"),
    row<&C::cluster, &L::instance>("cluster.instance", "NAME", {},
                                   "The name of this instance in the cluster: lower-case letters, "
                                   "digits and '-'; it keeps its data directory",
                                   check_cluster_name),
    row<&C::cluster, &L::weight>("cluster.weight", "weight", {0, kInstanceWeightMax},
                                 "Share of the slots of an instance that joins, relative to the "
                                 "others' weights; later by `frontrow cluster weight`"),
    row<&C::cluster, &L::listen>("cluster.listen", "ADDRESS:PORT", {},
                                 "Address of the links between the instances", check_listen),
    row<&C::cluster, &L::address>("cluster.address", "HOST:PORT", {},
                                  "Address or name by which the others dial this instance's "
                                  "links; empty: cluster.listen",
                                  check_reachable),
    row<&C::cluster, &L::http_address>("cluster.http_address", "HOST:PORT", {},
                                       "Address or name at which `frontrow cluster status` asks "
                                       "this instance; empty: ops.listen or listen",
                                       check_reachable),
    row<&C::cluster, &L::tls>("cluster.tls", "", {},
                              "Encrypt the links, except those to the machine itself; the same on "
                              "every instance"),
    row<&C::cluster, &L::tail_mib>("cluster.tail_mib", "MiB", {1, 1024},
                                   "New work is refused while etcd holds more than this of the "
                                   "log of this instance, as no second disk has it"),
    row<&C::cluster, &L::store, &T::ca_file>("cluster.etcd_ca_file", "FILE", {},
                                             "Certificates (PEM) by which etcd is known; empty: "
                                             "no encryption towards etcd"),
    row<&C::cluster, &L::store, &T::certificate_file>(
        "cluster.etcd_certificate_file", "FILE", {},
        "Certificate (PEM) of this instance towards etcd"),
    row<&C::cluster, &L::store, &T::key_file>("cluster.etcd_key_file", "FILE", {},
                                              "Key (PEM) of that certificate"),
    row<&C::cluster, &L::store, &T::user>("cluster.etcd_user", "NAME", {},
                                          "User towards etcd, where etcd asks for one"),
    row<&C::cluster, &L::store, &T::password_file>("cluster.etcd_password_file", "FILE", {},
                                                   "File of its password, mode 0600"),
    row<&C::cluster, &L::secret_file>(
        "cluster.secret_file", "FILE", {},
        "File of the secret by which the instances authenticate each other, the same on every "
        "instance: 64 or more hexadecimal digits, mode 0600, made by `frontrow cluster secret`; or "
        "set FRONTROW_CLUSTER_SECRET"),
    row<&C::cluster, &L::heartbeat_ms>("cluster.heartbeat_ms", "milliseconds", {10, 10'000},
                                       "Heartbeat interval of an idle link"),
    row<&C::cluster, &L::silence_ms>("cluster.silence_ms", "milliseconds", {20, 60'000},
                                     "A link without input for this long is down; at least "
                                     "twice the heartbeat"),
    row<&C::cluster, &L::request_timeout_ms>("cluster.request_timeout_ms", "milliseconds",
                                             {10, 60'000},
                                             "How long a forwarded request waits for its answer"),
    row<&C::cluster, &L::credits>(
        "cluster.credits", "requests", {1, 1'048'576},
        "Unanswered requests that a peer may have forwarded to this instance"),
    row<&C::cluster, &L::output_mib>(
        "cluster.output_mib", "MiB",
        {1, 4096}, "Unsent bytes of a link above which it takes no more requests"),

    row<&C::metrics, &MetricsConfig::concerts_max>(
        "metrics.concerts_max", "concerts", {0, kConcertsMax},
        "The busiest concerts, which have metrics of their own; the others count in the sums only"),
    row<&C::metrics, &MetricsConfig::need_key>(
        "metrics.need_key", "", {}, "Serve /metrics only to service keys with the scope metrics"),
};

Status check_text(const ConfigOption& option, std::string_view text) {
  return option.check == nullptr ? Status() : option.check(text);
}

Status check_list(const ConfigOption& option, const std::vector<std::string>& items) {
  const auto count = static_cast<std::int64_t>(items.size());
  if (count < option.min || count > option.max) {
    return Error{fmt::format("must have {} to {} items, not {}", option.min, option.max, count)};
  }
  for (const std::string& item : items) {
    if (Status status = check_text(option, item); !status.ok()) return status;
  }
  return {};
}

}  // namespace

std::span<const ConfigOption> config_options() { return kOptions; }

const ConfigOption* find_config_option(std::string_view key) {
  for (const ConfigOption& option : kOptions) {
    if (option.key == key) return &option;
  }
  return nullptr;
}

Error wrong_type(const ConfigOption& option) {
  switch (option.type) {
    case ConfigType::kInteger:
      return {fmt::format("must be an integer from {} to {}", option.min, option.max)};
    case ConfigType::kBool:
      return {"must be true or false"};
    case ConfigType::kText:
      return {"must be a string"};
    case ConfigType::kList:
      return {"must be a list of strings"};
  }
  return {};
}

Status set_config(const ConfigOption& option, const ConfigValue& value, ServeConfig& config) {
  if (value.index() != static_cast<std::size_t>(option.type)) return wrong_type(option);
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    if (*number < option.min || *number > option.max) {
      return Error{fmt::format("{}, not {}", wrong_type(option).message, *number)};
    }
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    if (Status status = check_text(option, *text); !status.ok()) return status;
  }
  if (const auto* items = std::get_if<std::vector<std::string>>(&value)) {
    if (Status status = check_list(option, *items); !status.ok()) return status;
  }
  option.set(config, value);
  return {};
}

}  // namespace frontrow
