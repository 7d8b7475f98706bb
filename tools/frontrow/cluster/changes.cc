#include "tools/frontrow/cluster/changes.h"

#include <fmt/format.h>

#include <cstdio>
#include <optional>
#include <variant>

#include "tools/frontrow/cluster/commands.h"
#include "tools/frontrow/common/progress_bar.h"

namespace frontrow::cluster {
namespace {

constexpr Duration kBetweenLooks = milliseconds(200);

// How far the instances are with a request: slots that are still elsewhere.
struct Progress {
  std::size_t left = 0;
  std::string note;
};

Result<Progress> progress_of(const ClusterMap& map, const MapRequest& request) {
  if (const auto* pin = std::get_if<PinSlot>(&request)) {
    const auto id = instance_named(map, pin->name);
    if (!id.ok()) return Error{id.error()};
    const InstanceId owner = map.place(pin->target.slot).owner;
    if (owner == *id) return Progress{0, fmt::format("at {}", pin->name)};
    return Progress{1, owner == 0 ? std::string("not begun") : "at " + instance_name(map, owner)};
  }
  if (const auto* drain = std::get_if<DrainInstance>(&request)) {
    const auto id = instance_named(map, drain->name);
    if (!id.ok()) return Error{id.error()};
    const std::size_t left = map.slots_of(*id);
    return Progress{left, fmt::format("{} slots left at {}", left, drain->name)};
  }
  return Error{"there is nothing to wait for"};
}

std::string done_text(const MapRequest& request) {
  if (const auto* pin = std::get_if<PinSlot>(&request)) {
    return fmt::format("{} is at {}; it stays pinned there until `frontrow cluster unpin`\n",
                       target_text(pin->target), pin->name);
  }
  const auto& drain = std::get<DrainInstance>(request);
  return fmt::format("{0} owns no slot: `frontrow cluster remove {0}` removes it\n", drain.name);
}

}  // namespace

Result<std::string> change_map(ConsensusStore& store, const ClusterArgs& args,
                               const MapRequest& request, bool dry_run, const Patience& patience) {
  const auto access = Access::open(store, args);
  if (!access.ok()) return Error{access.error()};
  if (dry_run) {
    const auto before = (*access)->read_map();
    if (!before.ok()) return Error{before.error()};
    const auto after = apply_request(request, *before);
    if (!after.ok()) return Error{after.error()};
    if (*after == *before)
      return fmt::format("nothing would change: {} already\n", request_text(request));
    return fmt::format("a dry run, nothing is changed; after the change:\n{}\n{}",
                       request_text(request), consequences(*before, *after));
  }
  std::optional<ClusterMap> before;  // the map to which the change was applied
  const auto after = (*access)->change_map(
      [&](const ClusterMap& map) {
        before = map;
        return apply_request(request, map);
      },
      patience);
  if (!after.ok()) return Error{after.error()};
  if (after->history == before->history)
    return fmt::format("nothing to do: {} already\n", request_text(request));
  return fmt::format("{} (map revision {})\n{}", request_text(request), after->revision(),
                     consequences(*before, *after));
}

Result<std::string> await_change(ConsensusStore& store, const ClusterArgs& args,
                                 const MapRequest& request, Duration limit,
                                 const Patience& patience, const OnProgress& on_progress) {
  const auto access = Access::open(store, args);
  if (!access.ok()) return Error{access.error()};
  const std::int64_t end_ms = patience.clock() + limit.ms;
  std::size_t total = 0;
  for (;;) {
    const auto map = (*access)->read_map();
    Result<Progress> progress = Progress{};
    if (map.ok()) {
      progress = progress_of(*map, request);
      if (!progress.ok()) return Error{progress.error()};
      if (progress->left == 0) return done_text(request);
      total = std::max(total, progress->left);
      on_progress(total - progress->left, total, progress->note);
    }
    if (patience.clock() >= end_ms) {
      return Error{fmt::format(
          "after {} s: {}; the change stays in force, and the instances go on: see `frontrow "
          "cluster status`",
          limit.ms / 1000, map.ok() ? progress->note : map.error())};
    }
    patience.sleep(kBetweenLooks);
  }
}

int change(const ChangeArgs& args) {
  return run_on_store(args.cluster, [&](ConsensusStore& store) -> Result<std::string> {
    const Patience patience = Patience::real();
    auto text = change_map(store, args.cluster, args.request, args.dry_run, patience);
    if (!text.ok() || args.dry_run || args.wait_seconds == 0) return text;
    std::fputs(text->c_str(), stdout);
    std::fflush(stdout);
    ProgressBar bar("moving");
    return await_change(store, args.cluster, args.request, seconds(args.wait_seconds), patience,
                        [&](std::uint64_t done, std::uint64_t total, const std::string& note) {
                          bar.show(done, total, note);
                        });
  });
}

}  // namespace frontrow::cluster
