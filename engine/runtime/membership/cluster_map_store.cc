#include "engine/runtime/membership/cluster_map_store.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/check.h"

namespace frontrow {
namespace {

// Attempts without a change of the map by any instance, and without hope for one.
constexpr std::size_t kFruitlessMax = 5;

Result<ClusterMap> decode_found(const std::string& key, const std::optional<std::string>& text) {
  if (!text) return Error{fmt::format("{}: the cluster has no slot map", key)};
  Result<ClusterMap> map = decode_cluster_map(*text);
  if (!map.ok()) return Error{fmt::format("{}: {}", key, map.error())};
  return map;
}

MapChange ended(MapOutcome outcome, std::string reason) {
  return {.outcome = outcome, .map = {}, .reason = std::move(reason)};
}

}  // namespace

ClusterMapStore::ClusterMapStore(SharedLog& log, std::string author, std::uint64_t writer)
    : log_(log), key_(log.keys().map()), author_(std::move(author)), writer_(writer) {
  FR_CHECK(is_cluster_name(author_));
}

Result<ClusterMap> ClusterMapStore::read() {
  const Result<std::optional<std::string>> text = read_value(log_.store(), key_);
  if (!text.ok()) return Error{text.error()};
  return decode_found(key_, *text);
}

MapChange ClusterMapStore::change(const Change& change, const GiveUp& give_up,
                                  std::span<const MapExpectation> expected) {
  return this->change(change, give_up, expected, false);
}

MapChange ClusterMapStore::supersede(const GiveUp& give_up) {
  return change([](const ClusterMap& map) { return Result<ClusterMap>(map); }, give_up, {}, true);
}

MapChange ClusterMapStore::change(const Change& change, const GiveUp& give_up,
                                  std::span<const MapExpectation> expected,
                                  bool is_always_written) {
  for (;;) {
    const Result<std::optional<std::string>> text = read_value(log_.store(), key_);
    if (!text.ok()) {
      if (give_up(text.error())) return ended(MapOutcome::kFailed, text.error());
      continue;
    }
    Result<ClusterMap> map = decode_found(key_, *text);
    if (!map.ok()) return ended(MapOutcome::kFailed, map.error());
    Result<ClusterMap> next = change(*map);
    if (!next.ok()) return ended(MapOutcome::kRejected, next.error());
    if (*next == *map && !is_always_written)
      return {.outcome = MapOutcome::kNothingToDo, .map = std::move(*map), .reason = {}};
    FR_CHECK(next->history == map->history);
    next->history.add({.revision = map->revision() + 1,
                       .author = author_,
                       .writer = writer_,
                       .change = ++changes_},
                      next->instances.size() + kEarlierSpare);
    if (const std::string fault = fault_of(*next); !fault.empty())
      return ended(MapOutcome::kRejected, fault);
    if (std::optional<MapChange> settled = write(**text, *next, give_up, expected))
      return std::move(*settled);
    const std::string reason = "other instances change the slot map without a pause";
    if (give_up(reason)) return ended(MapOutcome::kFailed, reason);
  }
}

std::optional<MapChange> ClusterMapStore::write(const std::string& before, const ClusterMap& next,
                                                const GiveUp& give_up,
                                                std::span<const MapExpectation> expected) {
  const std::string after = encode_cluster_map(next);
  Transaction transaction{.expected = {{key_, before}}, .puts = {{key_, after}}, .erased = {}};
  for (const auto& [key, value] : expected) transaction.expected.push_back({key, value});
  bool in_doubt = false;  // an attempt may still take effect
  std::size_t fruitless = 0;
  for (;;) {
    Commit commit = log_.store().commit(transaction);
    if (commit.outcome == CommitOutcome::kCommitted)
      return MapChange{.outcome = MapOutcome::kChanged, .map = next, .reason = {}};
    std::string reason = std::move(commit.reason);
    if (commit.outcome == CommitOutcome::kUnknown) in_doubt = true;
    if (commit.outcome == CommitOutcome::kFailed) ++fruitless;
    if (commit.outcome == CommitOutcome::kRefused) {
      const Result<std::optional<std::string>> text = read_value(log_.store(), key_);
      if (!text.ok()) {
        reason = text.error();
      } else if (*text == before) {
        // The map was the same one at the time of the refusal, as no text comes back.
        if (!expected.empty()) {
          return ended(MapOutcome::kUnexpected,
                       "the slot map was not changed, as another key has changed");
        }
        reason = "the store refused a change of a slot map that is unchanged";
        ++fruitless;
      } else {
        Result<ClusterMap> map = decode_found(key_, *text);
        if (!map.ok())
          return ended(in_doubt ? MapOutcome::kUnknown : MapOutcome::kFailed, map.error());
        switch (map->history.contains(next.history.latest)) {
          case MapHistory::Answer::kNo:
            return std::nullopt;
          case MapHistory::Answer::kYes:
            return MapChange{.outcome = MapOutcome::kChanged, .map = std::move(*map), .reason = {}};
          case MapHistory::Answer::kForgotten:
            if (!in_doubt) return std::nullopt;
            return ended(MapOutcome::kUnknown,
                         "too many instances have changed the slot map since");
        }
      }
    }
    if (fruitless == kFruitlessMax || give_up(reason))
      return ended(in_doubt ? MapOutcome::kUnknown : MapOutcome::kFailed, std::move(reason));
  }
}

}  // namespace frontrow
