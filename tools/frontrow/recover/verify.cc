// `frontrow recover verify`: the log (verify_log.h), then the resulting state.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>

#include "engine/core/state/invariants.h"
#include "storage/local/directory_lock.h"
#include "tools/frontrow/recover/breakdown.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/export_totals.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/transfers.h"
#include "tools/frontrow/recover/verify_log.h"
#include "tools/frontrow/recover/verify_report.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

void check_invariants_of(SlotTable& slots, VerifyReport& report) {
  std::uint64_t checked = 0;
  std::uint64_t sealed = 0;
  std::uint64_t released = 0;
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{id});
    if (slot == nullptr) continue;
    ++checked;
    if (slot->tenure.state == Tenure::State::kSealed) ++sealed;
    if (slot->tenure.state == Tenure::State::kReleased) ++released;
    for (std::string& line : check_invariants(*slot)) report.invariants.fail(std::move(line));
  }
  std::string moved;
  if (sealed + released > 0) {
    moved = fmt::format("; {} of them were handed over to other instances, {} are sealed to be",
                        released, sealed);
  }
  report.invariants.pass(fmt::format("hold in all {} slots{}", checked, moved));
}

void check_transfers_of(SlotTable& slots, Check& check) {
  TransferReport transfers = check_transfers(slots);
  for (TransferFault& fault : transfers.faults) check.fail(std::move(fault.what));
  check.pass(
      fmt::format("{} payments fit their wallets, {} messages are owed and all come to an end",
                  transfers.payments, transfers.under_way));
}

void check_money(SlotTable& slots, Check& check) {
  const Totals totals = add_up(slots);
  for (const Balance& balance : totals.balances) {
    if (balance.holds()) continue;
    check.fail(fmt::format("{}: {}: {} is not {}", balance.of, balance.name, balance.value,
                           balance.expected));
  }
  std::int64_t revenue = 0;
  for (const auto& [id, concert] : totals.concerts) revenue += concert.revenue;
  const WalletTotals& w = totals.wallets;
  check.pass(fmt::format(
      "{} wallets: charged {} = balance {} + reserved {} + spent {}; revenue of {} "
      "concerts: {}",
      w.wallets, w.charged, w.balance, w.reserved, w.spent, totals.concerts.size(), revenue));
}

void check_state(SlotTable& slots, VerifyReport& report) {
  if (report.source == StateSource::kNothing) {
    for (Check* check : {&report.invariants, &report.transfers, &report.money})
      check->skip("there is no state to look at");
    return;
  }
  check_invariants_of(slots, report);
  if (report.is_part) {
    for (Check* check : {&report.transfers, &report.money})
      check->skip("what instances share can be checked only with the directories of all");
    return;
  }
  check_transfers_of(slots, report.transfers);
  check_money(slots, report.money);
}

// One directory, and the form of its report.
struct Asked {
  std::string data_dir;
  bool is_part = false;
  bool json = false;
};

template <class Report>
int finish(bool json, const Report& report) {
  const std::string text = json ? to_json(report) : to_text(report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
  return report.sound() ? 0 : 1;
}

// True if the fault is damage that salvage may circumvent, not a directory without a database or
// one with a running instance.
bool can_be_salvaged(const std::string& data_dir) {
  std::error_code error;
  const bool has_files =
      fs::directory_iterator(data_dir + "/db", error) != fs::directory_iterator();
  return has_files && lock_for_reading(data_dir + "/LOCK").ok();
}

// Checks every group of each copy, and the state that it leads to.
void check_copies_of(StoppedLog& log, VerifyReport& report) {
  const auto copies = open_copies(log);
  if (!copies.ok()) return report.copies_check.fail(copies.error());
  std::uint64_t slots = 0;
  for (const CopiedStream& copy : *copies) {
    SlotTable table;
    const auto state = load_copy(copy, table);
    report.copies.push_back({.stream = copy.stream, .last_group = copy.newest.number});
    CopyReport& line = report.copies.back();
    if (!state.ok()) {
      line.damage = state.error();
      report.copies_check.fail(
          fmt::format("stream {}: {}", stream_text(copy.stream), state.error()));
      continue;
    }
    line.log_start = copy.archive->log_start().number;
    line.checkpoint_group = copy.archive->checkpoint_group();
    line.snapshots = state->snapshots;
    line.hashes = state->hashes;
    std::set<SlotId> stateless;
    for (const OpenRun& run : state->open) stateless.insert(run.slot);
    for (std::uint16_t id = 0; id < kSlotCount; ++id) {
      const Slot* slot = table.find(SlotId{id});
      if (slot == nullptr || slot->seq == 0) continue;
      ++line.slots;
      stateless.erase(SlotId{id});
      for (const std::string& fault : check_invariants(*slot)) {
        report.copies_check.fail(fmt::format("stream {}: {}", stream_text(copy.stream), fault));
      }
    }
    line.stateless = stateless.size();
    slots += line.slots;
    report.copies_check.notes.push_back(fmt::format(
        "stream {}: groups {} to {} follow each other; state of {} slots, {} of them from "
        "snapshots; {} state hashes agree",
        stream_text(copy.stream), line.log_start + 1, line.last_group, line.slots, line.snapshots,
        line.hashes));
  }
  report.copies_check.pass(
      fmt::format("of {} streams, with the state of {} slots", copies->size(), slots));
}

// In the code of a child process: the directory belongs to a cluster with a shared log.
constexpr int kHasStreams = 8;

int verify_here(const Asked& args) {
  VerifyReport report;
  report.data_dir = args.data_dir;
  report.is_part = args.is_part;
  auto log = StoppedLog::open(args.data_dir);
  if (!log.ok()) {
    report.directory.fail(log.error());
    // A log that the server refuses to start with can often be read and checked nevertheless.
    log = StoppedLog::open(args.data_dir, Strictness::kForgiving);
    if (!log.ok()) {
      report.skip_all_but_directory("the directory can't be read");
      report.unreadable = !is_no_damage(log.error()) && can_be_salvaged(args.data_dir);
      return finish(args.json, report);
    }
  }
  report.stream = (*log)->identity().stream;
  report.epoch = (*log)->epoch();
  report.created = (*log)->identity().created;
  report.directory.pass(fmt::format("{}, stream {:016x}, epoch {}; no instance runs on it",
                                    args.data_dir, report.stream, report.epoch));
  const auto copies = open_copies(**log);
  report.has_copies = !copies.ok() || !copies->empty();
  VerifyLog pass(**log, report);
  pass.run();
  const bool has_streams = report.has_copies || pass.has_taken_slots();
  report.is_part = args.is_part || has_streams;
  check_state(pass.slots(), report);
  if (report.has_copies) check_copies_of(**log, report);
  return finish(args.json, report) | (has_streams ? kHasStreams : 0);
}

// Names the file on which RocksDB breaks down, if opening it alone shows that.
int tell_breakdown(const Asked& args) {
  VerifyReport report;
  report.is_part = args.is_part;
  report.data_dir = args.data_dir;
  report.directory.fail(fmt::format("{}/db: RocksDB breaks down while it reads it", args.data_dir));
  const auto tables = probe_tables(args.data_dir);
  if (!tables.ok()) report.directory.fail(tables.error());
  for (std::size_t i = 0; tables.ok() && i < tables->breaking.size(); ++i)
    report.directory.fail(fmt::format("{}/db/{}: is damaged", args.data_dir, tables->breaking[i]));
  report.skip_all_but_directory("the directory can't be read");
  report.unreadable = true;
  return finish(args.json, report);
}

// Runs in a child process: RocksDB aborts on some damage, which must be reported, too.
int verify_one(const Asked& args, bool& has_streams) {
  const auto code = run_in_child([&args] { return verify_here(args); });
  if (!code.ok()) {
    fmt::print(stderr, "recover verify: {}: {}\n", args.data_dir, code.error());
    return 1;
  }
  if (!*code) return tell_breakdown(args);
  if (**code != kHasStreams && **code != (kHasStreams | 1)) return **code;
  has_streams = true;
  return **code & ~kHasStreams;
}

// How many directories have the newest state of each slot, and which are behind.
void tell_slots(const Gathered& gathered, TogetherReport& report) {
  struct Standing {
    std::size_t agree = 0;
    std::size_t behind = 0;
    std::uint64_t records_max = 0;
  };
  std::vector<Standing> standings(gathered.directories.size());
  std::map<std::size_t, std::size_t> by_copies;  // slots by the number of directories that agree
  for (const auto& [id, newest] : gathered.newest) {
    const Place& place = gathered.places[newest.place];
    SlotReport slot{.slot = id,
                    .seq = newest.seq,
                    .hash = newest.hash,
                    .stream = place.stream,
                    .data_dir = gathered.directories[place.directory].path};
    for (std::size_t i = 0; i < gathered.held.size(); ++i) {
      const auto held = gathered.held[i].find(id);
      if (held == gathered.held[i].end()) continue;
      const std::string& path = gathered.directories[i].path;
      if (held->second.seq == newest.seq) {
        slot.agree.push_back(path);
        ++standings[i].agree;
        continue;
      }
      const std::uint64_t records = newest.seq - held->second.seq;
      slot.behind.push_back({path, records});
      ++standings[i].behind;
      standings[i].records_max = std::max(standings[i].records_max, records);
    }
    ++by_copies[slot.agree.size()];
    report.slots.push_back(std::move(slot));
  }
  std::vector<std::string> counts;
  for (auto at = by_copies.rbegin(); at != by_copies.rend(); ++at) {
    counts.push_back(at->first == 0 ? fmt::format("{} in several together", at->second)
                                    : fmt::format("{} in {}", at->second, at->first));
  }
  report.slots_check.pass(fmt::format("{} with records; directories that have the newest state: {}",
                                      gathered.newest.size(), fmt::join(counts, ", ")));
  std::vector<std::string>& notes = report.slots_check.notes;
  for (std::size_t i = 0; i < standings.size(); ++i) {
    std::string line = fmt::format("{}: the newest state of {} slots", gathered.directories[i].path,
                                   standings[i].agree);
    if (standings[i].behind > 0) {
      line += fmt::format(", an older one of {} (by up to {} records)", standings[i].behind,
                          standings[i].records_max);
    }
    notes.push_back(std::move(line));
  }
  for (std::string& line : gathered.from_copies()) notes.push_back(std::move(line));
  for (const auto* lines : {&gathered.unused, &gathered.partial})
    notes.insert(notes.end(), lines->begin(), lines->end());
}

// Requires that each directory is sound.
int verify_together(const VerifyArgs& args) {
  TogetherReport report;
  report.data_dirs = args.data_dirs;
  SlotTable slots;
  auto gathered = load_newest_states(args.data_dirs, slots);
  if (!gathered.ok()) {
    report.owners.fail(gathered.error());
  } else {
    for (std::string& fault : gathered->faults) report.owners.fail(std::move(fault));
    report.owners.notes = std::move(gathered->waiting);
    report.has_streams = gathered->has_streams;
  }
  if (report.owners.failed()) {
    for (Check* check : {&report.slots_check, &report.transfers, &report.money})
      check->skip("there is no state of all to look at");
    return finish(args.json, report);
  }
  const std::size_t waiting = report.owners.notes.size();
  const std::string once =
      report.has_streams ? "the newest state of each slot is known" : "no slot is in two of them";
  report.owners.pass(waiting == 0
                         ? once
                         : fmt::format("{}; {} wait for the instance that they "
                                       "are to move to, their state is counted, nothing is lost",
                                       once, waiting));
  if (report.has_streams) tell_slots(*gathered, report);
  check_transfers_of(slots, report.transfers);
  check_money(slots, report.money);
  return finish(args.json, report);
}

}  // namespace

int verify(const VerifyArgs& args) {
  const bool is_part = args.is_part || args.data_dirs.size() > 1;
  int worst = 0;
  bool has_streams = false;
  for (const std::string& data_dir : args.data_dirs) {
    worst = std::max(worst, verify_one({data_dir, is_part, args.json}, has_streams));
    if (args.data_dirs.size() > 1 && !args.json) std::puts("");
  }
  // The copies of a directory may make the sale whole.
  if (args.data_dirs.size() == 1 && (!has_streams || args.is_part)) return worst;
  if (worst != 0) {
    std::fputs("recover verify: not looked at together, as not each of them is sound\n", stderr);
    return worst;
  }
  const auto code = run_in_child([&args] { return verify_together(args); });
  if (!code.ok()) {
    fmt::print(stderr, "recover verify: {}\n", code.error());
    return 1;
  }
  if (*code) return **code;
  std::fputs("recover verify: RocksDB breaks down while it reads them together\n", stderr);
  return 1;
}

}  // namespace frontrow::recover
