// Error messages for invalid command lines: the unknown command or option, and the known name
// nearest to it. Other errors keep CLI11's own texts.
//
// Pure functions, any thread.
#pragma once

#include <CLI/CLI.hpp>

#include <optional>
#include <string>
#include <vector>

namespace frontrow {

// Turns `frontrow help serve`, `frontrow recover help` and `frontrow version` into the equivalent
// options; other arguments are returned unchanged.
std::vector<std::string> with_words_as_options(std::vector<std::string> args);

// The message for a missing command, or for the first word that should be a command and is not.
// Called before the parse; empty if there is no such mistake.
std::optional<std::string> command_mistake(CLI::App& program, const std::vector<std::string>& args);

// The message for arguments that the program has rejected with `error`.
std::string describe_mistake(CLI::App& program, const std::vector<std::string>& args,
                             const CLI::ParseError& error);

}  // namespace frontrow
