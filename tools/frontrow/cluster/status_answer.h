// The answer of an instance to GET /v1/admin/cluster, for `frontrow cluster status`.
//
// Lenient: members that are missing, or that this program does not know, are no fault, so that
// instances of another version can be asked. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::cluster {

// An instance that follows the stream of the one that answers; numbers of groups.
struct FollowerAnswer {
  std::string instance;
  std::uint64_t sent = 0;
  std::uint64_t synced = 0;
  std::uint64_t snapshots_left = 0;  // that it has not got yet
};

// A stream that the answering instance follows.
struct FollowedAnswer {
  std::string stream;
  std::string instance;  // that writes it
  std::uint64_t newest = 0;
  std::uint64_t synced = 0;
  std::uint64_t slots = 0;
  std::uint64_t warm = 0;  // of these, slots that it could take over
};

struct LinkAnswer {
  std::uint64_t instance = 0;
  std::string name;
  bool is_up = false;
  double round_trip_ms = 0;
  std::string last_refusal;

  std::string peer() const { return name.empty() ? std::to_string(instance) : name; }
};

struct InstanceAnswer {
  std::string cluster;
  std::string instance;
  std::string state;
  std::optional<std::uint64_t> map_revision;
  std::uint64_t serving = 0, awaited = 0, lonely = 0;  // slots
  std::int64_t lease_ms = 0;
  std::uint64_t unanswered_ms = 0;
  std::uint64_t tail_groups = 0, tail_bytes = 0;
  std::vector<std::string> token_keys;
  std::vector<FollowerAnswer> followers;
  std::vector<FollowedAnswer> follows;
  std::vector<LinkAnswer> links;
};

// Fails for a text that is not a JSON object.
Result<InstanceAnswer> parse_instance_answer(const std::string& json);

// The body of an instance's answer. `http`: "host:port" of its member record; names are resolved.
Result<std::string> ask_instance(const std::string& http, const std::string& admin_key);

}  // namespace frontrow::cluster
