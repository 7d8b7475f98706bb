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

using ClusterCommand = std::variant<cluster::PlanArgs, cluster::ShowArgs, cluster::StatusArgs,
                                    cluster::DemoArgs, cluster::SecretArgs>;

class ClusterCommandLine {
 public:
  // Adds `cluster` to the program's commands; must live until the command line is parsed.
  explicit ClusterCommandLine(CLI::App& program);
  ~ClusterCommandLine();

  bool parsed() const;
  // The parsed command; only if parsed(). The error names the option. `admin_key_env` is used where
  // the command line has no admin key.
  Result<ClusterCommand> asked(const std::string& admin_key_env) const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
