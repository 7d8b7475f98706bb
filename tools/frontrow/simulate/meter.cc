#include "tools/frontrow/simulate/meter.h"

#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>

namespace frontrow::simulate {

std::int64_t CommandMeter::now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::int64_t CommandMeter::cpu_now_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

CommandMeter::CommandMeter() {
  constexpr int kReads = 1'000;
  const std::int64_t began = now_ns();
  for (int i = 0; i < kReads; ++i) static_cast<void>(now_ns());
  clock_ns_ = (now_ns() - began) / kReads;
  const std::int64_t cpu_began = cpu_now_ns();
  for (int i = 0; i < kReads; ++i) static_cast<void>(cpu_now_ns());
  cpu_clock_ns_ = (cpu_now_ns() - cpu_began) / kReads;
}

void CommandMeter::timed(std::size_t kind_index, std::int64_t began_ns) {
  const std::int64_t took = std::max<std::int64_t>(now_ns() - began_ns - clock_ns_, 0);
  Kind& kind = kinds_[kind_index];
  if (took > kCommandNsMax) return;
  kind.ns += took;
  ++kind.timed;
}

void CommandMeter::other(std::int64_t began_cpu_ns) {
  other_ns_ += std::max<std::int64_t>(cpu_now_ns() - began_cpu_ns - cpu_clock_ns_, 0);
}

std::uint64_t CommandMeter::commands() const {
  std::uint64_t sum = 0;
  for (const Kind& kind : kinds_) sum += kind.count;
  return sum;
}

double CommandMeter::seconds_of(std::size_t kind) const {
  const Kind& k = kinds_[kind];
  if (k.timed == 0) return 0;
  return static_cast<double>(k.ns) / 1e9 / static_cast<double>(k.timed) *
         static_cast<double>(k.count);
}

double CommandMeter::seconds() const {
  double sum = other_seconds();
  for (std::size_t i = 0; i < kCommandKinds; ++i) sum += seconds_of(i);
  return sum;
}

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  in >> size >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

void give_back_free_memory() { ::malloc_trim(0); }

}  // namespace frontrow::simulate
