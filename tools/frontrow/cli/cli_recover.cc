#include "tools/frontrow/cli/cli_recover.h"

#include <CLI/CLI.hpp>

#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

constexpr const char* kRecoverHelp =
    "Look into, check and save the data directory of a stopped instance, or a copy of it.\n"
    "Nothing is ever written there; results go to other directories.";

constexpr const char* kRecoverFooter = R"(
First thing, whatever happened:
  cp -a data data.copy                               keep what there is before anybody repairs
  frontrow recover verify --data-dir data.copy       is it sound, and if not, what is lost

It is sound:
  frontrow recover show --data-dir data.copy         what was sold, who waits, how much money
  frontrow recover export --data-dir data.copy --to books
                                                     the same as files for a spreadsheet
It is damaged:
  frontrow recover salvage --data-dir data.copy --to data.new
                                                     a directory of all that can be saved
The snapshots are damaged, but the log is whole:
  frontrow recover rebuild --data-dir data.copy --to data.new

Exit code: 0 all is sound (or done), 1 something is wrong or was not found, 2 a mistake in the
command itself, 3 out of memory.)";

constexpr const char* kVerifyFooter = R"(
One line for each thing that was checked, "ok" or "FAILED", what is damaged and where, and what can
still be saved. Exit code 0 only if all is sound.

Of several instances give the directories of all: a payment has one half where its concert is, and
the other where its wallet is. Each is checked by itself, then all together. Of a slot that moved
between them the newest state counts; one that two of them have is a fault ("two owners"), one that
waits to be taken over is not.

With --json one object a directory, and one more, {sound, dataDirs, checks}, for all together:
  sound        true or false
  dataDir, stream, epoch, created
  groups       {first, last, count, bytes}
  records, events, slots, snapshots, forgottenGroups: how many
  floor        snapshots stand for all groups up to this one
  history      "whole" or "trimmed"
  stateFrom    where the checked state comes from: "log", "snapshots" or "nothing"
  stateGroup   the newest group of that state
  checks       [{name, result: "ok"|"failed"|"skipped", detail, faults: [text], notes: [text]}]
  damage       [{group, lastGroup, byte, what}], byte counted from the first kept group
  lost         [{slot, fromSeq, toSeq, afterGroup, beforeGroup, elsewhere}]; elsewhere: another
               instance may have some of them
  advice       what to do, one sentence each)";

constexpr const char* kRecoverShowFooter = R"(
What can be shown:
  (nothing)             all concerts, the wallets' sums, where the log stands
  concert C             phase, line, seats by state, revenue, rules
  user UUID             wallet, transfers, payments, tokens and holds in every concert
  payment P             the payment, on its concert's side and in the wallet
  hold H                the hold and its payment
  seat C DATE N         who holds or owns the seat: user, hold, payment, price, until when
  slot N                what lives in a slot, its newest sequence and state hash

Below it stand the events that led there, oldest first. What was handed over to another instance of
a cluster, or came from one, says to which or from which, and at what sequence: the rest is in that
instance's directory.

--at TIME is RFC 3339, with or without milliseconds: the state after the last record that is not
later. --at SLOT:SEQ is the state right after that record, as `recover log` prints them.

Examples:
  frontrow recover show --data-dir data
  frontrow recover show seat 1 2027-05-01 12 --data-dir data
  frontrow recover show seat 1 2027-05-01 12 --data-dir data --at 2026-12-24T20:00:03.500Z
  frontrow recover show payment 4294967297 --data-dir data --json
  frontrow recover show concert 1 --data-dir data --at 1453:77)";

constexpr const char* kLogFooter = R"(
A line is: time, group, slot, sequence within the slot, the event, its fields by name.

Examples:
  frontrow recover log --data-dir data | grep 'payment 4294967297'
  frontrow recover log --data-dir data --from 4700 --slot 77
  frontrow recover log --data-dir data --format ndjson | jq 'select(.event == "sold")'
  frontrow recover log --data-dir data --follow      while the instance runs; end with Ctrl-C)";

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
  command.add_option("--to", to, "Directory to write; must not exist, or be empty")
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
      "verify", "Check everything that can be checked, and tell what is damaged");
  add_data_dirs(*command, verify.data_dirs);
  command->add_flag("--part", verify.is_part,
                    "This is one of several instances, and the others' directories are not at "
                    "hand: what they share is not checked");
  command->add_flag("--json", verify.json, "One JSON object instead of text");
  command->footer(kVerifyFooter);
}

void RecoverCommandLine::Given::add_show() {
  CLI::App* command = recover->add_subcommand(
      "show", "State of one thing, now or at a time, and the events that led there");
  add_data_dir(*command, show.data_dir);
  command->add_option("what", show.what, "What to show, see below")
      ->type_name("KIND ID...")
      ->expected(0, -1);
  command->add_option("--at", show.at, "The state at that time, or after that record")
      ->type_name("TIME|SLOT:SEQ");
  command->add_flag("--json", show.json, "One JSON object instead of text");
  command->footer(kRecoverShowFooter);
}

void RecoverCommandLine::Given::add_log() {
  CLI::App* command = recover->add_subcommand("log", "The events of the log as readable lines");
  add_data_dir(*command, log.data_dir);
  command->add_option("--slot", log.slot, "Only this slot")
      ->type_name("N")
      ->check(CLI::Range(0U, kSlotCount - 1));
  command->add_option("--from", log.from, "Begin at this group")
      ->type_name("GROUP")
      ->check(CLI::PositiveNumber);
  command->add_flag("--follow", log.follow,
                    "Follow the log of a running instance until SIGINT or SIGTERM; only groups "
                    "that are on disk are printed");
  command->add_option("--format", log_format, "text, or ndjson: one JSON object a line")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "ndjson"}));
  command->footer(kLogFooter);
}

void RecoverCommandLine::Given::add_writers() {
  CLI::App* command = recover->add_subcommand(
      "rebuild", "Make a fresh data directory of the same state: groups copied, snapshots new");
  add_data_dir(*command, rebuild.data_dir);
  add_to(*command, rebuild.to);

  command = recover->add_subcommand(
      "export", "Write sold seats, payments and wallets as files, with totals that must balance");
  add_data_dirs(*command, books.data_dirs);
  add_to(*command, books.to);
  command->add_option("--format", books_format, "csv or ndjson")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"csv", "ndjson"}));

  command = recover->add_subcommand(
      "salvage",
      "After damage: make a fresh data directory of everything up to the first damage of each "
      "slot, and list exactly what is beyond it");
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
