// `frontrow recover rebuild`: the same stream in a fresh directory, with new snapshots, and the
// copies of other streams as they are.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <set>

#include "storage/local/posix_file.h"
#include "storage/local/stopped_log.h"
#include "storage/local/stream_writer.h"
#include "tools/frontrow/common/progress_bar.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/newest_state.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/target.h"
#include "tools/frontrow/recover/walk.h"

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
  const std::vector<std::string>& copies() const { return copies_; }
  const std::vector<ChainPosition>& carried() const { return carried_; }
  // Slots that came from other streams in groups that the source's snapshots do not stand for.
  std::size_t taken_lately() const { return taken_lately_.size(); }

 private:
  Status load_snapshots();
  Status take(const FoundGroup& found);
  void note_taken(const GroupView& group);
  Status take_copies();

  StoppedLog& source_;
  StreamWriter& target_;
  SlotTable slots_;
  LooseReplay replay_{slots_, LooseReplay::Kind::kOwn};
  std::set<SlotId> taken_lately_;
  std::vector<std::string> copies_;  // a line for each
  std::vector<ChainPosition> carried_;
  RebuildCounts counts_;
  ProgressBar bar_{"rebuilding"};
};

// Loads snapshots only if the beginning of the log was trimmed: otherwise the groups are complete,
// except of slots that came from other streams.
Status Rebuild::load_snapshots() {
  const ChainPosition log_start = source_.archive().log_start();
  if (log_start.number == 0) {
    const auto heads = source_.archive().snapshots();
    if (heads.ok()) replay_.found_with(source_.archive(), *heads);
    return {};
  }
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
  if (found.number > source_.archive().checkpoint_group()) note_taken(found.group->view);
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

void Rebuild::note_taken(const GroupView& group) {
  static_cast<void>(for_each_record(group, [this](const RecordView& record) {
    if (taken_by(record)) taken_lately_.insert(record.slot);
    return Status();
  }));
}

// A damaged copy is left out, with a line that says so.
Status Rebuild::take_copies() {
  const auto copies = open_copies(source_);
  if (!copies.ok()) return Error{copies.error()};
  for (const CopiedStream& copy : *copies) {
    SlotTable slots;
    const auto state = load_copy(copy, slots);
    if (!state.ok()) {
      copies_.push_back(fmt::format("of stream {} left out, the cluster makes it again: {}",
                                    stream_text(copy.stream), state.error()));
      continue;
    }
    if (Status s = target_.take_copy(source_.store(), copy.stream); !s.ok()) return s;
    copies_.push_back(fmt::format("of stream {} carried over, up to group {}",
                                  stream_text(copy.stream), copy.newest.number));
    carried_.push_back(copy.newest);
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
  // Its snapshot would replace the records that it lacks.
  if (const auto open = replay_.open_runs(); !open.empty()) {
    return Error{fmt::format(
        "{}, and has no snapshot of that state yet; start the instance in its cluster, which makes "
        "one",
        describe(open.front(), source_.directory()))};
  }
  if (Status s = take_copies(); !s.ok()) return s;
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
  for (const std::string& copy : rebuild.copies()) fmt::print("copy       {}\n", copy);
  if (rebuild.taken_lately() > 0) {
    fmt::print(
        "slots      {} came from other streams after the last checkpoint: if the slot map still "
        "names those, start the old directory instead, which shows that they have gone on here\n",
        rebuild.taken_lately());
  }
  fmt::print("directory  {}\n", args.to);
}

// Compares the ends of the copies that were carried over.
Status check_carried(const std::string& directory, const std::vector<ChainPosition>& carried) {
  auto log = StoppedLog::open(directory);
  if (!log.ok()) return Error{log.error()};
  const auto copies = open_copies(**log);
  if (!copies.ok()) return Error{copies.error()};
  for (const ChainPosition& end : carried) {
    const auto is_same = [&end](const CopiedStream& copy) {
      return copy.stream == end.stream && copy.newest.number == end.number &&
             copy.newest.hash == end.hash;
    };
    const auto copy = std::find_if(copies->begin(), copies->end(), is_same);
    if (copy == copies->end()) {
      return Error{fmt::format("the copy of stream {} does not end at group {}",
                               stream_text(end.stream), end.number)};
    }
    SlotTable slots;
    if (const auto state = load_copy(*copy, slots); !state.ok()) return Error{state.error()};
  }
  return {};
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
  std::vector<ChainPosition> carried;
  {
    Rebuild rebuild(**source, **target);
    if (Status s = rebuild.run(); !s.ok()) {
      fail("rebuild", args.to + ": is incomplete, remove it");
      return refuse_source(s.error());
    }
    versions = versions_of(rebuild.slots());
    carried = rebuild.carried();
    print_result(args, **target, rebuild);
    fmt::print("keys       {}\n", describe_secrets(*secrets));
  }
  if (Status s = check_written(args.to, versions, (*target)->end()); !s.ok())
    return fail_result(args.to, s.error());
  if (Status s = check_carried(args.to, carried); !s.ok()) return fail_result(args.to, s.error());
  const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
  fmt::print("read back as a start of the server reads it: same state hash in all {} slots\n",
             versions.size());
  fmt::print("rebuilt in {:.3f} s\n", seconds);
  return 0;
}

}  // namespace frontrow::recover
