// Duration of a start: a journal of millions of events on the real RocksDB, replayed whole, and
// again with snapshots below its last thousandth.
//
//   recovery_bench [--benchmark_filter=...]      FRONTROW_BENCH_EVENTS=10000000 (default 2000000)
//
// Two histories: in `drop` all users join first and one in a hundred is admitted, charges, holds
// and pays; in `journeys` every user is. items_per_second is events a second; for starts from
// snapshots it counts the events that the snapshots cover. Events are counted as in the journal.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "bench/bench_directory.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/machine.h"
#include "engine/runtime/recovery/recovery.h"
#include "engine/runtime/recovery/replay.h"
#include "storage/local/rocksdb_journal.h"

namespace frontrow {
namespace {

constexpr Instant kStart{1'790'000'000'000};
constexpr Date kFirstDate{21'000};
constexpr std::uint32_t kConcerts = 8;
constexpr std::uint32_t kDates = 10;
constexpr std::uint32_t kActive = 100;
constexpr std::uint32_t kRecordsPerGroup = 1000;

std::uint64_t events_wanted() {
  const char* text = std::getenv("FRONTROW_BENCH_EVENTS");  // NOLINT(concurrency-mt-unsafe)
  return text == nullptr ? 2'000'000 : std::strtoull(text, nullptr, 10);
}

UserId user_of(std::uint64_t number) {
  UserId user;
  const std::uint64_t low = number + 1;
  std::memcpy(user.bytes.data() + 8, &low, sizeof low);
  return user;
}

// Runs commands on a table of slots as the engine does, and appends their events to the journal.
class History {
 public:
  explicit History(Journal& journal) : journal_(journal), machine_(Policy{}) {
    for (std::uint32_t c = 1; c <= kConcerts; ++c) {
      ConcertSpec spec{.title = "bench"};
      spec.rules.queue = {kActive, kAdmitPerSecondMax, 86'400, 86'400};
      spec.rules.hold_s = 86'400;
      for (std::uint32_t i = 0; i < kDates; ++i) {
        spec.dates.push_back({Date{kFirstDate.days + static_cast<std::int32_t>(i)},
                              {{"all", kSeatsPerDateMax, Money{1000}}}});
      }
      run({}, CreateConcert{spec});
    }
  }
  ~History() { append(); }

  std::uint64_t events() const { return events_; }
  // Joins users to the concerts in turn; the order of joins is the order of numbers.
  void join() {
    const ConcertId concert{static_cast<std::uint32_t>(joined_ % kConcerts + 1)};
    run({}, Join{concert, user_of(joined_++)});
  }
  // The next joined user, in the shop by now, charges, holds one seat, pays and leaves.
  void journey() {
    const ConcertId concert{static_cast<std::uint32_t>(bought_ % kConcerts + 1)};
    const auto nth = static_cast<std::uint32_t>(bought_ / kConcerts);
    const Caller caller{user_of(bought_++), TicketNumber{nth + 1}};
    expire(concert);
    run({}, Charge{caller.user, Money{1000}});
    FR_CHECK(nth / kSeatsPerDateMax < kDates);
    const Date date{kFirstDate.days + static_cast<std::int32_t>(nth / kSeatsPerDateMax)};
    const Reply held =
        run(caller, PlaceHold{concert, date, {SeatNumber{nth % kSeatsPerDateMax + 1}}});
    run(caller, Pay{concert, {std::get<HoldView>(held.body).hold}});
  }

 private:
  Reply run(const Caller& caller, CommandBody body) {
    std::vector<Command> next{{caller, {}, std::move(body)}};
    Reply first;
    for (std::size_t i = 0; i < next.size(); ++i) {
      Slot& slot = slots_.at(slot_of(next[i].body));
      now_ = std::max(now_, slot.time);
      machine_.execute(slot, next[i], now_, effects_);
      FR_CHECK(effects_.reply.reject == Reject::kNone);
      if (i == 0) first = effects_.reply;
      next.insert(next.end(), effects_.messages.begin(), effects_.messages.end());
      log(slot);
    }
    return first;
  }
  void expire(ConcertId concert) {
    now_ = now_ + milliseconds(1);
    Slot& slot = slots_.at(slot_of_concert(concert));
    while (machine_.expire(slot, now_, effects_)) log(slot);
    log(slot);
  }
  void log(const Slot& slot) {
    if (effects_.events.empty()) return;
    const std::size_t begin = begin_record(records_, slot.id, slot.seq, now_);
    ByteWriter writer(records_);
    for (const Event& event : effects_.events) encode_event(event, writer);
    finish_record(records_, begin, static_cast<std::uint16_t>(effects_.events.size()));
    events_ += effects_.events.size();
    group_events_ += static_cast<std::uint32_t>(effects_.events.size());
    if (++group_records_ == kRecordsPerGroup) append();
  }
  void append() {
    if (group_records_ == 0) return;
    const std::span<const std::byte> part(records_);
    FR_CHECK(journal_.append({{&part, 1}, group_records_, group_events_, now_}) ==
             AppendStatus::kDurable);
    records_.clear();
    group_records_ = group_events_ = 0;
  }

  Journal& journal_;
  Machine machine_;
  SlotTable slots_;
  Effects effects_;
  Instant now_ = kStart;
  ByteBuffer records_;
  std::uint32_t group_records_ = 0;
  std::uint32_t group_events_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t joined_ = 0;
  std::uint64_t bought_ = 0;
};

std::unique_ptr<RocksDbJournal> open(const std::string& directory) {
  auto journal = RocksDbJournal::open({.directory = directory});
  FR_CHECK(journal.ok());
  return std::move(*journal);
}

RecoveryReport recover_all(const std::string& directory, SlotTable& slots) {
  const auto journal = open(directory);
  const auto report = recover_slots(*journal, slots, {});
  FR_CHECK(report.ok());
  FR_CHECK(journal->close().ok());
  return *report;
}

// Writes snapshots of all slots at the group a thousandth before the end.
void take_snapshots(const std::string& directory) {
  const auto journal = open(directory);
  SlotTable ignored;
  FR_CHECK(recover_slots(*journal, ignored, {}).ok());
  Archive& archive = journal->archive();
  const std::uint64_t through = journal->last_group() - journal->last_group() / 1000;
  SlotTable slots;
  Replay replay(slots);
  FR_CHECK(
      archive.read_groups(0, through, [&](const GroupView& g) { return replay.apply_group(g); })
          .ok());
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{id});
    if (slot == nullptr || slot->seq == 0) continue;
    const SnapshotHead head{
        .slot = slot->id, .group = through, .seq = slot->seq, .state_hash = slot->state_hash()};
    FR_CHECK(archive
                 .write_snapshot(
                     head, [slot](const PartSink& sink) { return encode_snapshot(*slot, sink); })
                 .ok());
  }
  FR_CHECK(archive.set_checkpoint_group(through).ok());
  FR_CHECK(journal->close().ok());
}

void measure(benchmark::State& state, std::uint64_t joins_per_journey, bool with_snapshots) {
  const BenchDirectory directory;
  std::uint64_t events = 0;
  {
    const auto journal = open(directory.path());
    SlotTable none;
    FR_CHECK(recover_slots(*journal, none, {}).ok());
    {
      History history(*journal);
      // A journey logs some 8 events in addition to its join.
      const std::uint64_t joins = events_wanted() * joins_per_journey / (joins_per_journey + 8);
      for (std::uint64_t i = 0; i < joins; ++i) history.join();
      while (history.events() < events_wanted()) history.journey();
      events = history.events();
    }
    FR_CHECK(journal->close().ok());
  }
  if (with_snapshots) take_snapshots(directory.path());
  RecoveryReport report;
  for (auto _ : state) {
    auto slots = std::make_unique<SlotTable>();
    report = recover_all(directory.path(), *slots);
    state.PauseTiming();
    slots.reset();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
  state.counters["events"] = static_cast<double>(events);
  state.counters["MiB_log"] = static_cast<double>(report.bytes) / (1 << 20);
  state.counters["snapshot_s"] = report.snapshot_seconds;
  state.counters["replay_s"] = report.replay_seconds;
  state.counters["MiB_snapshots"] = static_cast<double>(report.snapshot_bytes) / (1 << 20);
}

void replay_whole_drop(benchmark::State& state) { measure(state, 100, false); }
void replay_whole_journeys(benchmark::State& state) { measure(state, 1, false); }
void start_from_snapshots_drop(benchmark::State& state) { measure(state, 100, true); }
void start_from_snapshots_journeys(benchmark::State& state) { measure(state, 1, true); }

BENCHMARK(replay_whole_drop)->Iterations(3)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK(replay_whole_journeys)->Iterations(3)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK(start_from_snapshots_drop)->Iterations(3)->Unit(benchmark::kSecond)->UseRealTime();
BENCHMARK(start_from_snapshots_journeys)->Iterations(3)->Unit(benchmark::kSecond)->UseRealTime();

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
