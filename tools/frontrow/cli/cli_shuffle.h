// `frontrow shuffle verify` on the command line: its options and its help.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "tools/frontrow/shuffle/verify.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

class ShuffleCommandLine {
 public:
  // Adds `shuffle` to the program's commands; must live until the command line is parsed.
  explicit ShuffleCommandLine(CLI::App& program);
  ~ShuffleCommandLine();

  // True if the command line names this command.
  bool parsed() const;
  // The parsed arguments; the error names the invalid option.
  Result<shuffle::VerifyArgs> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
