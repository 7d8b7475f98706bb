// Records of members for tests.
#pragma once

#include <cstdint>
#include <string>

#include "engine/runtime/membership/member_record.h"

namespace frontrow {

inline MemberRecord member_record(const std::string& name, std::uint64_t process,
                                  std::uint64_t beat = 1,
                                  MemberState state = MemberState::kJoining) {
  return {.name = name,
          .process = process,
          .stream = process + 100,
          .beat = beat,
          .state = state,
          .http = "10.0.0.1:8080",
          .peer = "10.0.0.1:9080",
          .version = "0.1.0"};
}

}  // namespace frontrow
