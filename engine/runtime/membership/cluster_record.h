// The record that identifies a cluster in the consensus store, under SharedLogKeys::id(): created
// once, together with an empty slot map, and never changed. A data directory keeps the id, so that
// an instance that meets another cluster of the same name stops.
//
//   v1 cluster=autumn-tour id=5d1f0c44a90be273 format=1 created=2026-12-24T20:00:00.000Z
//
// Any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/base/time.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

// The version of all that a cluster keeps in the store. A program reads one version.
inline constexpr std::uint32_t kClusterFormat = 1;

struct ClusterRecord {
  std::string cluster;   // the name, as in the keys
  std::uint64_t id = 0;  // drawn at random when the cluster is created
  std::uint32_t format = kClusterFormat;
  Instant created;

  bool operator==(const ClusterRecord&) const = default;
};

std::string encode_cluster_record(const ClusterRecord& record);
Result<ClusterRecord> decode_cluster_record(std::string_view text);

// Creates the cluster with an empty slot map. Fails if it exists, and if the caller gives up: it
// may be created later then. A repeated call with the same record succeeds. author: as in
// ClusterMapStore. copies: 1 to kCopiesMax.
Status create_cluster(SharedLog& log, const ClusterRecord& record, std::string_view author,
                      std::uint32_t copies, const StreamAppender::GiveUp& give_up);

// Reads the record. Fails if there is none, if it has another format, and if it is that of another
// cluster than `id`, which a data directory or a setting names.
Result<ClusterRecord> open_cluster(SharedLog& log, std::string_view cluster,
                                   std::optional<std::uint64_t> id);

}  // namespace frontrow
