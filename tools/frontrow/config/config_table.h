// The table of all settings, and the function that sets a key.
//
// A row binds a key to a member of ServeConfig. The rows define the keys of the file, the options
// of the command line (--http-header-bytes for http.header_bytes), their help, and the example
// file. A new key is one more row and one more member.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/base/result.h"
#include "tools/frontrow/config/config.h"

namespace frontrow {

using ConfigValue = std::variant<std::int64_t, bool, std::string, std::vector<std::string>>;
enum class ConfigType : std::uint8_t { kInteger, kBool, kText, kList };  // index of ConfigValue

struct ConfigOption {
  std::string_view key;  // as in TOML; dots are tables
  ConfigType type;
  std::string_view unit;  // of integers; for texts the placeholder in the help
  std::int64_t min;       // integers: bounds, inclusive; lists: count of items
  std::int64_t max;
  std::string_view help;
  // For keys whose default is not fixed: a description of the default, and an example in TOML.
  // Empty otherwise.
  std::string_view default_note;
  std::string_view example;
  ConfigValue (*get)(const ServeConfig&);
  void (*set)(ServeConfig&, const ConfigValue&);
  Status (*check)(std::string_view text);  // texts and list items; may be null
};

std::span<const ConfigOption> config_options();
const ConfigOption* find_config_option(std::string_view key);

// "--http-header-bytes"
std::string flag_of(const ConfigOption& option);
// "bytes, 1024 to 65536, default 8192"
std::string describe_bounds(const ConfigOption& option);
// The value in TOML syntax.
std::string to_toml(const ConfigValue& value);

// Sets the key if the value has its type and is in range. The error completes a sentence that
// begins with the key's name.
Status set_config(const ConfigOption& option, const ConfigValue& value, ServeConfig& config);
// The error for a value of another type.
Error wrong_type(const ConfigOption& option);

// The whole text of tools/frontrow.example.toml.
std::string config_example();

}  // namespace frontrow
