// What a run costs: the time of the engine's commands, and the memory of this process. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/protocol/command.h"

namespace frontrow::simulate {

// To read a clock costs as much as a small command, so one command of each 16 of a kind is timed
// and stands for the others. The cheap clock is the wall's: what took longer than any command takes
// is left out, as somebody else had the core meanwhile.
class CommandMeter {
 public:
  static constexpr std::uint64_t kTimedOneIn = 16;
  static constexpr std::int64_t kCommandNsMax = 500'000;

  CommandMeter();

  // Before a command of the kind: whether it is to be timed.
  bool count(std::size_t kind) { return kinds_[kind].count++ % kTimedOneIn == 0; }
  // Nanoseconds of a steady clock.
  static std::int64_t now_ns();
  void timed(std::size_t kind, std::int64_t began_ns);
  // Work that belongs to no command; all of it is timed, by the clock of this thread's CPU.
  static std::int64_t cpu_now_ns();
  void other(std::int64_t began_cpu_ns);

  std::uint64_t count_of(std::size_t kind) const { return kinds_[kind].count; }
  std::uint64_t commands() const;
  // Of all commands of the kind, of all other work, and of both.
  double seconds_of(std::size_t kind) const;
  double other_seconds() const { return static_cast<double>(other_ns_) / 1e9; }
  double seconds() const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::uint64_t timed = 0;
    std::int64_t ns = 0;  // of those
  };
  std::array<Kind, kCommandKinds> kinds_{};
  std::int64_t other_ns_ = 0;
  std::int64_t clock_ns_ = 0;  // what it costs to read each clock
  std::int64_t cpu_clock_ns_ = 0;
};

// Resident memory of this process now, bytes; 0 if the system does not tell.
std::uint64_t resident_bytes();
// Gives memory that is free back to the system, so that one run is not measured by the one before.
void give_back_free_memory();

}  // namespace frontrow::simulate
