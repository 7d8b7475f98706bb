// Cost of the journal on top of RocksDB: groups of 96-byte records through RocksDbJournal, and the
// same bytes put raw with one synced Put a group, in directories on the same file system.
//
//   journal_bench [--benchmark_filter=...]
//
// The directories are made below $TMPDIR (or /tmp); appends include the sync of that file system.
// items_per_second is records a second. append_beside_raw alternates the two and reports medians of
// its turns: records a second of each, and the journal's rate divided by that of raw RocksDB.
#include <benchmark/benchmark.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_directory.h"
#include "engine/runtime/journal/record.h"
#include "storage/local/background_errors.h"
#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "storage/local/rocksdb_journal.h"

namespace frontrow {
namespace {

constexpr std::size_t kRecordBytes = 96;
constexpr std::size_t kGroupHeaderBytes = 80;

ByteBuffer make_records(std::int64_t count) {
  ByteBuffer out;
  ByteWriter w(out);
  for (std::int64_t i = 0; i < count; ++i) {
    const std::size_t begin =
        begin_record(out, SlotId{static_cast<std::uint16_t>(i % 4096)},
                     static_cast<std::uint64_t>(i) + 1, Instant{1'767'225'600'000});
    while (out.size() < begin + kRecordBytes) w.put(mix64(out.size()));
    finish_record(out, begin, 1);
  }
  return out;
}

void set_counters(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.SetBytesProcessed(state.iterations() * state.range(0) *
                          static_cast<std::int64_t>(kRecordBytes));
}

// Groups of `count` records through the journal.
class JournalWriter {
 public:
  explicit JournalWriter(std::int64_t count)
      : records_(make_records(count)), count_(static_cast<std::uint32_t>(count)) {
    auto journal = RocksDbJournal::open({.directory = directory_.path()});
    FR_CHECK(journal.ok());
    journal_ = std::move(*journal);
    const auto on_group = [](const GroupView&) { return Status(); };
    FR_CHECK(journal_->replay({.on_group = on_group, .on_progress = {}}).ok());
  }
  // Returns empty when the group is durable, otherwise the reason.
  std::string write() {
    const std::span<const std::byte> part(records_);
    const auto status = journal_->append({{&part, 1}, count_, count_, Instant{1'767'225'600'000}});
    return status == AppendStatus::kDurable ? std::string() : journal_->failure();
  }

 private:
  BenchDirectory directory_;
  ByteBuffer records_;
  std::uint32_t count_;
  std::unique_ptr<RocksDbJournal> journal_;
};

// The same bytes with one synced Put a group. Uses the journal's own options, so that the
// difference is the journal's.
class RawWriter {
 public:
  explicit RawWriter(std::int64_t count) : value_(kGroupHeaderBytes, 'h') {
    constexpr std::size_t kWriteBuffer = std::size_t{64} << 20;
    rocksdb::Options options(
        database_options(nullptr, kWriteBuffer, std::make_shared<BackgroundErrors>()),
        groups_family_options(kWriteBuffer));
    options.create_if_missing = true;
    rocksdb::DB* opened = nullptr;
    FR_CHECK(rocksdb::DB::Open(options, directory_.path(), &opened).ok());
    db_.reset(opened);
    const ByteBuffer records = make_records(count);
    value_.append(reinterpret_cast<const char*>(records.data()), records.size());
    write_.sync = true;
  }
  // Returns empty when the group is durable, otherwise the reason.
  std::string write() {
    const auto key = encode_group_key({1, ++number_});
    const rocksdb::Status status = db_->Put(write_, {key.data(), key.size()}, value_);
    return status.ok() ? std::string() : status.ToString();
  }

 private:
  BenchDirectory directory_;
  std::string value_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::WriteOptions write_;
  std::uint64_t number_ = 0;
};

template <class Writer>
void write_groups(benchmark::State& state) {
  Writer writer(state.range(0));
  for (auto _ : state) {
    if (const std::string why = writer.write(); !why.empty()) {
      state.SkipWithError(why.c_str());
      break;
    }
  }
  set_counters(state);
}
void append_groups(benchmark::State& state) { write_groups<JournalWriter>(state); }
void put_raw(benchmark::State& state) { write_groups<RawWriter>(state); }

// Returns the seconds that `groups` groups took.
template <class Writer>
double time_groups(Writer& writer, int groups, benchmark::State& state) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < groups; ++i) {
    const std::string why = writer.write();
    if (!why.empty()) state.SkipWithError(why.c_str());
  }
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Alternates both writers in short turns, each first in every other turn, so that a disturbance of
// the device affects both: the only fair comparison. An iteration is a turn of each.
void append_beside_raw(benchmark::State& state) {
  constexpr int kGroupsPerTurn = 50;
  JournalWriter journal(state.range(0));
  RawWriter raw(state.range(0));
  std::vector<double> journal_s;
  std::vector<double> raw_s;
  std::vector<double> ratios;
  for (auto _ : state) {
    const bool first = ratios.size() % 2 == 0;
    if (first) journal_s.push_back(time_groups(journal, kGroupsPerTurn, state));
    raw_s.push_back(time_groups(raw, kGroupsPerTurn, state));
    if (!first) journal_s.push_back(time_groups(journal, kGroupsPerTurn, state));
    ratios.push_back(raw_s.back() / journal_s.back());
    state.SetIterationTime(journal_s.back() + raw_s.back());
  }
  const double records = static_cast<double>(state.range(0)) * kGroupsPerTurn;
  state.counters["journal_per_s"] = records / median(std::move(journal_s));
  state.counters["raw_per_s"] = records / median(std::move(raw_s));
  state.counters["ratio"] = median(std::move(ratios));
}

// Reads the groups of append_groups back: replay with all its checks and an empty visitor.
void replay_groups_back(benchmark::State& state) {
  constexpr std::int64_t kRecords = 1'000'000;
  const BenchDirectory directory;
  const ByteBuffer records = make_records(state.range(0));
  const std::span<const std::byte> part(records);
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const auto on_group = [](const GroupView&) { return Status(); };
  {
    auto journal = RocksDbJournal::open({.directory = directory.path()});
    FR_CHECK(journal.ok() && (*journal)->replay({.on_group = on_group, .on_progress = {}}).ok());
    for (std::int64_t done = 0; done < kRecords; done += state.range(0)) {
      FR_CHECK((*journal)->append({{&part, 1}, count, count, Instant{1'767'225'600'000}}) ==
               AppendStatus::kDurable);
    }
  }
  for (auto _ : state) {
    state.PauseTiming();
    auto journal = RocksDbJournal::open({.directory = directory.path()});
    FR_CHECK(journal.ok());
    state.ResumeTiming();
    FR_CHECK((*journal)->replay({.on_group = on_group, .on_progress = {}}).ok());
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}

BENCHMARK(append_groups)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(4000)->UseRealTime();
BENCHMARK(put_raw)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(4000)->UseRealTime();
BENCHMARK(append_beside_raw)->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(4000)->UseManualTime();
BENCHMARK(replay_groups_back)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
