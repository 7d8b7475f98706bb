// Finds a number by the hash of a key that lies elsewhere.
//
// Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithms L
// and R). An entry is a number and 32 bits of the key's hash. A lookup costs one cache miss as a
// rule, at an address known beforehand, so a replay can prefetch it. Growing reads no key.
//
// The table holds hashes and numbers only. The caller decides whether a number belongs to the key,
// since 32 bits can be the same by chance. One thread. Memory: 8 bytes an entry at a load of 0.35
// to 0.7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/ids.h"

namespace frontrow {

// Key comparison of the tables built on a TagTable: two loads and no call.
inline bool is_same_user(const UserId& a, const UserId& b) {
  return a.high() == b.high() && a.low() == b.low();
}

class TagTable {
 public:
  static constexpr std::uint32_t kNone = 0;  // no entry

  // is_of(number): whether that number belongs to the wanted key.
  template <class IsOf>
  std::uint32_t find(std::uint64_t hash, const IsOf& is_of) const {
    return entries_.empty() ? kNone : entries_[place(hash, is_of)].number;
  }

  // Sets the key's number and returns the previous one.
  template <class IsOf>
  std::uint32_t put(std::uint64_t hash, std::uint32_t number, const IsOf& is_of) {
    make_room();
    Entry& entry = entries_[place(hash, is_of)];
    const std::uint32_t before = entry.number;
    if (before == kNone) ++used_;
    entry = {number, tag_of(hash)};
    return before;
  }

  // Erases the entry of this number, which must be there.
  void erase(std::uint64_t hash, std::uint32_t number);

  // Brings the place that a lookup of this hash reads first into the cache.
  void prefetch(std::uint64_t hash) const {
    if (!entries_.empty()) __builtin_prefetch(&entries_[tag_of(hash) & (entries_.size() - 1)]);
  }
  // A lookup by the tag alone, possibly wrong: for prefetching the key itself.
  std::uint32_t guess(std::uint64_t hash) const {
    return find(hash, [](std::uint32_t) { return true; });
  }

 private:
  struct Entry {
    std::uint32_t number = kNone;  // kNone: free
    std::uint32_t tag = 0;
  };

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }

  // The index of the key's entry, or of the free entry where it belongs.
  template <class IsOf>
  std::size_t place(std::uint64_t hash, const IsOf& is_of) const {
    const std::size_t mask = entries_.size() - 1;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = tag & mask;; at = (at + 1) & mask) {
      const Entry& entry = entries_[at];
      if (entry.number == kNone || (entry.tag == tag && is_of(entry.number))) return at;
    }
  }
  // At a load of 0.7 a failed lookup passes six entries, most of them in one cache line.
  void make_room() {
    if ((used_ + 1) * 10 > entries_.size() * 7) grow();
  }
  void grow();

  std::vector<Entry> entries_;  // the size is a power of two, or 0
  std::size_t used_ = 0;
};

}  // namespace frontrow
