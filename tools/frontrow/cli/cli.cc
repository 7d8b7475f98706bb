#include "tools/frontrow/cli/cli.h"

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <optional>
#include <sstream>

#include "engine/base/text.h"
#include "tools/frontrow/cli/cli_mistakes.h"
#include "tools/frontrow/config/config_table.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {
namespace {

constexpr int kUsageError = 2;
constexpr std::size_t kHelpColumn = 34;

constexpr const char* kServeFooter = R"(
Signals:
  SIGTERM, SIGINT   finish the requests in progress, then end
  SIGHUP            read the admin key, the token keys, the service keys, the keys of passes and
                    tickets, the content of identity.jwks_file and the tables [challenge] and
                    [passes] again, from the same source as at the start: the --config file or the
                    files in the data directory. No connection and no request is cut. If a key is
                    invalid, the old keys stay in use and the log says why. No other setting is read
                    again.
  SIGUSR1, SIGUSR2  no effect, except a log line

When the server is ready, it writes the line "listening on URL" to stdout, unless stdout and stderr
(the log) are the same file or terminal. With port 0 a script learns the port from this line.)";

std::string group_of(const ConfigOption& option) {
  const std::size_t dot = option.key.find('.');
  return dot == std::string_view::npos ? "Options"
                                       : "Options of " + std::string(option.key.substr(0, dot));
}

// The texts given for one option, unparsed.
struct Given {
  const ConfigOption* option;
  std::vector<std::string> texts;
};

void add_option(CLI::App& app, Given& given) {
  const ConfigOption& option = *given.option;
  const std::string help = fmt::format("{} ({})", option.help, describe_bounds(option));
  const std::string flag = flag_of(option);
  CLI::Option* added = nullptr;
  if (option.type == ConfigType::kBool) {
    added = app.add_flag(flag, given.texts, help);  // "true", or the text after a '='
  } else {
    added = app.add_option(flag, given.texts, help);
    added->type_name(option.type == ConfigType::kInteger ? "N" : std::string(option.unit));
    added->expected(1);
    added->multi_option_policy(option.type == ConfigType::kList ? CLI::MultiOptionPolicy::TakeAll
                                                                : CLI::MultiOptionPolicy::Throw);
    if (option.type == ConfigType::kList)
      added->description(help + ". May be given more than once");
  }
  added->group(group_of(option));
}

std::optional<ConfigValue> value_of(const Given& given) {
  const std::string& text = given.texts.back();
  switch (given.option->type) {
    case ConfigType::kBool:
      if (text != "true" && text != "false") return std::nullopt;
      return ConfigValue(text == "true");
    case ConfigType::kText:
      return ConfigValue(text);
    case ConfigType::kList:
      return ConfigValue(given.texts);
    case ConfigType::kInteger:
      break;
  }
  const auto number = parse_number<std::int64_t>(text);
  if (!number) return std::nullopt;
  return ConfigValue(*number);
}

// Applies defaults, file, command line and environment, in this order.
Status gather(const std::string& file, const std::vector<Given>& all, const Invocation& invocation,
              ServeConfig& config) {
  if (!file.empty()) {
    if (Status status = apply_config_file(file, config); !status.ok()) return status;
  }
  for (const Given& given : all) {
    if (given.texts.empty()) continue;
    const auto value = value_of(given);
    const Status status =
        value ? set_config(*given.option, *value, config)
              : Status(Error{fmt::format("{}, not \"{}\"", wrong_type(*given.option).message,
                                         given.texts.back())});
    if (!status.ok()) return Error{flag_of(*given.option) + " " + status.error()};
  }
  if (!invocation.admin_key_env.empty()) {
    if (const Status status = check_admin_key(invocation.admin_key_env); !status.ok()) {
      return Error{"FRONTROW_ADMIN_KEY " + status.error()};
    }
    config.admin_key = invocation.admin_key_env;
  }
  config.cluster.secret = invocation.cluster_secret_env;
  return check_config(config);
}

CommandLine mistake(const std::string& message) {
  CommandLine result;
  result.exit_code = kUsageError;
  result.error = fmt::format("{}{}\n", kErrorMark, message);
  return result;
}

// The command with its arguments, or their mistake.
template <class Args>
CommandLine line_for(CommandLine::Action action, Args CommandLine::* member, Result<Args> asked) {
  if (!asked.ok()) return mistake(asked.error());
  CommandLine result;
  result.action = action;
  result.*member = std::move(*asked);
  return result;
}

}  // namespace

CommandLine parse_command_line(const Invocation& invocation) {
  CLI::App app("frontrow: a ticket-drop engine", "frontrow");
  app.set_version_flag("-V,--version", "frontrow " + invocation.version);
  app.require_subcommand(1);
  app.get_formatter()->column_width(kHelpColumn);

  CLI::App* serve = app.add_subcommand("serve", "Serve the HTTP API");
  serve->footer(kServeFooter);
  std::string file;
  serve
      ->add_option("--config", file,
                   "TOML file with any of the settings below; options override it")
      ->type_name("FILE");
  std::vector<Given> given;
  for (const ConfigOption& option : config_options()) given.push_back({&option, {}});
  for (Given& one : given) add_option(*serve, one);
  const RecoverCommandLine recover(app);
  const DropCommandLine drop(app);
  const SimulateCommandLine simulate(app);
  const ClusterCommandLine cluster(app);
  const KeysCommandLine keys(app);
  const PlanCommandLine plan(app);
  const ShuffleCommandLine shuffle(app);

  const std::vector<std::string> args = with_words_as_options(invocation.args);
  if (const auto wrong = command_mistake(app, args)) return mistake(*wrong);
  try {
    app.parse(std::vector<std::string>(args.rbegin(), args.rend()));  // CLI11 takes them reversed
  } catch (const CLI::ParseError& error) {
    std::ostringstream output;
    std::ostringstream errors;
    const int code = app.exit(error, output, errors);
    if (code != 0) return mistake(describe_mistake(app, args, error));
    CommandLine result;
    result.output = output.str();
    return result;
  }

  CommandLine result;
  if (auto asked = recover.asked()) {
    result.action = CommandLine::Action::kRecover;
    result.recover = std::move(*asked);
    return result;
  }
  using Action = CommandLine::Action;
  const std::string& key = invocation.admin_key_env;
  if (drop.parsed()) return line_for(Action::kDrop, &CommandLine::drop, drop.asked(key));
  if (simulate.parsed())
    return line_for(Action::kSimulate, &CommandLine::simulate, simulate.asked());
  if (cluster.parsed())
    return line_for(Action::kCluster, &CommandLine::cluster,
                    cluster.asked({key, invocation.cluster_env, invocation.etcd_env}));
  if (keys.parsed()) return line_for(Action::kKeys, &CommandLine::new_key, keys.asked());
  if (plan.parsed()) return line_for(Action::kPlan, &CommandLine::plan, plan.asked());
  if (shuffle.parsed()) return line_for(Action::kShuffle, &CommandLine::shuffle, shuffle.asked());
  if (const Status status = gather(file, given, invocation, result.serve); !status.ok()) {
    return mistake(status.error());
  }
  result.action = CommandLine::Action::kServe;
  return result;
}

}  // namespace frontrow
