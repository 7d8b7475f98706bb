// The engine's core on virtual time: the slots and the machine that decides (engine/core), with
// messages carried from slot to slot, and no other part of the engine - no thread, no disk, no
// socket. It runs a worker's steps (engine/runtime/shard/worker.cc) around the machine in the same
// order: it notes the user as seen, runs the command, encodes its record as for the log, delivers
// its messages. Records are counted and discarded; replies are not deferred for a disk.
//
// One thread. Time is the caller's and must not go back.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/core/machine.h"
#include "tools/frontrow/simulate/meter.h"
#include "tools/frontrow/workload/watch.h"

namespace frontrow::simulate {

// Counters of the engine.
struct CoreFigures {
  std::uint64_t records = 0;
  std::uint64_t events = 0;
  std::uint64_t log_bytes = 0;  // of the records; each written group adds a header
  std::uint64_t messages = 0;   // between slots, which are commands too
  std::uint64_t admitted = 0;
  std::uint64_t idle_left = 0;       // left the line because they did not poll
  std::uint64_t sessions_ended = 0;  // by the engine: user idle, or time over
  std::uint64_t holds = 0;           // with the offers
  std::uint64_t offers = 0;          // of the waitlist
  std::uint64_t holds_expired = 0;
  std::uint64_t holds_released = 0;
  std::uint64_t sold = 0;  // seats
  std::uint64_t payments = 0;
  std::uint64_t payments_failed = 0;
  std::uint32_t waiting_most = 0;
  std::uint32_t active_most = 0;  // without those whom an offer let in
  // Times at which half, nine tenths and all of the seats were first sold; not set: never.
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

  // Runs one command from outside and all messages that follow from it. Valid until the next call.
  const Reply& ask(const Command& command, Instant now);
  // Runs the deadlines that have passed: admissions, expiries. Called every millisecond.
  void pass_time(Instant now);

  const Concert& concert() const { return *concert_; }
  std::uint32_t seats() const { return seats_; }
  // Prefetches the data for the command of a waiting or a joining user.
  void prefetch(TicketNumber number) const { __builtin_prefetch(&concert_->line.token(number)); }
  void prefetch(const UserId& user) const { concert_->line.prefetch(user); }

  const CoreFigures& figures() const { return figures_; }
  const CommandMeter& meter() const { return meter_; }
  // All slots that were ever used, by number.
  std::vector<const Slot*> slots() const;
  // The hash of all slots.
  std::uint64_t state_hash() const;

 private:
  Slot& slot_at(SlotId id);
  void run(const Command& command, Instant now);
  void deliver(Instant now);
  void log(const Slot& slot, Instant now);
  void note(const Event& event, Instant now);
  void note_sold(const Payment& payment, Instant now);
  void note_offer(const SeatsOffered& offered);
  std::uint32_t guests() const { return static_cast<std::uint32_t>(guests_.size()); }

  Machine machine_;
  Effects effects_;
  std::array<std::unique_ptr<Slot>, kSlotCount> slots_;
  Slot* home_ = nullptr;  // the concert's slot
  Concert* concert_ = nullptr;
  std::uint32_t seats_ = 0;
  std::deque<Command> messages_;
  Reply reply_;
  WaitKey awaited_;  // by the command that is being decided
  bool answered_ = false;
  ByteBuffer record_;
  std::set<TicketNumber> guests_;  // whom an offer let in
  // By date and entry the section that is wished, and by date and section the newest entry with an
  // offer.
  std::map<std::pair<std::uint16_t, std::uint32_t>, std::string> wishes_;
  std::map<std::pair<std::uint16_t, std::string>, std::uint32_t> offered_last_;
  LinePlace admitted_last_;
  CoreFigures figures_;
  CommandMeter meter_;
  drop::Violations& violations_;  // findings that must never occur
};

}  // namespace frontrow::simulate
