// A map for ids that are drawn from a counter: holds, payments, sessions.
//
// The counter (the low 32 bits of the id) is the place. Chunks of 64 entries are found by division
// and freed (but for one) when their last entry is erased. So growth moves no entry - a hash table
// of a million holds would stall the line for over a second when it doubles - and entries that were
// created together lie together. Iteration is in the order of the counters. Long-lived entries keep
// a few chunks alive; a directory entry of 8 bytes stays for every 64 ids ever drawn.
//
// Entries never move. One thread. Offers the part of std::map's interface that the concert needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "engine/core/containers/chunk_list.h"

namespace frontrow {

template <class Key, class Value>
class CounterMap {
 public:
  using Entry = std::pair<const Key, Value>;

 private:
  using List = ChunkList<Entry, 64>;

 public:
  using iterator = typename List::iterator;
  using const_iterator = typename List::const_iterator;

  iterator begin() { return list_.begin(); }
  const_iterator begin() const { return list_.begin(); }
  iterator end() { return {}; }
  const_iterator end() const { return {}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  iterator find(const Key& key) { return {&list_, place_of(key)}; }
  const_iterator find(const Key& key) const { return {&list_, place_of(key)}; }
  bool contains(const Key& key) const { return place_of(key) != List::kEnd; }
  // Brings the entry, if it exists, into the cache.
  void prefetch(const Key& key) const {
    const std::uint32_t counter = counter_of(key);
    if (counter >= list_.places()) return;
    auto* chunk = list_.chunk_of(counter).get();
    if (chunk == nullptr) return;
    __builtin_prefetch(chunk);
    const auto* entry = reinterpret_cast<const std::byte*>(list_.at(counter));
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + sizeof(Entry) - 1);
  }

  // Returns false and changes no entry when the key's counter is taken.
  std::pair<iterator, bool> emplace(const Key& key, Value value) {
    const std::uint32_t counter = counter_of(key);
    list_.extend_to(counter);
    auto& chunk = list_.chunk_of(counter);
    if (chunk == nullptr) chunk = spare_ != nullptr ? std::move(spare_) : List::new_chunk();
    if (chunk->has(List::index_of(counter))) return {iterator{&list_, counter}, false};
    list_.construct(counter, key, std::move(value));
    ++size_;
    return {iterator{&list_, counter}, true};
  }

  std::size_t erase(const Key& key) {
    const std::uint64_t counter = place_of(key);
    if (counter == List::kEnd) return 0;
    if (list_.destroy(counter)) spare_ = std::move(list_.chunk_of(counter));
    --size_;
    return 1;
  }

 private:
  static std::uint32_t counter_of(const Key& key) { return static_cast<std::uint32_t>(key.value); }
  // The whole key is compared: an id of another concert has the same counters.
  std::uint64_t place_of(const Key& key) const {
    const Entry* entry = list_.find(counter_of(key));
    return entry != nullptr && entry->first == key ? counter_of(key) : List::kEnd;
  }

  List list_;
  std::unique_ptr<typename List::Chunk> spare_;  // the last empty one: one entry may come and go
  std::size_t size_ = 0;
};

}  // namespace frontrow
