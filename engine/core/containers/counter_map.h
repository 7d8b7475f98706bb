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

#include <bit>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace frontrow {

template <class Key, class Value>
class CounterMap {
 public:
  using Entry = std::pair<const Key, Value>;

 private:
  static constexpr std::uint32_t kChunkEntries = 64;

  struct Chunk {
    Chunk() = default;
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;
    ~Chunk() {
      for (; used != 0; used &= used - 1)
        std::destroy_at(at(static_cast<std::uint32_t>(std::countr_zero(used))));
    }
    Entry* at(std::uint32_t place) { return reinterpret_cast<Entry*>(bytes) + place; }
    bool has(std::uint32_t place) const { return (used >> place & 1) != 0; }

    std::uint64_t used = 0;  // one bit a place
    alignas(Entry) std::byte bytes[kChunkEntries * sizeof(Entry)];
  };
  using Chunks = std::vector<std::unique_ptr<Chunk>>;

  template <bool kConst>
  class Iterator {
   public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<kConst, const Entry&, Entry&>;
    using pointer = std::conditional_t<kConst, const Entry*, Entry*>;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    Iterator(const Chunks* chunks, std::uint64_t counter) : chunks_(chunks), counter_(counter) {}
    reference operator*() const {
      return *(*chunks_)[counter_ / kChunkEntries]->at(counter_ % kChunkEntries);
    }
    pointer operator->() const { return &**this; }
    Iterator& operator++() {
      ++counter_;
      skip_to_used();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator&) const = default;

   private:
    friend class CounterMap;
    void skip_to_used() {
      for (; counter_ < chunks_->size() * kChunkEntries;
           counter_ = (counter_ / kChunkEntries + 1) * kChunkEntries) {
        const Chunk* chunk = (*chunks_)[counter_ / kChunkEntries].get();
        const std::uint64_t left = chunk == nullptr ? 0 : chunk->used >> counter_ % kChunkEntries;
        if (left == 0) continue;
        counter_ += static_cast<std::uint64_t>(std::countr_zero(left));
        return;
      }
      counter_ = kEnd;
    }

    const Chunks* chunks_ = nullptr;
    std::uint64_t counter_ = kEnd;
  };

 public:
  using iterator = Iterator<false>;
  using const_iterator = Iterator<true>;

  iterator begin() { return first<iterator>(); }
  const_iterator begin() const { return first<const_iterator>(); }
  iterator end() { return {&chunks_, kEnd}; }
  const_iterator end() const { return {&chunks_, kEnd}; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  iterator find(const Key& key) { return {&chunks_, place_of(key)}; }
  const_iterator find(const Key& key) const { return {&chunks_, place_of(key)}; }
  bool contains(const Key& key) const { return place_of(key) != kEnd; }
  // Brings the entry, if it exists, into the cache.
  void prefetch(const Key& key) const {
    const std::uint32_t counter = counter_of(key);
    if (counter / kChunkEntries >= chunks_.size()) return;
    Chunk* chunk = chunks_[counter / kChunkEntries].get();
    if (chunk == nullptr) return;
    __builtin_prefetch(chunk);
    const auto* entry = reinterpret_cast<const std::byte*>(chunk->at(counter % kChunkEntries));
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + sizeof(Entry) - 1);
  }

  // Returns false and changes no entry when the key's counter is taken.
  std::pair<iterator, bool> emplace(const Key& key, Value value) {
    const std::uint32_t counter = counter_of(key);
    if (counter / kChunkEntries >= chunks_.size()) chunks_.resize(counter / kChunkEntries + 1);
    std::unique_ptr<Chunk>& chunk = chunks_[counter / kChunkEntries];
    if (chunk == nullptr)
      chunk = spare_ != nullptr ? std::move(spare_) : std::make_unique_for_overwrite<Chunk>();
    const std::uint32_t place = counter % kChunkEntries;
    if (chunk->has(place)) return {iterator{&chunks_, counter}, false};
    std::construct_at(chunk->at(place), key, std::move(value));
    chunk->used |= std::uint64_t{1} << place;
    ++size_;
    return {iterator{&chunks_, counter}, true};
  }

  std::size_t erase(const Key& key) {
    const std::uint64_t counter = place_of(key);
    if (counter == kEnd) return 0;
    std::unique_ptr<Chunk>& chunk = chunks_[counter / kChunkEntries];
    const auto place = static_cast<std::uint32_t>(counter % kChunkEntries);
    std::destroy_at(chunk->at(place));
    chunk->used &= ~(std::uint64_t{1} << place);
    if (chunk->used == 0) spare_ = std::move(chunk);
    --size_;
    return 1;
  }

 private:
  static constexpr std::uint64_t kEnd = ~std::uint64_t{0};

  static std::uint32_t counter_of(const Key& key) { return static_cast<std::uint32_t>(key.value); }
  // The whole key is compared: an id of another concert has the same counters.
  std::uint64_t place_of(const Key& key) const {
    const std::uint32_t counter = counter_of(key);
    if (counter / kChunkEntries >= chunks_.size()) return kEnd;
    Chunk* chunk = chunks_[counter / kChunkEntries].get();
    const std::uint32_t place = counter % kChunkEntries;
    return chunk != nullptr && chunk->has(place) && chunk->at(place)->first == key ? counter : kEnd;
  }
  template <class It>
  It first() const {
    It it{&chunks_, 0};
    it.skip_to_used();
    return it;
  }

  Chunks chunks_;
  std::unique_ptr<Chunk> spare_;  // the last empty chunk, kept so that one entry may come and go
  std::size_t size_ = 0;
};

}  // namespace frontrow
