#include "engine/runtime/controller/catch_up.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/runtime/shared_log/shared_group.h"

namespace frontrow {
namespace {

// How long the rest of a living instance's stream is waited for before the shared log is asked.
constexpr std::int64_t kLinkMs = 2000;
// Groups that are read from the shared log at a time.
constexpr std::size_t kTailGroups = 16;

}  // namespace

CatchUp::CatchUp(SharedLog& log, const NewestMap& map, const KnownMembers& members, NoteOnce& notes,
                 const ControllerOptions& options)
    : log_(log), map_(map), members_(members), notes_(notes), options_(options) {}

bool CatchUp::to(const StreamEnd& end) {
  for (;;) {
    std::uint64_t newest = 0;
    options_.on_follower([&](Follower& f) { newest = f.newest(end.stream); });
    if (newest >= end.group) {
      waits_for_.erase(end);
      return true;
    }
    if (comes_over_a_link(end)) return false;
    const auto groups = log_.groups(end.stream, newest, end.group, kTailGroups);
    if (!groups.ok()) {
      notes_.note(fmt::format("stream {:016x} can't be followed to its end: {}", end.stream,
                              groups.error()));
      return false;
    }
    for (const SharedGroup& group : *groups) {
      if (!add(end.stream, group)) return false;
    }
  }
}

bool CatchUp::add(std::uint64_t stream, const SharedGroup& group) {
  Status added;
  const auto bytes = decode_shared_group(group.bytes);
  if (!bytes.ok()) {
    added = Error{bytes.error()};
  } else {
    options_.on_follower([&](Follower& f) {
      if (f.newest(stream) < group.number) added = f.add(stream, *bytes);
    });
  }
  if (added.ok()) return true;
  options_.on_note(
      fmt::format("group {} of stream {:016x}: {}", group.number, stream, added.error()));
  return false;
}

// Whether the rest of a stream is to come from its owner, which lives.
bool CatchUp::comes_over_a_link(const StreamEnd& end) {
  const bool lives =
      std::any_of(map_->instances.begin(), map_->instances.end(), [&](const MapInstance& instance) {
        return instance.stream == end.stream && instance.id != options_.self &&
               members_.is_living(instance);
      });
  const std::int64_t now = options_.now_ms();
  const std::int64_t since = waits_for_.try_emplace(end, now).first->second;
  return lives && now - since < kLinkMs;
}

}  // namespace frontrow
