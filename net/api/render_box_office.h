// The documents of the box office: lists of payments and holds, a seat, a user's things.
#pragma once

#include <string>

#include "engine/core/protocol/reply.h"

namespace frontrow {

void render(std::string& out, const FoundPayments& found);
void render(std::string& out, const FoundHolds& found);
void render(std::string& out, const SeatRecord& seat);
void render(std::string& out, const VisitorRecord& visitor);

}  // namespace frontrow
