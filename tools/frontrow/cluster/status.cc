#include <fmt/format.h>

#include <cstdio>
#include <fstream>

#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/cluster/status_view.h"

namespace frontrow::cluster {

int status(const StatusArgs& args) {
  const auto store = open_store(args.cluster.store);
  if (!store.ok()) return fail(store.error());
  AskInstance ask;
  if (!args.admin_key.empty()) {
    ask = [&](const std::string& http) { return ask_instance(http, args.admin_key); };
  }
  const View view = view_of(gather(**store, args.cluster, args.quota_bytes, ask, Patience::real()));
  const auto faults = faults_of(view);
  std::fputs(status_text(view, faults).c_str(), stdout);
  if (!args.json.empty()) {
    std::ofstream out(args.json, std::ios::binary);
    out << status_json(view, faults);
    if (!out.flush()) return fail(fmt::format("{}: can't be written", args.json));
  }
  return faults.empty() ? 0 : 1;
}

}  // namespace frontrow::cluster
