// The command line: `frontrow --help` or `help`, `frontrow --version` or `version`, `frontrow serve
// [options]`, `frontrow recover COMMAND [options]`, `frontrow drop [options]`, `frontrow simulate
// [options]`, `frontrow cluster COMMAND [options]`, `frontrow keys COMMAND [options]`, `frontrow
// plan COMMAND [options]`, `frontrow shuffle COMMAND [options]`.
//
// Parsing is pure, except that it reads the --config file and the cluster's file. It prints nothing
// and starts nothing: main() acts on the result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/frontrow/cli/cli_cluster.h"
#include "tools/frontrow/cli/cli_drop.h"
#include "tools/frontrow/cli/cli_keys.h"
#include "tools/frontrow/cli/cli_plan.h"
#include "tools/frontrow/cli/cli_recover.h"
#include "tools/frontrow/cli/cli_shuffle.h"
#include "tools/frontrow/cli/cli_simulate.h"
#include "tools/frontrow/config/config.h"

namespace frontrow {

// Prefix of every line of CommandLine::error that reports a mistake.
inline constexpr std::string_view kErrorMark = "frontrow: ";

struct CommandLine {
  enum class Action : std::uint8_t {
    kServe,
    kRecover,
    kDrop,
    kSimulate,
    kCluster,
    kKeys,
    kPlan,
    kShuffle,
    kExit
  };
  Action action = Action::kExit;
  int exit_code = 0;                // kExit: 0 after help and version, 2 after a mistake
  std::string output;               // for stdout
  std::string error;                // for stderr, one line or more
  ServeConfig serve;                // kServe: from all sources, checked
  RecoverCommand recover;           // kRecover
  drop::DropArgs drop;              // kDrop
  simulate::SimulateArgs simulate;  // kSimulate
  ClusterCommand cluster;           // kCluster
  keys::NewKeyArgs new_key;         // kKeys
  PlanCommand plan;                 // kPlan
  shuffle::VerifyArgs shuffle;      // kShuffle
};

// Arguments and environment of the process at its start.
struct Invocation {
  std::vector<std::string> args;        // without the program's name
  std::string admin_key_env;            // value of FRONTROW_ADMIN_KEY; empty counts as not set
  std::string version;                  // for --version
  std::string cluster_secret_env = {};  // value of FRONTROW_CLUSTER_SECRET; empty counts as not set
  std::string cluster_env = {};         // value of FRONTROW_CLUSTER; empty counts as not set
  std::string etcd_env = {};            // value of FRONTROW_ETCD; empty counts as not set
};

CommandLine parse_command_line(const Invocation& invocation);

}  // namespace frontrow
