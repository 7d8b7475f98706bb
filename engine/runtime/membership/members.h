// Reads the records of all members of a cluster.
//
// The read is linearizable: it shows every change of a record that had taken effect before the
// call. Records of later pages may be newer than those of earlier ones.
//
// Any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/runtime/membership/member_record.h"
#include "engine/runtime/shared_log/consensus_store.h"
#include "engine/runtime/shared_log/shared_log_keys.h"

namespace frontrow {

struct Member {
  MemberRecord record;
  // As the store has it, for transactions that expect it. None: there is no record; `record` is the
  // last one that was seen, or has only the name.
  std::optional<std::string> text;
};

// A record that this program can't read, such as one of a later version.
struct UnreadableMember {
  std::string name;
  std::string reason;
};

struct MemberList {
  std::vector<Member> members;  // ascending by name
  std::vector<UnreadableMember> unreadable;
};

Result<MemberList> read_members(ConsensusStore& store, const SharedLogKeys& keys);

// The text of one record; none if there is no record.
Result<std::optional<std::string>> read_member_text(ConsensusStore& store, const std::string& key);

}  // namespace frontrow
