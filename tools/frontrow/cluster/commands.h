// `frontrow cluster`: queries of a cluster's file and of its instances, and edits of the file.
//
// Each command prints its result to stdout and errors to stderr, one line each. It returns the
// program's exit code: 0 done, 1 an instance is unhealthy, a file can't be written or there are no
// random numbers, 2 a mistake in the arguments or in the cluster's file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "tools/frontrow/config/cluster_file.h"

namespace frontrow::cluster {

// Changes of a cluster, applied in this order: instances leave, instances join, weights change,
// pins are removed, pins are set. A new pin replaces an existing pin of the same target.
struct Changes {
  std::vector<InstanceId> remove;
  std::vector<ClusterInstance> add;
  std::vector<std::pair<InstanceId, std::uint32_t>> weights;
  std::vector<PinTarget> unpin;
  std::vector<ClusterPin> pin;
};

struct PlanArgs {
  std::string file;
  Changes changes;
  std::string output;  // path of the next file; empty: not written
  std::string json;    // path of the figures; empty: not written
};
// Prints the slot moves that the changes would cause, and writes the next file.
int plan(const PlanArgs& args);

struct ShowArgs {
  std::string file;
  ConcertId concert;  // none: not asked for
  UserId user;        // nil: not asked for
};
// Prints all instances with their slots, or the slot and the instance of one concert or user.
int show(const ShowArgs& args);

struct StatusArgs {
  std::string file;
  std::string admin_key;
  std::string json;  // path of the collected answers; empty: not written
};
// Asks every instance for its status; returns 1 if any fault is found.
int status(const StatusArgs& args);

struct DemoArgs {
  std::string url;  // of a proxy, or of any instance
  std::string admin_key;
};
// Puts the demo concert on sale and prints curl commands that buy a ticket.
int demo(const DemoArgs& args);

struct SecretArgs {};
// Prints a new secret.
int secret(const SecretArgs& args);

}  // namespace frontrow::cluster
