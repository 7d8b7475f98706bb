#include "tools/frontrow/config/config.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <functional>

#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/config/admin_key.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

std::string error_of(const Status& status) { return status.ok() ? "" : status.error(); }

TEST(ConfigFile, apply_sets_each_type_and_leaves_the_rest) {
  ServeConfig config;
  ASSERT_EQ(error_of(apply_config_text(R"(
      data_dir = "/srv/frontrow"
      listen = ["[::1]:0", "0.0.0.0:80"]
      demo = true
      currency = "EUR"
      charge_max = 5_000
      [sale]
      hold_seconds = 20
      [http]
      header_bytes = 4096
  )",
                                       "f", config)),
            "");
  EXPECT_EQ(config.data_dir, "/srv/frontrow");
  EXPECT_EQ(config.listen, (std::vector<std::string>{"[::1]:0", "0.0.0.0:80"}));
  EXPECT_TRUE(config.demo);
  EXPECT_EQ(config.currency.text(), "EUR");
  EXPECT_EQ(config.charge_max, Money{5000});
  EXPECT_EQ(config.sale.hold_s, 20U);
  EXPECT_EQ(config.sale.seats_per_user, SaleRules{}.seats_per_user);
  EXPECT_EQ(config.http.header_bytes, 4096U);
}

TEST(ConfigFile, apply_of_bad_text_names_file_line_and_key) {
  const std::pair<std::string, std::string> cases[] = {
      {"thread = 1", "f.toml:1: unknown key thread (did you mean threads?)"},
      {"\n\n[http]\nmax_conections = 1",
       "f.toml:4: unknown key http.max_conections (did you mean http.max_connections?)"},
      {"[htp]\nbody_bytes = 4096", "f.toml:1: unknown key htp (did you mean http?)"},
      {"http.x.y = 1", "f.toml:1: unknown key http.x"},
      {"http = 1", "f.toml:1: http must be a table"},
      {"threads = 65", "f.toml:1: threads must be an integer from 1 to 64, not 65"},
      {"\nthreads = 0", "f.toml:2: threads must be an integer from 1 to 64, not 0"},
      {"threads = \"4\"", "f.toml:1: threads must be an integer from 1 to 64"},
      {"threads = 4.0", "f.toml:1: threads must be an integer from 1 to 64"},
      {"threads = 1979-05-27", "f.toml:1: threads must be an integer from 1 to 64"},
      {"[threads]\na = 1", "f.toml:1: threads must be an integer from 1 to 64"},
      {"threads = 9223372036854775808", "f.toml:1: "},
      {"demo = 1", "f.toml:1: demo must be true or false"},
      {"data_dir = 1", "f.toml:1: data_dir must be a string"},
      {"data_dir = \"\"", "f.toml:1: data_dir must not be empty"},
      {"listen = \"127.0.0.1:80\"", "f.toml:1: listen must be a list of strings"},
      {"listen = [80]", "f.toml:1: listen must be a list of strings"},
      {"listen = []", "f.toml:1: listen must have 1 to 16 items, not 0"},
      {"listen = [\n\"127.0.0.1:80\",\n\"localhost:80\"]",
       "f.toml:1: listen must be ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, not "
       "\"localhost:80\""},
      {"log_level = \"INFO\"",
       "f.toml:1: log_level must be trace, debug, info, warn or error, not \"INFO\""},
      {"log_format = \"xml\"", "f.toml:1: log_format must be text or json, not \"xml\""},
      {"currency = \"won\"",
       "f.toml:1: currency must be three capital letters such as KRW, not \"won\""},
      {"admin_key = \"123456789012345\"",
       "f.toml:1: admin_key must be 16 to 256 visible ASCII characters"},
      {"admin_key = \"1234567890 123456\"",
       "f.toml:1: admin_key must be 16 to 256 visible ASCII characters"},
      {"token_keys = [\"a:12\"]",
       "f.toml:1: token_keys is refused: the secret of token key \"a\" has 1 bytes, 32 or more "
       "wanted"},
      {"token_keys = [\"secret\"]",
       "f.toml:1: token_keys must be ID:SECRET with the secret as 64 or more hexadecimal digits"},
      {"token_keys = [\"a:xy\"]",
       "f.toml:1: token_keys must be ID:SECRET with the secret as 64 or more hexadecimal digits"},
      {"token_keys = [\"a:123\"]",
       "f.toml:1: token_keys must be ID:SECRET with the secret as 64 or more hexadecimal digits"},
      {"zzz = 1\naaa = 1", "f.toml:1: unknown key zzz"},
      {"threads = 1\nthreads = 2", "f.toml:2: "},
      {"threads =", "f.toml:1: "},
  };
  for (const auto& [text, message] : cases) {
    ServeConfig config;
    const std::string error = error_of(apply_config_text(text, "f.toml", config));
    if (message.ends_with(": ")) {
      EXPECT_TRUE(error.starts_with(message) && error.size() > message.size()) << text << "\n"
                                                                               << error;
    } else {
      EXPECT_EQ(error, message) << text;
    }
  }
}

TEST(ConfigFile, apply_of_missing_file_says_so) {
  ServeConfig config;
  EXPECT_EQ(error_of(apply_config_file("/nowhere/frontrow.toml", config)),
            "/nowhere/frontrow.toml: cannot be read: No such file or directory");
}

TEST(ConfigFile, file_with_secrets_that_others_may_read_is_refused_with_the_repair) {
  const TempDirectory dir;
  const std::string file = (dir.path() / "frontrow.toml").string();
  const std::pair<std::string, std::string> secrets[] = {
      {"admin_key = \"sixteen-characters-or-more\"\n", "admin_key"},
      {"token_keys = [\"a:" + kSecretDigits + "\"]\n", "token_keys"},
  };
  for (const auto& [text, name] : secrets) {
    for (const mode_t mode : {0644, 0640, 0604, 0620}) {
      write_file(file, text, mode);
      ServeConfig config;
      char octal[8];
      std::snprintf(octal, sizeof octal, "%04o", mode);
      EXPECT_EQ(error_of(apply_config_file(file, config)), file + ": others may read it (mode " +
                                                               octal + ") and it has " + name +
                                                               " in it; run: chmod 600 " + file);
    }
    write_file(file, text, 0600);
    ServeConfig config;
    EXPECT_EQ(error_of(apply_config_file(file, config)), "");
  }
  // Without secrets any user may read the file, also if another source has secrets.
  write_file(file, "threads = 3\n", 0644);
  ServeConfig config;
  config.admin_key = "sixteen-characters-or-more";
  config.token_keys = {"a:" + kSecretDigits};
  EXPECT_EQ(error_of(apply_config_file(file, config)), "");
  EXPECT_EQ(config.threads, 3U);
  EXPECT_EQ(config.admin_key, "sixteen-characters-or-more");
  EXPECT_EQ(config.token_keys, std::vector<std::string>{"a:" + kSecretDigits});
}

TEST(ConfigFile, check_refuses_bounds_that_contradict_each_other) {
  ServeConfig config;
  EXPECT_EQ(error_of(check_config(config)), "");
  config.balance_max = Money{9'999'999};
  EXPECT_EQ(error_of(check_config(config)),
            "charge_max (10000000) must not be above balance_max (9999999)");
  config = {};
  config.http.large_body_bytes = 1024;
  EXPECT_EQ(error_of(check_config(config)),
            "http.body_bytes (16384) must not be above http.admin_body_bytes (1024)");
  config = {};
  config.token_keys = {"a:" + kSecretDigits, "a:" + kSecretDigits};
  EXPECT_EQ(error_of(check_config(config)),
            "token_keys is refused: two token keys have the id \"a\"");
}

TEST(ConfigFile, check_refuses_memory_in_which_no_server_fits) {
  ServeConfig config;
  for (const std::uint32_t fine : {0U, 256U, 900U}) {
    config.engine.memory_mib = fine;
    EXPECT_TRUE(check_config(config).ok()) << fine;
  }
  config.engine.memory_mib = 255;
  const Status refused = check_config(config);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error(), "engine.memory_mib (255) must be 0 or at least 256");
}

// A setting of a cluster without the cluster's name is a mistake, not a single instance.
TEST(ConfigFile, check_refuses_settings_of_a_cluster_that_has_no_name) {
  const std::pair<std::string, std::function<void(ClusterConfig&)>> cases[] = {
      {"cluster.instance", [](ClusterConfig& c) { c.instance = "box-1"; }},
      {"cluster.etcd", [](ClusterConfig& c) { c.store.endpoints = {"10.0.0.1:2379"}; }},
      {"cluster.secret_file", [](ClusterConfig& c) { c.secret_file = "secret"; }}};
  for (const auto& [key, set] : cases) {
    ServeConfig config;
    set(config.cluster);
    EXPECT_EQ(error_of(check_config(config)), key + " is set, so cluster.name must be set too");
  }
}

TEST(ConfigFile, check_of_a_cluster_tells_what_is_missing) {
  const TempDirectory dir;
  ServeConfig config;
  config.cluster.name = "tour";
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so cluster.etcd must name the members of etcd");
  config.cluster.store.endpoints = {"10.0.0.1:2379"};
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so cluster.instance must name this instance");
  config.cluster.instance = "box-1";
  config.cluster.silence_ms = 2 * config.cluster.heartbeat_ms - 1;
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.silence_ms (399) must be at least twice cluster.heartbeat_ms (200), or a link "
            "goes down over one late heartbeat");
  ++config.cluster.silence_ms;
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so admin_key (or FRONTROW_ADMIN_KEY) must be set, to the same "
            "key on every instance");
  config.admin_key = "sixteen-characters-or-more";
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so token_keys must be set, to the same keys on every instance, "
            "for example to the line in DATA_DIR/token.keys of one instance");
  config.token_keys = {"a:" + kSecretDigits};
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so passes.key_file must be set, to a file with the same keys on "
            "every instance; `frontrow keys signing` prints a new one");
  config.passes.key_file = "signing.pem";
  EXPECT_EQ(error_of(check_config(config)),
            "cluster.name is set, so cluster.secret_file (or FRONTROW_CLUSTER_SECRET) must be set, "
            "to the same secret on every instance; `frontrow cluster secret` prints a new one");
  config.cluster.secret_file = (dir.path() / "secret").string();
  EXPECT_NE(error_of(check_config(config)).find(config.cluster.secret_file + ": is not there"),
            std::string::npos);
  write_file(config.cluster.secret_file, kSecretDigits);
  EXPECT_EQ(error_of(check_config(config)), "");
  EXPECT_EQ(*cluster_secret_of(config.cluster), *parse_hex(kSecretDigits));
  // The environment overrides the file.
  config.cluster.secret = "0123";
  EXPECT_EQ(error_of(check_config(config)),
            "FRONTROW_CLUSTER_SECRET must be 64 to 1024 hexadecimal digits, two for each byte");
  config.cluster.secret = std::string(kSecretDigits.rbegin(), kSecretDigits.rend());
  EXPECT_EQ(*cluster_secret_of(config.cluster), *parse_hex(config.cluster.secret));
}

struct Reachable {
  std::string listen, address;          // of the links
  std::string http, ops, http_address;  // of the clients and operators
  std::string links_found, http_found;  // both empty: refused by `error`
  std::string error;
};

TEST(ConfigFile, instance_is_found_by_its_listeners_unless_others_can_not_dial_them) {
  const TempDirectory dir;
  const std::string secret = (dir.path() / "secret").string();
  write_file(secret, kSecretDigits);
  const std::string wildcard = ", which others can't dial, so ";
  const Reachable cases[] = {
      {"10.0.0.1:7101", "", "10.0.0.1:8080", "", "", "10.0.0.1:7101", "10.0.0.1:8080", ""},
      {"10.0.0.1:7101", "", "0.0.0.0:8080", "10.0.0.1:9090", "", "10.0.0.1:7101", "10.0.0.1:9090",
       ""},
      {"0.0.0.0:7101", "box-1:7101", "[::]:80", "", "box-1:80", "box-1:7101", "box-1:80", ""},
      {"127.0.0.1:7101", "10.0.0.1:7201", "10.0.0.1:8080", "10.0.0.1:9090", "[fd00::1]:1",
       "10.0.0.1:7201", "[fd00::1]:1", ""},
      {"0.0.0.0:7101", "", "10.0.0.1:80", "", "", "", "",
       "cluster.listen is 0.0.0.0:7101" + wildcard + "cluster.address must be set"},
      {"[::]:7101", "", "10.0.0.1:80", "", "", "", "",
       "cluster.listen is [::]:7101" + wildcard + "cluster.address must be set"},
      {"10.0.0.1:0", "", "10.0.0.1:80", "", "", "", "",
       "cluster.listen is 10.0.0.1:0" + wildcard + "cluster.address must be set"},
      {"10.0.0.1:7101", "", "0.0.0.0:80", "", "", "", "",
       "listen is 0.0.0.0:80" + wildcard + "cluster.http_address must be set"},
      {"10.0.0.1:7101", "", "10.0.0.1:80", "[::]:9090", "", "", "",
       "ops.listen is [::]:9090" + wildcard + "cluster.http_address must be set"},
  };
  for (const Reachable& c : cases) {
    ServeConfig config;
    config.admin_key = "sixteen-characters-or-more";
    config.token_keys = {"a:" + kSecretDigits};
    config.passes.key_file = "signing.pem";
    config.listen = {c.http, "127.0.0.1:1"};
    config.ops.listen = c.ops;
    config.cluster.name = "tour";
    config.cluster.instance = "box-1";
    config.cluster.store.endpoints = {"10.0.0.1:2379"};
    config.cluster.secret_file = secret;
    config.cluster.listen = c.listen;
    config.cluster.address = c.address;
    config.cluster.http_address = c.http_address;
    EXPECT_EQ(error_of(check_config(config)), c.error);
    const auto found = reachable_addresses(config);
    ASSERT_EQ(found.ok(), c.error.empty()) << c.error;
    if (!found.ok()) continue;
    EXPECT_EQ(found->links, c.links_found);
    EXPECT_EQ(found->http, c.http_found);
  }
}

TEST(ConfigFile, names_and_addresses_of_a_cluster_are_checked_as_they_are_read) {
  const std::pair<std::string, std::string> cases[] = {
      {"name = \"Tour\"",
       "name must have 1 to 48 lower-case letters, digits and '-', not \"Tour\""},
      {"name = \"a/b\"", "name must have 1 to 48 lower-case letters, digits and '-', not \"a/b\""},
      {"name = \"" + std::string(49, 'a') + "\"",
       "name must have 1 to 48 lower-case letters, digits and '-', not \"" + std::string(49, 'a') +
           "\""},
      {"instance = \"box 1\"",
       "instance must have 1 to 48 lower-case letters, digits and '-', not \"box 1\""},
      {"listen = \"box-1:7101\"",
       "listen must be ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, not \"box-1:7101\""},
      {"address = \"box-1\"", "address must be HOST:PORT, with a port from 1 to 65535"},
      {"address = \"box-1:0\"", "address must be HOST:PORT, with a port from 1 to 65535"},
      {"http_address = \":80\"", "http_address must be HOST:PORT, with a port from 1 to 65535"},
      {"address = \"0.0.0.0:7101\"",
       "address must be an address that others can dial, not \"0.0.0.0:7101\""},
      {"http_address = \"[::]:80\"",
       "http_address must be an address that others can dial, not \"[::]:80\""},
      {"etcd = \"10.0.0.1:2379\"", "etcd must be a list of strings"},
      {"weight = 10001", "weight must be an integer from 0 to 10000, not 10001"},
      {"tail_mib = 0", "tail_mib must be an integer from 1 to 1024, not 0"},
      {"file = \"cluster.toml\"", "file"},
  };
  for (const auto& [text, message] : cases) {
    ServeConfig config;
    const std::string error = error_of(apply_config_text("[cluster]\n" + text, "f.toml", config));
    if (message == "file") {
      EXPECT_TRUE(error.starts_with("f.toml:2: unknown key cluster.file")) << error;
    } else {
      EXPECT_EQ(error, "f.toml:2: cluster." + message) << text;
    }
  }
  ServeConfig config;
  ASSERT_EQ(error_of(apply_config_text(R"([cluster]
      name = "tour-2026"
      etcd = ["10.0.0.1:2379", "10.0.0.2:2379,10.0.0.3:2379"]
      instance = "box-1"
      weight = 250
      listen = "0.0.0.0:7201"
      address = "box-1.example:7201"
      http_address = "[fd00::1]:8080"
      tls = false
      tail_mib = 64
      etcd_ca_file = "ca.pem"
      etcd_certificate_file = "own.pem"
      etcd_key_file = "own.key"
      etcd_user = "frontrow"
      etcd_password_file = "password"
  )",
                                       "f", config)),
            "");
  const ClusterConfig& cluster = config.cluster;
  EXPECT_EQ(cluster.name, "tour-2026");
  EXPECT_EQ(cluster.store.endpoints,
            (std::vector<std::string>{"10.0.0.1:2379", "10.0.0.2:2379,10.0.0.3:2379"}));
  EXPECT_EQ(cluster.instance, "box-1");
  EXPECT_EQ(cluster.weight, 250U);
  EXPECT_EQ(cluster.listen, "0.0.0.0:7201");
  EXPECT_EQ(cluster.address, "box-1.example:7201");
  EXPECT_EQ(cluster.http_address, "[fd00::1]:8080");
  EXPECT_FALSE(cluster.tls);
  EXPECT_EQ(cluster.tail_mib, 64U);
  EXPECT_EQ(cluster.store.ca_file, "ca.pem");
  EXPECT_EQ(cluster.store.certificate_file, "own.pem");
  EXPECT_EQ(cluster.store.key_file, "own.key");
  EXPECT_EQ(cluster.store.user, "frontrow");
  EXPECT_EQ(cluster.store.password_file, "password");
}

TEST(ConfigValues, listen_address_takes_numeric_addresses_only) {
  const auto v4 = parse_listen_address("0.0.0.0:65535");
  ASSERT_TRUE(v4.ok());
  EXPECT_EQ((*v4).host, "0.0.0.0");
  EXPECT_EQ((*v4).port, 65535);
  const auto v6 = parse_listen_address("[::1]:0");
  ASSERT_TRUE(v6.ok());
  EXPECT_EQ((*v6).host, "::1");
  EXPECT_EQ((*v6).port, 0);
  for (const std::string_view bad :
       {"", ":", "8080", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:+1", "127.0.0.1: 80", "127.0.0.1:80 ", "256.0.0.1:80", "::1:80",
        "[127.0.0.1]:80", "[::1:80", "[]:80", "host:80"}) {
    EXPECT_FALSE(parse_listen_address(bad).ok()) << bad;
  }
}

TEST(ConfigValues, known_secrets_are_refused_by_name) {
  const std::string repair = "; `frontrow cluster secret` prints a new one";
  const std::pair<std::string, std::string> cases[] = {
      {"replace-me-replace-me-replace-me",
       "is refused: it is still the placeholder \"replace-me\" of tools/deploy/frontrow.toml"},
      {"please-CHANGEME-please",
       "is refused: it is still the placeholder \"changeme\" of a sample"},
      {"at-least-16-characters",
       "is refused: it is the sample of tools/frontrow.example.toml, which is public"},
      {"The-Same-On-Every-Instance",
       "is refused: it is the sample of docs/CLUSTER.md, which is public"},
      {"00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff",
       "is refused: it is the sample of docs/CLUSTER.md, which is public"},
      {std::string(64, '0'), "is refused: its bytes are all the same, or count up or down"},
      {std::string(16, 'x'), "is refused: its bytes are all the same, or count up or down"},
      {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "is refused: its bytes are all the same, or count up or down"},
      {"deadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeefdeadbeef",
       "is refused: it repeats a shorter text"},
      {"secret-secret-secret", "is refused: it repeats a shorter text"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_EQ(error_of(check_admin_key(text)), message + repair) << text;
    if (!parse_hex(text)) continue;
    EXPECT_EQ(parse_token_key("k1:" + text).error(), message + repair) << text;
    EXPECT_EQ(parse_cluster_secret(text).error(), message + repair) << text;
  }
  EXPECT_EQ(parse_token_key("k1:replace-me-by-64-hexadecimal-digits").error(),
            "is refused: it is still the placeholder \"replace-me\" of "
            "tools/deploy/frontrow.toml" +
                repair);
  EXPECT_EQ(error_of(check_admin_key(kSecretDigits)), "");
  EXPECT_TRUE(parse_token_key("k1:" + kSecretDigits).ok());
  EXPECT_TRUE(parse_cluster_secret(kSecretDigits).ok());
}

TEST(ConfigValues, hex_is_pairs_of_digits) {
  EXPECT_EQ(parse_hex("00fFa9"), std::string("\x00\xff\xa9", 3));
  EXPECT_EQ(format_hex(std::string("\x00\xff\xa9", 3)), "00ffa9");
  EXPECT_EQ(parse_hex(""), "");
  for (const std::string_view bad : {"0", "0g", "g0", " 0", "0x", "000"})
    EXPECT_FALSE(parse_hex(bad).has_value()) << bad;
}

TEST(ConfigValues, token_key_survives_its_text) {
  std::string secret;
  for (int i = 0; i < 40; ++i) secret += static_cast<char>(i * i * 13);
  const auto key = parse_token_key(format_token_key({"k-1", secret}));
  ASSERT_TRUE(key.ok());
  EXPECT_EQ((*key).id, "k-1");
  EXPECT_EQ((*key).secret, secret);
}

}  // namespace
}  // namespace frontrow
