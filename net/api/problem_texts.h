// What each problem type means, for the person who follows its `type`: GET /problems/{slug} (RFC
// 9457, 3.1.1). Every type that the program can answer with is there, those of the engine's
// rejections by themselves; problem_texts.cc adds advice.
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
  std::string_view advice;  // what the sender of the request can do
};

// By slug, each once.
const std::vector<ProblemText>& problem_texts();

inline constexpr std::string_view kProblemPageHeaders =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'\r\n";

void append_problem_page(std::string& out, const ProblemText& problem);  // HTML
void append_problem_json(std::string& out, const ProblemText& problem);

}  // namespace frontrow
