// Line charts and stacked areas as inline SVG, coloured by the page's style sheet (classes s0..s5
// for the series). Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::drop {

struct Series {
  std::string name;
  std::vector<double> values;  // one for each x; below 0 (not with stacked): a gap
};

struct Chart {
  std::string title;
  std::string note;            // meaning of the figures, one sentence
  std::string unit;            // appended to the figures of the y axis; may be empty
  std::vector<double> x;       // seconds, rising
  std::vector<Series> series;  // at most six
  bool stacked = false;
  bool logarithmic = false;  // not with stacked; values below 0.1 are drawn at 0.1
};

// Escapes text for HTML, also for attributes.
std::string escape_html(std::string_view text);

// <figure> with title, legend and the SVG. More than kChartPoints x are drawn in groups, by the
// highest value of each group.
inline constexpr std::size_t kChartPoints = 400;
std::string to_figure(const Chart& chart);

}  // namespace frontrow::drop
