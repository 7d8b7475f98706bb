#include "tests/tools/frontrow/recover/any_damage.h"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <vector>

namespace frontrow::recover {

namespace fs = std::filesystem;

void play_long(const std::string& data, History& history, bool trim) {
  SaleOptions options;
  options.write_buffer_bytes = 256 << 10;
  if (trim) options.retention = {.everything = false, .time = seconds(1)};
  Sale sale(data, options);
  const Played played = sale.play();
  const auto more = [&](std::uint32_t first_user) {
    for (std::uint32_t user = first_user; user < first_user + 4; ++user) {
      sale.charge(user, 5'000);
      const Caller caller = sale.join(played.concert, user);
      const HoldId hold = sale.hold(caller, played.concert, {user}, 1);
      if (user % 2 == 0) sale.pay(caller, hold);
    }
  };
  if (trim) {
    for (std::uint32_t i = 0; i < 1100; ++i) sale.charge(1 + i % 40, 10);
  }
  sale.advance(seconds(60));
  sale.stop();
  history.add(data);
  sale.start();
  EXPECT_EQ(sale.checkpoint().trimmed.groups > 0, trim);
  more(12);
  sale.restart();
  more(16);
  sale.kill();
  history.add(data);
}

std::uint64_t count_groups(const std::string& data) {
  auto log = StoppedLog::open(data);
  std::uint64_t groups = 0;
  if (!log.ok()) return groups;
  const Status read = (*log)->scan(
      [&groups](const FoundGroup& found) {
        groups += found.group.ok() ? 1 : 0;
        return Status();
      },
      [](std::uint64_t, const std::string&) {});
  return read.ok() ? groups : 0;
}

// --- damage

namespace {

// Tables and logs are damaged most, because they hold the sales.
fs::path draw_file(const std::string& data, Prng& prng) {
  std::vector<fs::path> files{data + "/watermark"};
  for (const auto& entry : fs::directory_iterator(data + "/db")) {
    if (entry.path().filename() != "LOCK" && fs::file_size(entry.path()) > 0)
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  if (prng.below(3) > 0) {
    const auto is_other = [](const fs::path& file) {
      return file.extension() != ".sst" && file.extension() != ".log";
    };
    if (!std::all_of(files.begin(), files.end(), is_other)) std::erase_if(files, is_other);
  }
  return files[prng.below(files.size())];
}

// Another file of the same kind, or an empty path.
fs::path draw_partner(const std::string& data, const fs::path& file, Prng& prng) {
  if (file.extension() != ".sst" && file.extension() != ".log") return {};
  std::vector<fs::path> others = database_files(data, file.extension().string());
  std::erase(others, file);
  return others.empty() ? fs::path() : others[prng.below(others.size())];
}

void swap_names(const fs::path& a, const fs::path& b) {
  const fs::path aside = a.string() + ".aside";
  fs::rename(a, aside);
  fs::rename(b, a);
  fs::rename(aside, b);
}

}  // namespace

Damage damage(const std::string& data, Prng& prng) {
  const fs::path file = draw_file(data, prng);
  const std::string name = file.filename().string();
  auto kind = static_cast<DamageKind>(prng.below(kDamageKinds));
  if (kind == DamageKind::kSwap) {
    const fs::path partner = draw_partner(data, file, prng);
    if (!partner.empty()) {
      swap_names(file, partner);
      return {kind, fmt::format("{} and {} swapped", name, partner.filename().string())};
    }
    kind = static_cast<DamageKind>(prng.below(kDamageKinds - 1));
  }
  if (kind == DamageKind::kDelete) {
    fs::remove(file);
    return {kind, name + " deleted"};
  }
  std::string bytes = read_file(file);
  const std::size_t at = prng.below(bytes.size());
  Damage done{kind, ""};
  if (kind == DamageKind::kFlip) {
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + prng.below(255)));
    done.what = fmt::format("{}: byte {} flipped", name, at);
  } else if (kind == DamageKind::kZeroPage) {
    const std::size_t page = at / 4096 * 4096;
    const std::size_t size = std::min<std::size_t>(4096, bytes.size() - page);
    bytes.replace(page, size, size, '\0');
    done.what = fmt::format("{}: page {} zeroed", name, at / 4096);
  } else {
    bytes.resize(at);
    done.what = fmt::format("{}: cut at {}", name, at);
  }
  write_file(file, bytes);
  return done;
}

// --- readers

namespace {

using Reader = std::function<void()>;  // ends with tell()

constexpr unsigned kReaderSecondsMax = 120;
constexpr int kExitBase = 40;  // other exit codes are not judgements

void write_all(int to, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t written = ::write(to, text.data() + at, text.size() - at);
    if (written <= 0) return;
    at += static_cast<std::size_t>(written);
  }
}

// Ends the child without closing, as if it was killed right after its verdict: closing RocksDB
// would wait for threads that only the parent has.
[[noreturn]] void tell(Judgement judgement, const std::string& said = {}) {
  write_all(STDOUT_FILENO, said);
  ::_exit(kExitBase + static_cast<int>(judgement));
}

void be_the_child(int to) {
  const rlimit no_core{0, 0};
  static_cast<void>(::setrlimit(RLIMIT_CORE, &no_core));
  static_cast<void>(::dup2(to, STDOUT_FILENO));
  static_cast<void>(::dup2(to, STDERR_FILENO));
  spdlog::set_level(spdlog::level::off);
  ::alarm(kReaderSecondsMax);
}

Judged in_child(const Reader& reader) {
  std::fflush(nullptr);
  std::array<int, 2> ends{};
  FR_CHECK(::pipe(ends.data()) == 0);
  const pid_t child = ::fork();
  FR_CHECK(child >= 0);
  if (child == 0) {
    be_the_child(ends[1]);
    reader();
  }
  ::close(ends[1]);
  Judged judged;
  std::array<char, 4096> part;
  ssize_t size = 0;
  while ((size = ::read(ends[0], part.data(), part.size())) > 0 || (size < 0 && errno == EINTR))
    judged.said.append(part.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) FR_CHECK(errno == EINTR);
  EXPECT_FALSE(WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) << "a reader never ended";
  const int code = WIFEXITED(status) ? WEXITSTATUS(status) - kExitBase : -1;
  const bool is_verdict = code >= 0 && code <= static_cast<int>(Judgement::kSilentLoss);
  judged.judgement = is_verdict ? static_cast<Judgement>(code) : Judgement::kBrokeDown;
  return judged;
}

void start_and_compare(const std::string& data, const SlotVersions& newest) {
  auto journal = RocksDbJournal::open({.directory = data});
  if (!journal.ok()) tell(Judgement::kRefused, journal.error());
  ManualClock clock(kDoorsOpen);
  Engine engine(EngineOptions(), clock, **journal);
  const auto recovered = engine.recover();
  if (!recovered.ok()) tell(Judgement::kRefused, recovered.error());
  const Status same = compare_versions(newest, versions_of(engine.slots()));
  if (!same.ok()) tell(Judgement::kSilentLoss, same.error());
  tell(Judgement::kSound);
}

void verify_and_compare(const std::string& data, const SlotVersions& newest, std::uint64_t groups) {
  const CommandRun run = run_command([&] { return verify({{data}}); });
  if (run.code != 0) tell(Judgement::kRefused, run.out + run.err);
  const std::uint64_t found = count_groups(data);
  if (found != groups) tell(Judgement::kSilentLoss, fmt::format("{} groups of {}", found, groups));
  auto log = StoppedLog::open(data);
  if (!log.ok()) tell(Judgement::kSilentLoss, log.error());
  SlotTable slots;
  const auto state = load_newest_state(**log, slots);
  if (!state.ok()) tell(Judgement::kSilentLoss, state.error());
  const Status same = compare_versions(newest, versions_of(slots));
  if (!same.ok()) tell(Judgement::kSilentLoss, same.error());
  tell(Judgement::kSound);
}

}  // namespace

Judged judge_start(const std::string& data, const SlotVersions& newest) {
  return in_child([&] { return start_and_compare(data, newest); });
}

Judged judge_verify(const std::string& data, const SlotVersions& newest, std::uint64_t groups) {
  return in_child([&] { return verify_and_compare(data, newest, groups); });
}

}  // namespace frontrow::recover
