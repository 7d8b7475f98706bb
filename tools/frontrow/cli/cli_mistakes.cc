#include "tools/frontrow/cli/cli_mistakes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "tools/frontrow/common/suggest.h"

namespace frontrow {
namespace {

constexpr std::ptrdiff_t kCommandWordsMax = 3;  // `help recover verify`

bool is_option(const std::string& word) { return word.starts_with('-'); }

std::vector<std::string> commands_of(CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
    names.push_back(command->get_name());
  return names;
}

CLI::App* command_named(CLI::App& app, const std::string& name) {
  const auto commands = app.get_subcommands([](CLI::App*) { return true; });
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [&name](const CLI::App* c) { return c->get_name() == name; });
  return found == commands.end() ? nullptr : *found;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

// "frontrow", "frontrow recover".
std::string path_of(const CLI::App& app) {
  return app.get_parent() == nullptr ? app.get_name()
                                     : path_of(*app.get_parent()) + ' ' + app.get_name();
}

// The command that the leading words select, and the index of the first word that is not a command.
struct Led {
  CLI::App* command;
  std::size_t next;
};
Led follow(CLI::App& program, const std::vector<std::string>& args) {
  Led led{&program, 0};
  for (; led.next < args.size(); ++led.next) {
    CLI::App* command = command_named(*led.command, args[led.next]);
    if (command == nullptr) break;
    led.command = command;
  }
  return led;
}

}  // namespace

std::vector<std::string> with_words_as_options(std::vector<std::string> args) {
  if (args.size() == 1 && args[0] == "version") return {"--version"};
  // Only among the leading words: a word after an option may be the option's value.
  auto end = std::find_if(args.begin(), args.end(), is_option);
  if (end - args.begin() > kCommandWordsMax) end = args.begin() + kCommandWordsMax;
  const auto help = std::find(args.begin(), end, "help");
  if (help == end) return args;
  args.erase(help);
  args.emplace_back("--help");
  return args;
}

std::optional<std::string> command_mistake(CLI::App& program,
                                           const std::vector<std::string>& args) {
  const Led led = follow(program, args);
  const std::vector<std::string> commands = commands_of(*led.command);
  if (commands.empty()) return std::nullopt;
  const std::string path = path_of(*led.command);
  if (led.next == args.size()) {
    return fmt::format("no command given; {} has {}; `{} --help` explains them", path,
                       fmt::join(commands, ", "), path);
  }
  const std::string& word = args[led.next];
  if (is_option(word)) return std::nullopt;
  return fmt::format("{} has no command {}{}; `{} --help` lists them", path, word,
                     suggestion(word, commands), path);
}

std::string describe_mistake(CLI::App& program, const std::vector<std::string>& args,
                             const CLI::ParseError& error) {
  CLI::App& command = *follow(program, args).command;
  const std::vector<std::string> extras = program.remaining(true);
  const auto unknown = std::find_if(extras.begin(), extras.end(), is_option);
  if (unknown != extras.end()) {
    const std::string name = unknown->substr(0, unknown->find('='));
    return fmt::format("{} has no option {}{}; `{} --help` lists them", path_of(command), name,
                       suggestion(name, options_of(command)), path_of(command));
  }
  if (!extras.empty()) {
    return fmt::format("{} takes no argument {}; `{} --help` lists its arguments", path_of(command),
                       extras.front(), path_of(command));
  }
  return error.what();
}

}  // namespace frontrow
