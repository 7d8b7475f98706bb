#include "engine/core/state/best_available.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>

#include "engine/base/check.h"

// Compiles a function twice, for any processor and for those with AVX2, where it takes half of the
// time. The loader chooses when the program starts; the results are the same. Not with the thread
// sanitizer, which is not ready when the loader chooses.
#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__SANITIZE_THREAD__)
#define FRONTROW_ALSO_FOR_AVX2 [[gnu::target_clones("avx2", "default")]]
#else
#define FRONTROW_ALSO_FOR_AVX2
#endif
#if defined(__has_feature)  // clang
#if __has_feature(thread_sanitizer)
#undef FRONTROW_ALSO_FOR_AVX2
#define FRONTROW_ALSO_FOR_AVX2
#endif
#endif

namespace frontrow {
namespace {

using SeatWord = std::uint64_t;
constexpr unsigned kSeatsPerWord = 64;

std::size_t seat_word(SeatNumber seat) { return (seat.value - 1) / kSeatsPerWord; }
SeatWord seat_bit(SeatNumber seat) { return SeatWord{1} << (seat.value - 1) % kSeatsPerWord; }
SeatNumber first_seat(std::size_t word, SeatWord bits) {
  const auto bit = static_cast<unsigned>(std::countr_zero(bits));
  return SeatNumber{static_cast<std::uint32_t>(word * kSeatsPerWord + bit + 1)};
}

// A search goes from segment to segment and carries nothing from one to the next. Word 1 of a
// segment is the last word of the segment before. So a block that is found or judged in the new
// words, 2 to kSegmentWords, has all of its seats here, and the two seats before it. Word 0 may be
// anything: it changes results in word 1 only, and those are not used.
constexpr std::size_t kSegmentWords = 64;
constexpr std::size_t kFirstNewWord = 2;
constexpr std::size_t kNewWords = kSegmentWords - 1;
static_assert(kSeatsPerHoldMax + 4 <= kSeatsPerWord);
using SegmentWords = std::array<SeatWord, 1 + kSegmentWords>;

// The segments of a search from front to back.
class SeatSegments {
 public:
  // Each of 1 + kSegmentWords words. The seats in reach are those of `free` and of `mask`.
  struct Segment {
    const SeatWord* free;
    const SeatWord* mask;
    const SeatWord* row_ends;
  };

  explicit SeatSegments(const SeatSearch& search, std::span<const SeatNumber> gone = {})
      : search_(search), gone_(gone), size_(search.free.size()) {
    const auto seats = static_cast<std::uint32_t>(size_ * kSeatsPerWord);
    search_.last = std::min(search_.last, SeatNumber{seats});
    begin_ = seat_word(search_.first);
    if (search_.first <= search_.last) end_ = seat_word(SeatNumber{search_.last.value + 2}) + 1;
  }
  // The first new word of the first segment; each further one begins kNewWords later.
  std::size_t begin() const { return begin_; }
  // Behind the word in which a block at the last seat is judged.
  std::size_t end() const { return end_; }

  // The segment whose first new word is `word`. Valid until the next call.
  Segment segment(std::size_t word) {
    if (!is_plain(word)) return copied(word);
    const std::size_t from = word - kFirstNewWord;
    const SeatWord* const free = search_.free.data() + from;
    return {free, search_.mask.empty() ? free : search_.mask.data() + from,
            search_.row_ends.empty() ? free : search_.row_ends.data() + from};
  }

 private:
  static std::span<const SeatNumber> in_words(std::span<const SeatNumber> seats, std::size_t from,
                                              std::size_t to) {
    if (seats.empty()) return {};
    const auto begin_of = [&](std::size_t word) {
      const SeatNumber seat{static_cast<std::uint32_t>(word * kSeatsPerWord + 1)};
      return std::lower_bound(seats.begin(), seats.end(), seat);
    };
    return {begin_of(from), begin_of(to)};
  }
  // No exception, no limit of the search, no end of a bitmap: the bitmaps serve as they are.
  bool is_plain(std::size_t word) const {
    const std::size_t to = word + kNewWords;
    return word != begin_ && to <= seat_word(search_.last) &&
           in_words(search_.also_free, word - 1, to).empty() &&
           in_words(search_.without, word - 1, to).empty() && in_words(gone_, word - 1, to).empty();
  }
  Segment copied(std::size_t word) {
    const std::size_t from = std::max<std::size_t>(word, 1) - 1;
    const std::size_t to = std::min(word + kNewWords, size_);
    const std::size_t absent = from + kFirstNewWord - word;  // words before `from`
    const auto copy = [&](std::span<const SeatWord> bitmap, SegmentWords& words) {
      SeatWord* const begin = std::fill_n(words.data(), absent, SeatWord{0});
      SeatWord* const end = std::copy_n(bitmap.data() + from, to - from, begin);
      std::fill(end, words.data() + words.size(), SeatWord{0});
    };
    const auto word_of = [&](SegmentWords& words, SeatNumber seat) {
      return words.data() + (seat_word(seat) - from + absent);
    };
    copy(search_.free, free_);
    for (const SeatNumber seat : in_words(search_.also_free, from, to))
      *word_of(free_, seat) |= seat_bit(seat);
    for (const SeatNumber seat : in_words(gone_, from, to))
      *word_of(free_, seat) &= ~seat_bit(seat);

    if (search_.mask.empty()) {
      mask_.fill(~SeatWord{0});
    } else {
      copy(search_.mask, mask_);
    }
    for (const SeatNumber seat : in_words(search_.without, from, to))
      *word_of(mask_, seat) &= ~seat_bit(seat);
    if (word == begin_) {
      SeatWord* const first = word_of(mask_, search_.first);
      std::fill(mask_.data(), first, SeatWord{0});
      *first &= ~(seat_bit(search_.first) - 1);
    }
    if (seat_word(search_.last) < to) {
      SeatWord* const last = word_of(mask_, search_.last);
      *last &= seat_bit(search_.last) | (seat_bit(search_.last) - 1);
      std::fill(last + 1, mask_.data() + mask_.size(), SeatWord{0});
    }
    if (search_.row_ends.empty()) return {free_.data(), mask_.data(), free_.data()};
    copy(search_.row_ends, row_ends_);
    return {free_.data(), mask_.data(), row_ends_.data()};
  }

  SeatSearch search_;
  std::span<const SeatNumber> gone_;
  std::size_t size_;  // words of a bitmap
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  SegmentWords free_;  // of a copied segment
  SegmentWords mask_;
  SegmentWords row_ends_;
};

// A word of a set of seats, and the one before it.
struct SeatWordPair {
  SeatWord now;
  SeatWord before;
};
inline SeatWordPair pair_at(const SeatWord* set, std::size_t word) {
  return {set[word], set[word - 1]};
}
// The seats that come `by` after those of the set. 0 < by < 64.
inline SeatWord shifted(SeatWordPair set, unsigned by) {
  return set.now << by | set.before >> (kSeatsPerWord - by);
}
// The seats of the set that have another one `by` before them. In `before` some of the low ones are
// missing, for want of the word before it; the high ones that are used never are.
inline SeatWordPair chained(SeatWordPair set, unsigned by) {
  return {set.now & shifted(set, by), set.before & set.before << by};
}

// The blocks of one segment. Word 0 of each array is 0.
struct SegmentBlocks {
  SegmentWords links;    // a seat that is free together with the one before it in the row
  SegmentWords ends[2];  // the last seat of each block; first, that of each pair or seat
  SegmentWords best;     // the second seat after each block that leaves no seat alone
  SegmentBlocks() { links[0] = ends[0][0] = ends[1][0] = best[0] = 0; }
};

// The loops over a segment; each returns 0 if it finds none. The compiler turns them into vector
// instructions because the number of rounds is a constant and the arrays do not overlap.
inline SeatWord link_seats(const SeatSegments::Segment& segment, bool pairs,
                           SeatWord* __restrict links, SeatWord* __restrict ends) {
  const SeatWord* const __restrict free = segment.free;
  const SeatWord* const __restrict mask = segment.mask;
  const SeatWord* const __restrict row_ends = segment.row_ends;
  const SeatWord single = pairs ? 0 : ~SeatWord{0};
  SeatWord any = 0;
  for (std::size_t w = 1; w <= kSegmentWords; ++w) {
    const SeatWordPair in_reach{free[w] & mask[w], free[w - 1] & mask[w - 1]};
    const SeatWord joined = ~shifted(pair_at(row_ends, w), 1);  // to the seat before
    links[w] = free[w] & shifted(pair_at(free, w), 1) & joined;
    any |= ends[w] = in_reach.now & ((shifted(in_reach, 1) & joined) | single);
  }
  return any;
}
inline SeatWord lengthen(const SeatWord* __restrict ends, unsigned by,
                         SeatWord* __restrict longer) {
  SeatWord any = 0;
  for (std::size_t w = 1; w <= kSegmentWords; ++w)
    any |= longer[w] = chained(pair_at(ends, w), by).now;
  return any;
}
// Twice in one pass, as the passes through memory take most of the time.
inline SeatWord lengthen_twice(const SeatWord* __restrict ends, unsigned by, unsigned then_by,
                               SeatWord* __restrict longer) {
  SeatWord any = 0;
  for (std::size_t w = 1; w <= kSegmentWords; ++w)
    any |= longer[w] = chained(chained(pair_at(ends, w), by), then_by).now;
  return any;
}
FRONTROW_ALSO_FOR_AVX2
SeatWord judge(const SeatWord* __restrict block_ends, const SeatWord* __restrict seat_links,
               unsigned quantity, SeatWord* __restrict best) {
  SeatWord any = 0;
  for (std::size_t w = 1; w <= kSegmentWords; ++w) {
    const SeatWordPair ends = pair_at(block_ends, w);
    const SeatWordPair links = pair_at(seat_links, w);
    const SeatWord links_before = shifted(links, 1);
    // The second seat of a run of free seats: a block that begins here leaves the first one alone.
    const SeatWordPair second{links.now & ~links_before, links.before & ~(links.before << 1)};
    const unsigned by = quantity - 1;  // may be 0
    const SeatWordPair good{
        ends.now & ~(second.now << by | second.before >> 1 >> (kSeatsPerWord - quantity)),
        ends.before & ~(second.before << by)};
    // The seat behind a run: a block that ends two seats before leaves the last one alone.
    const SeatWord behind = links_before & ~links.now;
    any |= best[w] = shifted(good, 2) & ~behind;
  }
  return any;
}

// The last seats of all blocks; null if there are none.
FRONTROW_ALSO_FOR_AVX2
const SegmentWords* find_ends(const SeatSegments::Segment& segment, unsigned quantity,
                              SegmentBlocks& blocks) {
  const unsigned links = quantity - 1;
  SegmentWords* ends = &blocks.ends[0];
  SegmentWords* longer = &blocks.ends[1];
  SeatWord any = link_seats(segment, links > 0, blocks.links.data(), ends->data());
  for (unsigned have = 1; have < links && any != 0;) {
    const unsigned by = std::min(have, links - have);
    have += by;
    const unsigned then_by = std::min(have, links - have);
    have += then_by;
    any = then_by == 0 ? lengthen(ends->data(), by, longer->data())
                       : lengthen_twice(ends->data(), by, then_by, longer->data());
    std::swap(ends, longer);
  }
  return any == 0 ? nullptr : ends;
}

enum class SeatBlock { kBest, kFirst };

// The first seat of the best block, or simply of the first one; seat 0 if there is none. `gone`:
// ascending; as if not free.
SeatNumber find_block(const SeatSearch& search, unsigned quantity, SeatBlock which,
                      std::span<const SeatNumber> gone = {}) {
  SeatSegments segments(search, gone);
  SegmentBlocks blocks;
  SeatNumber first{};
  for (std::size_t word = segments.begin(); word < segments.end(); word += kNewWords) {
    const SegmentWords* const ends = find_ends(segments.segment(word), quantity, blocks);
    if (ends == nullptr) continue;
    // The first of these seats, less `by`.
    const auto first_of = [&](const SegmentWords& seats, unsigned by) {
      std::size_t w = kFirstNewWord;
      while (w <= kSegmentWords && seats[w] == 0) ++w;
      if (w > kSegmentWords) return SeatNumber{};
      return SeatNumber{first_seat(word + w - kFirstNewWord, seats[w]).value - by};
    };
    if (!first) first = first_of(*ends, quantity - 1);
    if (first && which == SeatBlock::kFirst) return first;
    if (judge(ends->data(), blocks.links.data(), quantity, blocks.best.data()) == 0) continue;
    const SeatNumber best = first_of(blocks.best, quantity + 1);
    if (best) return best;
  }
  return first;
}

void check_search(const SeatSearch& search, unsigned quantity) {
  FR_CHECK(quantity >= 1 && quantity <= kSeatsPerHoldMax);
  FR_CHECK(search.first.value >= 1);
  FR_CHECK(search.mask.empty() || search.mask.size() == search.free.size());
}
void check_rows(const SeatSearch& search) {
  FR_CHECK(search.row_ends.size() == search.free.size());
}

void append_seats(SeatList& seats, SeatNumber first, unsigned count) {
  for (unsigned i = 0; i < count; ++i) seats.push_back(SeatNumber{first.value + i});
}

// Single seats; a number outside of the bitmap is in no set.
bool is_in_set(std::span<const SeatWord> set, SeatNumber seat) {
  return seat.value >= 1 && seat_word(seat) < set.size() &&
         (set[seat_word(seat)] & seat_bit(seat)) != 0;
}
bool is_seat_free(const SeatSearch& search, SeatNumber seat) {
  return is_in_set(search.free, seat) ||
         std::binary_search(search.also_free.begin(), search.also_free.end(), seat);
}
bool is_seat_in_reach(const SeatSearch& search, SeatNumber seat) {
  return seat >= search.first && seat <= search.last && is_seat_free(search, seat) &&
         (search.mask.empty() || is_in_set(search.mask, seat)) &&
         !std::binary_search(search.without.begin(), search.without.end(), seat);
}

// The longest runs that make up a quantity, the longest first; of two equal ones the first.
class LongestRuns {
 public:
  struct Run {
    SeatNumber first;
    unsigned length;
  };

  explicit LongestRuns(unsigned quantity) : quantity_(quantity) {}
  bool suffices() const { return total_ >= quantity_; }
  // A run found later must be as long to be among them.
  unsigned length_wanted() const { return suffices() ? runs_[count_ - 1].length + 1 : 1; }
  std::span<const Run> all_but_last() const { return {runs_.data(), count_ - 1}; }
  unsigned seats_in_last() const { return quantity_ - (total_ - runs_[count_ - 1].length); }

  // Runs come in ascending order, and are as long as is wanted.
  void add(Run run) {
    std::size_t at = count_++;
    for (; at > 0 && runs_[at - 1].length < run.length; --at) runs_[at] = runs_[at - 1];
    runs_[at] = run;
    total_ += run.length;
    while (total_ - runs_[count_ - 1].length >= quantity_) total_ -= runs_[--count_].length;
  }

 private:
  // All but the last one have less than quantity_ seats together; add() needs room for one more.
  std::array<Run, kSeatsPerHoldMax + 1> runs_{};
  std::size_t count_ = 0;
  unsigned total_ = 0;
  unsigned quantity_;
};

// Each search for a longer run begins behind the one before. Few of them find one, because each run
// either adds to the total or is longer than one that it replaces.
LongestRuns longest_runs(const SeatSearch& search, unsigned quantity) {
  LongestRuns runs(quantity);
  SeatSearch behind = search;
  while (runs.length_wanted() <= quantity) {
    unsigned length = runs.length_wanted();
    const SeatNumber first = find_block(behind, length, SeatBlock::kFirst);
    if (!first) break;
    SeatNumber last{first.value + length - 1};
    for (; length < quantity && !is_in_set(search.row_ends, last); ++length) {
      const SeatNumber next{last.value + 1};
      if (!is_seat_in_reach(search, next)) break;
      last = next;
    }
    runs.add({first, length});
    behind.first = SeatNumber{last.value + 1};
  }
  return runs;
}

}  // namespace

SeatList best_together(const SeatSearch& search, unsigned quantity) {
  check_search(search, quantity);
  check_rows(search);
  SeatList seats;
  const SeatNumber first = find_block(search, quantity, SeatBlock::kBest);
  if (first) append_seats(seats, first, quantity);
  return seats;
}

SeatList best_apart(const SeatSearch& search, unsigned quantity) {
  check_search(search, quantity);
  check_rows(search);
  const LongestRuns runs = longest_runs(search, quantity);
  if (!runs.suffices()) return {};
  SeatList seats;
  for (const LongestRuns::Run& run : runs.all_but_last())
    append_seats(seats, run.first, run.length);
  std::sort(seats.begin(), seats.end());
  const SeatNumber last =
      find_block(search, runs.seats_in_last(), SeatBlock::kBest, {seats.begin(), seats.end()});
  FR_CHECK(last);  // the run that was the last one has room
  append_seats(seats, last, runs.seats_in_last());
  std::sort(seats.begin(), seats.end());
  return seats;
}

SeatList first_free(const SeatSearch& search, unsigned quantity) {
  check_search(search, quantity);
  SeatSearch without_rows = search;
  without_rows.row_ends = {};
  SeatSegments segments(without_rows);
  SeatList seats;
  for (std::size_t word = segments.begin(); word < segments.end(); word += kNewWords) {
    const SeatSegments::Segment segment = segments.segment(word);
    for (std::size_t w = kFirstNewWord; w <= kSegmentWords; ++w) {
      for (SeatWord rest = segment.free[w] & segment.mask[w]; rest != 0; rest &= rest - 1) {
        seats.push_back(first_seat(word + w - kFirstNewWord, rest));
        if (seats.size() == quantity) return seats;
      }
    }
  }
  return {};
}

std::vector<SeatNumber> left_alone(const SeatSearch& search, const SeatList& taken) {
  check_rows(search);
  const auto is_left = [&](SeatNumber seat) {
    return is_seat_free(search, seat) && std::find(taken.begin(), taken.end(), seat) == taken.end();
  };
  const auto seat_before = [&](SeatNumber seat) {
    const SeatNumber before{seat.value - 1};
    return is_in_set(search.row_ends, before) ? SeatNumber{} : before;
  };
  const auto seat_after = [&](SeatNumber seat) {
    return is_in_set(search.row_ends, seat) ? SeatNumber{} : SeatNumber{seat.value + 1};
  };
  std::vector<SeatNumber> alone;
  for (const SeatNumber seat : taken) {
    // A neighbour of a taken seat was not alone before.
    for (const SeatNumber next : {seat_before(seat), seat_after(seat)}) {
      if (next && is_left(next) && !is_left(seat_before(next)) && !is_left(seat_after(next)))
        alone.push_back(next);
    }
  }
  std::sort(alone.begin(), alone.end());
  alone.erase(std::unique(alone.begin(), alone.end()), alone.end());
  return alone;
}

}  // namespace frontrow
