// The identity of an instance in its cluster, and the ways out of its control loop: to the copy
// thread, to other instances, to the operator's log. All parts of the controller use them.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "engine/runtime/controller/control_message.h"
#include "engine/runtime/journal/journal.h"
#include "engine/runtime/membership/cluster_map_store.h"
#include "engine/runtime/replication/follower.h"

namespace frontrow {

struct ControllerOptions {
  std::string name;  // of this instance
  InstanceId self = 0;
  std::uint64_t stream = 0;
  std::uint64_t writer = 0;  // drawn at random by this process
  // Runs the task on the copy thread, and waits for it.
  std::function<void(const std::function<void(Follower&)>&)> on_follower;
  Journal* journal = nullptr;
  std::function<void(InstanceId to, ControlMessage&&)> send;
  // The map as the step found it, when it is another one.
  std::function<void(const ClusterMap&)> on_map = [](const ClusterMap&) {};
  // Whether slots may begin that never had an owner: instances of a new cluster start together, and
  // the first one of them need not begin all slots to give most of them away.
  std::function<bool()> may_begin_slots = [] { return true; };
  // The clock of pauses between attempts, in milliseconds.
  std::function<std::int64_t()> now_ms = [] { return std::int64_t{0}; };
  // Between attempts to change the map; true ends them.
  StreamAppender::GiveUp give_up = [](const std::string&) { return true; };
  // A line for the operator's log.
  std::function<void(const std::string&)> on_note = [](const std::string&) {};
};

}  // namespace frontrow
