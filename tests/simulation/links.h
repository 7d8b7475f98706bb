// The links between the instances of a simulated cluster: one connection a pair, held by one thread
// of each. They carry frames in order and as late as they like, stand still in one direction, break
// under what is on its way, and each end learns of it in its own time; a new one is made, sometimes
// before an end has noticed that the old one is gone.
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

  // Something happens at some of the links.
  void step();
  // The process is about to end: what it has sent by then may still arrive.
  void forget(const Instance& instance);

  // --- while nothing fails: all instances are up, with the same map
  // Makes the links that are not there; nothing stands still any more.
  void mend();
  // Breaks what there is and makes every link anew, both ends at once.
  void make_anew();
  // Everything arrives; false when nothing was on its way.
  bool deliver_all();

 private:
  struct End {
    Instance* instance = nullptr;
    std::size_t worker = 0;              // that holds it
    std::shared_ptr<Connection> held;    // as this end believes
    std::shared_ptr<Connection> coming;  // made, and not seen by this end yet
    bool acts() const { return instance->is_up() && !instance->stands_still; }
    Port& port() const { return instance->port(worker); }
  };
  struct Pair {
    std::array<End, 2> ends;
    std::shared_ptr<Connection> newest;
    bool is_whole() const { return newest != nullptr && !newest->is_broken; }
  };

  void step(Pair& pair);
  static bool agree(const Pair& pair);
  void connect(Pair& pair);
  void cut(Pair& pair);
  void look(Pair& pair, std::size_t side);
  void close(Pair& pair, std::size_t side);

  std::vector<Pair> pairs_;
  Weather& weather_;
  Prng& random_ = weather_.random;
};

}  // namespace frontrow::sim
