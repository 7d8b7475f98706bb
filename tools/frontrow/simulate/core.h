// The engine's core on virtual time: the slots and the machine that decides (engine/core), with
// messages carried from slot to slot, and nothing else of the engine - no thread, no disk, no
// socket. What a worker (engine/runtime/shard/worker.cc) does around the machine is done here in the same
// order: the user is noted as seen, the command runs, its record is encoded as for the log, its
// messages are delivered. Records are counted and forgotten; what would wait for the disk goes on
// at once.
//
// One thread. Time is the caller's and must not go back.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/core/machine.h"
#include "tools/frontrow/simulate/meter.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::simulate {

// What the engine did.
struct CoreFigures {
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t log_bytes = 0;  // of the records; each group that is written adds a header
  std::uint64_t messages = 0;   // between slots, which are commands too
  std::uint64_t admitted = 0;
  std::uint64_t idle_left = 0;       // left the line because they did not poll
  std::uint64_t sessions_ended = 0;  // by the engine: not seen again, or out of time
  std::uint64_t holds = 0;
  std::uint64_t holds_expired = 0;
  std::uint64_t holds_released = 0;
  std::uint64_t sold = 0;
  std::uint64_t payments_failed = 0;
  std::uint32_t waiting_most = 0;
  std::uint32_t active_most = 0;
  // When half, nine tenths and all of the seats were sold for the first time; not set: never.
  Instant sold_half;
  Instant sold_nine_tenths;
  Instant sold_last;
};

class Core {
 public:
  // Puts the concert on sale through the directory, as an operator does.
  Core(const ConcertSpec& spec, Instant start, drop::Violations& violations);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  // One command from outside, and all that it sets going. Valid until the next call.
  const Reply& ask(const Command& command, Instant now);
  // What the time that has passed makes happen: admissions, expiries. To be called every
  // millisecond.
  void pass_time(Instant now);

  const Concert& concert() const { return *concert_; }
  std::uint32_t seats() const { return seats_; }
  // Brings into the cache what the command of a waiting user, or of one who joins, will need.
  void prefetch(TicketNumber number) const { __builtin_prefetch(&concert_->line.token(number)); }
  void prefetch(const UserId& user) const { concert_->line.prefetch(user); }

  const CoreFigures& figures() const { return figures_; }
  const CommandMeter& meter() const { return meter_; }
  // Every slot that was ever touched, in the order of their numbers.
  std::vector<const Slot*> slots() const;
  // Of all slots.
  std::uint64_t state_hash() const;

 private:
  Slot& slot_at(SlotId id);
  void run(const Command& command, Instant now);
  void deliver(Instant now);
  void log(const Slot& slot, Instant now);
  void note(const Event& event, Instant now);
  void note_sold(Instant now);

  Machine machine_;
  Effects effects_;
  std::array<std::unique_ptr<Slot>, kSlotCount> slots_;
  Slot* home_ = nullptr;  // the concert's slot
  Concert* concert_ = nullptr;
  std::uint32_t seats_ = 0;
  std::deque<Command> messages_;
  Reply reply_;
  WaitKey awaited_;  // by the command that is being answered
  bool answered_ = false;
  ByteBuffer record_;
  TicketNumber admitted_last_;
  CoreFigures figures_;
  CommandMeter meter_;
  drop::Violations& violations_;  // what happened that never may
};

}  // namespace frontrow::simulate
