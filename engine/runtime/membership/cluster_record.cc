#include "engine/runtime/membership/cluster_record.h"

#include <fmt/format.h>

#include "engine/base/calendar.h"
#include "engine/base/check.h"
#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/shared_log/text_line.h"

namespace frontrow {

std::string encode_cluster_record(const ClusterRecord& record) {
  return fmt::format("v1 cluster={} id={:016x} format={} created={}", record.cluster, record.id,
                     record.format, to_string(record.created));
}

Result<ClusterRecord> decode_cluster_record(std::string_view text) {
  std::string_view rest = text;
  if (rest.starts_with("v1 ")) rest.remove_prefix(3);
  const auto cluster = take_field(rest, "cluster");
  const auto id = take_hex(rest, "id");
  const auto format = take_field(rest, "format");
  const auto format_number = format ? parse_number<std::uint32_t>(*format) : std::nullopt;
  const auto created = take_field(rest, "created");
  const auto instant = created ? parse_instant(*created) : std::nullopt;
  if (cluster && is_cluster_name(*cluster) && id && format_number && instant) {
    ClusterRecord record{
        .cluster = std::string(*cluster), .id = *id, .format = *format_number, .created = *instant};
    // Each record has one text: another version, a sign, or a leading zero differs here.
    if (encode_cluster_record(record) == text) return record;
  }
  return Error{fmt::format("not the record of a cluster: \"{}\"", text.substr(0, 200))};
}

Status create_cluster(SharedLog& log, const ClusterRecord& record, std::string_view author,
                      std::uint32_t copies, const StreamAppender::GiveUp& give_up) {
  const std::string key = log.keys().id();
  const std::string map_key = log.keys().map();
  FR_CHECK(SharedLogKeys(record.cluster).id() == key);
  ClusterMap map;
  map.copies = copies;
  map.history.add({.revision = 1, .author = std::string(author), .writer = record.id, .change = 1},
                  0);
  FR_CHECK(fault_of(map).empty());
  const std::string text = encode_cluster_record(record);
  const std::string map_text = encode_cluster_map(map);
  const Transaction transaction{.expected = {{key, std::nullopt}, {map_key, std::nullopt}},
                                .puts = {{key, text}, {map_key, map_text}},
                                .erased = {}};
  for (;;) {
    const Commit commit = log.store().commit(transaction);
    if (commit.outcome == CommitOutcome::kCommitted) return {};
    std::string reason = commit.reason;
    if (commit.outcome == CommitOutcome::kRefused) {
      const Result<std::optional<std::string>> found = read_value(log.store(), key);
      if (found.ok()) {
        if (*found == text) return {};  // an earlier attempt, its answer was lost
        return Error{fmt::format("{}: {}", key,
                                 *found ? "the cluster exists already"
                                        : "there is a slot map, but no record of its cluster")};
      }
      reason = found.error();
    }
    if (give_up(reason)) return Error{reason};
  }
}

Result<ClusterRecord> open_cluster(SharedLog& log, std::string_view cluster,
                                   std::optional<std::uint64_t> id) {
  const std::string key = log.keys().id();
  FR_CHECK(SharedLogKeys(cluster).id() == key);
  const Result<std::optional<std::string>> text = read_value(log.store(), key);
  if (!text.ok()) return Error{text.error()};
  if (!*text) return Error{fmt::format("{}: the cluster does not exist", key)};
  Result<ClusterRecord> record = decode_cluster_record(**text);
  if (!record.ok()) return Error{fmt::format("{}: {}", key, record.error())};
  if (record->format != kClusterFormat) {
    return Error{fmt::format("{}: the cluster has the format {}, this program has the format {}",
                             key, record->format, kClusterFormat)};
  }
  if (record->cluster != cluster)
    return Error{fmt::format("{}: the record is that of the cluster {}", key, record->cluster)};
  if (id && record->id != *id) {
    return Error{
        fmt::format("{}: the id of the cluster is {:016x}, and {:016x} was expected: it is "
                    "another cluster of the same name",
                    key, record->id, *id)};
  }
  return record;
}

}  // namespace frontrow
