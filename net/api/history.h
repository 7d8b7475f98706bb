// The load of the last hour, for the curves of the operators' board: of the process, and of its
// busiest concerts. One sample every five seconds, made by one thread (history_recorder.h).
//
// Bounded memory: a ring of 720 samples for the process, and one for each of at most 100 concerts;
// 1.8 MB in all. A concert that is no longer among the busiest loses its samples. After a restart
// the history is empty.
//
// Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/histogram.h"
#include "engine/base/time.h"
#include "net/api/concert_sums.h"

namespace frontrow {

// Counts since the start of the process, of all its threads.
struct LoadTotals {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;                                     // responses of 500 and above
  std::array<std::uint64_t, Histogram::kBuckets> latency_us{};  // of requests to the engine
};

class History {
 public:
  static constexpr Duration kStep = seconds(5);
  static constexpr std::size_t kSamplesMax = 720;
  static constexpr std::size_t kConcertsMax = 100;

  // The next sample. A concert that is missing has a gap there.
  void add(Instant now, const LoadTotals& totals, std::vector<ConcertSums> concerts);

  // The bodies of the two routes: arrays of equal length, oldest first.
  void write_load(std::string& out) const;
  // A concert that is not among the busiest has empty arrays.
  void write_concert(std::string& out, ConcertId concert) const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;  // no value: null
  using Series = std::array<std::uint32_t, kSamplesMax>;
  struct Load {
    Series requests, errors, p50_us, p99_us;
  };
  struct Concert {
    Concert();
    Series waiting, active, held, sold, admitted_per_minute, sold_per_minute;
    void set(std::size_t place, const ConcertSums& sums);
    void clear(std::size_t place);
  };

  void keep_busiest(std::vector<ConcertSums>& concerts);
  template <class Write>
  void write(std::string& out, std::size_t samples, const Write& write_series) const;

  mutable std::mutex mutex_;
  std::size_t samples_ = 0;  // ever added; sample i is at i % kSamplesMax
  Instant newest_;
  LoadTotals totals_;  // as of the newest sample
  Load load_;
  std::map<ConcertId, Concert> concerts_;
};

}  // namespace frontrow
