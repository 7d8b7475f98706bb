#include "engine/runtime/membership/liveness.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace frontrow {

void Standstill::observe(const Observation& at, bool is_same) {
  const bool paused = at.seen_ms - last_seen_ms_ > kObserverPauseMs;
  last_seen_ms_ = at.seen_ms;
  if (!is_same || paused) {
    first_seen_ms_ = at.seen_ms;
    still_ms_ = 0;
    beats_ = 0;
    return;
  }
  still_ms_ = at.asked_ms - first_seen_ms_;
  ++beats_;
}

void Liveness::observe(const Observation& at, const MemberList& list) {
  for (const Member& member : list.members) {
    if (member.record.name == self_) continue;
    const auto [found, is_new] = watched_.try_emplace(member.record.name);
    Watched& watched = found->second;
    watched.standstill.observe(at, !is_new && watched.member.text == member.text);
    watched.member = member;
    watched.erased_after_departure = false;
  }
  // A record that can't be read is no reason to act: not even its stream is known.
  for (const UnreadableMember& member : list.unreadable) watched_.erase(member.name);
  observe_absent(at, list);
}

void Liveness::observe_absent(const Observation& at, const MemberList& list) {
  std::set<std::string_view> listed{self_};
  for (const Member& member : list.members) listed.insert(member.record.name);
  for (const UnreadableMember& member : list.unreadable) listed.insert(member.name);

  // Overdue without a record, and expected no more: it was reported once.
  std::erase_if(watched_, [&](const auto& entry) {
    const auto& [name, watched] = entry;
    return !watched.member.text && watched.is_overdue() && !listed.contains(name) &&
           std::ranges::find(expected_, name) == expected_.end();
  });
  for (const std::string& name : expected_) {
    const auto [found, is_new] = watched_.try_emplace(name);
    if (!is_new) continue;
    found->second.member.record.name = name;
    found->second.member.text.emplace();  // a text that no record has: its absence is new
  }
  for (auto& [name, watched] : watched_) {
    if (listed.contains(name)) continue;
    if (watched.is_departed()) watched.erased_after_departure = true;
    watched.standstill.observe(at, !watched.member.text);
    watched.member.text.reset();
  }
}

std::vector<Member> Liveness::overdue() const {
  std::vector<Member> found;
  for (const auto& [name, watched] : watched_)
    if (watched.is_overdue() && !watched.is_departed()) found.push_back(watched.member);
  return found;
}

}  // namespace frontrow
