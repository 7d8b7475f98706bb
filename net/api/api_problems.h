// Maps rejections of the engine to HTTP problems (RFC 9457): the type and its members.
#pragma once

#include <array>
#include <string>

#include "engine/core/protocol/reply.h"
#include "net/http/problem.h"

namespace frontrow {

namespace problems {
inline constexpr ProblemType kInvalidToken{"invalid-token", "Invalid token", 401};
inline constexpr ProblemType kWrongToken{"wrong-token", "Token of another concert or user", 403};
inline constexpr ProblemType kKeyNotAllowed{"key-not-allowed", "Key not allowed", 403};
inline constexpr ProblemType kInvalidIdentity{"invalid-identity", "Invalid identity", 401};
inline constexpr ProblemType kChargeNotAllowed{"charge-not-allowed", "Charge not allowed", 403};
inline constexpr ProblemType kChallengeRequired{"challenge-required", "Challenge required", 403};
inline constexpr ProblemType kChallengeFailed{"challenge-failed", "Challenge failed", 403};
inline constexpr ProblemType kInvalidField{"invalid-field", "Invalid field", 422};
inline constexpr ProblemType kTooManyRequests{"too-many-requests", "Too many requests", 429};
inline constexpr ProblemType kRecovering{"recovering", "Not ready yet", 503};

// Those that belong to no rejection and to no state of the service.
inline constexpr std::array kOfApi{kInvalidToken,     kWrongToken,      kKeyNotAllowed,
                                   kChargeNotAllowed, kInvalidIdentity, kChallengeRequired,
                                   kTooManyRequests,  kInvalidField};
}  // namespace problems

// Types of GET /readyz: the slug is the state of the service (service.h), or kCutOff.
inline constexpr std::string_view kCutOff = "cut-off";
constexpr ProblemType not_ready(std::string_view slug) { return {slug, "Not ready", 503}; }

// WWW-Authenticate of every 401 (RFC 6750, 3).
inline constexpr std::string_view kBearerChallenge =
    "Bearer realm=\"frontrow\", error=\"invalid_token\"";

const ProblemType& problem_of(Reject reject);
// The detail of the problem, for a person.
std::string_view detail_of(Reject reject);
// Appends the members that belong to the rejection, each with its leading comma.
void append_members(std::string& out, Reject reject, const RejectDetail& detail);
// Seconds for Retry-After; -1 where a retry alone does not help.
std::int64_t retry_after_s(Reject reject, const RejectDetail& detail);

}  // namespace frontrow
