// A sale in a cluster of the rig, whose acknowledged effects are remembered and checked.
#pragma once

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "tests/replication/cluster_rig.h"

namespace frontrow {

// Three instances, box-1 to box-3, that have settled.
void start_three(ClusterRig& rig);

class RigSale {
 public:
  explicit RigSale(ClusterRig& rig) : rig_(rig) {}

  void open_concert();
  // A new person charges a wallet, joins and holds a seat.
  void sell_one();
  // Every acknowledged effect is there, once.
  void check();
  // The slots of the wallets that were charged.
  std::set<SlotId> wallets() const;
  // A new person whose wallet is in one of the slots charges it at this instance.
  void charge_at(RigNode& node, const std::set<SlotId>& slots);
  std::size_t holds() const { return holds_.size(); }

 private:
  // Asks again, with the same key, while the outcome is unknown.
  Reply ask(const Command& command);

  ClusterRig& rig_;
  std::vector<ConcertId> concerts_;
  std::uint64_t key_ = 0;
  std::uint32_t users_ = 0;
  std::set<std::uint32_t> charged_;
  std::map<std::uint32_t, std::pair<ConcertId, TicketNumber>> placed_;
  std::map<std::uint32_t, std::pair<ConcertId, HoldId>> holds_;
};

}  // namespace frontrow
