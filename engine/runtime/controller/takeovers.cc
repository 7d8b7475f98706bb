#include "engine/runtime/controller/takeovers.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/runtime/membership/map_changes.h"

namespace frontrow {

Takeovers::Takeovers(SharedLog& log, NewestMap& map, const KnownMembers& members, CatchUp& catch_up,
                     const ControllerOptions& options)
    : log_(log), map_(map), members_(members), catch_up_(catch_up), options_(options) {}

bool Takeovers::take_over(const MapInstance& instance) {
  const KnownMember* const known = members_.find(instance.id);
  if (instance.id == options_.self || instance.stream == 0 || known == nullptr) return false;
  const bool is_elsewhere = known->member.record.stream != instance.stream;
  if (!known->is_departed && !is_elsewhere) return false;
  std::vector<MapExpectation> expected;
  // Another process of the instance on this stream would lift the seal, and one on another stream
  // does not decide on these slots.
  if (!is_elsewhere) expected.push_back({log_.keys().member(instance.name), known->member.text});
  return take_over(instance, std::move(expected));
}

// Whether the instance is gone by its record as it is now. To seal the stream of one that has come
// back would end its process.
bool Takeovers::is_gone(const MapInstance& instance) {
  const Member& member = members_.find(instance.id)->member;
  const auto text = read_member_text(log_.store(), log_.keys().member(instance.name));
  if (!text.ok()) return false;
  if (*text == member.text) return true;
  if (!*text || member.record.stream == instance.stream) return false;
  const auto record = decode_member_record(**text);
  return record.ok() && record->stream != instance.stream;
}

// A slot whose last move has not ended has its state in an earlier stream, except if it was
// bridged.
bool Takeovers::has_all(const Follower& follower, std::uint64_t stream, SlotId slot) const {
  return map_->taken.contains(slot) ? follower.is_adopted(stream, slot)
                                    : follower.is_warm(stream, slot);
}

std::vector<SlotId> Takeovers::complete_slots_of(const MapInstance& dead) const {
  std::vector<SlotId> slots;
  options_.on_follower([&](Follower& f) {
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const SlotPlace& place = map_->places[id];
      const SlotId slot{id};
      if (place.owner == dead.id && place.has_follower(options_.self) &&
          has_all(f, dead.stream, slot))
        slots.push_back(slot);
    }
  });
  return slots;
}

// The rest of the stream may have shown gaps. Returns the slots that have a state.
std::set<SlotId> Takeovers::drop_incomplete(std::uint64_t stream,
                                            std::vector<SlotId>& slots) const {
  std::set<SlotId> with_state;
  options_.on_follower([&](Follower& f) {
    std::erase_if(slots, [&](SlotId slot) { return !has_all(f, stream, slot); });
    for (const SlotId slot : slots) {
      if (f.has_state(stream, slot)) with_state.insert(slot);
    }
  });
  return with_state;
}

bool Takeovers::take_over(const MapInstance& dead, std::vector<MapExpectation> expected) {
  const std::uint64_t stream = dead.stream;
  std::vector<SlotId> slots = complete_slots_of(dead);
  if (slots.empty() || !is_gone(dead)) return false;
  const auto sealed = log_.seal(stream, options_.name);
  if (!sealed.ok()) {
    options_.on_note("a takeover waits for the store: " + sealed.error());
    return false;
  }
  // A process joins before it opens its stream: one that joins from here on lifts the seal, and the
  // change of the map is refused. One that joined before shows now.
  if (!is_gone(dead)) return false;
  const StreamEnd end{stream, sealed->last};
  if (!catch_up_.to(end)) return false;
  const std::set<SlotId> with_state = drop_incomplete(stream, slots);
  expected.push_back({log_.keys().stream(stream), encode_stream_state(*sealed)});
  const MapOutcome outcome = map_.change(
      "take over",
      [&](const ClusterMap& map) -> Result<ClusterMap> {
        std::vector<SlotId> left;
        std::copy_if(slots.begin(), slots.end(), std::back_inserter(left), [&](SlotId slot) {
          return map.place(slot).owner == dead.id && map.place(slot).has_follower(options_.self);
        });
        auto next = frontrow::take_over(map, dead.id, options_.self, left);
        if (!next.ok()) return next;
        for (const SlotId slot : left) {
          next->taken.erase(slot);
          if (with_state.contains(slot)) next->taken[slot] = {end.stream, end.group};
        }
        return next;
      },
      expected);
  // An unknown outcome shows in the map that the next step reads.
  if (outcome != MapOutcome::kChanged) return false;
  options_.on_note(
      fmt::format("{} is gone: {} of its slots are served here from group {} of its "
                  "stream on",
                  dead.name, slots.size(), end.group));
  ++count_;
  return true;
}

}  // namespace frontrow
