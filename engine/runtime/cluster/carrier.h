// Carries messages from slot to slot in place of the direct step to the next thread: it may lose,
// duplicate, delay and reorder them. Slots resend messages that were not acknowledged, and each
// step is safe when its message arrives twice or late.
//
// Threads: carry() is called on the threads of the workers. The carrier delivers a message by
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
