// The whole of a cluster as `frontrow cluster status` has seen it, and the faults in it.
//
// gather() does all I/O; the rest are pure functions over its result.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/runtime/membership/cluster_map.h"
#include "engine/runtime/membership/cluster_record.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/shared_log/stream_state.h"
#include "tools/frontrow/cluster/access.h"
#include "tools/frontrow/cluster/status_answer.h"

namespace frontrow::cluster {

// The answer of one instance: as it came, and as it was understood.
struct Asked {
  std::string body;
  Result<InstanceAnswer> answer = Error{"not asked"};
};

// All that was read.
struct Seen {
  StoreHealth health;
  std::uint64_t quota_bytes = 0;
  // None: it could not be read, and `unread` says why; everything below is empty then.
  std::optional<ClusterRecord> record;
  std::string unread;
  ClusterMap map;
  MemberList earlier, members;  // read about a second apart
  std::map<std::uint64_t, StreamState> streams;
  std::map<std::string, Asked> asked;  // by name; empty without an admin key
};

// How a member record changes between two reads. A beat comes every 400 ms.
enum class Presence : std::uint8_t {
  kServing,
  kJoining,
  kStopping,    // gives its slots away before it leaves
  kNoBeat,      // the record stands still
  kLeaving,     // was stopped in order
  kDead,        // was found dead by another instance
  kAbsent,      // no record
  kUnreadable,  // of another version
};
std::string_view text_of(Presence presence);

struct InstanceRow {
  MapInstance instance;  // id 0: a member that the map does not have
  Presence presence = Presence::kAbsent;
  std::optional<MemberRecord> record;
  std::string unreadable;  // why, if it is
  std::size_t owned = 0;
  std::size_t followed = 0;

  bool beats() const {
    return presence == Presence::kServing || presence == Presence::kJoining ||
           presence == Presence::kStopping;
  }
  // Writes another stream than the one that has its slots: it decides on none of them.
  bool has_other_directory() const {
    return record && instance.stream != 0 && record->stream != instance.stream;
  }
  // As the instances count the living ones.
  bool is_living() const { return instance.id != 0 && beats() && !has_other_directory(); }
};

using SlotMoves = std::map<std::pair<InstanceId, InstanceId>, std::size_t>;

struct SlotCounts {
  std::size_t of_living = 0;    // slots whose owner lives
  std::size_t of_departed = 0;  // slots whose owner does not
  std::size_t unbegun = 0;
  std::array<std::size_t, kCopiesMax + 1> by_copies{};  // begun slots, by copies on living ones
  std::size_t lonely = 0;                               // one living copy where the map wants more
  // Slots of instances that do not live, by owner: those that a living follower takes over, and
  // those that wait for the owner.
  struct Departed {
    std::size_t to_take = 0;
    std::size_t waiting = 0;
  };
  std::map<InstanceId, Departed> departed;
  SlotMoves moves;
  std::size_t follower_moves = 0;
};

struct View {
  Seen seen;
  std::vector<InstanceRow> rows;  // of the map by id, then the members that it does not have
  SlotCounts slots;

  const InstanceRow* row(InstanceId id) const;
  std::size_t living_count() const;
};

// How an instance is asked: the body of its answer.
using AskInstance = std::function<Result<std::string>(const std::string& http)>;

// Reads everything; takes a little more than a second. `ask` may be empty; it is called for all
// living instances at the same time, each on a thread of its own.
Seen gather(ConsensusStore& store, const ClusterArgs& args, std::uint64_t quota_bytes,
            const AskInstance& ask, const Patience& patience);

View view_of(Seen seen);

// One line each, with the remedy; empty: all is well.
std::vector<std::string> faults_of(const View& view);
// Lines that are no faults.
std::vector<std::string> notes_of(const View& view);

std::string status_text(const View& view, const std::vector<std::string>& faults);
// One object: well, faults, etcd, cluster, map, slots, instances with the whole answer of each.
std::string status_json(const View& view, const std::vector<std::string>& faults);

}  // namespace frontrow::cluster
