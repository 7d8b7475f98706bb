// `frontrow simulate` on the command line: its options, their bounds and their help.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "tools/frontrow/simulate/options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

class SimulateCommandLine {
 public:
  // Adds `simulate` to the program's commands; must live until the command line is parsed.
  explicit SimulateCommandLine(CLI::App& program);
  ~SimulateCommandLine();

  // True if the command line names this command.
  bool parsed() const;
  // The parsed arguments; the error names the invalid option.
  Result<simulate::SimulateArgs> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
