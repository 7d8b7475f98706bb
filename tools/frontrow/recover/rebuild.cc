// `frontrow recover rebuild`: the same stream in a fresh directory, with new snapshots.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "engine/runtime/recovery/replay.h"
#include "storage/local/posix_file.h"
#include "storage/local/stopped_log.h"
#include "storage/local/stream_writer.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/newest_state.h"
#include "tools/frontrow/recover/target.h"

namespace frontrow::recover {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::uint64_t kProgressGroups = 256;

double mebibytes(std::uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

struct RebuildCounts {
  std::uint64_t records = 0;
  std::uint64_t events = 0;
};

// Copies every group of the source and replays it on the way.
class Rebuild {
 public:
  Rebuild(StoppedLog& source, StreamWriter& target) : source_(source), target_(target) {}

  Status run();
  SlotTable& slots() { return slots_; }
  const RebuildCounts& counts() const { return counts_; }

 private:
  Status load_snapshots();
  Status take(const FoundGroup& found);

  StoppedLog& source_;
  StreamWriter& target_;
  SlotTable slots_;
  Replay replay_{slots_};
  RebuildCounts counts_;
  ProgressBar bar_{"rebuilding"};
};

// Loads snapshots only if the beginning of the log was trimmed: otherwise the groups are complete.
Status Rebuild::load_snapshots() {
  const ChainPosition& log_start = source_.archive().log_start();
  if (log_start.number == 0) return {};
  const auto heads = source_.archive().snapshots();
  if (!heads.ok()) return Error{heads.error()};
  for (const SnapshotHead& head : *heads) {
    if (Status s = replay_.load(source_.archive(), head); !s.ok()) return s;
  }
  return target_.begin_after(log_start);
}

Status Rebuild::take(const FoundGroup& found) {
  if (!found.group.ok())
    return Error{fmt::format("group {}: {}{}", found.number, found.group.error(), kKeepACopy)};
  const GroupHeader& header = found.group->header;
  if (found.number != header.number) {
    return Error{
        fmt::format("group {}: its header says {}{}", found.number, header.number, kKeepACopy)};
  }
  if (Status s = target_.add_group(header, found.value); !s.ok())
    return Error{s.error() + kKeepACopy};
  if (Status s = replay_.apply_group(found.group->view); !s.ok()) return s;
  const WatermarkValue& watermark = *source_.watermark();
  if (header.number == watermark.position.number && header.chain_hash != watermark.position.hash) {
    return Error{fmt::format("group {}: chain hash: the watermark has {:016x}, the log {:016x}{}",
                             header.number, watermark.position.hash, header.chain_hash,
                             kKeepACopy)};
  }
  counts_.records += header.record_count;
  counts_.events += header.event_count;
  if (header.number % kProgressGroups == 0) {
    const std::uint64_t end = std::max(header.number, watermark.position.number);
    bar_.show(header.number, end, fmt::format("group {} of {}", header.number, end));
  }
  return {};
}

Status Rebuild::run() {
  if (!source_.watermark().ok()) return Error{source_.watermark().error()};
  if (Status s = load_snapshots(); !s.ok()) return s;
  std::string damage;
  const auto on_damage = [&damage](std::uint64_t after, const std::string& what) {
    if (damage.empty()) damage = fmt::format("behind group {}: {}{}", after, what, kKeepACopy);
  };
  const Status read = source_.scan(
      [&](const FoundGroup& found) { return damage.empty() ? take(found) : Error{damage}; },
      on_damage);
  if (!read.ok()) return read;
  if (!damage.empty()) return Error{damage};
  if (Status s = check_reaches(target_.end(), *source_.watermark()); !s.ok()) return s;
  for (const auto& [id, version] : versions_of(slots_)) {
    if (Status s = target_.write_snapshot(slots_.at(id), replay_.shown(id)); !s.ok()) return s;
  }
  return target_.finish(source_.watermark()->position.epoch, source_.watermark()->clean_stop);
}

int fail_result(const std::string& to, const std::string& what) {
  if (Status s = StreamWriter::forbid_opening(to); !s.ok()) fail("rebuild", s.error());
  return fail(
      "rebuild",
      fmt::format("{}: what was written is not what it should be, do not serve it: {}", to, what));
}

void print_result(const RebuildArgs& args, const StreamWriter& target, const Rebuild& rebuild) {
  const std::uint64_t end = target.end().number;
  fmt::print("groups     {} of {} ({} to {}): {} records, {} events, {:.1f} MiB\n", target.groups(),
             end, end - target.groups() + (target.groups() > 0 ? 1 : 0), end,
             rebuild.counts().records, rebuild.counts().events, mebibytes(target.group_bytes()));
  fmt::print("snapshots  {} made anew at group {}: {:.1f} MiB\n", target.snapshots(), end,
             mebibytes(target.snapshot_bytes()));
  fmt::print("directory  {}\n", args.to);
}

}  // namespace

int rebuild(const RebuildArgs& args) {
  const auto begin = Steady::now();
  if (!path_exists(args.data_dir))
    return fail("rebuild", args.data_dir + ": there is no such directory");
  if (Status s = make_target(args.to, args.data_dir); !s.ok()) {
    fail("rebuild", s.error());
    return 2;
  }
  const auto refuse_source = [](const std::string& why) {
    if (is_no_damage(why)) return fail("rebuild", why);
    return fail("rebuild",
                why +
                    ". A damaged log is not copied: `frontrow recover salvage` makes a directory "
                    "of what can still be read, and lists what can't");
  };
  const LastWords words("recover rebuild", args.data_dir);
  auto source = StoppedLog::open(args.data_dir);
  if (!source.ok()) return refuse_source(source.error());
  auto target = StreamWriter::create(args.to, (*source)->identity(), (*source)->epoch());
  if (!target.ok()) return fail("rebuild", target.error());
  const auto secrets = copy_secrets(args.data_dir, args.to);
  if (!secrets.ok()) return fail("rebuild", secrets.error());
  SlotVersions versions;
  {
    Rebuild rebuild(**source, **target);
    if (Status s = rebuild.run(); !s.ok()) {
      fail("rebuild", args.to + ": is incomplete, remove it");
      return refuse_source(s.error());
    }
    versions = versions_of(rebuild.slots());
    print_result(args, **target, rebuild);
    fmt::print("keys       {}\n", describe_secrets(*secrets));
  }
  if (Status s = check_written(args.to, versions, (*target)->end()); !s.ok())
    return fail_result(args.to, s.error());
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  fmt::print("read back as a start of the server reads it: same state hash in all {} slots\n",
             versions.size());
  fmt::print("rebuilt in {:.3f} s\n", seconds);
  return 0;
}

}  // namespace frontrow::recover
