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

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include "engine/base/ids.h"
#include "engine/core/containers/tag_table.h"

namespace frontrow {

template <class Value, class Index = TagTable>
class UserTable {
 public:
  using value_type = std::pair<const UserId, Value>;

 private:
  static constexpr std::uint32_t kChunkEntries = 16;

  struct Chunk {
    Chunk() = default;
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;
    ~Chunk() {
      for (; used != 0; used &= used - 1)
        std::destroy_at(at(static_cast<std::uint32_t>(std::countr_zero(used))));
    }
    value_type* at(std::uint32_t place) { return reinterpret_cast<value_type*>(bytes) + place; }

    std::uint32_t used = 0;  // one bit a place
    alignas(value_type) std::byte bytes[kChunkEntries * sizeof(value_type)];
  };

  template <bool kConst>
  class Iterator {
   public:
    using value_type = UserTable::value_type;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<kConst, const value_type&, value_type&>;
    using pointer = std::conditional_t<kConst, const value_type*, value_type*>;
    using iterator_category = std::forward_iterator_tag;
    using Table = std::conditional_t<kConst, const UserTable, UserTable>;

    Iterator() = default;
    Iterator(Table* table, std::uint32_t place) : table_(table), place_(place) {}
    reference operator*() const { return *table_->at_place(place_); }
    pointer operator->() const { return table_->at_place(place_); }
    Iterator& operator++() {
      place_ = table_->used_from(place_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return place_ == other.place_; }

   private:
    friend class UserTable;
    Table* table_ = nullptr;
    std::uint32_t place_ = kEnd;
  };

 public:
  using iterator = Iterator<false>;
  using const_iterator = Iterator<true>;

  iterator begin() { return {this, used_from(0)}; }
  const_iterator begin() const { return {this, used_from(0)}; }
  iterator end() { return {this, kEnd}; }
  const_iterator end() const { return {this, kEnd}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  iterator find(const UserId& user) { return {this, place_of(user)}; }
  const_iterator find(const UserId& user) const { return {this, place_of(user)}; }
  std::size_t count(const UserId& user) const { return place_of(user) == kEnd ? 0 : 1; }
  Value& at(const UserId& user) {
    const std::uint32_t place = place_of(user);
    if (place == kEnd) throw std::out_of_range("no such user");
    return at_place(place)->second;
  }

  // Makes a new entry of `args`; leaves an existing one as it is.
  template <class... Args>
  std::pair<iterator, bool> try_emplace(const UserId& user, Args&&... args) {
    const std::uint64_t hash = IdHash{}(user);
    const std::uint32_t known = index_.find(hash, is_of(user));
    if (known != TagTable::kNone) return {iterator{this, known - 1}, false};
    const std::uint32_t place = take_place();
    Chunk& chunk = *chunks_[place / kChunkEntries];
    std::construct_at(chunk.at(place % kChunkEntries), user, Value{std::forward<Args>(args)...});
    chunk.used |= std::uint32_t{1} << place % kChunkEntries;
    index_.put(hash, place + 1, [](std::uint32_t) { return false; });
    ++size_;
    return {iterator{this, place}, true};
  }
  Value& operator[](const UserId& user) { return try_emplace(user).first->second; }

  void erase(iterator entry) {
    const std::uint32_t place = entry.place_;
    index_.erase(IdHash{}(entry->first), place + 1);
    Chunk& chunk = *chunks_[place / kChunkEntries];
    std::destroy_at(chunk.at(place % kChunkEntries));
    chunk.used &= ~(std::uint32_t{1} << place % kChunkEntries);
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
    __builtin_prefetch(chunks_.data() + size_ / kChunkEntries);
  }
  void prefetch_entry(const UserId& user) const {
    if (const std::uint32_t number = index_.guess(IdHash{}(user)); number != TagTable::kNone) {
      prefetch_lines(at_place(number - 1));
    } else if (size_ < chunks_.size() * kChunkEntries) {
      const auto next = static_cast<std::uint32_t>(size_);
      __builtin_prefetch(&chunks_[next / kChunkEntries]->used);
      prefetch_lines(at_place(next));
    }
  }
  // The user's entry by the tag alone, possibly another user's: for prefetching the memory that the
  // entry owns. nullptr if no tag matches.
  const Value* guess(const UserId& user) const {
    const std::uint32_t number = index_.guess(IdHash{}(user));
    return number == TagTable::kNone ? nullptr : &at_place(number - 1)->second;
  }

 private:
  static constexpr std::uint32_t kEnd = ~std::uint32_t{0};
  static constexpr std::size_t kCacheLine = 64;

  static void prefetch_lines(const value_type* entry) {
    for (std::size_t at = 0; at < sizeof(value_type); at += kCacheLine)
      __builtin_prefetch(reinterpret_cast<const char*>(entry) + at);
  }
  value_type* at_place(std::uint32_t place) const {
    return chunks_[place / kChunkEntries]->at(place % kChunkEntries);
  }
  auto is_of(const UserId& user) const {
    return [this, &user](std::uint32_t number) {
      return is_same_user(at_place(number - 1)->first, user);
    };
  }
  std::uint32_t place_of(const UserId& user) const {
    const std::uint32_t number = index_.find(IdHash{}(user), is_of(user));
    return number == TagTable::kNone ? kEnd : number - 1;
  }
  // The place that was freed last, or else the one behind all others.
  std::uint32_t take_place() {
    if (!free_.empty()) {
      const std::uint32_t place = free_.back();
      free_.pop_back();
      return place;
    }
    const auto place = static_cast<std::uint32_t>(size_);
    if (place == chunks_.size() * kChunkEntries)
      chunks_.push_back(std::make_unique_for_overwrite<Chunk>());
    return place;
  }
  std::uint32_t used_from(std::uint32_t place) const {
    for (; place < chunks_.size() * kChunkEntries;
         place = (place / kChunkEntries + 1) * kChunkEntries) {
      const std::uint32_t left = chunks_[place / kChunkEntries]->used >> place % kChunkEntries;
      if (left != 0) return place + static_cast<std::uint32_t>(std::countr_zero(left));
    }
    return kEnd;
  }

  Index index_;  // holds place + 1
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<std::uint32_t> free_;
  std::size_t size_ = 0;
};

}  // namespace frontrow
