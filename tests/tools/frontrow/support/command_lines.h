// Parsing of command lines in tests, and the properties that every command's mistakes and help
// have.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/frontrow/cli/cli.h"

namespace frontrow {

// Parses `frontrow COMMAND ARGS...`; `key` is the value of FRONTROW_ADMIN_KEY.
inline CommandLine parsed_line(const char* command, std::vector<std::string> args,
                               std::string key = {}) {
  args.insert(args.begin(), command);
  return parse_command_line({std::move(args), std::move(key), "1.2.3"});
}

// The arguments of this type; fails the test if the command line names another command. `member`
// has the arguments of the action.
template <class Args, class Command>
Args args_of(const CommandLine& line, CommandLine::Action action, Command CommandLine::* member) {
  EXPECT_EQ(line.action, action) << line.error;
  const auto* found = std::get_if<Args>(&(line.*member));
  EXPECT_NE(found, nullptr);
  return found == nullptr ? Args{} : *found;
}

// Exit code 2, and one line on stderr that contains the text.
inline void expect_mistake(const CommandLine& line, const std::string& said) {
  EXPECT_EQ(line.action, CommandLine::Action::kExit) << said;
  EXPECT_EQ(line.exit_code, 2) << said;
  EXPECT_THAT(line.error, testing::HasSubstr(said));
  EXPECT_EQ(std::count(line.error.begin(), line.error.end(), '\n'), 1) << line.error;
}

// The text without white space: the layout of a help breaks lines, so only words are compared.
inline std::string words_of(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!std::isspace(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}

// Help with exit code 0 that contains all of the texts.
inline void expect_help(const CommandLine& line, std::initializer_list<const char*> texts) {
  EXPECT_EQ(line.exit_code, 0);
  const std::string help = words_of(line.output);
  for (const char* text : texts) EXPECT_THAT(help, testing::HasSubstr(words_of(text)));
}

}  // namespace frontrow
