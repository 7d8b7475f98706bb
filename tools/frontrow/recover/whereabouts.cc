#include "tools/frontrow/recover/whereabouts.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/match.h"
#include "engine/core/apply.h"
#include "engine/core/codec/event_codec.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/walk.h"

namespace frontrow::recover {
namespace {

using State = Tenure::State;

// The first event of a record suffices: an event that migrates a slot is always the first.
bool begins_with_a_move(const RecordView& record) {
  if (record.events.empty()) return false;
  const auto type = static_cast<std::uint8_t>(record.events[0]);
  return type == kTypeOf<SlotSealed> || type == kTypeOf<SlotReleased> ||
         type == kTypeOf<SlotOpened> || type == kTypeOf<SlotAdopted>;
}

}  // namespace

std::string at_text(std::uint64_t seq, std::uint64_t group) {
  if (group == 0) return fmt::format("at sequence {}", seq);
  return fmt::format("at sequence {}, group {}", seq, group);
}

// A release is logged right behind the seal.
std::uint64_t passed_seq(const Tenure& tenure, std::uint64_t seq) {
  return tenure.state == State::kReleased ? seq - 1 : seq;
}

std::uint64_t passed_seq(const Slot& slot) { return passed_seq(slot.tenure, slot.seq); }

Result<Whereabouts> Whereabouts::read(StoppedLog& log, const std::vector<SlotId>& slots) {
  Whereabouts found;
  ProgressBar bar("looking for the slot's moves");
  const auto on_group = [&](const GroupView& group) {
    return for_each_record(group, [&](const RecordView& record) {
      const bool is_asked = std::find(slots.begin(), slots.end(), record.slot) != slots.end();
      if (is_asked && begins_with_a_move(record)) found.note(group.number, record);
      return Status();
    });
  };
  const auto on_progress = [&bar](const ReplayProgress& p) {
    bar.show(p.groups_done, p.groups_total,
             fmt::format("group {} of {}", p.groups_done, p.groups_total));
    return true;
  };
  const auto end =
      log.read(log.archive().log_start().number, ~std::uint64_t{0}, {on_group, on_progress});
  if (!end.ok()) return Error{end.error()};
  return found;
}

void Whereabouts::note(std::uint64_t group, const RecordView& record) {
  ByteReader reader(record.events);
  Event event;
  if (!decode_event(reader, event).ok()) return;
  Step step{.seq = record.seq, .group = group};
  std::visit(Match{
                 [&](const SlotSealed& e) { step.state = State::kSealed, step.peer = e.to; },
                 [&](const SlotReleased& e) { step.state = State::kReleased, step.peer = e.to; },
                 [&](const SlotOpened&) { step.state = State::kOpened; },
                 [&](const SlotAdopted& e) { step.state = State::kAdopted, step.peer = e.from; },
                 [](const auto&) {},
             },
             event);
  steps_[record.slot].push_back(step);
}

const Whereabouts::Step* Whereabouts::find(SlotId id, std::uint64_t seq) const {
  const auto steps = steps_.find(id);
  if (steps == steps_.end()) return nullptr;
  for (const Step& step : steps->second) {
    if (step.seq == seq) return &step;
  }
  return nullptr;
}

std::string Whereabouts::handed_over(SlotId id, InstanceId to, std::uint64_t sealed_seq) const {
  const Step* sealed = find(id, sealed_seq);
  return fmt::format("slot {} was handed over to instance {} {}: look into its directory", id.value,
                     to, at_text(sealed_seq, sealed == nullptr ? 0 : sealed->group));
}

std::string Whereabouts::why_not_here(SlotId id, std::uint64_t seq, const Slot* state) const {
  const auto steps = steps_.find(id);
  const Step* before = nullptr;
  const Step* after = nullptr;
  if (steps != steps_.end()) {
    for (const Step& step : steps->second) {
      if (step.seq <= seq) before = &step;
      if (step.seq > seq && after == nullptr) after = &step;
    }
  }
  if (before != nullptr && before->state == State::kReleased)
    return handed_over(id, before->peer, before->seq - 1);
  if (before != nullptr && before->state == State::kSealed && seq > before->seq)
    return handed_over(id, before->peer, before->seq);
  if (before == nullptr && after != nullptr && after->state == State::kAdopted) {
    return fmt::format(
        "slot {} came from instance {} only {}: before that, look into its directory", id.value,
        after->peer, at_text(after->seq - 1, after->group));
  }
  if (before == nullptr && state != nullptr && state->tenure.state == State::kReleased)
    return handed_over(id, state->tenure.peer, passed_seq(*state));
  return {};
}

std::string Whereabouts::why_not_newest(const Slot& slot) const {
  if (slot.tenure.state != State::kSealed) return {};
  const Step* sealed = find(slot.id, slot.seq);
  return fmt::format(
      "slot {} was sealed for instance {} {}: that instance may have it and a newer state, look "
      "into its directory",
      slot.id.value, slot.tenure.peer, at_text(slot.seq, sealed == nullptr ? 0 : sealed->group));
}

std::string Whereabouts::origin(const Slot& slot) const {
  const auto steps = steps_.find(slot.id);
  const bool knows = steps != steps_.end() && steps->second.front().seq <= slot.seq;
  if (knows) {
    const Step& first = steps->second.front();
    if (first.state != State::kAdopted) return {};
    return fmt::format("slot {} came from instance {} {}: what happened before is in its directory",
                       slot.id.value, first.peer, at_text(first.seq - 1, first.group));
  }
  if (slot.tenure.state != State::kAdopted) return {};
  return fmt::format("slot {} came from instance {}: what happened before is in its directory",
                     slot.id.value, slot.tenure.peer);
}

}  // namespace frontrow::recover
