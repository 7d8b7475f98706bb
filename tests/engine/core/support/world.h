// A whole engine without threads, disk or clock, for tests: all slots, a clock that moves only when
// the test advances it, and the messages between slots, delivered by the test.
//
// After every step the world checks the invariants of the changed slot, and that a second world,
// fed with the encoded events only, has the same state. A violation fails the running test.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "engine/base/bytes.h"
#include "engine/core/machine.h"
#include "engine/core/protocol/plan.h"

namespace frontrow {

inline constexpr Instant kStart{1'800'000'000'000};

// One user's place in one concert's line, with the token's identity.
struct Fan {
  ConcertId concert;
  Caller caller;
  QueueEntry entry;  // as answered on joining
  const UserId& user() const { return caller.user; }
};

class World {
 public:
  explicit World(const Policy& policy = {}, Instant start = kStart);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- time
  Instant now() const { return now_; }
  void advance(Duration d) { now_ = now_ + d; }
  // Runs every slot's timers until none is due.
  void tick();
  void pass(Duration d) { advance(d), tick(); }

  // --- commands
  // Executes one command and queues its messages.
  void post(const Caller& caller, CommandBody body, RequestKey key = {});
  // The reply of the newest command; nullopt while it waits.
  std::optional<Reply> reply() const;
  const Effects& effects() const { return effects_; }
  // Executes a command, delivers all resulting messages, and returns the reply.
  Reply ask(const Caller& caller, CommandBody body, RequestKey key = {});
  // The reply of a resolved wait; the newest of several.
  std::optional<Reply> resolved(WaitKey key) const;
  const std::vector<Resolved>& resolved_all() const { return resolved_; }

  // --- messages between slots, oldest first
  std::deque<Command>& messages() { return messages_; }
  void deliver(Command message);
  void deliver_next();
  void deliver_all();
  // Takes the messages of type T out of the queue.
  template <class T>
  std::vector<Command> take() {
    std::vector<Command> taken;
    std::erase_if(messages_, [&taken](const Command& m) {
      if (!std::holds_alternative<T>(m.body)) return false;
      taken.push_back(m);
      return true;
    });
    return taken;
  }

  // Restarts every slot, alternating between snapshot and log; queued messages are lost, outbox
  // entries are resent.
  void restart();

  // --- shortcuts of the domain
  ConcertId create(const ConcertSpec& spec, std::optional<Bytes32> seed = {});
  Fan join(ConcertId concert, std::uint32_t user);
  Reply hold(const Fan& fan, std::initializer_list<std::uint32_t> seats);
  Reply pay(const Fan& fan, HoldId hold, RequestKey key = {});
  Money charge(std::uint32_t user, std::int64_t amount);
  Money balance(std::uint32_t user);
  QueueEntry look(const Fan& fan);  // reads the token: counts as seen
  void change(ChangeConcert change);

  const Concert& concert(ConcertId id) const {
    return *slots_[slot_of_concert(id).value]->find_concert(id);
  }
  const Wallet* wallet(std::uint32_t user) const;
  const Slot* find_slot(SlotId id) const { return slots_[id.value].get(); }
  std::uint64_t records() const { return records_; }

 private:
  struct Record {
    Instant time;
    ByteBuffer events;
  };
  Slot& slot(SlotId id);
  std::unique_ptr<Slot> rebuild(SlotId id) const;
  void after_step(Slot& slot);
  void verify(const Slot& slot) const;

  Machine machine_;
  Instant now_;
  std::array<std::unique_ptr<Slot>, kSlotCount> slots_;
  std::array<std::unique_ptr<Slot>, kSlotCount> mirror_;  // the state that recovery would reach
  std::array<std::vector<Record>, kSlotCount> log_;
  std::vector<std::uint16_t> used_;
  std::deque<Command> messages_;
  std::vector<Resolved> resolved_;
  Effects effects_;
  std::uint64_t records_ = 0;
  std::uint64_t restarts_ = 0;
};

// The slot encoded as a snapshot and loaded again; a difference fails the test.
std::unique_ptr<Slot> through_snapshot(const Slot& slot);

UserId user_id(std::uint32_t n);
RequestKey key_of(std::uint64_t key, std::uint64_t request);
Caller as_user(std::uint32_t n);
inline const Caller kAdmin{{}, {}, 0, kAdminActor};
Date first_date();
// One date of 10 seats at 1,000 each; the shop has room for 100.
ConcertSpec small_concert(std::uint32_t seats = 10);
// Seats 1 to 6 in rows 1 (three seats of R) and 2 (R, S, S) of "hall", and three places of S.
Plan small_plan();
std::vector<std::byte> bytes_of_plan(const Plan& plan);

// The body of a reply of this type; fails the test and returns a default one for another type.
template <class T>
T body_of(const Reply& reply) {
  const T* body = std::get_if<T>(&reply.body);
  if (body == nullptr) ADD_FAILURE() << "another answer: " << name_of(reply.reject);
  return body == nullptr ? T{} : *body;
}
inline const char* name_of(const Reply& reply) { return name_of(reply.reject).data(); }

}  // namespace frontrow

#define EXPECT_REJECT(code, answer) \
  EXPECT_STREQ(::frontrow::name_of(code).data(), ::frontrow::name_of(answer))
#define EXPECT_GRANTED(answer) EXPECT_STREQ("none", ::frontrow::name_of(answer))
