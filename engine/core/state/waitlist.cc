#include "engine/core/state/waitlist.h"

#include <algorithm>

#include "engine/base/check.h"

namespace frontrow {

StateHash Waitlist::hash_of_entry(const WaitlistEntry& entry) const {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kWaitlistEntry))
      .add(date_index_)
      .add(entry.number)
      .add(entry.user.high())
      .add(entry.user.low())
      .add(entry.section)
      .add(entry.quantity)
      .add(static_cast<std::uint64_t>(entry.since.ms))
      .value();
}

void Waitlist::add(const WaitlistEntry& entry) {
  entries_.emplace(entry.number, entry);
  by_section_[entry.section].insert(entry.number);
  hash_ += hash_of_entry(entry);
}

void Waitlist::join(const WaitlistEntry& entry) {
  FR_CHECK(entry.number == next_number());
  const bool is_first = by_user_.emplace(entry.user, entry.number).second;
  FR_CHECK(is_first);
  waiting_.push_back();
  add(entry);
}

void Waitlist::leave(std::uint32_t number) {
  const auto entry = entries_.find(number);
  FR_CHECK(entry != entries_.end());
  hash_ -= hash_of_entry(entry->second);
  waiting_.erase(number - 1);
  by_user_.erase(entry->second.user);
  const auto wish = by_section_.find(entry->second.section);
  wish->second.erase(number);
  if (wish->second.empty()) by_section_.erase(wish);
  entries_.erase(entry);
}

void Waitlist::clear() {
  while (!entries_.empty()) leave(entries_.begin()->first);
}

void Waitlist::restore_drawn(std::uint32_t drawn) {
  for (std::uint32_t number = 1; number <= drawn; ++number) waiting_.erase(waiting_.push_back());
}

bool Waitlist::restore(const WaitlistEntry& entry) {
  const std::uint32_t before = entries_.empty() ? 0 : entries_.rbegin()->first;
  if (entry.number <= before || entry.number > drawn()) return false;
  if (!by_user_.emplace(entry.user, entry.number).second) return false;
  waiting_.insert(entry.number - 1);
  add(entry);
  return true;
}

const WaitlistEntry* Waitlist::find(const UserId& user) const {
  const auto found = by_user_.find(user);
  return found == by_user_.end() ? nullptr : &entries_.at(found->second);
}

const WaitlistEntry* Waitlist::find(std::uint32_t number) const {
  const auto found = entries_.find(number);
  return found == entries_.end() ? nullptr : &found->second;
}

const WaitlistEntry* Waitlist::first_of(std::string_view section) const {
  const auto wish = by_section_.find(section);
  return wish == by_section_.end() ? nullptr : &entries_.at(*wish->second.begin());
}

bool Waitlist::claims(std::string_view section) const {
  return by_section_.contains(std::string_view()) || by_section_.contains(section);
}

std::vector<const WaitlistEntry*> Waitlist::firsts() const {
  std::vector<const WaitlistEntry*> firsts;
  firsts.reserve(by_section_.size());
  for (const auto& wish : by_section_) firsts.push_back(&entries_.at(*wish.second.begin()));
  std::ranges::sort(firsts, {}, &WaitlistEntry::number);
  return firsts;
}

StateHash Waitlist::recompute_hash() const {
  StateHash sum = 0;
  for (const auto& numbered : entries_) sum += hash_of_entry(numbered.second);
  return sum;
}

bool Waitlist::has_index_of_entries() const {
  std::size_t wished = 0;
  for (const auto& wish : by_section_) wished += wish.second.size();
  if (wished != entries_.size() || by_user_.size() != entries_.size()) return false;
  if (waiting_.count() != entries_.size()) return false;
  return std::ranges::all_of(entries_, [this](const auto& numbered) {
    const WaitlistEntry& entry = numbered.second;
    const auto wish = by_section_.find(entry.section);
    return find(entry.user) == &entry && waiting_.contains(entry.number - 1) &&
           wish != by_section_.end() && wish->second.contains(entry.number);
  });
}

}  // namespace frontrow
