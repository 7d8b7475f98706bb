// The people who wait for seats of one date to come back, in the order of their entries.
//
// An entry wishes a number of seats of one section, or of any. Offers go strictly in order: an
// entry that can't be fulfilled yet keeps the free seats of its wish from all entries behind it.
// So only the first entry of each wish can be next, and a seat of a wish with entries is for
// nobody else (claims()). One thread. Holds no rules: decide_waitlist.cc decides.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/containers/rank_bitmap.h"
#include "engine/core/protocol/types.h"
#include "engine/core/state/state_hash.h"

namespace frontrow {

struct WaitlistEntry {
  std::uint32_t number = 0;  // ascending from 1 on each date; never reused
  UserId user;
  std::string section;  // empty: any
  std::uint32_t quantity = 0;
  Instant since;
};

class Waitlist {
 public:
  // `date_index` distinguishes the dates of a concert in the hash.
  Waitlist(std::uint32_t date_index, StateHash& hash) : hash_(hash), date_index_(date_index) {}

  // The number of the next entry.
  std::uint32_t next_number() const { return drawn() + 1; }
  // REQUIRES: the entry's number is next_number(), and its user has no entry.
  void join(const WaitlistEntry& entry);
  // REQUIRES: there is an entry of this number.
  void leave(std::uint32_t number);
  void clear();
  // For snapshots: before the entries, how many numbers were drawn; then each entry, in order.
  // Returns false and changes nothing if no encoder writes the entry.
  void restore_drawn(std::uint32_t drawn);
  bool restore(const WaitlistEntry& entry);

  std::uint32_t drawn() const { return waiting_.size(); }
  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size()); }
  bool empty() const { return entries_.empty(); }
  const WaitlistEntry* find(const UserId& user) const;
  const WaitlistEntry* find(std::uint32_t number) const;
  // The count of entries before this one, plus one.
  std::uint32_t position(std::uint32_t number) const { return waiting_.rank(number - 1) + 1; }

  // The first entry that wishes this section (empty: any); nullptr if none does.
  const WaitlistEntry* first_of(std::string_view section) const;
  // Whether an entry waits for seats of the section.
  bool claims(std::string_view section) const;
  // The first entry of each wish, in the order of their numbers.
  std::vector<const WaitlistEntry*> firsts() const;
  const std::map<std::uint32_t, WaitlistEntry>& entries() const { return entries_; }

  // Computed from scratch; for checks.
  StateHash recompute_hash() const;
  bool has_index_of_entries() const;

 private:
  void add(const WaitlistEntry& entry);
  StateHash hash_of_entry(const WaitlistEntry& entry) const;

  StateHash& hash_;
  std::uint32_t date_index_;
  std::map<std::uint32_t, WaitlistEntry> entries_;
  RankBitmap waiting_;  // bit n-1 is number n
  std::map<UserId, std::uint32_t> by_user_;
  std::map<std::string, std::set<std::uint32_t>, std::less<>> by_section_;
};

}  // namespace frontrow
