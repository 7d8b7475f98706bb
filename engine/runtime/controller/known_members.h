// Which instances of the map live, by their member records as this instance has seen them last.
// Records belong to names; the map tells which instance has the name, and the stream of its slots.
//
// Thread: that of step().
#pragma once

#include <map>
#include <string>

#include "engine/runtime/controller/controller_options.h"
#include "engine/runtime/controller/newest_map.h"
#include "engine/runtime/membership/members.h"
#include "engine/runtime/membership/placement.h"

namespace frontrow {

struct KnownMember {
  Member member;
  bool is_departed = false;  // its slots may be taken over
};

class KnownMembers {
 public:
  // Both must outlive the object.
  KnownMembers(const NewestMap& map, const ControllerOptions& options);

  void note(KnownMember&& member);
  // A planned stop of this instance.
  void drain() { is_draining_ = true; }
  bool is_draining() const { return is_draining_; }

  // Null: the map has no such instance, or no record of it was seen.
  const KnownMember* find(InstanceId id) const;
  // Whether the member decides on its slots, or may: it lives, on the directory that has them.
  bool is_living(const MapInstance& instance) const;
  Living living() const;
  // Of these, the ones that do not stop.
  Living staying(const Living& living) const;

 private:
  const NewestMap& map_;
  const ControllerOptions& options_;
  std::map<std::string, KnownMember> members_;
  bool is_draining_ = false;
};

}  // namespace frontrow
