// Reads and changes the slot map in the consensus store.
//
// A change is a function from the map to the next one (map_changes.h). It is applied to the map
// that was read, and written if the map is still the same one: compare-and-swap on the whole text.
// If it is not, the function is applied again to the new map.
//
// An unknown outcome is settled by repetition, as that of an append (shared_log.h). A refusal then
// means that this change or another one has come first; the history in the map tells which of both
// (map_history.h), also after further changes. So each change is applied once, and none is lost.
//
// Threads: one at a time for each object. Each object is a writer of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

enum class MapOutcome : std::uint8_t {
  kChanged,      // the map contains the change
  kNothingToDo,  // the function returned the map as it was
  kRejected,     // by the function; `reason` is its error
  kUnexpected,   // another key had another value than was expected; nothing was written
  kFailed,       // nothing was written: no map, no valid one, no answer, or the store takes none
  kUnknown,      // given up: the change may be in the map, or take effect later
};

struct MapChange {
  MapOutcome outcome = MapOutcome::kUnknown;
  ClusterMap map;      // with kChanged and kNothingToDo: the newest one that was read
  std::string reason;  // of the other outcomes, for the person who must act

  bool ok() const { return outcome == MapOutcome::kChanged || outcome == MapOutcome::kNothingToDo; }
};

// The value that another key must have when the map changes, such as the state of a sealed stream.
// After lost answers the change may take effect later than its kUnexpected was returned, if the key
// gets the value again: so expect values that do not come back.
struct MapExpectation {
  std::string key;
  std::optional<std::string> value;  // none: the key must be absent
};

class ClusterMapStore {
 public:
  using Change = std::function<Result<ClusterMap>(const ClusterMap& map)>;
  using GiveUp = StreamAppender::GiveUp;

  // author: the instance's or the tool's name (is_cluster_name). writer: drawn at random for each
  // object. The log must outlive the store.
  ClusterMapStore(SharedLog& log, std::string author, std::uint64_t writer);

  // The map as it is; linearizable. Fails if there is none.
  Result<ClusterMap> read();

  // `change` is called once for each map that it meets. It may not change the map's history. The
  // expectations are compared by the write only: not where there is nothing to do.
  MapChange change(const Change& change, const GiveUp& give_up,
                   std::span<const MapExpectation> expected = {});

  // Writes the map as it is under the next revision. After it no earlier change can take effect
  // whose outcome is unknown: each of them expects an earlier map.
  MapChange supersede(const GiveUp& give_up);

 private:
  MapChange change(const Change& change, const GiveUp& give_up,
                   std::span<const MapExpectation> expected, bool is_always_written);
  // Writes `next` in the place of the map with the text `before`. None: the map is another one, and
  // does not contain this change.
  std::optional<MapChange> write(const std::string& before, const ClusterMap& next,
                                 const GiveUp& give_up, std::span<const MapExpectation> expected);

  SharedLog& log_;
  std::string key_;
  std::string author_;
  std::uint64_t writer_;
  std::uint64_t changes_ = 0;  // tried so far
};

}  // namespace frontrow
