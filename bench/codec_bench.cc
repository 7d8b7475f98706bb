// Events and records as bytes: what a shard pays per command for the log, and recovery per event.
#include <benchmark/benchmark.h>

#include "engine/base/check.h"
#include "engine/core/event_codec.h"
#include "engine/runtime/record.h"

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

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
