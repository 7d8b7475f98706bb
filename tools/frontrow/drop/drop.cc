#include "tools/frontrow/drop/drop.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/frontrow/drop/load_test.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/workload/files.h"

namespace frontrow::drop {

int run(const DropArgs& args) {
  LoadTest load_test(args);
  if (const Status ran = load_test.run(); !ran.ok()) {
    std::fputs(fmt::format("frontrow: {}\n", ran.error()).c_str(), stderr);
    return 1;
  }
  Report report = load_test.report();
  if (report.own_server && report.server_cpu_s) {
    // The output of verify is part of the report.
    std::puts("\nfrontrow recover verify, on the directory of the server that has stopped:");
    std::fflush(stdout);
    report.recover_sound = recover::verify({.data_dirs = {load_test.data_dir()}}) == 0;
  }
  std::fputs(to_text(report).c_str(), stdout);
  std::fflush(stdout);
  bool written = true;
  if (!args.json.empty()) written = write_file(args.json, to_json(report)) && written;
  if (!args.html.empty()) written = write_file(args.html, to_html(report)) && written;
  if (!report.passed()) {
    std::fputs(fmt::format("frontrow: {}\n", verdict(report)).c_str(), stderr);
    return 1;
  }
  return written ? 0 : 1;
}

}  // namespace frontrow::drop
