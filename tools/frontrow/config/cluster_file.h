// The cluster's file: the instances, their addresses, and the slots that are pinned to an instance
// by hand. The file is the same on every machine; each instance computes the same slot map from it
// (engine/runtime/cluster/slot_map.h). See tools/cluster.example.toml and docs/CLUSTER.md.
//
// Unknown keys are refused, and so is a duplicate id, a duplicate address, or a slot pinned to two
// instances. Errors name the file and the line: "cluster.toml:9: instances[1].weight must be an
// integer from 0 to 10000, not -1".
//
// All functions are pure except the two that read a file. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/protocol/command.h"
#include "engine/runtime/cluster/cluster.h"
#include "tools/frontrow/config/config.h"
#include "tools/frontrow/config/config_values.h"

namespace frontrow {

inline constexpr std::size_t kClusterNameSizeMax = 64;
inline constexpr std::int64_t kClusterRevisionMax = (std::int64_t{1} << 53) - 1;  // exact in JSON
inline constexpr std::size_t kClusterFileSizeMax = std::size_t{1} << 20;

// Encryption of the links between the instances.
enum class ClusterTls : std::uint8_t {
  kAuto,  // encrypted towards every address except those of the machine itself
  kOff,
};

struct ClusterInstance {
  InstanceId id = 0;
  std::uint32_t weight = 100;  // its share of the slots, relative to the others' weights
  ListenAddress http;          // address for clients
  ListenAddress peer;          // address for the other instances
  std::optional<ListenAddress> ops = std::nullopt;  // address for operators, if not `http`

  const ListenAddress& operators() const { return ops ? *ops : http; }
};

// A slot to pin: named by its number, or as the slot of a concert.
struct PinTarget {
  ConcertId concert;  // none: the slot itself is named
  SlotId slot;        // the concert's slot, if a concert is named
  static PinTarget of(ConcertId concert) { return {concert, slot_of_concert(concert)}; }
  static PinTarget of(SlotId slot) { return {ConcertId{}, slot}; }
  std::string text() const;  // "concert:7", "slot:17"
  auto operator<=>(const PinTarget&) const = default;
};

struct ClusterPin {
  InstanceId instance = 0;
  PinTarget target;
  auto operator<=>(const ClusterPin&) const = default;
};

struct ClusterFile {
  std::string name;  // instances of clusters with different names refuse each other
  std::uint64_t revision = 1;
  ClusterTls tls = ClusterTls::kAuto;
  std::vector<ClusterInstance> instances;
  std::vector<ClusterPin> pins;

  const ClusterInstance* find(InstanceId id) const;
  // Fails if the file does not describe a valid cluster: see fault_of().
  Result<SlotMap> slot_map() const;
};

// The first inconsistency of a file whose values are each in their bounds.
struct ClusterFault {
  std::string key;  // "instances[1].peer", "pins[0]": by their indexes in the vectors
  std::string message;
};
std::optional<ClusterFault> fault_of(const ClusterFile& file);

// `name` identifies the file in errors.
Result<ClusterFile> parse_cluster_text(std::string_view text, std::string_view name);
Result<ClusterFile> read_cluster_file(const std::filesystem::path& path);
// TOML that parses to an equal file.
std::string format_cluster_file(const ClusterFile& file);

// "127.0.0.1:7101", "[::1]:7101": an address that others can connect to, so neither port 0 nor a
// wildcard. The error completes a sentence that begins with the key's name.
Result<ListenAddress> parse_reachable_address(std::string_view text);
std::string format_address(const ListenAddress& address);

// The input of `frontrow serve` as an instance of a cluster.
struct ClusterSetup {
  ClusterFile file;
  ClusterView view;    // with the map of the file
  std::string secret;  // bytes
};
// Reads the files that the configuration names; cluster.file must be set.
Result<ClusterSetup> load_cluster(const ClusterConfig& config);

}  // namespace frontrow
