// What a slot answers to a command that was not refused, read from the state after its facts were
// applied.
#pragma once

#include "engine/core/decide.h"
#include "engine/core/protocol/event.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

// `events`: the facts that this command made.
Reply answer(const Ask& ask, const EventBatch& events);

HoldView hold_view(const Concert& concert, const Hold& hold);
PaymentView payment_view(const Concert& concert, const Payment& payment);
RefundView refund_view(const Concert& concert, const Payment& payment);

}  // namespace frontrow
