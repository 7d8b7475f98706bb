#include "tools/frontrow/cli/cli.h"

#include <gtest/gtest.h>

#include "tests/tools/frontrow/support/command_lines.h"
#include "tests/tools/frontrow/support/test_files.h"
#include "tools/frontrow/config/config_table.h"

namespace frontrow {
namespace {

CommandLine serve(std::vector<std::string> args, std::string admin_key_env = {}) {
  args.insert(args.begin(), "serve");
  return parse_command_line({std::move(args), std::move(admin_key_env), "1.2.3"});
}

TEST(CommandLine, serve_without_options_takes_the_defaults) {
  const CommandLine line = serve({});
  ASSERT_EQ(line.action, CommandLine::Action::kServe) << line.error;
  for (const ConfigOption& option : config_options()) {
    EXPECT_EQ(option.get(line.serve), option.get(ServeConfig{})) << option.key;
  }
}

TEST(CommandLine, every_option_of_the_table_is_taken) {
  for (const ConfigOption& option : config_options()) {
    if (option.type != ConfigType::kInteger || option.key == "balance_max" ||
        option.key == "charge_max")
      continue;
    const std::int64_t given = option.key == "http.admin_body_bytes" ? option.max : option.min;
    const CommandLine line = serve({flag_of(option), std::to_string(given)});
    ASSERT_EQ(line.action, CommandLine::Action::kServe) << line.error;
    EXPECT_EQ(option.get(line.serve), ConfigValue(given)) << option.key;
  }
  const CommandLine line =
      serve({"--data-dir=/d", "--listen", "127.0.0.1:1", "--listen", "[::1]:2", "--demo",
             "--log-level", "warn", "--log-format=json", "--currency", "EUR", "--token-keys",
             "b:" + kSecretDigits, "--token-keys", "a:" + kSecretDigits});
  ASSERT_EQ(line.action, CommandLine::Action::kServe) << line.error;
  EXPECT_EQ(line.serve.data_dir, "/d");
  EXPECT_EQ(line.serve.listen, (std::vector<std::string>{"127.0.0.1:1", "[::1]:2"}));
  EXPECT_TRUE(line.serve.demo);
  EXPECT_EQ(line.serve.log_level, "warn");
  EXPECT_EQ(line.serve.log_format, "json");
  EXPECT_EQ(line.serve.currency.text(), "EUR");
  EXPECT_EQ(line.serve.token_keys,
            (std::vector<std::string>{"b:" + kSecretDigits, "a:" + kSecretDigits}));
}

TEST(CommandLine, command_line_goes_before_file_and_environment_before_both) {
  const TempDirectory dir;
  const std::string file = (dir.path() / "c.toml").string();
  write_file(file,
             "threads = 3\ndemo = true\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n"
             "admin_key = \"key-of-the-file-0\"\ntoken_ttl_hours = 5\n");
  const CommandLine from_file = serve({"--config", file});
  ASSERT_EQ(from_file.action, CommandLine::Action::kServe) << from_file.error;
  EXPECT_EQ(from_file.serve.threads, 3U);
  EXPECT_EQ(from_file.serve.admin_key, "key-of-the-file-0");
  const CommandLine both = serve({"--threads", "4", "--config", file, "--demo=false", "--listen",
                                  "127.0.0.1:3", "--admin-key", "key-of-the-line-0"});
  ASSERT_EQ(both.action, CommandLine::Action::kServe) << both.error;
  EXPECT_EQ(both.serve.threads, 4U);
  EXPECT_FALSE(both.serve.demo);
  EXPECT_EQ(both.serve.listen, std::vector<std::string>{"127.0.0.1:3"});
  EXPECT_EQ(both.serve.admin_key, "key-of-the-line-0");
  EXPECT_EQ(both.serve.token_ttl_hours, 5U);
  const CommandLine all =
      serve({"--config", file, "--admin-key", "key-of-the-line-0"}, "key-of-environment");
  EXPECT_EQ(all.serve.admin_key, "key-of-environment");
}

TEST(CommandLine, instance_of_a_cluster_takes_its_secret_from_the_environment) {
  Invocation invocation{
      {"serve", "--cluster", "tour", "--etcd", "127.0.0.1:2379,127.0.0.2:2379", "--instance",
       "box-3", "--token-keys", "a:" + kSecretDigits, "--passes-key-file", "signing.pem"},
      "key-of-environment",
      "1.2.3",
      kSecretDigits};
  const CommandLine line = parse_command_line(invocation);
  ASSERT_EQ(line.action, CommandLine::Action::kServe) << line.error;
  EXPECT_EQ(line.serve.cluster.name, "tour");
  EXPECT_EQ(line.serve.cluster.instance, "box-3");
  EXPECT_EQ(line.serve.cluster.store.endpoints.size(), 1U);
  EXPECT_EQ(line.serve.cluster.secret, kSecretDigits);
  invocation.cluster_secret_env = "not-a-secret-at-all";
  const CommandLine wrong = parse_command_line(invocation);
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_EQ(wrong.error,
            "frontrow: FRONTROW_CLUSTER_SECRET must be 64 to 1024 hexadecimal digits, two for each "
            "byte\n");
  // A single instance does not use the secret, so its form does not matter.
  invocation.args = {"serve"};
  EXPECT_EQ(parse_command_line(invocation).action, CommandLine::Action::kServe);
}

TEST(CommandLine, mistakes_name_the_option_and_exit_with_2) {
  const TempDirectory dir;
  const std::string file = (dir.path() / "c.toml").string();
  write_file(file, "\nthreads = 65\n");
  struct Case {
    std::vector<std::string> args;
    std::string env;
    std::string error;
  };
  const Case cases[] = {
      {{"--threads", "65"}, "", "--threads must be an integer from 1 to 64, not 65"},
      {{"--threads", "x"}, "", "--threads must be an integer from 1 to 64, not \"x\""},
      {{"--threads", "1x"}, "", "--threads must be an integer from 1 to 64, not \"1x\""},
      {{"--threads", "99999999999999999999"},
       "",
       "--threads must be an integer from 1 to 64, not \"99999999999999999999\""},
      {{"--demo=maybe"}, "", "--demo must be true or false, not \"maybe\""},
      {{"--http-header-bytes", "1023"},
       "",
       "--http-header-bytes must be an integer from 1024 to 65536, not 1023"},
      {{"--listen", "8080"},
       "",
       "--listen must be ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080, not \"8080\""},
      {{"--admin-key", "short"}, "", "--admin-key must be 16 to 256 visible ASCII characters"},
      {{}, "short", "FRONTROW_ADMIN_KEY must be 16 to 256 visible ASCII characters"},
      {{"--config", file}, "", file + ":2: threads must be an integer from 1 to 64, not 65"},
      {{"--config", file + "x"}, "", file + "x: cannot be read: No such file or directory"},
      {{"--balance-max", "5"}, "", "charge_max (10000000) must not be above balance_max (5)"},
  };
  for (const Case& c : cases) {
    const CommandLine line = serve(c.args, c.env);
    EXPECT_EQ(line.action, CommandLine::Action::kExit);
    EXPECT_EQ(line.exit_code, 2);
    EXPECT_EQ(line.error, "frontrow: " + c.error + "\n");
    EXPECT_EQ(line.output, "");
  }
  for (const std::vector<std::string>& args : std::vector<std::vector<std::string>>{
           {"--colour", "1"}, {"--threads"}, {"--threads", "1", "--threads", "2"}, {"stray"}}) {
    const CommandLine line = serve(args);
    EXPECT_EQ(line.exit_code, 2);
    const std::string option = args.front().substr(0, args.front().find('='));
    EXPECT_NE(line.error.find(option), std::string::npos) << line.error;
  }
}

TEST(CommandLine, help_and_version_exit_with_0) {
  const CommandLine help = parse_command_line({{"--help"}, "", "1.2.3"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.output.find("serve"), std::string::npos);
  const CommandLine version = parse_command_line({{"--version"}, "", "1.2.3"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.output, "frontrow 1.2.3\n");
  EXPECT_EQ(parse_command_line({{}, "", "1.2.3"}).exit_code, 2);
  EXPECT_EQ(parse_command_line({{"bake"}, "", "1.2.3"}).exit_code, 2);
}

TEST(CommandLine, help_of_serve_tells_unit_bounds_and_default_of_every_option) {
  const std::string help = words_of(serve({"--help"}).output);
  for (const ConfigOption& option : config_options()) {
    EXPECT_NE(help.find(words_of(flag_of(option))), std::string::npos) << option.key;
    EXPECT_NE(help.find(words_of(option.help)), std::string::npos) << option.key;
    EXPECT_NE(help.find(words_of(describe_bounds(option))), std::string::npos) << option.key;
  }
}

}  // namespace
}  // namespace frontrow
