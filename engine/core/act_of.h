// The act that an operator's command amounts to, for the audit. Pure.
#pragma once

#include <optional>

#include "engine/core/protocol/act.h"
#include "engine/core/protocol/command.h"
#include "engine/core/protocol/event.h"
#include "engine/core/state/slot.h"

namespace frontrow {

// `events`: those that decide() made, at least one; the slot is as decide() saw it. None for a
// command that operators do not send.
std::optional<Act> act_of(const Slot& slot, const Command& command, const EventBatch& events);

}  // namespace frontrow
