#include "engine/runtime/memory/memory_bounds.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <limits>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "engine/base/text.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMiB = 1 << 20;
constexpr std::uint64_t kReserveMin = 64 * kMiB;
// With less available memory the machine itself comes to a stop.
constexpr std::uint64_t kMachineReserve = 64 * kMiB;

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<std::uint64_t> number_at(std::string_view text) {
  text = trimmed(text);
  return take_number<std::uint64_t>(text);
}

// The number behind `name` at the beginning of a line.
std::uint64_t field(std::string_view text, std::string_view name) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (line.starts_with(name)) return number_at(line.substr(name.size())).value_or(0);
    at = end + 1;
  }
  return 0;
}

// The numbers of /proc/self/statm, in bytes.
struct Statm {
  std::uint64_t size = 0, resident = 0, shared = 0, data = 0;
};
Statm read_statm(const fs::path& proc) {
  std::ifstream in(proc / "self/statm");
  std::array<std::uint64_t, 6> pages{};
  for (std::uint64_t& each : pages) in >> each;
  static const auto kPage = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return {pages[0] * kPage, pages[1] * kPage, pages[2] * kPage, pages[5] * kPage};
}

std::uint64_t less(std::uint64_t from, std::uint64_t what) { return from > what ? from - what : 0; }

// Parses /proc/self/cgroup: the path in the hierarchy with this controller, or in version 2 if
// `controller` is empty. None if there is none.
std::optional<std::string> cgroup_path(const std::string& text, std::string_view controller) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    at = end + 1;
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = fmt::format(",{},", line.substr(first + 1, second - first - 1));
    if (controllers == ",," ? controller.empty()
                            : !controller.empty() && controllers.find(fmt::format(
                                                         ",{},", controller)) != controllers.npos)
      return std::string(line.substr(second + 1));
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t memory_reserve(std::uint64_t limit_bytes) {
  return std::max(std::min(kReserveMin, limit_bytes / 4), limit_bytes / 6);
}

void MemoryBounds::add(Kind kind, std::uint64_t limit, std::string source, fs::path directory) {
  const std::uint64_t reserve =
      kind == Kind::kMachine ? std::min(kMachineReserve, limit / 4) : memory_reserve(limit);
  bounds_.push_back({kind, limit, reserve, std::move(source), std::move(directory)});
}

MemoryBounds MemoryBounds::find(const MemoryPlaces& places) {
  MemoryBounds bounds(places.proc);
  const std::string meminfo = read_text(places.proc / "meminfo");
  const std::uint64_t machine = field(meminfo, "MemTotal:") * 1024;
  if (places.setting_bytes > 0) {
    bounds.add(Kind::kOwn, places.setting_bytes, "engine.memory_mib");
  } else if (machine > 0) {
    bounds.add(Kind::kOwn, machine, "the machine's memory");
  }
  if (machine > 0 && field(meminfo, "MemAvailable:") > 0)
    bounds.add(Kind::kMachine, machine, "the machine's memory, others' included");
  for (const auto& [kind, resource, name] :
       {std::tuple{Kind::kAddressSpace, RLIMIT_AS, "the limit of address space (ulimit -v)"},
        std::tuple{Kind::kData, RLIMIT_DATA, "the limit of data (ulimit -d)"}}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
      bounds.add(kind, limit.rlim_cur, name);
  }
  bounds.add_cgroups(places.cgroups);
  return bounds;
}

// Every group from the process's own up to the root may have a limit. A path that is not mounted
// here (in a container that sees only its own part) has its limit at the top.
void MemoryBounds::add_cgroups(const fs::path& root) {
  const std::string own = read_text(proc_ / "self/cgroup");
  const auto add_tree = [&](const fs::path& top, const std::string& path, Kind kind,
                            const char* file) {
    fs::path relative = fs::path(path).relative_path().lexically_normal();
    while (true) {
      const fs::path directory = relative.empty() ? top : top / relative;
      const auto limit = number_at(read_text(directory / file));  // "max" means no limit
      // Version 1 encodes "no limit" as a number beyond any machine's memory.
      if (limit && *limit > 0 && *limit < (std::uint64_t{1} << 60))
        add(kind, *limit, fmt::format("the control group's {}", (directory / file).string()),
            directory);
      if (relative.empty()) return;
      relative = relative.parent_path();
    }
  };
  if (const auto path = cgroup_path(own, "")) {
    const bool is_hybrid = fs::exists(root / "unified");
    const fs::path top = is_hybrid ? root / "unified" : root;
    add_tree(top, *path, Kind::kCgroup, "memory.max");
    add_tree(top, *path, Kind::kCgroup, "memory.high");  // beyond it the kernel throttles hard
  }
  if (const auto path = cgroup_path(own, "memory"))
    add_tree(root / "memory", *path, Kind::kCgroupVersion1, "memory.limit_in_bytes");
}

std::uint64_t MemoryBounds::used(const Bound& bound) const {
  switch (bound.kind) {
    case Kind::kOwn: {
      const Statm statm = read_statm(proc_);
      return less(statm.resident, statm.shared);
    }
    case Kind::kAddressSpace:
      return read_statm(proc_).size;
    case Kind::kData:
      return read_statm(proc_).data;
    case Kind::kCgroup: {
      const std::string stat = read_text(bound.directory / "memory.stat");
      return less(number_at(read_text(bound.directory / "memory.current")).value_or(0),
                  field(stat, "inactive_file ") + field(stat, "active_file ") +
                      field(stat, "slab_reclaimable "));
    }
    case Kind::kCgroupVersion1: {
      const std::string stat = read_text(bound.directory / "memory.stat");
      return less(number_at(read_text(bound.directory / "memory.usage_in_bytes")).value_or(0),
                  field(stat, "total_inactive_file ") + field(stat, "total_active_file "));
    }
    case Kind::kMachine: {
      const std::string meminfo = read_text(proc_ / "meminfo");
      return less(bound.limit, field(meminfo, "MemAvailable:") * 1024);
    }
  }
  return 0;
}

MemoryUse MemoryBounds::measure() const {
  MemoryUse tightest;
  tightest.limit_bytes = std::numeric_limits<std::uint64_t>::max();  // stays if there is no /proc
  std::int64_t least = std::numeric_limits<std::int64_t>::max();
  for (const Bound& bound : bounds_) {
    const MemoryUse use{used(bound), bound.limit, bound.reserve, bound.source};
    const std::int64_t left =
        static_cast<std::int64_t>(use.left_bytes()) - static_cast<std::int64_t>(use.reserve_bytes);
    if (left >= least) continue;
    least = left;
    tightest = use;
  }
  return tightest;
}

}  // namespace frontrow
