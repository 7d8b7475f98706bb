// Schedule of the fans' requests: a wheel of lists, one a millisecond. Adding and removing cost the
// same for one fan and for ten million; the numbers of the due fans are adjacent, so that the fans
// themselves can be prefetched. One thread. Memory: four bytes a fan.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "tools/frontrow/workload/fan.h"

namespace frontrow::drop {

class FanWheel {
 public:
  // The fans may grow, and must outlive the wheel.
  explicit FanWheel(std::vector<Fan>& fans) : fans_(fans), heads_(kSlots, kNone) {}

  // Schedules the fan at its due_ms; a time in the past is due with the next millisecond. A fan may
  // be in the wheel once.
  void add(std::uint32_t fan) {
    Fan& f = fans_[fan];
    f.due_ms = std::max(f.due_ms, now_ms_ + 1);
    std::uint32_t& head = heads_[f.due_ms % kSlots];
    if (head == kNone || chunk_at(head).size == kChunkFans) head = new_chunk(head);
    Chunk& chunk = chunk_at(head);
    chunk.fans[chunk.size++] = fan;
    ++size_;
  }

  // Prefetches the data for add() of a fan with this due time.
  void prefetch(std::uint32_t due_ms) const {
    const std::uint32_t head = heads_[due_ms % kSlots];
    if (head != kNone) __builtin_prefetch(&chunk_at(head), 1);
  }

  // Advances up to and including now_ms: calls due(fan) for each due fan, after its removal, so
  // that it may be added again.
  template <class Due>
  void advance(std::uint32_t now_ms, Due due) {
    while (now_ms_ < now_ms) {
      ++now_ms_;
      std::uint32_t& head = heads_[now_ms_ % kSlots];
      std::uint32_t at = head;
      head = kNone;
      while (at != kNone) {
        // A copy, because a fan added meanwhile may reuse this chunk.
        const Chunk chunk = chunk_at(at);
        chunk_at(at).next = free_;
        free_ = at;
        at = chunk.next;
        take_out(chunk, due);
      }
    }
  }

  std::size_t size() const { return size_; }
  std::size_t memory_bytes() const {
    return blocks_.size() * sizeof(Block) + heads_.size() * sizeof(std::uint32_t);
  }

 private:
  static constexpr std::uint32_t kSlots = 1 << 16;  // 65 s a turn
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  static constexpr std::uint32_t kChunkFans = 30;
  struct Chunk {
    std::uint32_t next = kNone;  // of its list, or of the free ones
    std::uint32_t size = 0;
    std::array<std::uint32_t, kChunkFans> fans;
  };
  static_assert(sizeof(Chunk) == 128);

  static constexpr std::uint32_t kBlockChunks = 1024;
  using Block = std::array<Chunk, kBlockChunks>;  // chunks never move

  Chunk& chunk_at(std::uint32_t chunk) const {
    return (*blocks_[chunk / kBlockChunks])[chunk % kBlockChunks];
  }

  std::uint32_t new_chunk(std::uint32_t next) {
    std::uint32_t chunk = free_;
    if (chunk == kNone) {
      chunk = used_++;
      if (chunk % kBlockChunks == 0) blocks_.push_back(std::make_unique<Block>());
    } else {
      free_ = chunk_at(chunk).next;
    }
    chunk_at(chunk).next = next;
    chunk_at(chunk).size = 0;
    return chunk;
  }

  template <class Due>
  void take_out(const Chunk& chunk, Due& due) {
    for (std::uint32_t i = 0; i < chunk.size; ++i) __builtin_prefetch(&fans_[chunk.fans[i]]);
    for (std::uint32_t i = 0; i < chunk.size; ++i) {
      const std::uint32_t fan = chunk.fans[i];
      --size_;
      if (fans_[fan].due_ms <= now_ms_) {
        due(fan);
      } else {
        add(fan);  // a later turn of the wheel
      }
    }
  }

  std::vector<Fan>& fans_;
  std::vector<std::uint32_t> heads_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::uint32_t used_ = 0;
  std::uint32_t free_ = kNone;
  std::uint32_t now_ms_ = 0;
  std::size_t size_ = 0;
};

}  // namespace frontrow::drop
