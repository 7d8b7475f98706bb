// "did you mean serve?": the known name that is nearest to one that was mistyped.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

// Letters to insert, drop, replace or swap with their neighbour until a is b (optimal string
// alignment).
std::size_t edits_between(std::string_view a, std::string_view b);

// The known name that the word is most likely meant to be: one that needs few edits for its length,
// or that the word begins. Of several the first. Empty if none is near.
std::string_view nearest_name(std::string_view word, const std::vector<std::string>& known);

// " (did you mean NAME?)", or nothing: what stands behind the word in an error message.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace frontrow
