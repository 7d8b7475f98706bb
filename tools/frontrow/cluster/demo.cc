#include "tools/frontrow/serve/demo.h"

#include <fmt/format.h>

#include <cstdio>

#include "tools/frontrow/cluster/commands.h"

namespace frontrow::cluster {

int demo(const DemoArgs& args) {
  const auto concert = ensure_demo_concert(args.url, args.url, args.admin_key);
  if (!concert.ok()) {
    std::fputs(fmt::format("frontrow: {}\n", concert.error()).c_str(), stderr);
    return 1;
  }
  std::fputs(demo_walk(args.url, *concert).c_str(), stdout);
  return 0;
}

}  // namespace frontrow::cluster
