// The beat of a member: it rewrites its record, which extends its lease, and finds out which other
// members are departed.
//
// One step:
//   1. {expect the record's previous text, put the text with the next beat}. It extends the lease
//      from the time at which it was sent: a beat that took 1.4 s leaves 0.1 s.
//   2. Read all records, and feed them to Liveness.
//   3. Each member whose record stood still is declared dead: {expect its text and the own one, put
//      its record with the state dead}. Of two members that each find the other one dead only one
//      succeeds. A member is reported as departed only when its record says so.
//
// An unknown outcome is settled by the next step, which sends the same text again: it takes effect
// at most once. If it is refused and the record has the text, then the earlier attempt took effect,
// at an unknown time since the first one was sent; the lease counts from there, and a new beat
// follows at once.
//
// A beat that is refused otherwise is the end of this membership: the record was declared dead,
// taken over by another process of the name, or erased. The lease is revoked before the step
// returns, and no later step sends anything. A new membership begins with MemberJoin, under another
// random `process` and with another Lease.
//
// A departed member's slots are taken over by a transaction that changes the slot map and also
// expects Member::text of the report (absence, without a text). A new process of the member may
// have joined since, and may hold a lease: it has changed the text, so the transaction is refused.
// For the same reason a process joins first and reads the slot map then.
//
// One thread (BeatThread, beat_thread.h). The members may read the lease from any.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/membership/lease.h"
#include "engine/runtime/membership/liveness.h"
#include "engine/runtime/membership/member_record.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/shared_log/consensus_store.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {

enum class BeatOutcome : std::uint8_t {
  kGood,
  kStoreAway,  // unknown, or refused by the store itself
  // The end of this membership:
  kDeclaredDead,  // the record stood still for another member
  kNameTaken,     // by another process of the same name
  kErased,
};

struct BeatStep {
  BeatOutcome outcome = BeatOutcome::kStoreAway;
  // For the person who must act: why the outcome is not kGood, or why there is no list.
  std::string reason;
  // After a good beat whose read succeeded: all members, with this one.
  std::optional<MemberList> list;
  // Members that are departed since an earlier step, or since the first one. Without a text: a
  // member without a record.
  std::vector<Member> departed;
};

class MemberBeat {
 public:
  // The store and the lease must outlive the object. `joined`: the record in the store.
  MemberBeat(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord joined, Lease& lease,
             MonotonicMs clock);

  BeatStep beat();

  // From the next new text on. REQUIRES: a state that is not departed, a weight within its bound.
  void set_state(MemberState state);
  void set_weight(std::uint32_t weight);
  // As Liveness::expect().
  void expect(std::vector<std::string> names) { liveness_.expect(std::move(names)); }

  // Revokes the lease, then writes the state `leaving`. REQUIRES: the caller has stopped deciding.
  // Fails if the store does not answer or the membership had ended; others wait then as for a dead
  // member. No beat may follow.
  Status leave();

  // The newest record that is known to be in the store.
  const MemberRecord& record() const { return record_; }

 private:
  struct Pending {
    MemberRecord record;
    std::string text;
    std::int64_t first_sent_ms = 0;
  };
  struct Sent {
    BeatOutcome outcome = BeatOutcome::kStoreAway;
    bool took_effect_earlier = false;
    std::string reason;
  };

  Sent send();
  Sent settle_refusal();
  Sent end(BeatOutcome outcome, std::string reason);
  void settle(std::int64_t sent_ms);
  void look_at_others(BeatStep& step);
  // False: the store did not answer.
  bool declare_dead(const Member& overdue, MemberList& list);
  void report_departed(const Member& member, BeatStep& step);

  ConsensusStore& store_;
  SharedLogKeys keys_;
  std::string key_;
  Lease& lease_;
  MonotonicMs clock_;

  MemberRecord record_;
  std::string text_;   // of `record_`
  MemberState state_;  // of the next text, as is the weight
  std::uint32_t weight_;
  std::optional<Pending> pending_;  // sent, with an unknown outcome
  std::optional<Sent> ended_;

  Liveness liveness_;
  std::map<std::string, std::optional<std::string>> reported_;  // departed members, by name
};

}  // namespace frontrow
