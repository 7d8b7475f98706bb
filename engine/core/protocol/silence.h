// The time since the user of a command was last heard of. Pure functions.
#pragma once

#include <optional>

#include "engine/base/time.h"
#include "engine/core/protocol/command.h"

namespace frontrow {

// A ReadToken that its user did not send (an event stream polls by itself) carries the time since
// the user was last heard of. The value takes the place of a keyed request's hash, so that older
// instances can decode it: they take the user as present.
void set_silence(Command& command, Duration silence);
std::optional<Duration> silence_of(const Command& command);

}  // namespace frontrow
