// Messages in flight between slots: delivered in any order, late, twice or never.
#pragma once

#include <deque>
#include <vector>

#include "engine/base/prng.h"
#include "engine/runtime/cluster/carrier.h"
#include "engine/runtime/shard/engine.h"

namespace frontrow::sim {

struct NetworkFaults {  // in percent of the deliveries
  std::uint64_t lost = 0;
  std::uint64_t doubled = 0;
  std::uint64_t reordered = 0;
  std::uint64_t late = 0;  // repeats an old delivery
};

class Network final : public Carrier {
 public:
  void carry(Command&& message) override { on_the_way_.push_back(std::move(message)); }

  // Delivers, loses or duplicates one message.
  void step(Prng& random, const NetworkFaults& faults, Engine& engine) {
    if (!delivered_.empty() && random.chance(faults.late))
      engine.deliver(Command(delivered_[random.below(delivered_.size())]));
    if (on_the_way_.empty()) return;
    const std::size_t at = random.chance(faults.reordered) ? random.below(on_the_way_.size()) : 0;
    Command message = on_the_way_[at];
    if (!random.chance(faults.doubled))
      on_the_way_.erase(on_the_way_.begin() + static_cast<std::ptrdiff_t>(at));
    if (random.chance(faults.lost)) return;
    delivered_.push_back(message);
    engine.deliver(std::move(message));
  }

  bool empty() const { return on_the_way_.empty(); }
  // Drops the messages in flight; delivered ones may be repeated later.
  void crash() { on_the_way_.clear(); }

 private:
  std::deque<Command> on_the_way_;
  std::vector<Command> delivered_;
};

}  // namespace frontrow::sim
