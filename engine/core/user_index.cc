#include "engine/core/user_index.h"

#include <algorithm>

namespace frontrow {

UserIndex::Part& UserIndex::part_with_room(std::uint64_t hash) {
  if (parts_.empty()) parts_.resize(kParts);
  Part& part = parts_[part_of(hash)];
  // At 0.7 a look for somebody who is not there passes six entries, most of them in one cache line.
  if ((part.used + 1) * 10 > part.entries.size() * 7) grow(part);
  return part;
}

void UserIndex::grow(Part& part) {
  std::vector<Entry> larger(std::max(kEntriesMin, part.entries.size() * 2));
  const std::size_t mask = larger.size() - 1;
  for (const Entry& entry : part.entries) {
    if (entry.number == 0) continue;
    std::size_t at = entry.tag & mask;
    while (larger[at].number != 0) at = (at + 1) & mask;
    larger[at] = entry;
  }
  part.entries = std::move(larger);
}

}  // namespace frontrow
