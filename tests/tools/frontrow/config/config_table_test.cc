#include "tools/frontrow/config/config_table.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <set>
#include <utility>

#include "tests/source_tree.h"
#include "tests/tools/frontrow/support/test_files.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

std::string message_of(const Status& status) { return status.ok() ? "" : status.error(); }

TEST(ConfigTable, every_default_is_accepted_by_its_own_row) {
  for (const ConfigOption& option : config_options()) {
    const ConfigValue value = option.get(ServeConfig{});
    EXPECT_EQ(value.index(), static_cast<std::size_t>(option.type)) << option.key;
    ServeConfig config;
    if (option.default_note.empty()) {
      EXPECT_EQ(message_of(set_config(option, value, config)), "") << option.key;
    }
  }
}

TEST(ConfigTable, every_key_and_flag_is_there_once) {
  std::set<std::string> names;
  for (const ConfigOption& option : config_options()) {
    EXPECT_TRUE(names.insert(flag_of(option)).second) << option.key;
    EXPECT_EQ(find_config_option(option.key), &option);
    EXPECT_FALSE(option.help.empty()) << option.key;
  }
}

TEST(ConfigTable, set_of_every_integer_holds_at_its_bounds_and_not_beyond) {
  int integers = 0;
  for (const ConfigOption& option : config_options()) {
    if (option.type != ConfigType::kInteger) continue;
    ++integers;
    ASSERT_LT(option.min, option.max) << option.key;
    for (const std::int64_t good : {option.min, option.max}) {
      ServeConfig config;
      EXPECT_TRUE(set_config(option, good, config).ok()) << option.key;
      EXPECT_EQ(option.get(config), ConfigValue(good)) << option.key;
    }
    for (const std::int64_t bad : {option.min - 1, option.max + 1}) {
      ServeConfig config;
      EXPECT_EQ(message_of(set_config(option, bad, config)),
                "must be an integer from " + std::to_string(option.min) + " to " +
                    std::to_string(option.max) + ", not " + std::to_string(bad));
      EXPECT_EQ(option.get(config), option.get(ServeConfig{})) << option.key;
    }
  }
  EXPECT_GT(integers, 20);
}

TEST(ConfigTable, rows_are_bound_to_different_members) {
  for (const ConfigOption& option : config_options()) {
    if (option.type != ConfigType::kInteger) continue;
    ServeConfig config;
    const std::int64_t other =
        std::get<std::int64_t>(option.get(config)) == option.max ? option.min : option.max;
    option.set(config, other);
    for (const ConfigOption& untouched : config_options()) {
      if (untouched.key != option.key) {
        EXPECT_EQ(untouched.get(config), untouched.get(ServeConfig{}))
            << option.key << " sets " << untouched.key;
      }
    }
  }
}

TEST(ConfigTable, example_file_is_what_the_table_says) {
  const fs::path path = source_tree() / "tools/frontrow.example.toml";
  EXPECT_EQ(read_file(path), config_example());
}

TEST(ConfigTable, example_file_sets_every_default) {
  ServeConfig config;
  config.threads = 17;
  for (const ConfigOption& option : config_options()) {
    if (option.type == ConfigType::kInteger && option.example.empty())
      option.set(config, option.max);
  }
  ASSERT_EQ(message_of(apply_config_text(config_example(), "example", config)), "");
  for (const ConfigOption& option : config_options()) {
    if (option.example.empty()) {
      EXPECT_EQ(option.get(config), option.get(ServeConfig{})) << option.key;
    }
  }
  EXPECT_EQ(config.threads, 17U) << "has no fixed default: the example must leave it alone";
}

TEST(ConfigTable, example_values_that_are_commented_out_are_accepted) {
  std::string text = config_example();
  for (const ConfigOption& option : config_options()) {
    if (option.example.empty()) continue;
    // In the table of its name, if it has one.
    const std::size_t dot = option.key.find('.');
    const std::string table(option.key.substr(0, dot == option.key.npos ? 0 : dot));
    const std::string name(option.key.substr(dot == option.key.npos ? 0 : dot + 1));
    const std::size_t begin = table.empty() ? 0 : text.find("\n[" + table + "]\n");
    const std::size_t at = text.find("\n#" + name + " = ", begin);
    ASSERT_NE(at, std::string::npos) << option.key;
    text.erase(at + 1, 1);
  }
  // Replaces the sample secrets, which are rejected
  // (ConfigValues.known_secrets_are_refused_by_name).
  for (const auto& [sample, other] :
       {std::pair<std::string, std::string>{"at-least-16-characters", "sixteen-characters-or-more"},
        {"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", kSecretDigits}}) {
    const std::size_t at = text.find(sample);
    ASSERT_NE(at, std::string::npos) << sample;
    text.replace(at, sample.size(), other);
  }
  ServeConfig config;
  EXPECT_EQ(message_of(apply_config_text(text, "example", config)), "");
  EXPECT_EQ(config.threads, 4U);
  EXPECT_EQ(config.token_keys.size(), 1U);
  EXPECT_EQ(config.cluster.store.endpoints.size(), 3U);
}

}  // namespace
}  // namespace frontrow
