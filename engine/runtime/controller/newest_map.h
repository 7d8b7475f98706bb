// The newest slot map that this instance knows, and its changes in the store. Each read and each
// change may replace the map: no reference into it may be kept over one.
//
// An error of the store leaves the map as it is.
//
// Thread: that of step().
#pragma once

#include <functional>
#include <span>

#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/membership/cluster_map_store.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

class NewestMap {
 public:
  // Called before each map that was read or written takes the place of the one before.
  using OnNext = std::function<void(const ClusterMap& before, const ClusterMap& next)>;

  // The options must outlive the object.
  NewestMap(SharedLog& log, const ControllerOptions& options, OnNext on_next);

  const ClusterMap& operator*() const { return map_; }
  const ClusterMap* operator->() const { return &map_; }

  // False: the store did not answer, or has no valid map.
  bool read();
  // `what` is for the operator's log, which names a change that could not be made.
  MapOutcome change(const char* what, const ClusterMapStore::Change& change,
                    std::span<const MapExpectation> expected = {});
  // Whether the change would change the map as it is known here.
  bool is_needed(const ClusterMapStore::Change& change) const;
  // Ends every change that is under way with an unknown outcome. False: not now.
  bool supersede();

 private:
  void set(ClusterMap&& next);

  const ControllerOptions& options_;
  OnNext on_next_;
  ClusterMapStore store_;
  ClusterMap map_;
};

}  // namespace frontrow
