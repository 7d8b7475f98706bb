// The line as caches keep it, as JSON bodies. Each appends one document to `out`.
#pragma once

#include <string>
#include <string_view>

#include "engine/core/protocol/reply.h"

namespace frontrow {

// How long a cache may answer from its copy.
inline constexpr std::string_view kLineCacheControl = "public, max-age=1";
inline constexpr std::string_view kLineBlockCacheControl = "public, max-age=2";

void render(std::string& out, const LineView& line);
void render(std::string& out, const LineBlock& block);

}  // namespace frontrow
