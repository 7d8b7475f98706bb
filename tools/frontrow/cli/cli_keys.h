// `frontrow keys new|signing` on the command line: its options and its help.
#pragma once

#include <memory>

#include "engine/base/result.h"
#include "tools/frontrow/keys/new_key.h"

namespace CLI {
class App;
}  // namespace CLI

namespace frontrow {

class KeysCommandLine {
 public:
  // Adds `keys` to the program's commands; must live until the command line is parsed.
  explicit KeysCommandLine(CLI::App& program);
  ~KeysCommandLine();

  // True if the command line names this command.
  bool parsed() const;
  // The parsed arguments; the error names the invalid option.
  Result<keys::NewKeyArgs> asked() const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
