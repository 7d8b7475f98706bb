// The way of a message from one slot to another, where it is more than a step to the next thread:
// what comes between may lose messages, double, delay and reorder them. Slots send again what was
// not acknowledged, and each step is safe when its message comes twice or late.
//
// Threads: carry() is called on the threads of the workers. Whoever arrives with a message calls
// Engine::deliver(), from any thread.
#pragma once

#include "engine/core/protocol/command.h"

namespace frontrow {

class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual void carry(Command&& message) = 0;
};

}  // namespace frontrow
