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

  // Whether this command was asked for.
  bool parsed() const;
  // What was asked for; the error names the option that makes no sense. `admin_key_env`: the value
  // of FRONTROW_ADMIN_KEY, which goes before the option's.
  Result<drop::DropArgs> asked(const std::string& admin_key_env) const;

 private:
  struct Given;
  std::unique_ptr<Given> given_;
};

}  // namespace frontrow
