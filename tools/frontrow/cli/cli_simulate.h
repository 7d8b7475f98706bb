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

  // Whether this command was asked for.
  bool parsed() const;
  // What was asked for; the error names the option that makes no sense.
  Result<simulate::SimulateArgs> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
