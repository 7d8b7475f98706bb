// The storage that CounterMap and UserTable share: numbered places in chunks of kChunkEntries
// entries. Entries never move; a place is found by division, and one bit a place tells whether an
// entry is there. A chunk may be missing. The owner decides which places it uses, makes chunks and
// may take empty ones away.
//
// One thread. Iteration is in the order of the places.
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

template <class Entry, std::uint32_t kChunkEntries>
class ChunkList {
  using Bits = std::conditional_t<(kChunkEntries <= 32), std::uint32_t, std::uint64_t>;
  static_assert(kChunkEntries <= 64);

 public:
  static constexpr std::uint64_t kEnd = ~std::uint64_t{0};

  struct Chunk {
    Chunk() = default;
    Chunk(const Chunk&) = delete;
    Chunk& operator=(const Chunk&) = delete;
    ~Chunk() {
      for (; used != 0; used &= used - 1)
        std::destroy_at(at(static_cast<std::uint32_t>(std::countr_zero(used))));
    }
    Entry* at(std::uint32_t index) { return reinterpret_cast<Entry*>(bytes) + index; }
    bool has(std::uint32_t index) const { return (used >> index & 1) != 0; }

    Bits used = 0;  // one bit a place
    alignas(Entry) std::byte bytes[kChunkEntries * sizeof(Entry)];
  };

  template <bool kConst>
  class Iterator {
   public:
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using reference = std::conditional_t<kConst, const Entry&, Entry&>;
    using pointer = std::conditional_t<kConst, const Entry*, Entry*>;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    Iterator(const ChunkList* list, std::uint64_t place) : list_(list), place_(place) {}
    reference operator*() const { return *list_->at(place_); }
    pointer operator->() const { return list_->at(place_); }
    Iterator& operator++() {
      place_ = list_->used_from(place_ + 1);
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return place_ == other.place_; }
    std::uint64_t place() const { return place_; }

   private:
    const ChunkList* list_ = nullptr;
    std::uint64_t place_ = kEnd;
  };
  using iterator = Iterator<false>;
  using const_iterator = Iterator<true>;

  // How many places there are, with those of missing chunks.
  std::uint64_t places() const { return chunks_.size() * kChunkEntries; }
  // Makes the place one of the list's; its chunk may be missing.
  void extend_to(std::uint64_t place) {
    if (place >= places()) chunks_.resize(place / kChunkEntries + 1);
  }
  static std::unique_ptr<Chunk> new_chunk() { return std::make_unique_for_overwrite<Chunk>(); }

  // The chunk of a place below places(); nullptr if it is missing.
  std::unique_ptr<Chunk>& chunk_of(std::uint64_t place) { return chunks_[place / kChunkEntries]; }
  const std::unique_ptr<Chunk>& chunk_of(std::uint64_t place) const {
    return chunks_[place / kChunkEntries];
  }
  static std::uint32_t index_of(std::uint64_t place) {
    return static_cast<std::uint32_t>(place % kChunkEntries);
  }
  // The memory of a place in a chunk that exists.
  Entry* at(std::uint64_t place) const { return chunk_of(place)->at(index_of(place)); }
  // The entry at this place; nullptr if there is none.
  Entry* find(std::uint64_t place) const {
    if (place >= places()) return nullptr;
    Chunk* chunk = chunk_of(place).get();
    return chunk != nullptr && chunk->has(index_of(place)) ? chunk->at(index_of(place)) : nullptr;
  }

  // In a chunk that exists, at a place without an entry.
  template <class... Args>
  void construct(std::uint64_t place, Args&&... args) {
    Chunk& chunk = *chunk_of(place);
    std::construct_at(chunk.at(index_of(place)), std::forward<Args>(args)...);
    chunk.used |= Bits{1} << index_of(place);
  }
  // Whether the chunk is empty now.
  bool destroy(std::uint64_t place) {
    Chunk& chunk = *chunk_of(place);
    std::destroy_at(chunk.at(index_of(place)));
    chunk.used &= ~(Bits{1} << index_of(place));
    return chunk.used == 0;
  }

  iterator begin() { return {this, used_from(0)}; }
  const_iterator begin() const { return {this, used_from(0)}; }

  // Brings the pointer to the place's chunk into the cache; the place may be beyond all others.
  void prefetch_chunk(std::uint64_t place) const {
    __builtin_prefetch(chunks_.data() + place / kChunkEntries);
  }

 private:
  // The first place from this one on that has an entry.
  std::uint64_t used_from(std::uint64_t place) const {
    for (; place < places(); place = (place / kChunkEntries + 1) * kChunkEntries) {
      const Chunk* chunk = chunk_of(place).get();
      const Bits left = chunk == nullptr ? Bits{0} : chunk->used >> index_of(place);
      if (left != 0) return place + static_cast<std::uint64_t>(std::countr_zero(left));
    }
    return kEnd;
  }

  std::vector<std::unique_ptr<Chunk>> chunks_;
};

}  // namespace frontrow
