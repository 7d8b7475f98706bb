#include "tools/frontrow/recover/last_words.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <system_error>

#include "engine/base/check_failed.h"
#include "engine/runtime/memory/memory_bounds.h"

namespace frontrow::recover {
namespace {

constexpr int kExitBrokeDown = 1;
// Freed before an out-of-memory message is formatted, which allocates.
constexpr std::size_t kSpareBytes = 96 * 1024;

constexpr std::array kFaults = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};

void say(std::string_view words) {
  const ssize_t ignored = ::write(STDERR_FILENO, words.data(), words.size());
  static_cast<void>(ignored);
}

// --- memory

const char* running = "frontrow";
std::unique_ptr<MemoryBounds> bounds;
std::unique_ptr<char[]> spare;
std::atomic<bool> was_exception{false};
// Set when an allocation was refused: unwinding may free much memory before on_terminate().
std::atomic<bool> was_refused{false};
MemoryUse at_refusal;

void on_refused_allocation() {
  std::set_new_handler(nullptr);  // measuring allocates, too
  spare.reset();
  at_refusal = bounds->measure();
  was_refused = true;
  throw std::bad_alloc();
}

// True if the process ran out of memory; false if it requested an absurd amount.
bool say_out_of_memory() {
  static std::atomic<bool> begun{false};
  if (begun.exchange(true)) {  // the message itself ran out of memory
    say("out of memory\n");
    ::_exit(kExitOutOfMemory);
  }
  spare.reset();
  const MemoryUse use = was_refused ? at_refusal : bounds->measure();
  const std::uint64_t used = use.used_bytes >> 20;
  const std::uint64_t limit = use.limit_bytes >> 20;
  if (use.used_bytes >= use.limit_bytes / 2) {
    say(fmt::format(
        "{}: out of memory: {} MiB are in use, {} is {} MiB. Nothing is damaged by that. Give the "
        "process more memory, or take other programs off the machine, and start it again\n",
        running, used, use.source, limit));
    return true;
  }
  say(fmt::format(
      "{}: an allocation was refused with only {} MiB in use ({} is {} MiB): an absurd amount was "
      "requested\n",
      running, used, use.source, limit));
  return false;
}

[[noreturn]] void on_terminate() {
  if (const std::exception_ptr thrown = std::current_exception()) {
    try {
      std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
      if (say_out_of_memory()) ::_exit(kExitOutOfMemory);
    } catch (const std::system_error& error) {
      // A thread that gets no memory for its stack fails with EAGAIN.
      const bool lacks = error.code() == std::errc::not_enough_memory ||
                         error.code() == std::errc::resource_unavailable_try_again;
      if (lacks && say_out_of_memory()) ::_exit(kExitOutOfMemory);
      say(fmt::format("{}: {}\n", running, error.what()));
    } catch (const std::exception& error) {
      say(fmt::format("{}: nothing handles this exception: {}\n", running, error.what()));
    } catch (...) {
      say("an exception of an unknown kind was thrown\n");
    }
    was_exception = true;
  }
  std::abort();
}

// --- signals. The texts are built in advance, as signal handlers may not allocate.

struct Words {
  std::string rocksdb, check, exception, outside;
  std::array<std::string, kFaults.size()> faults;
};
Words words;
std::array<struct sigaction, kFaults.size()> actions_before;

bool is_from_outside(const siginfo_t* info) {
  return info->si_code <= 0 && info->si_pid != ::getpid();
}

void end_by(int signal) {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  ::raise(signal);  // takes effect once the handler has returned
}

void on_fault(int signal, siginfo_t* info, void*) {
  if (is_from_outside(info)) {
    say(words.outside);
    return end_by(signal);
  }
  if (signal != SIGABRT) {
    for (std::size_t i = 0; i < kFaults.size(); ++i) {
      if (kFaults[i] == signal) say(words.faults[i]);
    }
    return end_by(signal);
  }
  if (check_has_failed()) {
    say(words.check);
    return end_by(signal);
  }
  if (was_exception) {
    say(words.exception);
    return end_by(signal);
  }
  say(words.rocksdb);
  ::_exit(kExitBrokeDown);
}

void end_child(int signal, siginfo_t* info, void*) {
  if (is_from_outside(info) || check_has_failed()) ::_exit(kExitCheckFailed);
  end_by(signal);
}

}  // namespace

void name_out_of_memory(const char* command) {
  running = command;
  bounds = std::make_unique<MemoryBounds>(MemoryBounds::find({}));
  spare = std::make_unique<char[]>(kSpareBytes);
  std::set_terminate(on_terminate);
  std::set_new_handler(on_refused_allocation);
}

void tell_causes_apart() {
  name_out_of_memory(running);
  struct sigaction action = {};
  action.sa_sigaction = end_child;
  action.sa_flags = SA_SIGINFO;
  ::sigaction(SIGABRT, &action, nullptr);
}

LastWords::LastWords(const char* command, const std::string& data_dir) {
  const std::string keep =
      "Keep a copy of the whole directory; `frontrow recover verify` tells whether it is damaged";
  words.rocksdb = fmt::format(
      "{}: RocksDB broke down on a damaged file in {}/db. Keep a copy of the whole "
      "directory; `frontrow recover verify` tells more, `frontrow recover salvage` makes a "
      "directory of what can still be read\n",
      command, data_dir);
  words.check = fmt::format(
      "{}: an internal check failed (above), on {}: a mistake in the program, to be "
      "reported. {}\n",
      command, data_dir, keep);
  words.exception = fmt::format("{}: ended by the exception above, while it read {}. {}\n", command,
                                data_dir, keep);
  words.outside =
      fmt::format("{}: ended by a signal that another process sent. That is no damage\n", command);
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO;
  for (std::size_t i = 0; i < kFaults.size(); ++i) {
    words.faults[i] =
        fmt::format("{}: ended by SIG{} ({}), while it read {}. {}\n", command,
                    ::sigabbrev_np(kFaults[i]), ::sigdescr_np(kFaults[i]), data_dir, keep);
    ::sigaction(kFaults[i], &action, &actions_before[i]);
  }
}

LastWords::~LastWords() {
  for (std::size_t i = 0; i < kFaults.size(); ++i)
    ::sigaction(kFaults[i], &actions_before[i], nullptr);
}

}  // namespace frontrow::recover
