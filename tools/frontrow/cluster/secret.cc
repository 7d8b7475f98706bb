#include <cstdio>

#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/config/admin_key.h"

namespace frontrow::cluster {

int secret(const SecretArgs&) {
  const auto text = new_cluster_secret();
  if (!text.ok()) return fail(text.error());
  std::fputs(text->c_str(), stdout);
  return 0;
}

}  // namespace frontrow::cluster
