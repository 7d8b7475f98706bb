// Brings the copy of another instance's stream to a group that the stream has, such as its end
// before a move or its seal.
//
// The rest of a living instance's stream comes over its link, and is waited for: the store lets go
// of groups that the owner's followers have. After a while, and of an instance that is gone, the
// groups are read from the shared log.
//
// Thread: that of step().
#pragma once

#include <cstdint>
#include <map>

#include "engine/runtime/cluster/stream_end.h"
#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/known_members.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/controller/note_once.h"
#include "engine/runtime/shared_log/shared_log.h"

namespace frontrow {

class CatchUp {
 public:
  // All of them must outlive the object.
  CatchUp(SharedLog& log, const NewestMap& map, const KnownMembers& members, NoteOnce& notes,
          const ControllerOptions& options);

  // False: not yet, a later step is to try again.
  bool to(const StreamEnd& end);

 private:
  bool comes_over_a_link(const StreamEnd& end);
  bool add(std::uint64_t stream, const SharedGroup& group);

  SharedLog& log_;
  const NewestMap& map_;
  const KnownMembers& members_;
  NoteOnce& notes_;
  const ControllerOptions& options_;
  std::map<StreamEnd, std::int64_t> waits_for_;  // since when, in milliseconds
};

}  // namespace frontrow
