// Text forms of the options: flags, bounds, and the example file.
#include <fmt/format.h>

#include <algorithm>

#include "tools/frontrow/config/config_table.h"

namespace frontrow {
namespace {

// TOML basic string; configured texts have no control characters.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string default_of(const ConfigOption& option) {
  if (!option.default_note.empty()) return std::string(option.default_note);
  return to_toml(option.get(ServeConfig{}));
}

constexpr std::string_view kExampleHead =
    "# Every key of `frontrow serve --config FILE`, with its default. The command line overrides "
    "the\n"
    "# file. Each key is an option there: http.header_bytes is --http-header-bytes; cluster.name,\n"
    "# cluster.etcd and cluster.instance are --cluster, --etcd and --instance.\n";

constexpr std::string_view kExampleKeys = R"(
# Service keys: a table for each program or person who operates the sale, made by `frontrow keys new`.
# Scopes: some of operate, box-office, charge, read, metrics, check-in. SIGHUP reads the tables again.
# (at most 64, default none: the admin key has all scopes)
#[[keys]]
#id = "till-1"
#sha256 = "64 hexadecimal digits"
#scopes = ["box-office", "read"]
#concerts = [3, 4]
)";

}  // namespace

std::string flag_of(const ConfigOption& option) {
  // The three that a person types.
  if (option.key == "cluster.name") return "--cluster";
  if (option.key == "cluster.etcd") return "--etcd";
  if (option.key == "cluster.instance") return "--instance";
  std::string flag = "--" + std::string(option.key);
  std::replace(flag.begin(), flag.end(), '.', '-');
  std::replace(flag.begin(), flag.end(), '_', '-');
  return flag;
}

std::string describe_bounds(const ConfigOption& option) {
  std::string text;
  if (option.type == ConfigType::kInteger)
    text = fmt::format("{}, {} to {}, ", option.unit, option.min, option.max);
  if (option.type == ConfigType::kList)
    text = fmt::format("{} to {} items, ", option.min, option.max);
  return text + "default " + default_of(option);
}

std::string to_toml(const ConfigValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "true" : "false";
  if (const auto* text = std::get_if<std::string>(&value)) return toml_string(*text);
  std::string list;
  for (const std::string& item : std::get<std::vector<std::string>>(value)) {
    list += (list.empty() ? "" : ", ") + toml_string(item);
  }
  return "[" + list + "]";
}

std::string config_example() {
  std::string text(kExampleHead);
  std::string_view table;
  for (const ConfigOption& option : config_options()) {
    const std::size_t dot = option.key.find('.');
    const std::string_view prefix = dot == std::string_view::npos ? "" : option.key.substr(0, dot);
    const std::string_view name =
        dot == std::string_view::npos ? option.key : option.key.substr(dot + 1);
    if (prefix != table) text += fmt::format("\n[{}]\n", prefix);
    table = prefix;
    text += fmt::format("\n# {}.\n# ({})\n", option.help, describe_bounds(option));
    if (option.example.empty()) {
      text += fmt::format("{} = {}\n", name, to_toml(option.get(ServeConfig{})));
    } else {
      text += fmt::format("#{} = {}\n", name, option.example);
    }
  }
  return text.append(kExampleKeys);
}

}  // namespace frontrow
