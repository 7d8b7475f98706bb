// The documents of the box office: lists of payments, holds and plans, a seat, a user's things, a
// cancellation.
#pragma once

#include <string>

#include "engine/core/protocol/reply.h"

namespace frontrow {

void render(std::string& out, const FoundPayments& found);
void render(std::string& out, const FoundHolds& found);
void render(std::string& out, const SeatRecord& seat);
void render(std::string& out, const VisitorRecord& visitor);
// Whether every payment of the cancelled dates is refunded.
bool is_done(const CancellationView& cancellation);
void render(std::string& out, const CancellationView& cancellation);
void render(std::string& out, const PlanCreated& plan);
void render(std::string& out, const PlansView& plans);

}  // namespace frontrow
