// Stored answers (answer_table.h) as bytes: the type, whether the command created an entity (and
// the phase of a queue entry), the fields. Only replies to commands that change state can be
// stored. Pure functions.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "engine/core/protocol/reply.h"

namespace frontrow {

std::string encode_answer(const Reply& reply);
Result<Reply> decode_answer(const std::string& answer);

}  // namespace frontrow
