// `frontrow recover verify`: the log (verify_log.h), then the resulting state.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "engine/core/state/invariants.h"
#include "storage/local/directory_lock.h"
#include "tools/frontrow/recover/breakdown.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/export_totals.h"
#include "tools/frontrow/recover/newest_state.h"
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
  VerifyLog pass(**log, report);
  pass.run();
  check_state(pass.slots(), report);
  return finish(args.json, report);
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
int verify_one(const Asked& args) {
  const auto code = run_in_child([&args] { return verify_here(args); });
  if (!code.ok()) {
    fmt::print(stderr, "recover verify: {}: {}\n", args.data_dir, code.error());
    return 1;
  }
  if (!*code) return tell_breakdown(args);
  return **code;
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
  }
  if (report.owners.failed()) {
    for (Check* check : {&report.transfers, &report.money})
      check->skip("there is no state of all to look at");
    return finish(args.json, report);
  }
  const std::size_t waiting = report.owners.notes.size();
  report.owners.pass(
      waiting == 0 ? "no slot is in two of them"
                   : fmt::format("no slot is in two of them; {} wait for the instance that they "
                                 "are to move to, their state is counted, nothing is lost",
                                 waiting));
  check_transfers_of(slots, report.transfers);
  check_money(slots, report.money);
  return finish(args.json, report);
}

}  // namespace

int verify(const VerifyArgs& args) {
  const bool is_part = args.is_part || args.data_dirs.size() > 1;
  int worst = 0;
  for (const std::string& data_dir : args.data_dirs) {
    worst = std::max(worst, verify_one({data_dir, is_part, args.json}));
    if (args.data_dirs.size() > 1 && !args.json) std::puts("");
  }
  if (args.data_dirs.size() == 1) return worst;
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
