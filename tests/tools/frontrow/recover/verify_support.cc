#include "tests/tools/frontrow/recover/verify_support.h"

#include "tools/frontrow/recover/commands.h"

namespace frontrow::recover {

using api::Json;

CommandRun verified(const std::string& data, bool json) {
  return run_command([&] { return verify({.data_dirs = {data}, .json = json}); });
}

Json report(const std::string& data, int code) {
  const CommandRun run = verified(data, true);
  EXPECT_EQ(run.code, code) << run.out << run.err;
  return Json::parse(run.out);
}

std::string check(const Json& report, const std::string& name) {
  const Json checks = report["checks"];
  for (std::size_t i = 0; i < checks.size(); ++i) {
    if (checks[i]["name"].text() != name) continue;
    std::string text = checks[i]["result"].text();
    const Json faults = checks[i]["faults"];
    for (std::size_t f = 0; f < faults.size(); ++f) text += "\n" + faults[f].text();
    return text;
  }
  return "no such check";
}

std::string advice(const Json& report) {
  std::string text;
  for (std::size_t i = 0; i < report["advice"].size(); ++i)
    text += report["advice"][i].text() + "\n";
  return text;
}

std::string failed_checks(const Json& report) {
  std::string names;
  for (std::size_t i = 0; i < report["checks"].size(); ++i) {
    const Json one = report["checks"][i];
    if (one["result"].text() == "failed") names += (names.empty() ? "" : " ") + one["name"].text();
  }
  return names;
}

}  // namespace frontrow::recover
