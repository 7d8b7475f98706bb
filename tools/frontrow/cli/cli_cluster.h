// `frontrow cluster ...` on the command line: its commands, their options and their help.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "engine/base/result.h"
#include "tools/frontrow/cluster/commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

using ClusterCommand =
    std::variant<cluster::InitArgs, cluster::StatusArgs, cluster::ShowArgs, cluster::ChangeArgs,
                 cluster::ImportArgs, cluster::DemoArgs, cluster::SecretArgs>;

// Variables of the environment, used where the command line has no value; empty: not set.
struct ClusterEnvironment {
  std::string admin_key;  // FRONTROW_ADMIN_KEY
  std::string cluster;    // FRONTROW_CLUSTER
  std::string etcd;       // FRONTROW_ETCD
};

class ClusterCommandLine {
 public:
  // Adds `cluster` to the program's commands; must live until the command line is parsed.
  explicit ClusterCommandLine(CLI::App& program);
  ~ClusterCommandLine();

  bool parsed() const;
  // The parsed command; only if parsed(). The error names the option.
  Result<ClusterCommand> asked(const ClusterEnvironment& environment) const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
