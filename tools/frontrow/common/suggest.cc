#include "tools/frontrow/common/suggest.h"

#include <fmt/format.h>

#include <algorithm>

namespace frontrow {
namespace {

constexpr std::size_t kPrefixSizeMin = 3;
constexpr std::size_t kWordSizeMax = 64;  // longer words are not typing mistakes

}  // namespace

std::size_t edits_between(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

std::string_view nearest_name(std::string_view word, const std::vector<std::string>& known) {
  if (word.empty() || word.size() > kWordSizeMax) return {};
  std::string_view nearest;
  std::size_t edits = std::max<std::size_t>(1, word.size() / 3) + 1;  // exclusive bound
  for (const std::string& name : known) {
    const std::size_t needed = edits_between(word, name);
    if (needed >= edits) continue;
    edits = needed;
    nearest = name;
  }
  if (!nearest.empty() || word.size() < kPrefixSizeMin) return nearest;
  const auto begun = std::find_if(known.begin(), known.end(), [word](const std::string& name) {
    return name.starts_with(word);
  });
  return begun == known.end() ? std::string_view() : *begun;
}

std::string suggestion(std::string_view word, const std::vector<std::string>& known) {
  const std::string_view name = nearest_name(word, known);
  return name.empty() ? std::string() : fmt::format(" (did you mean {}?)", name);
}

}  // namespace frontrow
