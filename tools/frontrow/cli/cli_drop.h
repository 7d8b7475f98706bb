// `frontrow drop` on the command line: its options, their bounds and their help.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/base/result.h"
#include "tools/frontrow/workload/options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

class DropCommandLine {
 public:
  // Adds `drop` to the program's commands; must live until the command line is parsed.
  explicit DropCommandLine(CLI::App& program);
  ~DropCommandLine();

  // True if the command line names this command.
  bool parsed() const;
  // The parsed arguments; the error names the invalid option. `admin_key_env`: the value of
  // FRONTROW_ADMIN_KEY, which overrides the option.
  Result<drop::DropArgs> asked(const std::string& admin_key_env) const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
