// The command line: `frontrow --help`, `frontrow --version`, `frontrow serve [options]`,
// `frontrow recover COMMAND [options]`, `frontrow drop [options]`, `frontrow simulate [options]`.
//
// Pure but for reading the --config file: prints nothing, starts nothing. main() does as the result
// says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/cli_drop.h"
#include "tools/cli_recover.h"
#include "tools/cli_simulate.h"
#include "tools/config.h"

namespace frontrow {

struct CommandLine {
  enum class Action : std::uint8_t { kServe, kRecover, kDrop, kSimulate, kExit };
  Action action = Action::kExit;
  int exit_code = 0;                // kExit: 0 after help and version, 2 after a mistake
  std::string output;               // for stdout
  std::string error;                // for stderr, one line or more
  ServeConfig serve;                // kServe: from all sources, checked
  RecoverCommand recover;           // kRecover
  drop::DropArgs drop;              // kDrop
  simulate::SimulateArgs simulate;  // kSimulate
};

// What the process was started with.
struct Invocation {
  std::vector<std::string> args;  // without the program's name
  std::string admin_key_env;      // value of FRONTROW_ADMIN_KEY; empty counts as not set
  std::string version;            // for --version
};

CommandLine parse_command_line(const Invocation& invocation);

}  // namespace frontrow
