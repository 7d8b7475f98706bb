// `frontrow recover ...` on the command line: its six commands, their options and their help.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "tools/frontrow/recover/commands.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

using RecoverCommand = std::variant<recover::VerifyArgs, recover::RebuildArgs, recover::ShowArgs,
                                    recover::LogArgs, recover::ExportArgs, recover::SalvageArgs>;

class RecoverCommandLine {
 public:
  // Adds `recover` to the program's commands; must live until the command line is parsed.
  explicit RecoverCommandLine(CLI::App& program);
  ~RecoverCommandLine();

  // The parsed command; empty if the command line names another of the program's commands.
  std::optional<RecoverCommand> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
