// Cost of encoding and decoding events, records and slot states: per command for the log, per event
// for recovery, and per slot for snapshots.
#include <benchmark/benchmark.h>

#include <span>
#include <vector>

#include "bench/shop.h"
#include "engine/base/check.h"
#include "engine/core/codec/event_codec.h"
#include "engine/core/codec/snapshot_codec.h"
#include "engine/runtime/journal/record.h"

namespace frontrow {
namespace {

constexpr Instant kTime{1'790'000'000'000};

Event hold_event(std::size_t seats) {
  SeatsHeld event{
      .concert = ConcertId{1}, .hold = make_hold_id(ConcertId{1}, 7), .number = TicketNumber{9}};
  for (std::size_t i = 0; i < seats; ++i)
    event.seats.push_back(SeatNumber{static_cast<std::uint32_t>(i + 1)});
  event.amount = Money{50'000};
  event.expires_at = kTime + seconds(300);
  return event;
}

void encode_hold(benchmark::State& state) {
  const Event event = hold_event(static_cast<std::size_t>(state.range(0)));
  ByteBuffer out;
  for (auto _ : state) {
    out.clear();
    ByteWriter writer(out);
    encode_event(event, writer);
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}
BENCHMARK(encode_hold)->Arg(1)->Arg(4)->Arg(32);

void decode_hold(benchmark::State& state) {
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  encode_event(hold_event(static_cast<std::size_t>(state.range(0))), writer);
  Event event;
  for (auto _ : state) {
    ByteReader reader(bytes);
    FR_CHECK(decode_event(reader, event).ok());
    benchmark::DoNotOptimize(event);
  }
}
BENCHMARK(decode_hold)->Arg(1)->Arg(4)->Arg(32);

// A record of one event, written and read back.
void record_round_trip(benchmark::State& state) {
  const Event event = hold_event(1);
  ByteBuffer out;
  for (auto _ : state) {
    out.clear();
    const std::size_t begin = begin_record(out, SlotId{5}, 77, kTime);
    ByteWriter writer(out);
    encode_event(event, writer);
    finish_record(out, begin, 1);
    ByteReader reader(out);
    RecordView record = read_record(reader);
    FR_CHECK(record.seq == 77);
    benchmark::DoNotOptimize(record);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(out.size()));
}
BENCHMARK(record_round_trip);

// Joins `people` users; every fourth one holds a seat.
void crowd(Shop& shop, std::int64_t people) {
  for (std::int64_t i = 0; i < people; ++i) {
    const Caller caller = shop.join(static_cast<std::uint64_t>(i));
    if (i % 4 == 0) shop.run(caller, shop.hold_of(static_cast<std::uint64_t>(i / 4)));
  }
}

std::vector<SlotPart> parts_of(const Slot& slot) {
  std::vector<SlotPart> parts;
  const Status encoded = encode_state(slot, [&](std::span<const std::byte> part) -> Status {
    parts.push_back({{part.begin(), part.end()}});
    return {};
  });
  FR_CHECK(encoded.ok());
  return parts;
}

// The whole state of a slot as the parts of a snapshot.
void encode_slot(benchmark::State& state) {
  Shop shop(20, kSeatsPerDateMax);
  crowd(shop, state.range(0));
  const Slot& slot = shop.slot();
  double bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const SlotPart& part : parts_of(slot)) bytes += static_cast<double>(part.part.size());
  }
  state.counters["MiB"] = bytes / (1 << 20);
}
BENCHMARK(encode_slot)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void load_slot(benchmark::State& state) {
  Shop shop(20, kSeatsPerDateMax);
  crowd(shop, state.range(0));
  const Slot& slot = shop.slot();
  const std::vector<SlotPart> parts = parts_of(slot);
  for (auto _ : state) {
    auto loaded = std::make_unique<Slot>(slot.id);
    for (const SlotPart& part : parts) FR_CHECK(load_state_part(part.part, *loaded).ok());
    FR_CHECK(loaded->state_hash() == slot.state_hash());
    state.PauseTiming();
    loaded.reset();
    state.ResumeTiming();
  }
}
BENCHMARK(load_slot)->Arg(100'000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
