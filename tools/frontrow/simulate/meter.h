// Cost of a run: the time of the engine's commands, and the memory of this process. One thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/core/protocol/command.h"

namespace frontrow::simulate {

// Reading a clock costs as much as a small command, so one in 16 commands of a kind is timed and
// represents the others. The cheap clock is the wall clock: a time longer than any command takes is
// discarded, as another process had the core meanwhile.
class CommandMeter {
 public:
  static constexpr std::uint64_t kTimedOneIn = 16;
  static constexpr std::int64_t kCommandNsMax = 500'000;

  CommandMeter();

  // Called before a command of the kind; true if the command is to be timed.
  bool count(std::size_t kind) { return kinds_[kind].count++ % kTimedOneIn == 0; }
  // Nanoseconds of a steady clock.
  static std::int64_t now_ns();
  void timed(std::size_t kind, std::int64_t began_ns);
  // Work that belongs to no command; all of it is timed, by the clock of this thread's CPU.
  static std::int64_t cpu_now_ns();
  void other(std::int64_t began_cpu_ns);

  std::uint64_t count_of(std::size_t kind) const { return kinds_[kind].count; }
  std::uint64_t commands() const;
  // CPU time of all commands of the kind, of all other work, and of both.
  double seconds_of(std::size_t kind) const;
  double other_seconds() const { return static_cast<double>(other_ns_) / 1e9; }
  double seconds() const;

 private:
  struct Kind {
    std::uint64_t count = 0;
    std::uint64_t timed = 0;
    std::int64_t ns = 0;  // of the timed ones
  };
  std::array<Kind, kCommandKinds> kinds_{};
  std::int64_t other_ns_ = 0;
  std::int64_t clock_ns_ = 0;  // cost of reading each clock
  std::int64_t cpu_clock_ns_ = 0;
};

// Current resident memory of this process in bytes; 0 if unknown.
std::uint64_t resident_bytes();
// Returns free memory to the system, so that one run does not affect the measurement of the next.
void give_back_free_memory();

}  // namespace frontrow::simulate
