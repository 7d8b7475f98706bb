// A table with one entry for each user: wallets, buyers.
//
// The entries lie in chunks that never move, and an index of 8 bytes an entry (TagTable, or
// UserIndex for tables of millions) finds them. A table that grows moves its index only, and a
// replay can prefetch in two steps: the index, then the entry. The place of an erased entry is
// reused for the next one.
//
// Entries never move. One thread. Offers the part of std::map's interface that its users need;
// iteration is in the order of the places and must never reach an event.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/containers/chunk_list.h"
#include "engine/core/containers/tag_table.h"

namespace frontrow {

template <class Value, class Index = TagTable>
class UserTable {
 public:
  using value_type = std::pair<const UserId, Value>;

 private:
  using List = ChunkList<value_type, 16>;

 public:
  using iterator = typename List::iterator;
  using const_iterator = typename List::const_iterator;

  iterator begin() { return list_.begin(); }
  const_iterator begin() const { return list_.begin(); }
  iterator end() { return {}; }
  const_iterator end() const { return {}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  iterator find(const UserId& user) { return {&list_, place_of(user)}; }
  const_iterator find(const UserId& user) const { return {&list_, place_of(user)}; }
  std::size_t count(const UserId& user) const { return place_of(user) == List::kEnd ? 0 : 1; }
  Value& at(const UserId& user) {
    const std::uint64_t place = place_of(user);
    if (place == List::kEnd) throw std::out_of_range("no such user");
    return list_.at(place)->second;
  }

  // Makes a new entry of `args`; leaves an existing one as it is.
  template <class... Args>
  std::pair<iterator, bool> try_emplace(const UserId& user, Args&&... args) {
    const std::uint64_t hash = IdHash{}(user);
    const std::uint32_t known = index_.find(hash, is_of(user));
    if (known != TagTable::kNone) return {iterator{&list_, known - 1}, false};
    const std::uint32_t place = take_place();
    list_.construct(place, user, Value{std::forward<Args>(args)...});
    index_.put(hash, place + 1, [](std::uint32_t) { return false; });
    ++size_;
    return {iterator{&list_, place}, true};
  }
  Value& operator[](const UserId& user) { return try_emplace(user).first->second; }

  void erase(iterator entry) {
    const auto place = static_cast<std::uint32_t>(entry.place());
    index_.erase(IdHash{}(entry->first), place + 1);
    list_.destroy(place);
    free_.push_back(place);
    --size_;
  }
  std::size_t erase(const UserId& user) {
    const iterator found = find(user);
    if (found == end()) return 0;
    erase(found);
    return 1;
  }

  // The two steps of prefetching: the index, then the entry or the place where it will be made.
  // Neither changes the table.
  void prefetch_index(const UserId& user) const {
    index_.prefetch(IdHash{}(user));
    list_.prefetch_chunk(size_);
  }
  void prefetch_entry(const UserId& user) const {
    if (const std::uint32_t number = index_.guess(IdHash{}(user)); number != TagTable::kNone) {
      prefetch_lines(list_.at(number - 1));
    } else if (size_ < list_.places()) {
      __builtin_prefetch(list_.chunk_of(size_).get());
      prefetch_lines(list_.at(size_));
    }
  }
  // The user's entry by the tag alone, possibly another user's: for prefetching the memory that the
  // entry owns. nullptr if no tag matches.
  const Value* guess(const UserId& user) const {
    const std::uint32_t number = index_.guess(IdHash{}(user));
    return number == TagTable::kNone ? nullptr : &list_.at(number - 1)->second;
  }

 private:
  static constexpr std::size_t kCacheLine = 64;

  static void prefetch_lines(const value_type* entry) {
    for (std::size_t at = 0; at < sizeof(value_type); at += kCacheLine)
      __builtin_prefetch(reinterpret_cast<const char*>(entry) + at);
  }
  auto is_of(const UserId& user) const {
    return [this, &user](std::uint32_t number) {
      return is_same_user(list_.at(number - 1)->first, user);
    };
  }
  std::uint64_t place_of(const UserId& user) const {
    const std::uint32_t number = index_.find(IdHash{}(user), is_of(user));
    return number == TagTable::kNone ? List::kEnd : number - 1;
  }
  // The place that was freed last, or else the one behind all others.
  std::uint32_t take_place() {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      return place;
    }
    const auto place = static_cast<std::uint32_t>(size_);
    if (place == list_.places()) {
      list_.extend_to(place);
      list_.chunk_of(place) = List::new_chunk();
    }
    return place;
  }

  Index index_;  // holds place + 1
  List list_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace frontrow
