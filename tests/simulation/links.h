// The links between the instances of a simulated cluster: one connection a pair, held by one thread
// of each. They carry frames in order with any delay, stall in one direction, break with frames in
// flight, and each end notices a break at its own time; a new connection may be made before an end
// has noticed the loss of the old one.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "engine/base/prng.h"
#include "tests/simulation/instance.h"

namespace frontrow::sim {

class Links {
 public:
  Links(const std::vector<std::unique_ptr<Instance>>& instances, Weather& weather);

  // Changes the state of some links.
  void step();
  // The process is about to end: sent frames may still arrive.
  void forget(const Instance& instance);

  // --- without faults: all instances are up
  // Makes the missing links, and ends all stalls.
  void mend();
  // Breaks all links and makes every one anew, both ends at once.
  void make_anew();
  // Delivers all frames; false if none was in flight.
  bool deliver_all();

 private:
  struct End {
    Instance* instance = nullptr;
    std::size_t worker = 0;              // that holds it
    std::shared_ptr<Connection> held;    // in this end's view
    std::shared_ptr<Connection> coming;  // made, and not noticed by this end yet
    bool acts() const { return instance->is_up() && !instance->stands_still; }
    Port& port() const { return instance->port(worker); }
  };
  struct Pair {
    std::array<End, 2> ends;
    std::shared_ptr<Connection> newest;
    bool is_whole() const { return newest != nullptr && !newest->is_broken; }
  };

  void step(Pair& pair);
  void connect(Pair& pair);
  void cut(Pair& pair);
  void look(Pair& pair, std::size_t side);
  void close(Pair& pair, std::size_t side);

  std::vector<Pair> pairs_;
  Weather& weather_;
  Prng& random_ = weather_.random;
};

}  // namespace frontrow::sim
