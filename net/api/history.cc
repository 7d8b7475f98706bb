#include "net/api/history.h"

#include <algorithm>
#include <set>

#include "net/json/json_writer.h"

namespace frontrow {
namespace {

std::uint32_t clamped(std::uint64_t value) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, UINT32_MAX - 1));
}

// The microseconds below which `share` of the values lie, interpolated in their bucket; 0 without
// values.
std::uint64_t quantile(const std::array<std::uint64_t, Histogram::kBuckets>& counts, double share) {
  std::uint64_t all = 0;
  for (const std::uint64_t count : counts) all += count;
  const double wanted = share * static_cast<double>(all);
  double below = 0;
  for (std::size_t b = 0; b < counts.size(); ++b) {
    const auto count = static_cast<double>(counts[b]);
    if (count == 0 || below + count < wanted) {
      below += count;
      continue;
    }
    const double low = b == 0 ? 0 : static_cast<double>(std::uint64_t{1} << (b - 1));
    return static_cast<std::uint64_t>(low + low * (wanted - below) / count);
  }
  return 0;
}

}  // namespace

History::Concert::Concert() {
  for (Series* series : {&waiting, &active, &held, &sold, &admitted_per_minute, &sold_per_minute})
    series->fill(kNone);
}

void History::Concert::set(std::size_t place, const ConcertSums& sums) {
  waiting[place] = clamped(sums.waiting);
  active[place] = clamped(sums.active);
  held[place] = clamped(sums.seats[1]);
  sold[place] = clamped(sums.seats[2]);
  admitted_per_minute[place] = sums.admitted_per_minute;
  sold_per_minute[place] = sums.sold_per_minute;
}

void History::Concert::clear(std::size_t place) {
  for (Series* series : {&waiting, &active, &held, &sold, &admitted_per_minute, &sold_per_minute})
    (*series)[place] = kNone;
}

// Concerts that gave no answer now keep their place.
void History::keep_busiest(std::vector<ConcertSums>& concerts) {
  if (concerts.size() > kConcertsMax) {
    const auto end = concerts.begin() + kConcertsMax;
    std::nth_element(concerts.begin(), end, concerts.end(), is_busier);
    concerts.erase(end, concerts.end());
  }
  std::set<ConcertId> kept;
  for (const ConcertSums& c : concerts) kept.insert(c.concert);
  for (auto it = concerts_.begin();
       it != concerts_.end() && concerts_.size() + kept.size() > kConcertsMax;) {
    it = kept.contains(it->first) ? std::next(it) : concerts_.erase(it);
  }
}

void History::add(Instant now, const LoadTotals& totals, std::vector<ConcertSums> concerts) {
  const std::lock_guard lock(mutex_);
  const std::size_t place = samples_++ % kSamplesMax;
  newest_ = now;
  LoadTotals passed = totals;
  for (std::size_t b = 0; b < passed.latency_us.size(); ++b)
    passed.latency_us[b] -= totals_.latency_us[b];
  load_.requests[place] = clamped(totals.requests - totals_.requests);
  load_.errors[place] = clamped(totals.errors - totals_.errors);
  load_.p50_us[place] = clamped(quantile(passed.latency_us, 0.5));
  load_.p99_us[place] = clamped(quantile(passed.latency_us, 0.99));
  totals_ = totals;

  keep_busiest(concerts);
  for (auto& [id, concert] : concerts_) concert.clear(place);
  for (const ConcertSums& c : concerts) concerts_[c.concert].set(place, c);
}

template <class Write>
void History::write(std::string& out, std::size_t samples, const Write& write_series) const {
  const std::size_t count = std::min(samples, kSamplesMax);
  JsonWriter json(out);
  json.begin_object().member("stepSeconds", kStep.ms / 1000);
  json.key("until");
  if (count == 0) {
    json.null();
  } else {
    json.value(newest_);
  }
  write_series([&](std::string_view name, const Series& series) {
    json.array(name);
    for (std::size_t i = samples - count; i < samples; ++i) {
      const std::uint32_t value = series[i % kSamplesMax];
      if (value == kNone) {
        json.null();
      } else {
        json.value(value);
      }
    }
    json.end_array();
  });
  json.end_object();
}

void History::write_load(std::string& out) const {
  const std::lock_guard lock(mutex_);
  write(out, samples_, [&](const auto& series) {
    series("requests", load_.requests);
    series("errors", load_.errors);
    series("p50Us", load_.p50_us);
    series("p99Us", load_.p99_us);
  });
}

void History::write_concert(std::string& out, ConcertId concert) const {
  static const Concert kUnknown;
  const std::lock_guard lock(mutex_);
  const auto found = concerts_.find(concert);
  const bool is_kept = found != concerts_.end();
  const Concert& c = is_kept ? found->second : kUnknown;
  write(out, is_kept ? samples_ : 0, [&](const auto& series) {
    series("waiting", c.waiting);
    series("active", c.active);
    series("held", c.held);
    series("sold", c.sold);
    series("admittedPerMinute", c.admitted_per_minute);
    series("soldPerMinute", c.sold_per_minute);
  });
}

}  // namespace frontrow
