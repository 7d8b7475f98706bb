#include "tools/frontrow/cli/cli_recover.h"

#include <CLI/CLI.hpp>

#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr const char* kRecoverHelp =
    "Inspect, check and repair the data directory of a stopped instance, or a copy of it.\n"
    "The directory itself is never changed; results are written to other directories.";

constexpr const char* kRecoverFooter = R"(
Always first:
  cp -a data data.copy                               work on a copy, and keep the original
  frontrow recover verify --data-dir data.copy       is it sound, and if not, what is lost

If it is sound:
  frontrow recover show --data-dir data.copy         seats sold, users in line, money
  frontrow recover export --data-dir data.copy --to books
                                                     the same as files for a spreadsheet
If the log is damaged:
  frontrow recover salvage --data-dir data.copy --to data.new
                                                     a new directory of all that can be saved
If the snapshots are damaged, but the log is sound:
  frontrow recover rebuild --data-dir data.copy --to data.new

Exit code: 0 everything is sound (or done), 1 a fault was found or the command failed, 2 a mistake
in the command line, 3 out of memory.)";

constexpr const char* kVerifyFooter = R"(
Prints one line for each check, "ok" or "FAILED", then what is damaged and where, and what can still
be saved. The exit code is 0 only if everything is sound.

For a cluster, give the directories of all instances: one half of a payment is with its concert, the
other half with its wallet. Each directory is checked alone, then all together. For a slot that has
moved, the newest state counts. A slot that two instances own is a fault ("two owners"); a sealed
slot that no instance has taken over yet is not.

A directory of a cluster also has copies of the streams of other instances. They are checked, and
count like directories: one directory that has a slot, as its own or in a copy, is enough for the
books, so a lost directory may be left out. A copy that is behind is no fault. States of one
sequence that differ are one, and records whose state before is in none of the directories.

--json prints one object for each directory, and one, {sound, dataDirs, checks, slots}, for all
together:
  sound        true or false
  dataDir, stream, epoch, created
  groups       {first, last, count, bytes}
  records, events, slots, snapshots, forgottenGroups: how many
  floor        the snapshots replace all groups up to this one
  history      "whole" or "trimmed"
  stateFrom    where the checked state comes from: "log", "snapshots" or "nothing"
  stateGroup   the newest group of that state
  checks       [{name, result: "ok"|"failed"|"skipped", detail, faults: [text], notes: [text]}]
  damage       [{group, lastGroup, byte, what}], byte counted from the first kept group
  lost         [{slot, fromSeq, toSeq, afterGroup, beforeGroup, elsewhere}]; elsewhere: another
               instance may have some of these records
  advice       what to do, one sentence each
  copies       [{stream, forgottenGroups, floor, last, snapshots, slots, stateHashes, stateless,
               damage}] of the copies; stateless: slots with records, and no state before these
  slots        (together, if there are copies) [{slot, seq, stateHash, stream, dataDir, agree:
               [directory], behind: [{dataDir, records}]}]: where the newest state of the slot is)";

constexpr const char* kRecoverShowFooter = R"(
What can be shown:
  (nothing)             all concerts, the sums of all wallets, the end of the log
  concert C             phase, line, seats by state, revenue, rules
  user UUID             wallet, transfers, payments, tokens and holds in every concert
  payment P             the payment, on its concert's side and in the wallet
  hold H                the hold and its payment
  seat C DATE N         holder or owner of the seat: user, hold, payment, price, deadline
  slot N                concerts and wallets of a slot, its newest sequence and state hash

The events that led to this state follow, oldest first. If a slot came from or went to another
instance of a cluster, the instance and the sequence are printed; the events before or after are in
that instance's directory.

Copies of other streams in the directory are looked at as well, without --at: the newest state
counts, and the output says where it is from.

--at TIME (RFC 3339, with or without milliseconds) shows the state after the last record up to that
time. --at SLOT:SEQ shows the state right after that record; `recover log` prints both numbers.

Examples:
  frontrow recover show --data-dir data
  frontrow recover show seat 1 2027-05-01 12 --data-dir data
  frontrow recover show seat 1 2027-05-01 12 --data-dir data --at 2026-12-24T20:00:03.500Z
  frontrow recover show payment 4294967297 --data-dir data --json
  frontrow recover show concert 1 --data-dir data --at 1453:77)";

constexpr const char* kExportFooter = R"(
For a cluster, give the directories of all instances that are left. The newest state of each slot
counts, from its owner's directory or from a copy in another one; the output says which slots come
from copies. If records go on from a state that none of the directories has, no books are written.)";

constexpr const char* kLogFooter = R"(
Each line has the time, the group, the slot, the sequence in the slot, the event, and its fields.

Examples:
  frontrow recover log --data-dir data | grep 'payment 4294967297'
  frontrow recover log --data-dir data --from 4700 --slot 77
  frontrow recover log --data-dir data --format ndjson | jq 'select(.event == "sold")'
  frontrow recover log --data-dir data --stream 0a52c085e8d41678
                                                     a copy of another instance's stream
  frontrow recover log --data-dir data --follow      while the instance runs; Ctrl-C ends it)";

void add_data_dir(CLI::App& command, std::string& data_dir) {
  command
      .add_option("--data-dir", data_dir,
                  "Data directory of a stopped instance, or a copy of one (it has LOCK, db/ and "
                  "watermark in it)")
      ->type_name("DIR")
      ->required();
}

void add_data_dirs(CLI::App& command, std::vector<std::string>& data_dirs) {
  command
      .add_option("--data-dir", data_dirs,
                  "Data directory of a stopped instance, or a copy of one (it has LOCK, db/ and "
                  "watermark in it). May be given more than once: all instances of a cluster")
      ->type_name("DIR")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->required();
}

void add_to(CLI::App& command, std::string& to) {
  command.add_option("--to", to, "Directory to write to; it must be empty or not exist")
      ->type_name("DIR")
      ->required();
}

}  // namespace

struct RecoverCommandLine::Given {
  recover::VerifyArgs verify;
  recover::RebuildArgs rebuild;
  recover::ShowArgs show;
  recover::LogArgs log;
  recover::ExportArgs books;
  recover::SalvageArgs salvage;
  std::string log_format = "text";
  std::string books_format = "csv";

  CLI::App* recover = nullptr;

  void add_verify();
  void add_show();
  void add_log();
  void add_writers();
};

void RecoverCommandLine::Given::add_verify() {
  CLI::App* command = recover->add_subcommand(
      "verify", "Check everything that can be checked, and print what is damaged");
  add_data_dirs(*command, verify.data_dirs);
  command->add_flag("--part", verify.is_part,
                    "The directories of the other instances are missing: skip the checks that need "
                    "them");
  command->add_flag("--json", verify.json, "One JSON object instead of text");
  command->footer(kVerifyFooter);
}

void RecoverCommandLine::Given::add_show() {
  CLI::App* command = recover->add_subcommand(
      "show", "Print the state of an entity, newest or at a time, and the events that led to it");
  add_data_dir(*command, show.data_dir);
  command->add_option("what", show.what, "What to show, see below")
      ->type_name("KIND ID...")
      ->expected(0, -1);
  command->add_option("--at", show.at, "Show the state at this time, or after this record")
      ->type_name("TIME|SLOT:SEQ");
  command->add_flag("--json", show.json, "One JSON object instead of text");
  command->footer(kRecoverShowFooter);
}

void RecoverCommandLine::Given::add_log() {
  CLI::App* command =
      recover->add_subcommand("log", "Print the events of the log as readable lines");
  add_data_dir(*command, log.data_dir);
  command->add_option("--slot", log.slot, "Only this slot")
      ->type_name("N")
      ->check(CLI::Range(0U, kSlotCount - 1));
  command->add_option("--from", log.from, "Start at this group")
      ->type_name("GROUP")
      ->check(CLI::PositiveNumber);
  command
      ->add_option("--stream", log.stream,
                   "The copy of this stream instead of the directory's own one")
      ->type_name("ID");
  command->add_flag("--follow", log.follow,
                    "Follow the log of a running instance until SIGINT or SIGTERM; prints only "
                    "groups that are on disk");
  command->add_option("--format", log_format, "text, or ndjson: one JSON object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "ndjson"}));
  command->footer(kLogFooter);
}

void RecoverCommandLine::Given::add_writers() {
  CLI::App* command = recover->add_subcommand(
      "rebuild", "Make a new data directory of the same state: a copy of the log, new snapshots");
  add_data_dir(*command, rebuild.data_dir);
  add_to(*command, rebuild.to);

  command = recover->add_subcommand(
      "export", "Write sold seats, payments and wallets as files, with totals that must balance");
  add_data_dirs(*command, books.data_dirs);
  add_to(*command, books.to);
  command->add_option("--format", books_format, "csv or ndjson")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"csv", "ndjson"}));
  command->footer(kExportFooter);

  command = recover->add_subcommand(
      "salvage",
      "Make a new data directory with the records of each slot up to its first damage, and list "
      "what is lost");
  add_data_dir(*command, salvage.data_dir);
  add_to(*command, salvage.to);
  command->add_flag("--json", salvage.json, "The list as one JSON object instead of text");
}

RecoverCommandLine::RecoverCommandLine(CLI::App& program) : given_(std::make_unique<Given>()) {
  given_->recover = program.add_subcommand("recover", kRecoverHelp);
  given_->recover->require_subcommand(1);
  given_->recover->footer(kRecoverFooter);
  given_->add_verify();
  given_->add_writers();
  given_->add_show();
  given_->add_log();
}

RecoverCommandLine::~RecoverCommandLine() = default;

std::optional<RecoverCommand> RecoverCommandLine::asked() const {
  Given& g = *given_;
  if (!g.recover->parsed()) return std::nullopt;
  g.log.json = g.log_format == "ndjson";
  g.books.ndjson = g.books_format == "ndjson";
  const auto is = [&g](const char* name) { return g.recover->got_subcommand(name); };
  if (is("verify")) return g.verify;
  if (is("rebuild")) return g.rebuild;
  if (is("show")) return g.show;
  if (is("log")) return g.log;
  if (is("export")) return g.books;
  return g.salvage;
}

}  // namespace frontrow
