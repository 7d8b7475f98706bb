#include "engine/runtime/controller/known_members.h"

#include <utility>

namespace frontrow {

KnownMembers::KnownMembers(const NewestMap& map, const ControllerOptions& options)
    : map_(map), options_(options) {}

void KnownMembers::note(KnownMember&& member) {
  const std::string name = member.member.record.name;
  members_[name] = std::move(member);
}

const KnownMember* KnownMembers::find(InstanceId id) const {
  const MapInstance* const instance = map_->find(id);
  if (instance == nullptr) return nullptr;
  const auto found = members_.find(instance->name);
  return found == members_.end() ? nullptr : &found->second;
}

bool KnownMembers::is_living(const MapInstance& instance) const {
  if (instance.id == options_.self) return instance.stream == options_.stream;
  const KnownMember* const known = find(instance.id);
  return known != nullptr && !known->is_departed && known->member.record.stream == instance.stream;
}

Living KnownMembers::living() const {
  Living living;
  for (const MapInstance& instance : map_->instances) {
    if (is_living(instance)) living.insert(instance.id);
  }
  return living;
}

Living KnownMembers::staying(const Living& living) const {
  Living staying = living;
  std::erase_if(staying, [this](InstanceId id) {
    if (id == options_.self) return is_draining_;
    return find(id)->member.record.state == MemberState::kStopping;
  });
  return staying;
}

}  // namespace frontrow
