#include "net/metrics/process_families.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <sstream>
#include <string>

namespace frontrow {
namespace {

using prometheus::MetricType;

std::string read_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Fields of /proc/self/stat behind the program's name, which may have spaces: proc(5) counts them
// from 3.
struct Stat {
  double user_ticks = 0;      // 14
  double system_ticks = 0;    // 15
  double threads = 0;         // 20
  double start_ticks = 0;     // 22, since the machine's boot
  double virtual_bytes = 0;   // 23
  double resident_pages = 0;  // 24
};

std::optional<Stat> read_stat() {
  const std::string line = read_line("/proc/self/stat");
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream fields(line.substr(name_end + 1));
  std::string state;
  fields >> state;
  Stat stat;
  double ignored = 0;
  for (int field = 4; field <= 24; ++field) {
    double* const wanted = field == 14   ? &stat.user_ticks
                           : field == 15 ? &stat.system_ticks
                           : field == 20 ? &stat.threads
                           : field == 22 ? &stat.start_ticks
                           : field == 23 ? &stat.virtual_bytes
                           : field == 24 ? &stat.resident_pages
                                         : &ignored;
    fields >> *wanted;
  }
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
            (stat->user_ticks + stat->system_ticks) / ticks);
    gauge(all, "process_resident_memory_bytes", "Memory of the process that is in RAM.",
          stat->resident_pages * static_cast<double>(::sysconf(_SC_PAGESIZE)));
    gauge(all, "process_virtual_memory_bytes", "Address space of the process.",
          stat->virtual_bytes);
    gauge(all, "process_threads", "Threads of the process.", stat->threads);
    if (const auto boot = boot_time()) {
      gauge(all, "process_start_time_seconds", "Start of the process, in seconds since 1970.",
            *boot + stat->start_ticks / ticks);
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
