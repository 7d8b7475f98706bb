// Finds a user's newest number in a line.
//
// Open addressing with linear probing (Knuth, The Art of Computer Programming 3, 6.4, algorithm L),
// split in parts by the hash so that growing one of them never stalls the line. An entry is a
// number and 32 bits of the user's hash: to look costs one cache miss as a rule, to grow touches no
// token. Nothing is erased; a user's later number takes the place of the earlier one.
//
// The index knows hashes and numbers only. Whoever asks says whether a number is the user's: 32
// bits can be the same by chance. One thread. Memory: 8 bytes an entry at a load of 0.35 to 0.7.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/base/ids.h"

namespace frontrow {

class UserIndex {
 public:
  // is_user(TicketNumber): whether that token is of the user who is looked for. None: not there.
  template <class IsUser>
  TicketNumber find(std::uint64_t hash, const IsUser& is_user) const {
    if (parts_.empty()) return {};
    const Part& part = parts_[part_of(hash)];
    if (part.entries.empty()) return {};
    return TicketNumber{part.entries[place(part, hash, is_user)].number};
  }

  // Notes the user's newest number; returns the one that it takes the place of, or none.
  template <class IsUser>
  TicketNumber put(std::uint64_t hash, TicketNumber number, const IsUser& is_user) {
    Part& part = part_with_room(hash);
    Entry& entry = part.entries[place(part, hash, is_user)];
    const TicketNumber before{entry.number};
    if (!before) ++part.used;
    entry = {number.value, tag_of(hash)};
    return before;
  }

  // Brings the place where find and put will look into the cache.
  void prefetch(std::uint64_t hash) const {
    if (parts_.empty()) return;
    const Part& part = parts_[part_of(hash)];
    if (!part.entries.empty())
      __builtin_prefetch(&part.entries[tag_of(hash) & (part.entries.size() - 1)]);
  }

 private:
  static constexpr std::size_t kParts = 256;
  static constexpr std::size_t kEntriesMin = 8;

  struct Entry {
    std::uint32_t number = 0;  // 0: free
    std::uint32_t tag = 0;
  };
  struct Part {
    std::vector<Entry> entries;  // a power of two, or none
    std::size_t used = 0;
  };

  static std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash); }
  static std::size_t part_of(std::uint64_t hash) { return (hash >> 32) % kParts; }

  // Of the user's entry, or of the free one where it belongs.
  template <class IsUser>
  static std::size_t place(const Part& part, std::uint64_t hash, const IsUser& is_user) {
    const std::size_t mask = part.entries.size() - 1;
    const std::uint32_t tag = tag_of(hash);
    for (std::size_t at = tag & mask;; at = (at + 1) & mask) {
      const Entry& entry = part.entries[at];
      if (entry.number == 0 || (entry.tag == tag && is_user(TicketNumber{entry.number}))) return at;
    }
  }
  Part& part_with_room(std::uint64_t hash);
  static void grow(Part& part);

  std::vector<Part> parts_;  // none before the first entry
};

}  // namespace frontrow
