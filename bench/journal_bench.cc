// What the journal costs on top of RocksDB: groups of 96-byte records through RocksDbJournal, and
// the same bytes put raw with one synced Put a group, in a directory on the same file system.
//
//   journal_bench [--benchmark_filter=...]
//
// The directory is made below $TMPDIR (or /tmp); what is measured is that file system's sync.
// items_per_second is records a second.
#include <benchmark/benchmark.h>
#include <rocksdb/db.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_directory.h"
#include "engine/runtime/record.h"
#include "storage/background_errors.h"
#include "storage/group_key.h"
#include "storage/rocks_options.h"
#include "storage/rocksdb_journal.h"

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

void append_groups(benchmark::State& state) {
  const BenchDirectory directory;
  auto journal = RocksDbJournal::open({.directory = directory.path()});
  FR_CHECK(journal.ok());
  const auto on_group = [](const GroupView&) { return Status(); };
  FR_CHECK((*journal)->replay({.on_group = on_group, .on_progress = {}}).ok());
  const ByteBuffer records = make_records(state.range(0));
  const std::span<const std::byte> part(records);
  const auto count = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    const AppendStatus status =
        (*journal)->append({{&part, 1}, count, count, Instant{1'767'225'600'000}});
    if (status != AppendStatus::kDurable) {
      state.SkipWithError((*journal)->failure().c_str());
      break;
    }
  }
  set_counters(state);
}

// The journal's own options, so that the difference is the journal's and not theirs.
void put_raw(benchmark::State& state) {
  const BenchDirectory directory;
  constexpr std::size_t kWriteBuffer = std::size_t{64} << 20;
  rocksdb::Options options(
      database_options(nullptr, kWriteBuffer, std::make_shared<BackgroundErrors>()),
      groups_family_options(kWriteBuffer));
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  FR_CHECK(rocksdb::DB::Open(options, directory.path(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  const ByteBuffer records = make_records(state.range(0));
  std::string value(kGroupHeaderBytes, 'h');
  value.append(reinterpret_cast<const char*>(records.data()), records.size());
  rocksdb::WriteOptions write;
  write.sync = true;
  std::uint64_t number = 0;
  for (auto _ : state) {
    const auto key = encode_group_key({1, ++number});
    const rocksdb::Status status = db->Put(write, {key.data(), key.size()}, value);
    if (!status.ok()) {
      state.SkipWithError(status.ToString().c_str());
      break;
    }
  }
  set_counters(state);
}

// Reading back what append_groups wrote: replay with all its checks, and a visitor that does
// nothing.
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
BENCHMARK(replay_groups_back)->Arg(1000)->UseRealTime();

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
