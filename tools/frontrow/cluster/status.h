// `frontrow cluster status`: asks every instance for its view of the cluster, and compares the
// answers with the file and with each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "tools/frontrow/config/cluster_file.h"

namespace frontrow::cluster {

struct LinkStatus {
  InstanceId peer = 0;
  bool up = false;
  double round_trip_ms = 0;
  std::uint64_t outstanding = 0;
  std::string last_refusal;
};
// The parsed response of GET /v1/admin/cluster.
struct InstanceStatus {
  // Slots that migrate (engine/runtime/cluster/handover_board.h).
  struct Handover {
    std::uint64_t awaited = 0, leaving = 0, refused = 0;
    std::vector<InstanceId> awaited_from;
  };
  std::string cluster, state, map_hash;
  InstanceId instance = 0;
  std::uint64_t map_revision = 0, slots = 0, groups = 0;
  std::vector<std::string> token_keys;
  std::vector<LinkStatus> links;
  Handover handover;
};

Result<InstanceStatus> parse_instance_status(const std::string& json);

// One for each instance of the file, in its order; the error is the reason for a missing answer.
using Answers = std::vector<Result<InstanceStatus>>;

// One line each; empty: all is well.
std::vector<std::string> faults_of(const ClusterFile& file, const SlotMap& map,
                                   const Answers& answers);
std::string status_text(const ClusterFile& file, const SlotMap& map, const Answers& answers,
                        const std::vector<std::string>& faults);
std::string status_json(const ClusterFile& file, const Answers& answers,
                        const std::vector<std::string>& bodies,
                        const std::vector<std::string>& faults);

}  // namespace frontrow::cluster
