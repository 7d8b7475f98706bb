// The words of a command line that is not one: which command or option is not known, and the one
// that may have been meant. CLI11's own texts stay for the rest.
//
// Pure functions, any thread.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace frontrow {

// `frontrow help serve`, `frontrow recover help`, `frontrow version` as the options that they stand
// for; everything else as it is.
std::vector<std::string> with_words_as_options(std::vector<std::string> args);

// The first word where a command must stand and none of that name is, or that one is missing.
// Before the parse: nothing if there is no such mistake.
std::optional<std::string> command_mistake(CLI::App& program, const std::vector<std::string>& args);

// What is wrong with the arguments that the program has refused with `error`.
std::string describe_mistake(CLI::App& program, const std::vector<std::string>& args,
                             const CLI::ParseError& error);

}  // namespace frontrow
