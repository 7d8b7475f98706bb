// A TagTable split in parts by the hash, so that growing one of them never stalls a line or a sale
// of millions: finds the number that stands for a user. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/core/containers/tag_table.h"

namespace frontrow {

class UserIndex {
 public:
  // The methods of TagTable.
  template <class IsUser>
  std::uint32_t find(std::uint64_t hash, const IsUser& is_user) const {
    return parts_.empty() ? TagTable::kNone : parts_[part_of(hash)].find(hash, is_user);
  }
  template <class IsUser>
  std::uint32_t put(std::uint64_t hash, std::uint32_t number, const IsUser& is_user) {
    if (parts_.empty()) parts_.resize(kParts);
    return parts_[part_of(hash)].put(hash, number, is_user);
  }
  void erase(std::uint64_t hash, std::uint32_t number) {
    if (!parts_.empty()) parts_[part_of(hash)].erase(hash, number);
  }
  void prefetch(std::uint64_t hash) const {
    if (!parts_.empty()) parts_[part_of(hash)].prefetch(hash);
  }
  std::uint32_t guess(std::uint64_t hash) const {
    return parts_.empty() ? TagTable::kNone : parts_[part_of(hash)].guess(hash);
  }

 private:
  static constexpr std::size_t kParts = 256;
  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  std::vector<TagTable> parts_;  // none before the first entry
};

}  // namespace frontrow
