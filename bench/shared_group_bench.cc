// Cost and gain of compressing a group, by the group's size: the codec of the shared log
// (SharedGroup), and the alternatives at their fastest. The counters are the bytes that the store
// gets for a byte of the group, and the group's bytes a second.
#include <benchmark/benchmark.h>
#include <lz4.h>
#include <zstd.h>

#include <string>

#include "engine/base/check.h"
#include "engine/base/prng.h"
#include "engine/core/codec/event_codec.h"
#include "engine/runtime/journal/record.h"
#include "engine/runtime/shared_log/shared_group.h"

namespace frontrow {
namespace {

UserId random_user(Prng& random) {
  UserId user;
  for (auto& byte : user.bytes) byte = static_cast<std::uint8_t>(random.below(256));
  return user;
}

// Events of a sale: people join with random ids, hold one to four seats, and some give up.
Event random_event(Prng& random, std::uint64_t number) {
  const ConcertId concert{1 + static_cast<std::uint32_t>(random.below(3))};
  const TicketNumber ticket{static_cast<std::uint32_t>(number)};
  if (random.below(2) == 0) {
    return TokenJoined{.concert = concert, .number = ticket, .user = random_user(random)};
  }
  SeatsHeld held{.concert = concert,
                 .hold = make_hold_id(concert, static_cast<std::uint32_t>(number)),
                 .number = TicketNumber{static_cast<std::uint32_t>(random.below(100'000))}};
  for (std::uint64_t i = 0; i <= random.below(4); ++i)
    held.seats.push_back(SeatNumber{static_cast<std::uint32_t>(random.below(60'000))});
  held.amount = Money{static_cast<std::int64_t>(held.seats.size()) * 12'000};
  held.expires_at = Instant{1'790'000'300'000 + static_cast<std::int64_t>(number)};
  return held;
}

ByteBuffer group_of(std::size_t bytes) {
  Prng random(42);
  ByteBuffer group;
  for (std::uint64_t number = 1; group.size() < bytes; ++number) {
    const SlotId slot{static_cast<std::uint16_t>(random.below(3) * 1'000)};
    const std::size_t begin =
        begin_record(group, slot, number, Instant{1'790'000'000'000 + static_cast<int>(number)});
    ByteWriter writer(group);
    encode_event(random_event(random, number), writer);
    finish_record(group, begin, 1);
  }
  return group;
}

void report(benchmark::State& state, const ByteBuffer& group, std::size_t stored) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(group.size()));
  state.counters["stored"] = static_cast<double>(stored) / static_cast<double>(group.size());
}

void shared_group(benchmark::State& state) {
  const ByteBuffer group = group_of(static_cast<std::size_t>(state.range(0)));
  std::string value;
  for (auto _ : state) encode_shared_group(group, value);
  report(state, group, value.size());
}
BENCHMARK(shared_group)->Arg(1'000)->Arg(4'000)->Arg(16'000)->Arg(128'000);

void zstd(benchmark::State& state) {
  const ByteBuffer group = group_of(static_cast<std::size_t>(state.range(0)));
  std::string value(ZSTD_compressBound(group.size()), '\0');
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  std::size_t size = 0;
  for (auto _ : state) {
    size = ZSTD_compressCCtx(context, value.data(), value.size(), group.data(), group.size(),
                             static_cast<int>(state.range(1)));
  }
  ZSTD_freeCCtx(context);
  FR_CHECK(ZSTD_isError(size) == 0);
  report(state, group, size);
}
BENCHMARK(zstd)->ArgsProduct({{1'000, 4'000, 16'000, 128'000}, {1, -1, -5}});

void lz4(benchmark::State& state) {
  const ByteBuffer group = group_of(static_cast<std::size_t>(state.range(0)));
  const int length = static_cast<int>(group.size());
  std::string value(static_cast<std::size_t>(LZ4_compressBound(length)), '\0');
  int size = 0;
  for (auto _ : state) {
    size = LZ4_compress_fast(reinterpret_cast<const char*>(group.data()), value.data(), length,
                             static_cast<int>(value.size()), static_cast<int>(state.range(1)));
  }
  FR_CHECK(size > 0);
  report(state, group, static_cast<std::size_t>(size));
}
BENCHMARK(lz4)->ArgsProduct({{1'000, 4'000, 16'000, 128'000}, {1, 8}});

}  // namespace
}  // namespace frontrow

BENCHMARK_MAIN();
