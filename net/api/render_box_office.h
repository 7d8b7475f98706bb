// The documents of the box office: lists of payments, holds, plans and access codes, a seat, a
// user's things, a cancellation.
#pragma once

#include <string>
#include <vector>

#include "engine/core/protocol/reply.h"
#include "net/auth/access_code.h"

namespace frontrow {

void render(std::string& out, const FoundPayments& found);
void render(std::string& out, const FoundHolds& found);
void render(std::string& out, const SeatRecord& seat);
void render(std::string& out, const SeatStates& states);
void render(std::string& out, const VisitorRecord& visitor);
// Whether every payment of the cancelled dates is refunded.
bool is_done(const CancellationView& cancellation);
void render(std::string& out, const CancellationView& cancellation);
// The batches of a concert, and one batch with its codes, if they are at hand.
void render(std::string& out, const AccessCodesView& codes);
void render_batch(std::string& out, const AccessCodesView& batch,
                  const std::vector<AccessCode>* codes);
void render(std::string& out, const PlanCreated& plan);
void render(std::string& out, const PlansView& plans);

}  // namespace frontrow
