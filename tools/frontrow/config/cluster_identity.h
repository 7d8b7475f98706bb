// The cluster that a data directory belongs to: DATA_DIR/cluster.id, one line of mode 0600.
//
//   v1 cluster=autumn-tour id=5d1f0c44a90be273 instance=box-1
//
// A single instance has no such file. It is written once, when the directory becomes part of a
// cluster, and never changed: so an instance that is started with the directory of another cluster,
// with another cluster of the same name, or under another name stops before it writes anything.
//
// Main thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

struct ClusterIdentity {
  std::string cluster;
  std::uint64_t id = 0;  // of ClusterRecord
  std::string instance;  // the name of its member record

  bool operator==(const ClusterIdentity&) const = default;
};

// The line, with its newline.
std::string encode_cluster_identity(const ClusterIdentity& identity);

// None: the directory, or the file in it, does not exist. Fails for a file that is not as written.
Result<std::optional<ClusterIdentity>> read_cluster_identity(const std::filesystem::path& data_dir);

// Creates the file, synced with its directory, which must exist. Succeeds also if the file has this
// identity already; fails if it has another one. REQUIRES: both names are is_cluster_name().
Status write_cluster_identity(const std::filesystem::path& data_dir,
                              const ClusterIdentity& identity);

}  // namespace frontrow
