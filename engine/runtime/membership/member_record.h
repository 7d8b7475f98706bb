// The record of one member (instance) of a cluster in the consensus store: a line of text that a
// person can read with etcdctl, and that transactions compare as bytes.
//
//   v1 name=box-1 process=5d1f0c44a90be273 stream=7c0a91d2b34e55f0 beat=18231 state=serving
//      weight=100 http=10.0.0.1:8080 peer=10.0.0.1:9080 version=0.1.0
//
// The member itself rewrites it with the next beat (member_beat.h). Others change it in two cases:
// they mark a member dead whose record stood still, and a new process of the same name takes it
// over (member_join.h). Every change is a compare-and-swap of the whole text, and no text comes
// back: of one process the beat only grows. So a transaction that expects a text takes effect only
// if the member has not beaten since.
//
// A person may erase the record of a member that is leaving or dead, never of another one: a new
// process of that name would begin at once, within the lease of the old one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace frontrow {

inline constexpr std::size_t kMemberAddressLengthMax = 260;
inline constexpr std::size_t kMemberVersionLengthMax = 64;

enum class MemberState : std::uint8_t {
  kJoining,
  kServing,
  kStopping,  // it decides, and gives its slots to the others before it leaves
  kLeaving,   // the member has stopped deciding and beats no more
  kDead,      // another member found that the record stood still (liveness.h)
};

std::string_view name_of(MemberState state);

struct MemberRecord {
  std::string name;
  std::uint64_t process = 0;  // drawn at random by each process: two processes of one name differ
  std::uint64_t stream = 0;   // the stream that it writes
  std::uint64_t beat = 0;     // incremented by each text of the process
  MemberState state = MemberState::kJoining;
  std::uint32_t weight = 100;  // its share of the slots; at most kInstanceWeightMax
  std::string http;            // host:port for clients and operators
  std::string peer;            // host:port for the links
  std::string version;         // of the program

  // The member decides nothing any more, under this text: its slots may be taken over. The
  // transaction that does so expects the text.
  bool is_departed() const { return state == MemberState::kLeaving || state == MemberState::kDead; }
  bool operator==(const MemberRecord&) const = default;
};

// Why the record can't be written: a value is missing, too long, or has a space, a control
// character or a byte above ASCII. Empty if it can.
std::string fault_of(const MemberRecord& record);

// REQUIRES: the record has no fault.
std::string encode_member_record(const MemberRecord& record);
Result<MemberRecord> decode_member_record(std::string_view text);

}  // namespace frontrow
