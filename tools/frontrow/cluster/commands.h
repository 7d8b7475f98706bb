// `frontrow cluster`: what can be asked of a cluster's file and of its instances, and how the next
// file is made.
//
// Each command prints its result to stdout and what went wrong to stderr, one line each, and
// returns the program's exit code: 0 done, 1 something is not well, a file can't be written or
// there are no random numbers, 2 a mistake in the arguments or in the cluster's file.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "tools/frontrow/config/cluster_file.h"

namespace frontrow::cluster {

// Changes of a cluster, made in this order: instances leave, come, change their weight; then pins
// are taken away and set. One that is set goes before one that was there.
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
  std::string output;  // where the next file goes; empty: nowhere
  std::string json;    // where the figures go; empty: nowhere
};
// What would move if the cluster were changed, and the next file.
int plan(const PlanArgs& args);

struct ShowArgs {
  std::string file;
  ConcertId concert;  // none: not asked for
  UserId user;        // nil: not asked for
};
// The instances with their slots; or the slot and the instance of one concert or user.
int show(const ShowArgs& args);

struct StatusArgs {
  std::string file;
  std::string admin_key;
  std::string json;  // where what was found goes; empty: nowhere
};
// Asks every instance; 1 if anything is not well.
int status(const StatusArgs& args);

struct DemoArgs {
  std::string url;  // of a proxy, or of any instance
  std::string admin_key;
};
// Puts the demo concert on sale and prints a walk that buys a ticket.
int demo(const DemoArgs& args);

struct SecretArgs {};
// A new secret.
int secret(const SecretArgs& args);

}  // namespace frontrow::cluster
