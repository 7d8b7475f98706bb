// "did you mean serve?": the known name that is nearest to a mistyped one.
//
// Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

// The number of letters to insert, delete, replace or swap with a neighbour until a is b (optimal
// string alignment).
std::size_t edits_between(std::string_view a, std::string_view b);

// The known name that the word most likely stands for: one that needs few edits for its length, or
// that begins with the word. The first of several; empty if none is near.
std::string_view nearest_name(std::string_view word, const std::vector<std::string>& known);

// " (did you mean NAME?)" to append to the word in an error message, or an empty string.
std::string suggestion(std::string_view word, const std::vector<std::string>& known);

}  // namespace frontrow
