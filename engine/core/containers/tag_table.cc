#include "engine/core/containers/tag_table.h"

#include <algorithm>

namespace frontrow {
namespace {

constexpr std::size_t kEntriesMin = 8;

}  // namespace

void TagTable::grow() {
  std::vector<Entry> larger(std::max(kEntriesMin, entries_.size() * 2));
  const std::size_t mask = larger.size() - 1;
  for (const Entry& entry : entries_) {
    if (entry.number == kNone) continue;
    std::size_t at = entry.tag & mask;
    while (larger[at].number != kNone) at = (at + 1) & mask;
    larger[at] = entry;
  }
  entries_ = std::move(larger);
}

// Fills the gap with the next entry of the run that may lie there, which leaves a gap in turn.
// Erased entries leave no marks, so a table that is written for ever does not fill up with them.
void TagTable::erase(std::uint64_t hash, std::uint32_t number) {
  const std::size_t mask = entries_.size() - 1;
  std::size_t gap = place(hash, [number](std::uint32_t n) { return n == number; });
  if (entries_[gap].number == kNone) return;
  for (std::size_t at = (gap + 1) & mask; entries_[at].number != kNone; at = (at + 1) & mask) {
    const std::size_t home = entries_[at].tag & mask;
    // Whether home lies behind the gap and not after it, counted around the end of the table.
    if (((at - home) & mask) < ((at - gap) & mask)) continue;
    entries_[gap] = entries_[at];
    gap = at;
  }
  entries_[gap] = {};
  --used_;
}

}  // namespace frontrow
