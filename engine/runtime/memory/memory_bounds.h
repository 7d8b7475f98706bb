// The memory limits of this process and its current use: its own setting, the limits of the system,
// and the memory of the machine. The bound with the least room counts.
//
//   MemoryBounds bounds = MemoryBounds::find({});
//   const MemoryUse use = bounds.measure();   // a few small files of /proc and /sys are read
//
// The bounds are found once. Each is measured the way it is enforced: memory that the kernel can
// reclaim (cached files) does not count as used.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace frontrow {

struct MemoryUse {
  std::uint64_t used_bytes = 0;
  std::uint64_t limit_bytes = 0;
  std::uint64_t reserve_bytes = 0;  // with less left, new work is rejected
  std::string source;               // name of the limit, for the operator: "engine.memory_mib"

  std::uint64_t left_bytes() const {
    return limit_bytes > used_bytes ? limit_bytes - used_bytes : 0;
  }
  bool low() const { return left_bytes() < reserve_bytes; }
  // The bytes left above the reserve.
  std::uint64_t room_bytes() const { return low() ? 0 : left_bytes() - reserve_bytes; }
};

// The part of a limit that is held in reserve. Hash tables that double take up to a sixth at once;
// the migration of a slot, and a start, which has RocksDB's log in memory too, take less.
std::uint64_t memory_reserve(std::uint64_t limit_bytes);

struct MemoryPlaces {
  std::uint64_t setting_bytes = 0;  // engine.memory_mib; 0: not set
  // Sources of the kernel's numbers; replaced in tests.
  std::filesystem::path proc = "/proc";
  std::filesystem::path cgroups = "/sys/fs/cgroup";
};

class MemoryBounds {
 public:
  static MemoryBounds find(const MemoryPlaces& places);

  // The use of the bound with the least room. There is at least one bound: the machine's memory.
  MemoryUse measure() const;

 private:
  enum class Kind {
    kOwn,           // private memory of this process
    kAddressSpace,  // RLIMIT_AS
    kData,          // RLIMIT_DATA
    kCgroup,        // version 2, in `directory`
    kCgroupVersion1,
    kMachine,  // memory of the machine that is not available
  };
  struct Bound {
    Kind kind;
    std::uint64_t limit = 0;
    std::uint64_t reserve = 0;
    std::string source;
    std::filesystem::path directory;  // of a cgroup
  };

  explicit MemoryBounds(std::filesystem::path proc) : proc_(std::move(proc)) {}
  void add(Kind kind, std::uint64_t limit, std::string source,
           std::filesystem::path directory = {});
  void add_cgroups(const std::filesystem::path& root);
  std::uint64_t used(const Bound& bound) const;

  std::filesystem::path proc_;
  std::vector<Bound> bounds_;
};

}  // namespace frontrow
