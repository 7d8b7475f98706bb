#include "tests/simulation/links.h"

#include "tests/simulation/trace.h"

namespace frontrow::sim {

Links::Links(const std::vector<std::unique_ptr<Instance>>& instances, Weather& weather)
    : weather_(weather) {
  for (std::size_t a = 0; a < instances.size(); ++a) {
    for (std::size_t b = a + 1; b < instances.size(); ++b) {
      Pair pair;
      pair.ends[0].instance = instances[a].get();
      pair.ends[1].instance = instances[b].get();
      pairs_.push_back(std::move(pair));
    }
  }
}

void Links::step() {
  for (Pair& pair : pairs_) {
    if (random_.chance(50)) step(pair);
  }
}

void Links::step(Pair& pair) {
  const std::size_t side = random_.below(2);
  End& end = pair.ends[side];
  if (pair.is_whole() && random_.below(1000) < weather_.faults.broken) return cut(pair);
  if (pair.is_whole() && random_.below(1000) < weather_.faults.still) {
    bool& still = pair.newest->ways[side].stands_still;
    still = !still;
    return;
  }
  if (!end.acts()) return;
  const auto dice = random_.below(100);
  if (dice < 20) return look(pair, side);
  if (dice < 35) {
    if (!pair.is_whole() && pair.ends[1 - side].acts()) connect(pair);
    return;
  }
  if (end.held == nullptr) return;
  const InstanceId peer = pair.ends[1 - side].instance->id();
  for (std::uint64_t frames = 1 + random_.below(8); frames > 0; --frames) {
    const bool moved = dice < 65 ? end.port().flush(peer) : end.port().receive(peer);
    if (!moved) return;
  }
}

void Links::connect(Pair& pair) {
  pair.newest = std::make_shared<Connection>();
  for (std::size_t side = 0; side < 2; ++side) {
    pair.ends[side].coming = pair.newest;
    pair.newest->hello[side] = pair.ends[side].instance->clock().now();
  }
  ++weather_.stats.made;
  trace("link {}-{} made", pair.ends[0].instance->id(), pair.ends[1].instance->id());
}

// Frames that have arrived at the other machine can still be read there; the rest is lost.
void Links::cut(Pair& pair) {
  pair.newest->is_broken = true;
  for (Connection::Way& way : pair.newest->ways) {
    way.frames.resize(random_.below(way.frames.size() + 1));
    way.stands_still = false;
  }
  ++weather_.stats.broken;
  trace("link {}-{} broken", pair.ends[0].instance->id(), pair.ends[1].instance->id());
}

// This end notices a change: a new connection, which replaces an old one that it may still hold, or
// that its connection is broken.
void Links::look(Pair& pair, std::size_t side) {
  End& end = pair.ends[side];
  if (end.coming != nullptr) {
    std::shared_ptr<Connection> coming = std::move(end.coming);
    if (coming->is_broken) return;
    if (end.held != nullptr) close(pair, side);
    end.held = coming;
    end.worker = random_.below(end.instance->workers());
    end.port().open(pair.ends[1 - side].instance->id(), std::move(coming), side);
  } else if (end.held != nullptr && end.held->is_broken) {
    close(pair, side);
  }
}

void Links::close(Pair& pair, std::size_t side) {
  End& end = pair.ends[side];
  end.held.reset();
  end.port().close(pair.ends[1 - side].instance->id());
}

void Links::forget(const Instance& instance) {
  for (Pair& pair : pairs_) {
    for (End& end : pair.ends) {
      if (end.instance != &instance) continue;
      const InstanceId peer = pair.ends[&end == &pair.ends[0] ? 1 : 0].instance->id();
      for (std::uint64_t left = random_.below(4); end.held != nullptr && left > 0; --left)
        end.port().flush(peer);
      if (pair.is_whole()) cut(pair);
      end.held.reset();
      end.coming.reset();
    }
  }
}

void Links::mend() {
  for (Pair& pair : pairs_) {
    if (!pair.is_whole()) connect(pair);
    for (std::size_t side = 0; side < 2; ++side) {
      look(pair, side);
      pair.newest->ways[side].stands_still = false;
    }
  }
}

void Links::make_anew() {
  for (Pair& pair : pairs_) {
    if (pair.is_whole()) cut(pair);
    connect(pair);
    for (std::size_t side = 0; side < 2; ++side) look(pair, side);
  }
}

bool Links::deliver_all() {
  bool moved = false;
  for (Pair& pair : pairs_) {
    for (std::size_t side = 0; side < 2; ++side) {
      const InstanceId peer = pair.ends[1 - side].instance->id();
      while (pair.ends[side].port().flush(peer)) moved = true;
    }
    for (std::size_t side = 0; side < 2; ++side) {
      const InstanceId peer = pair.ends[1 - side].instance->id();
      while (pair.ends[side].port().receive(peer)) moved = true;
    }
  }
  return moved;
}

}  // namespace frontrow::sim
