// Takes a name in the cluster: creates the member's record, or takes it over from an earlier
// process of the same name.
//
// An earlier process may live, as two machines may have been given one name. So the new process
// waits until the record is departed, or has stood still as for any dead member (liveness.h): five
// successful writes of its own and 2 s of its clock. These writes put the text that the record has
// already, if it still has it. They change nothing, and they prove that the store takes writes, so
// that a live process could have beaten. Then a compare-and-swap puts the new record, and every
// later beat of the earlier process is refused.
//
// An unknown outcome is settled by the read of the next step. An attempt that takes effect late
// does so only while the record is still the one that was to be taken over.
//
// One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/runtime/membership/lease.h"
#include "engine/runtime/membership/liveness.h"
#include "engine/runtime/membership/member_record.h"
#include "engine/runtime/shared_log/consensus_store.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {

enum class JoinOutcome : std::uint8_t {
  kJoined,
  kWaiting,    // the record of an earlier process has not stood still long enough
  kStoreAway,  // no answer, or a refusal of the store itself
};

struct JoinStep {
  JoinOutcome outcome = JoinOutcome::kStoreAway;
  std::string reason;  // of the two others, for the person who must act
};

class MemberJoin {
 public:
  // The store must outlive the object. `self`: without fault; its `process` is drawn at random, its
  // beat and state are set here.
  MemberJoin(ConsensusStore& store, const SharedLogKeys& keys, MemberRecord self,
             MonotonicMs clock);

  // One attempt; for a caller every 400 ms until it has joined.
  JoinStep step();

  // After kJoined: the record in the store.
  const MemberRecord& record() const { return self_; }

 private:
  JoinStep wait_for(const std::string& text);
  JoinStep put_record(const std::optional<std::string>& expected);

  ConsensusStore& store_;
  MonotonicMs clock_;
  MemberRecord self_;
  std::string key_;
  std::string text_;     // of `self_`
  std::string watched_;  // text of the earlier process
  Standstill standstill_;
};

}  // namespace frontrow
