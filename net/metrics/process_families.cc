#include "net/metrics/process_families.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace frontrow {
namespace {

using prometheus::MetricType;

// Fields of /proc/self/stat, numbered from 1 as in proc(5).
enum Field : std::size_t {
  kUserTicks = 14,
  kSystemTicks = 15,
  kThreads = 20,
  kStartTicks = 22,  // since the machine's boot
  kVirtualBytes = 23,
  kResidentPages = 24,
};
using Stat = std::array<double, kResidentPages + 1>;

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string line;
  std::getline(file, line);
  // The program's name is field 2, in brackets, and may have spaces.
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string state;
  fields >> state;
  Stat stat{};
  for (std::size_t field = 4; field < stat.size(); ++field) fields >> stat[field];
  if (!fields) return std::nullopt;
  return stat;
}

// Seconds since 1970; none if the kernel does not tell.
std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

// The kernel counts them as the size of the directory, from Linux 6.2 on. To list it would take
// long with many connections.
std::optional<double> open_descriptors() {
  struct stat directory{};
  if (::stat("/proc/self/fd", &directory) != 0 || directory.st_size == 0) return std::nullopt;
  return static_cast<double>(directory.st_size);
}

}  // namespace

void process_families(Families& all, const std::string& version, const std::string& commit) {
  Labels labels{{"version", version}};
  if (!commit.empty()) labels.push_back({"commit", commit});
  add_value(
      family(all, "frontrow_build_info", "1; the labels name the program.", MetricType::Gauge),
      labels, 1);
  if (const auto stat = read_stat()) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    counter(all, "process_cpu_seconds_total", "CPU time of the process.",
            ((*stat)[kUserTicks] + (*stat)[kSystemTicks]) / ticks);
    gauge(all, "process_resident_memory_bytes", "Memory of the process that is in RAM.",
          (*stat)[kResidentPages] * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    gauge(all, "process_virtual_memory_bytes", "Address space of the process.",
          (*stat)[kVirtualBytes]);
    gauge(all, "process_threads", "Threads of the process.", (*stat)[kThreads]);
    if (const auto boot = boot_time()) {
      gauge(all, "process_start_time_seconds", "Start of the process, in seconds since 1970.",
            *boot + (*stat)[kStartTicks] / ticks);
    }
  }
  if (const auto open = open_descriptors())
    gauge(all, "process_open_fds", "Open file descriptors.", *open);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    gauge(all, "process_max_fds", "Limit of open file descriptors.",
          static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace frontrow
