// `frontrow recover log`: prints the events as lines.
#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <ctime>

#include "storage/local/following_log.h"
#include "storage/local/stopped_copies.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/event_text.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/quiet_database.h"
#include "tools/frontrow/recover/stream_id.h"
#include "tools/frontrow/recover/walk.h"

namespace frontrow::recover {
namespace {

constexpr std::size_t kLinesBytes = 256 << 10;
constexpr timespec kPollInterval{0, 50'000'000};

// Prints the groups and slots selected by the arguments; reports undecodable records on stderr.
class Printer {
 public:
  explicit Printer(const LogArgs& args) : args_(args) {}
  ~Printer() { flush(); }

  Status print(const GroupView& group) {
    if (group.number < args_.from) return {};
    const Status walked = for_each_record(group, [&](const RecordView& record) {
      if (args_.slot && record.slot.value != *args_.slot) return Status();
      return print_record(group.number, record);
    });
    if (out_.size() >= kLinesBytes) flush();
    return walked;
  }
  void flush() {
    std::fwrite(out_.data(), 1, out_.size(), stdout);
    std::fflush(stdout);
    out_.clear();
  }

 private:
  Status print_record(std::uint64_t group, const RecordView& record) {
    const EventPlace place{record.time, group, record.slot, record.seq};
    return for_each_event(record, [&](const Event& event) {
      args_.json ? append_json(out_, place, event) : append_line(out_, place, event);
      out_ += '\n';
    });
  }

  const LogArgs& args_;
  std::string out_;
};

int print_stopped(const LogArgs& args) {
  auto log = StoppedLog::open(args.data_dir);
  std::size_t faults = 0;
  const auto tell = [&faults](const std::string& what) {
    ++faults;
    fail("log", what);
  };
  if (!log.ok()) {
    // A log that the server refuses to start with can often be read nevertheless.
    auto forgiving = StoppedLog::open(args.data_dir, Strictness::kForgiving);
    tell(log.error());
    if (!forgiving.ok()) return 1;
    log = std::move(forgiving);
  }
  Printer printer(args);
  std::optional<ChainPosition> last = (*log)->archive().log_start();  // empty after damage
  const auto on_group = [&](const FoundGroup& found) {
    const auto at = [&found](const std::string& what) {
      return fmt::format("group {}: {}", found.number, what);
    };
    if (!found.group.ok()) {
      printer.flush();
      tell(at(found.group.error()));
      last.reset();
      return Status();
    }
    const Status follows = last ? check_follows(*last, found.group->header) : Status();
    last = position_of(found.group->header);
    const Status printed = printer.print(found.group->view);
    if (follows.ok() && printed.ok()) return Status();
    printer.flush();
    if (!follows.ok()) tell(at(follows.error()));
    if (!printed.ok()) tell(at(printed.error()));
    return Status();
  };
  const Status scanned = (*log)->scan(on_group, [&](std::uint64_t after, const std::string& what) {
    printer.flush();
    tell(fmt::format("after group {}: {}", after, what));
  });
  if (!scanned.ok()) tell(scanned.error());
  return faults == 0 ? 0 : 1;
}

// Prints a copy up to its first damage.
int print_copy(const LogArgs& args, const CopiedStream& copy) {
  if (!copy.damage.empty()) return fail("log", copy.damage);
  Printer printer(args);
  const std::uint64_t before = args.from > 0 ? args.from - 1 : 0;
  const std::uint64_t after = std::max(before, copy.archive->log_start().number);
  const Status read =
      read_copy(copy, after, [&printer](const GroupView& group) { return printer.print(group); });
  printer.flush();
  return read.ok() ? 0 : fail("log", read.error());
}

// The stream that was asked for: the own one, or a copy.
int print_stream(const LogArgs& args) {
  const auto stream = parse_stream(args.stream);
  if (!stream) {
    return fail(
        "log",
        fmt::format("--stream: expected up to 16 hexadecimal digits, not \"{}\"", args.stream), 2);
  }
  auto log = StoppedLog::open(args.data_dir, Strictness::kForgiving);
  if (!log.ok()) return fail("log", log.error());
  const std::uint64_t own = (*log)->identity().stream;
  const auto copies = open_copies(**log);
  if (*stream != own && !copies.ok()) return fail("log", copies.error());
  std::string others;
  for (std::size_t i = 0; copies.ok() && i < copies->size(); ++i) {
    const CopiedStream& copy = (*copies)[i];
    if (copy.stream == *stream) return print_copy(args, copy);
    others += fmt::format(", {}", stream_text(copy.stream));
  }
  if (*stream != own) {
    return fail("log",
                fmt::format("{}: there is no stream {}; its own is {}{}{}", args.data_dir,
                            stream_text(*stream), stream_text(own),
                            others.empty() ? ", and it has no copies" : ", and it has copies of ",
                            others.empty() ? "" : others.substr(2)));
  }
  log->reset();
  return print_stopped(args);
}

// Runs until a signal, which sigtimedwait() receives instead of a handler.
int follow(const LogArgs& args) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &signals, &before);
  const QuietDatabase quiet;
  auto log = FollowingLog::open(args.data_dir, args.from);
  if (!log.ok()) return fail("log", log.error());
  Printer printer(args);
  do {
    const Status polled =
        (*log)->poll([&printer](const GroupView& group) { return printer.print(group); });
    printer.flush();
    if (!polled.ok()) return fail("log", polled.error());
  } while (sigtimedwait(&signals, nullptr, &kPollInterval) < 0);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return 0;
}

}  // namespace

int log(const LogArgs& args) {
  if (args.follow && !args.stream.empty())
    return fail("log", "--follow reads the instance's own stream only: without --stream", 2);
  const LastWords words("recover log", args.data_dir);
  if (!args.stream.empty()) return print_stream(args);
  return args.follow ? follow(args) : print_stopped(args);
}

}  // namespace frontrow::recover
