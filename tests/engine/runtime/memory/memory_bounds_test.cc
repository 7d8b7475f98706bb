// Memory limits and their use, read from files in the kernel's formats: which limit applies, and
// how much of it is used.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "engine/runtime/memory/memory_watch.h"
#include "tests/support/temp_directory.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr std::uint64_t kMiB = 1 << 20;

class MemoryBoundsTest : public testing::Test {
 protected:
  MemoryBoundsTest() {
    put("proc/meminfo", "MemTotal: 8388608 kB\nMemFree: 1 kB\nMemAvailable: 6291456 kB\n");
    put_resident(100);
    put("proc/self/cgroup", "0::/\n");
  }

  void put(const std::string& path, const std::string& text) const {
    fs::create_directories((root_.path() / path).parent_path());
    std::ofstream(root_.path() / path) << text;
  }
  // 5 MiB of it are shared.
  void put_resident(std::uint64_t mib) const {
    const auto pages = [](std::uint64_t each) {
      return std::to_string(each * kMiB / static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    };
    put("proc/self/statm", pages(4000) + " " + pages(mib) + " " + pages(5) + " 0 0 " + pages(300));
  }
  MemoryPlaces places(std::uint64_t setting_mib = 0) const {
    return {setting_mib * kMiB, root_.path() / "proc", root_.path() / "cgroup"};
  }
  MemoryUse measure(std::uint64_t setting_mib = 0) const {
    return MemoryBounds::find(places(setting_mib)).measure();
  }
  void put_cgroup(const std::string& path, std::uint64_t max_mib, std::uint64_t current_mib,
                  std::uint64_t file_mib) const {
    put(path + "/memory.max", std::to_string(max_mib * kMiB) + "\n");
    put(path + "/memory.current", std::to_string(current_mib * kMiB) + "\n");
    put(path + "/memory.stat", "anon 1\ninactive_file " + std::to_string(file_mib * kMiB) +
                                   "\nactive_file 0\nslab_reclaimable 0\n");
  }

  TempDirectory root_;
};

TEST_F(MemoryBoundsTest, without_any_limit_the_machine_s_memory_counts) {
  const MemoryUse use = measure();
  EXPECT_EQ(use.limit_bytes, 8192 * kMiB);
  EXPECT_EQ(use.used_bytes, 2048 * kMiB) << "others use some of it";
  EXPECT_FALSE(use.low());
}

TEST_F(MemoryBoundsTest, setting_counts_what_the_process_has_of_its_own) {
  const MemoryUse use = measure(900);
  EXPECT_EQ(use.source, "engine.memory_mib");
  EXPECT_EQ(use.limit_bytes, 900 * kMiB);
  EXPECT_EQ(use.used_bytes, 95 * kMiB);
}

TEST_F(MemoryBoundsTest, tightest_group_on_the_way_to_the_root_counts_without_cached_files) {
  put("proc/self/cgroup", "0::/shop/frontrow\n");
  put_cgroup("cgroup/shop/frontrow", 2000, 500, 400);
  put_cgroup("cgroup/shop", 1000, 900, 600);
  put("cgroup/memory.max", "max\n");
  const MemoryUse use = measure();
  EXPECT_EQ(use.limit_bytes, 1000 * kMiB);
  EXPECT_EQ(use.used_bytes, 300 * kMiB);
  EXPECT_THAT(use.source, HasSubstr("shop/memory.max"));
}

TEST_F(MemoryBoundsTest, limit_from_which_the_kernel_slows_the_group_down_counts_like_one) {
  put_cgroup("cgroup", 1000, 100, 0);
  put("cgroup/memory.high", std::to_string(600 * kMiB));
  EXPECT_EQ(measure().limit_bytes, 600 * kMiB);
}

// A container sees only its own part of the tree.
TEST_F(MemoryBoundsTest, group_that_is_not_mounted_has_its_limit_at_the_top) {
  put("proc/self/cgroup", "0::/docker/1234\n");
  put_cgroup("cgroup", 512, 100, 0);
  EXPECT_EQ(measure().limit_bytes, 512 * kMiB);
}

TEST_F(MemoryBoundsTest, group_of_version_1_counts_and_its_none_does_not) {
  put("proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/shop\n0::/\n");
  put("cgroup/memory/shop/memory.limit_in_bytes", std::to_string(700 * kMiB));
  put("cgroup/memory/shop/memory.usage_in_bytes", std::to_string(600 * kMiB));
  put("cgroup/memory/shop/memory.stat",
      "cache 1\ntotal_inactive_file " + std::to_string(100 * kMiB) + "\ntotal_active_file 0\n");
  put("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  put("cgroup/unified/cgroup.procs", "");
  const MemoryUse use = measure();
  EXPECT_EQ(use.limit_bytes, 700 * kMiB);
  EXPECT_EQ(use.used_bytes, 500 * kMiB);
}

TEST_F(MemoryBoundsTest, reserve_is_a_sixth_of_a_large_limit_and_never_all_of_a_small_one) {
  EXPECT_EQ(memory_reserve(6144 * kMiB), 1024 * kMiB);
  EXPECT_EQ(memory_reserve(300 * kMiB), 64 * kMiB);
  EXPECT_EQ(memory_reserve(100 * kMiB), 25 * kMiB);
}

TEST_F(MemoryBoundsTest, without_a_proc_nothing_is_low) {
  const MemoryUse use =
      MemoryBounds::find({0, root_.path() / "nowhere", root_.path() / "nowhere"}).measure();
  EXPECT_FALSE(use.low());
}

TEST_F(MemoryBoundsTest, watch_finds_no_room_below_the_reserve_and_some_well_above_it) {
  std::vector<std::uint64_t> rooms;
  MemoryWatch watch(MemoryBounds::find(places(600)),
                    [&](const MemoryUse&, std::uint64_t room) { rooms.push_back(room); });
  for (const std::uint64_t resident : {405, 505, 506, 500, 494, 492, 506}) {
    put_resident(resident);
    watch.look();
  }
  // The reserve is 100 MiB; work resumes with an eighth of that on top.
  EXPECT_EQ(rooms, (std::vector<std::uint64_t>{100 * kMiB, 1, 0, 0, 0, 13 * kMiB, 0}));
  EXPECT_EQ(watch.use().used_bytes, 501 * kMiB);
}

}  // namespace
}  // namespace frontrow
