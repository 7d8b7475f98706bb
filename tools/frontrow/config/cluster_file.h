// The cluster's file: which instances there are, where they are reached, and which slots are put
// where by hand. One file, the same on every machine; from it each instance computes the same slot
// map (engine/runtime/cluster/slot_map.h). tools/cluster.example.toml is one, docs/CLUSTER.md tells more.
//
// Unknown keys are refused, and so is what would make two instances of one: an id, an address or a
// pinned slot that is given away twice. Errors name the file and the line:
// "cluster.toml:9: instances[1].weight must be an integer from 0 to 10000, not -1".
//
// Pure but for the two that read a file. Any thread.
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

// Whether the links between the instances are encrypted.
enum class ClusterTls : std::uint8_t {
  kAuto,  // towards every address but one of the machine itself
  kOff,
};

struct ClusterInstance {
  InstanceId id = 0;
  std::uint32_t weight = 100;  // its share of the slots, against the others' weights
  ListenAddress http;          // where clients reach it
  ListenAddress peer;          // where the other instances reach it
  std::optional<ListenAddress> ops = std::nullopt;  // where operators do, if not at http

  const ListenAddress& operators() const { return ops ? *ops : http; }
};

// A slot that is put where one wants: by its number, or as that of a concert.
struct PinTarget {
  ConcertId concert;  // none: the slot itself is named
  SlotId slot;        // of the concert, if one is named
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
  // Fails where the file can't be one: see fault_of().
  Result<SlotMap> slot_map() const;
};

// The first thing that is wrong with a file whose values are in their bounds, each for itself.
struct ClusterFault {
  std::string key;  // "instances[1].peer", "pins[0]": by their places in the vectors
  std::string message;
};
std::optional<ClusterFault> fault_of(const ClusterFile& file);

// `name` stands for the file in errors.
Result<ClusterFile> parse_cluster_text(std::string_view text, std::string_view name);
Result<ClusterFile> read_cluster_file(const std::filesystem::path& path);
// TOML that reads back as the same file.
std::string format_cluster_file(const ClusterFile& file);

// "127.0.0.1:7101", "[::1]:7101": one that others can connect to, so neither port 0 nor a wildcard.
// The error is to be read after the key's name.
Result<ListenAddress> parse_reachable_address(std::string_view text);
std::string format_address(const ListenAddress& address);

// What `frontrow serve` needs to be one of a cluster's instances.
struct ClusterSetup {
  ClusterFile file;
  ClusterView view;    // with the map of the file
  std::string secret;  // bytes
};
// Reads the files that the configuration names; cluster.file must be set.
Result<ClusterSetup> load_cluster(const ClusterConfig& config);

}  // namespace frontrow
