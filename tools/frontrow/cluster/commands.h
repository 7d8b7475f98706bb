// `frontrow cluster`: the commands of an operator.
//
// A cluster is a set of keys in etcd (engine/runtime/membership): a command reads or changes them,
// and the running instances act on it. No file is copied, and no instance is restarted.
//
// Each command prints its result to stdout and errors to stderr, one line each. It returns the
// program's exit code: 0 done, 1 not done or a fault found, 2 a mistake in the command line.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/ids.h"
#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/map_request.h"

namespace frontrow::cluster {

struct InitArgs {
  ClusterArgs cluster;
  std::uint32_t copies = 2;
};
// Creates the cluster.
int init(const InitArgs& args);

struct StatusArgs {
  ClusterArgs cluster;
  std::string admin_key;                               // empty: the instances are not asked
  std::string json;                                    // path of the findings; empty: not written
  std::uint64_t quota_bytes = std::uint64_t{2} << 30;  // of etcd's database
};
// Looks at etcd, the members and the slots, and asks each instance; returns 1 if any fault is
// found.
int status(const StatusArgs& args);

struct ShowArgs {
  ClusterArgs cluster;
  ConcertId concert;           // none: not asked for
  UserId user;                 // nil: not asked for
  std::optional<SlotId> slot;  // none: not asked for
};
// Prints the slot map, or one slot of it.
int show(const ShowArgs& args);

struct ChangeArgs {
  ClusterArgs cluster;
  MapRequest request;
  bool dry_run = false;
  std::int64_t wait_seconds = 0;  // for the slots to be where they are wanted; 0: no wait
};
// Changes the slot map: add, remove, weight, pin, unpin, move, drain, copies.
int change(const ChangeArgs& args);

struct ImportedDirectory {
  std::string instance;  // its name in the cluster
  std::string data_dir;
};
struct ImportArgs {
  ClusterArgs cluster;
  std::vector<ImportedDirectory> directories;  // at least one
  bool dry_run = false;
};
// Makes the data directory of a single instance, or those of a static cluster, the first ones of a
// new cluster.
int import_directories(const ImportArgs& args);

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
