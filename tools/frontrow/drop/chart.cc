#include "tools/frontrow/drop/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace frontrow::drop {
namespace {

// Dimensions of the drawing, in its own units.
constexpr double kWidth = 560;
constexpr double kHeight = 240;
constexpr double kLeft = 52;
constexpr double kRight = 10;
constexpr double kTop = 10;
constexpr double kBottom = 26;
constexpr double kLogMin = 0.1;

// A step of 1, 2 or 5 times a power of ten, so that about `count` steps make up `span`.
double nice_step(double span, int count) {
  const double rough = span / count;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= rough) return factor * power;
  }
  return 10 * power;
}

std::string short_number(double value) {
  if (value >= 1e6) return fmt::format("{:g}M", value / 1e6);
  if (value >= 1e4) return fmt::format("{:g}k", value / 1e3);
  return fmt::format("{:g}", value);
}

// Reduces the chart to at most kChartPoints x.
Chart thinned(const Chart& chart) {
  if (chart.x.size() <= kChartPoints) return chart;
  Chart thin = chart;
  thin.x.clear();
  for (Series& series : thin.series) series.values.clear();
  const std::size_t group = (chart.x.size() + kChartPoints - 1) / kChartPoints;
  for (std::size_t begin = 0; begin < chart.x.size(); begin += group) {
    const std::size_t end = std::min(begin + group, chart.x.size());
    thin.x.push_back(chart.x[end - 1]);
    for (std::size_t s = 0; s < chart.series.size(); ++s) {
      const auto& values = chart.series[s].values;
      thin.series[s].values.push_back(
          *std::max_element(values.begin() + static_cast<std::ptrdiff_t>(begin),
                            values.begin() + static_cast<std::ptrdiff_t>(end)));
    }
  }
  return thin;
}

// Stacks each series on top of the series before it.
void stack(Chart& chart) {
  for (std::size_t s = 1; s < chart.series.size(); ++s) {
    for (std::size_t i = 0; i < chart.x.size(); ++i)
      chart.series[s].values[i] += chart.series[s - 1].values[i];
  }
}

class Drawing {
 public:
  explicit Drawing(const Chart& chart) : chart_(chart) {
    x_max_ = chart.x.empty() ? 1 : std::max(chart.x.back(), 1.0);
    for (const Series& series : chart.series) {
      for (const double value : series.values) y_max_ = std::max(y_max_, value);
    }
    if (chart.logarithmic) {
      y_max_ = std::max(std::pow(10, std::ceil(std::log10(std::max(y_max_, 1.0)))), 1.0);
    } else {
      step_ = std::max(nice_step(std::max(y_max_, 1.0), 4), 1.0);
      y_max_ = std::max(std::ceil(y_max_ / step_) * step_, step_);
    }
  }

  std::string svg() {
    out_ = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)", kWidth, kHeight,
                       escape_html(chart_.title));
    draw_axes();
    if (chart_.x.size() > 1) {
      for (std::size_t s = chart_.series.size(); s-- > 0;) draw_series(s);
    }
    return out_ + "</svg>\n";
  }

 private:
  double x_of(double x) const { return kLeft + x / x_max_ * (kWidth - kLeft - kRight); }
  double y_of(double y) const {
    const double part = chart_.logarithmic ? std::log10(std::max(y, kLogMin) / kLogMin) /
                                                 std::log10(y_max_ / kLogMin)
                                           : y / y_max_;
    return kHeight - kBottom - part * (kHeight - kTop - kBottom);
  }

  void draw_tick(double y) {
    out_ +=
        fmt::format(R"(<path class="grid" d="M{} {:.1f}H{}"/>)", kLeft, y_of(y), kWidth - kRight);
    out_ += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{}{}</text>)", kLeft - 6,
                        y_of(y) + 4, short_number(y), chart_.unit);
  }

  void draw_axes() {
    if (chart_.logarithmic) {
      for (double y = kLogMin; y < y_max_ * 1.5; y *= 10) draw_tick(y);
    } else {
      for (double y = 0; y < y_max_ + step_ / 2; y += step_) draw_tick(y);
    }
    const double step = nice_step(x_max_, 7);
    for (double x = 0; x <= x_max_; x += step) {
      out_ += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:g} s</text>)", x_of(x),
                          kHeight - 8, x);
    }
  }

  void draw_series(std::size_t s) {
    const auto& values = chart_.series[s].values;
    std::string path;
    bool drawing = false;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i] >= 0)
        path +=
            fmt::format("{}{:.1f} {:.1f}", drawing ? "L" : "M", x_of(chart_.x[i]), y_of(values[i]));
      drawing = values[i] >= 0;
    }
    if (chart_.stacked) {
      path += fmt::format("V{:.1f}H{:.1f}Z", y_of(0), x_of(chart_.x.front()));
      out_ += fmt::format(R"(<path class="area s{}" d="{}"/>)", s, path);
    } else {
      out_ += fmt::format(R"(<path class="line s{}" d="{}"/>)", s, path);
    }
  }

  const Chart& chart_;
  double x_max_ = 1;
  double y_max_ = 0;
  double step_ = 1;
  std::string out_;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

std::string to_figure(const Chart& chart) {
  Chart drawn = thinned(chart);
  std::string legend;
  for (std::size_t s = 0; s < drawn.series.size(); ++s) {
    legend +=
        fmt::format(R"(<span><i class="s{}"></i>{}</span>)", s, escape_html(drawn.series[s].name));
  }
  if (drawn.stacked) stack(drawn);
  return fmt::format(
      "<figure>\n<figcaption><b>{}</b><small>{}</small></figcaption>\n"
      "<div class=\"legend\">{}</div>\n{}</figure>\n",
      escape_html(drawn.title), escape_html(drawn.note), legend, Drawing(drawn).svg());
}

}  // namespace frontrow::drop
