// The meaning of each problem type, for a person who follows its `type`: GET /problems/{slug} (RFC
// 9457, 3.1.1). Covers every type that the program responds with. The types of the engine's
// rejections are added automatically; problem_texts.cc adds advice.
//
// Made once, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace frontrow {

struct ProblemText {
  std::string_view slug;
  std::string_view title;
  int status = 0;
  std::string_view meaning;
  std::string_view advice;  // for the sender of the request
};

// Sorted by slug, each once.
const std::vector<ProblemText>& problem_texts();

inline constexpr std::string_view kProblemPageHeaders =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n";

void append_problem_page(std::string& out, const ProblemText& problem);  // HTML
void append_problem_json(std::string& out, const ProblemText& problem);

}  // namespace frontrow
