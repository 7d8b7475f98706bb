// An instance of the cluster as the links find it: its name and its address.
#pragma once

#include <compare>
#include <map>
#include <string>

#include "engine/core/protocol/types.h"

namespace frontrow {

struct PeerName {
  std::string name;     // of the instance
  std::string address;  // "box-2.example:7101", "10.0.0.2:7101", "[fd00::2]:7101"
  auto operator<=>(const PeerName&) const = default;
};

using PeerNames = std::map<InstanceId, PeerName>;

}  // namespace frontrow
