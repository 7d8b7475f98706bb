// How a cluster's consensus store is reached.
#pragma once

#include <string>
#include <vector>

namespace frontrow {

// How to reach etcd: [cluster] of the server's settings, and the options of `frontrow cluster`.
struct StoreConfig {
  std::vector<std::string> endpoints;  // "host:port" of each member; may be comma-separated lists
  // PEM files. Without ca_file the connection is not encrypted; the client's certificate is
  // optional.
  std::string ca_file, certificate_file, key_file;
  std::string user;
  std::string password_file;  // only its owner may read it
};

}  // namespace frontrow
