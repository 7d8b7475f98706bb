// A cluster as the commands of an operator reach it: its record, its log and its slot map.
//
// Every error is one line with a remedy: no member of etcd answers (with the endpoints), the
// user of etcd has no rights, there is no such cluster, it has another format.
//
// One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/base/result.h"
#include "engine/runtime/membership/cluster_map_store.h"
#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/lease.h"
#include "engine/runtime/shared_log/shared_log.h"
#include "tools/frontrow/store/open_store.h"

namespace frontrow::cluster {

// The cluster that a command is about, and the way to its store.
struct ClusterArgs {
  std::string cluster;  // is_cluster_name()
  StoreConfig store;
};

// The author of an operator's changes of the slot map.
inline constexpr std::string_view kOperator = "operator";

// Time as the commands wait for something; injected for tests.
struct Patience {
  MonotonicMs clock = monotonic_ms;
  std::function<void(Duration)> sleep;  // of the thread

  static Patience real();
};

// A call of the store that has no outcome is repeated every 100 ms, for so long.
inline constexpr Duration kGiveUpAfter = seconds(5);

// Sleeps between attempts, and ends them after kGiveUpAfter.
StreamAppender::GiveUp gives_up_in_time(const Patience& patience);

// Not 0.
std::uint64_t random_id();

// Whether etcd has refused a call because its user lacks rights: nothing was written.
bool is_denied(std::string_view reason);

// The error of a store, for the operator.
Error store_error(const ClusterArgs& args, const std::string& reason);

// The store did not tell whether a change took effect.
Error outcome_unknown(const ClusterArgs& args, const std::string& reason);

class Access {
 public:
  // Reads the cluster's record. The store must outlive the object.
  static Result<std::unique_ptr<Access>> open(ConsensusStore& store, const ClusterArgs& args);

  const ClusterArgs& args() const { return args_; }
  const ClusterRecord& record() const { return record_; }
  SharedLog& log() { return log_; }
  ConsensusStore& store() { return log_.store(); }

  Result<ClusterMap> read_map();
  // The new map. Fails also where the outcome is unknown.
  Result<ClusterMap> change_map(const ClusterMapStore::Change& change, const Patience& patience,
                                std::span<const MapExpectation> expected = {});

 private:
  Access(ConsensusStore& store, const ClusterArgs& args, ClusterRecord record)
      : args_(args),
        record_(std::move(record)),
        log_(store, args.cluster),
        maps_(log_, std::string(kOperator), random_id()) {}

  ClusterArgs args_;
  ClusterRecord record_;
  SharedLog log_;
  ClusterMapStore maps_;
};

// The endpoints as the value of --etcd: "10.0.0.1:2379,10.0.0.2:2379".
std::string endpoints_option(const StoreConfig& config);

// Opens the store and runs the command; prints its text to stdout, or its error to stderr. Returns
// the exit code of the program.
int run_on_store(const ClusterArgs& args,
                 const std::function<Result<std::string>(ConsensusStore&)>& command);

// Prints one line to stderr. Returns the exit code of a command that failed.
int fail(const std::string& why);

}  // namespace frontrow::cluster
