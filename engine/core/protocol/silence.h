// How long nothing was heard of the user of a command. Pure functions.
#pragma once

#include <optional>

#include "engine/base/time.h"
#include "engine/core/protocol/command.h"

namespace frontrow {

// A ReadToken that its user did not send (an event stream polls by itself) tells how long nothing
// was heard of the user. It stands where other commands have the hash of a keyed request, so that
// older instances read it: they take the user as there.
void set_silence(Command& command, Duration silence);
std::optional<Duration> silence_of(const Command& command);

}  // namespace frontrow
