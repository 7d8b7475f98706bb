// The keys of one cluster in the consensus store. All of them begin with /frontrow/<cluster>/, and
// numbers are written in 16 hexadecimal digits, so that keys order as their numbers do.
//
//   id                  identifies this cluster and its format (ClusterRecord)
//   map                 the slot map
//   member/<name>       an instance
//   stream/<id>         the state of a stream: of all that one data directory writes (StreamState)
//   log/<id>/<number>   one group of a stream
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow {

class SharedLogKeys {
 public:
  // cluster: lower-case letters, digits and '-' (is_cluster_name).
  explicit SharedLogKeys(std::string_view cluster);

  std::string id() const { return prefix_ + "id"; }
  std::string map() const { return prefix_ + "map"; }
  std::string members() const { return prefix_ + "member/"; }
  std::string member(std::string_view name) const;
  std::string streams() const { return prefix_ + "stream/"; }
  std::string stream(std::uint64_t stream) const;
  std::string groups(std::uint64_t stream) const;
  std::string group(std::uint64_t stream, std::uint64_t number) const;

 private:
  std::string prefix_;
};

// The end of the range of all keys that begin with `prefix`. REQUIRES: its last byte is below 0xff.
std::string end_of_prefix(std::string_view prefix);

// 1 to 48 lower-case letters, digits and '-'.
bool is_cluster_name(std::string_view name);

}  // namespace frontrow
