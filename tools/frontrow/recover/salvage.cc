// `frontrow recover salvage`: after damage, a fresh directory with every slot up to its first
// damage, and the list of the records beyond it.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "storage/local/directory_lock.h"
#include "storage/local/posix_file.h"
#include "storage/local/snapshot_scan.h"
#include "storage/local/store_repair.h"
#include "storage/local/stream_writer.h"
#include "tools/frontrow/recover/breakdown.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/newest_state.h"
#include "tools/frontrow/recover/quiet_database.h"
#include "tools/frontrow/recover/salvage_probe.h"
#include "tools/frontrow/recover/salvage_read.h"
#include "tools/frontrow/recover/target.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLastResort =
    "what is left to do: put the newest copy of the directory in its place; if there is none, keep "
    "this one as it is: the groups may still lie in its table files (db/*.sst), which RocksDB's "
    "sst_dump reads one by one";

struct Salvaged {
  std::unique_ptr<SlotTable> slots;
  SalvageReport report;
};

// Reads the whole directory as read_log() does, and discards the result.
void read_everything(const std::string& data_dir) {
  auto log = StoppedLog::open(data_dir, Strictness::kForgiving);
  if (!log.ok()) return;
  scan_snapshots((*log)->store(), (*log)->identity().stream,
                 {.on_head =
                      [&](const SnapshotHead& head) {
                        static_cast<void>((*log)->archive().read_snapshot(
                            head, [](std::span<const std::byte>) { return Status(); }));
                      },
                  .on_damage = [](SlotId, const std::string&) {}});
  static_cast<void>((*log)->scan([](const FoundGroup&) { return Status(); },
                                 [](std::uint64_t, const std::string&) {}));
}

struct ReadLog {
  Salvaged salvaged;
  bool has_unseen_tables = false;  // tables exist, or should, that can't be read this way
  bool lacks_snapshot_tables = false;
  std::uint64_t reached = 0;  // sequences of all slots
};

// `doubts`: doubts about snapshots that are known already.
Result<ReadLog> read_log(const std::string& data_dir, std::vector<DamagedSnapshot> doubts = {}) {
  const auto survived = survives([&] { read_everything(data_dir); });
  if (!survived.ok()) return Error{survived.error()};
  if (!*survived) return Error{data_dir + "/db: RocksDB breaks down while it reads it"};
  auto log = StoppedLog::open(data_dir, Strictness::kForgiving);
  if (!log.ok()) return Error{log.error()};
  ReadLog read;
  read.salvaged.report.snapshots = std::move(doubts);
  if (Status s = salvage_slots(**log, read.salvaged.slots, read.salvaged.report); !s.ok())
    return Error{s.error()};
  read.has_unseen_tables = !has_exactly_its_tables((*log)->store(), data_dir + "/db");
  read.lacks_snapshot_tables = lacks_snapshot_tables((*log)->store(), data_dir + "/db");
  for (const auto& [slot, version] : versions_of(*read.salvaged.slots)) read.reached += version.seq;
  return read;
}

// A copy of the database below the target, with a repaired manifest; removed by the destructor.
class RepairedCopy {
 public:
  explicit RepairedCopy(const std::string& to) : path_(to + "/repair.tmp") {}
  ~RepairedCopy() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  RepairedCopy(const RepairedCopy&) = delete;
  RepairedCopy& operator=(const RepairedCopy&) = delete;

  // `lacks_snapshots`: a table that is left out held some, which the repaired manifest does not
  // show.
  Result<ReadLog> read(const std::string& source, bool lacks_snapshots) {
    for (const std::string& path : {path_, path_ + "/db"}) {
      if (Status s = make_private_directory(path); !s.ok()) return Error{s.error()};
    }
    std::error_code error;
    if (path_exists(source + "/watermark"))
      fs::copy_file(source + "/watermark", path_ + "/watermark", error);
    if (error) return Error{fmt::format("{}/watermark: {}", source, error.message())};
    const auto repaired = survives([&] {
      if (!repair_copy(source + "/db", path_ + "/db").ok()) std::abort();
    });
    if (!repaired.ok()) return Error{repaired.error()};
    if (!*repaired) return Error{"it can't be repaired"};
    std::vector<DamagedSnapshot> doubts;
    if (lacks_snapshots)
      doubts.push_back({std::nullopt, "a table that can't be read may have held some"});
    auto read = read_log(path_, std::move(doubts));
    if (read.ok()) read->salvaged.report.repaired = true;
    return read;
  }

 private:
  std::string path_;
};

// Replaces the copy's path by the source's path in the report: the copy is removed afterwards.
void name_source(SalvageReport& report, const std::string& copy, const std::string& source) {
  const auto rename = [&](std::string& text) {
    for (std::size_t at = text.find(copy); at != text.npos; at = text.find(copy, at))
      text.replace(at, copy.size(), source);
  };
  for (std::string& doubt : report.doubts) rename(doubt);
  for (DamagedGroups& groups : report.groups) rename(groups.what);
  for (DamagedSnapshot& snapshot : report.snapshots) rename(snapshot.what);
}

// Reads the directory as it is. If RocksDB can't open it or some of its tables, also reads a
// repaired copy, and uses it if it reaches further.
Result<Salvaged> read_source(const SalvageArgs& args) {
  const auto view = ReadableView::open(args.data_dir, args.to + "/links.tmp");
  if (!view.ok()) return Error{view.error()};
  auto direct = read_log(view->path());
  const bool sees_all = direct.ok() && !direct->has_unseen_tables && !view->has_unreadable_tables();
  const bool is_enough = direct.ok() && (sees_all || direct->salvaged.report.is_whole());
  Result<ReadLog> repaired = Error{"not needed"};
  const bool lacks_snapshots =
      direct.ok() ? direct->lacks_snapshot_tables : view->has_unreadable_tables();
  if (!is_enough) repaired = RepairedCopy(args.to).read(view->path(), lacks_snapshots);
  if (!direct.ok() && !repaired.ok()) {
    return Error{fmt::format("{}; and a copy of it could not be read after a repair either: {}",
                             direct.error(), repaired.error())};
  }
  const auto worth = [](const ReadLog& read) {
    return std::pair(read.reached, read.salvaged.report.groups_read);
  };
  const bool is_further = !direct.ok() || (repaired.ok() && worth(*repaired) > worth(*direct));
  Salvaged& best = (is_further ? repaired : direct)->salvaged;
  best.report.left_out = view->left_out();
  best.report.list_taken = view->list_taken();
  for (const char* copy : {"/links.tmp", "/repair.tmp"})
    name_source(best.report, args.to + copy, args.data_dir);
  return std::move(best);
}

// Writes the salvaged slots as a stream of its own (StreamWriter::create_anew).
Status write_target(const SalvageArgs& args, SlotTable& slots) {
  const Instant now = SystemClock().now();
  auto writer = StreamWriter::create_anew(args.to, now);
  if (!writer.ok()) return Error{writer.error()};
  const SlotVersions versions = versions_of(slots);
  for (const auto& [slot, version] : versions) {
    const Slot& found = slots.at(slot);
    const Instant shown = std::min(found.time, now);  // a slot that is ahead came from elsewhere
    if (Status s = (*writer)->write_snapshot(found, shown); !s.ok()) return s;
  }
  const ChainPosition end = (*writer)->end();
  if (Status s = (*writer)->finish(end.epoch, false); !s.ok()) return s;
  return check_written(args.to, versions, end);
}

}  // namespace

int salvage(const SalvageArgs& args) {
  if (!path_exists(args.data_dir + "/db"))
    return fail("salvage", args.data_dir + ": there is no database in it (no directory db)");
  // Held to the end, so that no server starts on the source meanwhile.
  const auto lock = lock_for_reading(args.data_dir + "/LOCK");
  if (!lock.ok())
    return fail("salvage", lock.error() + ": stop it, or work on a copy of the directory");
  if (Status s = make_target(args.to, args.data_dir); !s.ok()) {
    fail("salvage", s.error());
    return 2;
  }
  auto salvaged = [&args] {
    const QuietDatabase quiet;
    return read_source(args);
  }();
  if (!salvaged.ok()) return fail("salvage", fmt::format("{}; {}", salvaged.error(), kLastResort));
  SalvageReport& report = salvaged->report;
  report.source = args.data_dir;
  report.target = args.to;
  if (report.slots == 0 && !report.is_whole()) {
    fmt::print("{}{}", args.json ? to_json(report) : describe(report), args.json ? "\n" : "");
    return fail("salvage",
                fmt::format("{}: nothing can be salvaged; {}", args.data_dir, kLastResort));
  }
  const auto secrets = copy_secrets(args.data_dir, args.to);
  if (!secrets.ok()) return fail("salvage", secrets.error());
  if (Status s = write_target(args, *salvaged->slots); !s.ok()) {
    if (Status removed = StreamWriter::forbid_opening(args.to); !removed.ok())
      fail("salvage", removed.error());
    return fail("salvage",
                fmt::format("{}: what was written is not what it should be, do not serve it: {}",
                            args.to, s.error()));
  }
  if (args.json) {
    fmt::print("{}\n", to_json(report));
  } else {
    fmt::print("{}keys       {}\n", describe(report), describe_secrets(*secrets));
  }
  return report.is_whole() ? 0 : 1;
}

}  // namespace frontrow::recover
