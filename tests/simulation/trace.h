// The steps of a night, a line each, when FRONTROW_TRACE is set: for a failed seed.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <utility>

#include "engine/core/protocol/command.h"
#include "engine/core/protocol/reply.h"

namespace frontrow::sim {

bool is_traced();

template <class... Args>
void trace(fmt::format_string<Args...> format, Args&&... args) {
  if (!is_traced()) return;
  fmt::print(format, std::forward<Args>(args)...);
  std::putchar('\n');
}

// The kind, and the ids to find it by.
std::string text_of(const Command& command);
std::string text_of(const Reply& reply);

}  // namespace frontrow::sim
