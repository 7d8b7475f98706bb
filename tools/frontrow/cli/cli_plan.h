// `frontrow plan import|check` on the command line: its options and its help.
#pragma once

#include <memory>
#include <variant>

#include "engine/base/result.h"
#include "tools/frontrow/plan/commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

using PlanCommand = std::variant<plans::ImportArgs, plans::CheckArgs>;

class PlanCommandLine {
 public:
  // Adds `plan` to the program's commands; must live until the command line is parsed.
  explicit PlanCommandLine(CLI::App& program);
  ~PlanCommandLine();

  // True if the command line names this command.
  bool parsed() const;
  // The parsed arguments; the error names the invalid option.
  Result<PlanCommand> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
