#include "tests/api/support/small_disk.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

namespace frontrow::api {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kBlockBytes = 1024;  // the smallest of ext4

// From the kernel's fs/ext4/ext4.h, which no user-space header contains.
constexpr unsigned long kIocShutdown = _IOR('X', 125, std::uint32_t);
constexpr std::uint32_t kWithoutLogFlush = 2;

std::string error_text(int number) { return std::generic_category().message(number); }

}  // namespace

SmallDisk::SmallDisk(std::int64_t bytes) {
  std::string name = (fs::temp_directory_path() / "frontrow-disk-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    why_not_ = fmt::format("no mounts of its own: {}", error_text(errno));
    return;
  }
  std::ofstream(image()).put('\0');
  fs::resize_file(image(), static_cast<std::uintmax_t>(bytes));
  fs::create_directory(root());
  // No blocks reserved for root: the server under test may run as root.
  if (!run({"mkfs.ext4", "-q", "-F", "-m", "0", image().string()}) ||
      !run({"mount", "-o", "loop", image().string(), root().string()})) {
    return;
  }
  mounted_ = true;
}

SmallDisk::~SmallDisk() {
  if (mounted_ && ::umount2(root().c_str(), MNT_DETACH) != 0)
    ADD_FAILURE() << "unmount: " << error_text(errno);
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

bool SmallDisk::run(std::vector<std::string> command) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (std::string& word : command) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t output;
  ::posix_spawn_file_actions_init(&output);
  const fs::path log = directory_ / "log";
  ::posix_spawn_file_actions_addopen(&output, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::posix_spawn_file_actions_adddup2(&output, STDOUT_FILENO, STDERR_FILENO);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, argv[0], &output, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&output);
  int status = 0;
  if (error == 0 && ::waitpid(pid, &status, 0) == pid && status == 0) return true;
  std::string said;
  std::getline(std::ifstream(log), said);
  why_not_ = fmt::format("{}: {}", command[0], error != 0 ? error_text(error) : said);
  return false;
}

std::int64_t SmallDisk::free_bytes() const {
  struct statvfs status{};
  EXPECT_EQ(::statvfs(root().c_str(), &status), 0) << error_text(errno);
  return static_cast<std::int64_t>(status.f_bavail * status.f_frsize);
}

void SmallDisk::fill_until_free(std::int64_t bytes) {
  const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0) << error_text(errno);
  // Repeats if the server frees space meanwhile.
  for (std::int64_t over = 0; (over = free_bytes() - bytes) > 0;) {
    const auto size = static_cast<std::int64_t>(fs::file_size(filler()));
    ASSERT_EQ(::fallocate(file, 0, size, over), 0) << error_text(errno);
  }
  ::close(file);
}

void SmallDisk::fill_up() {
  const int file = ::open(filler().c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  ASSERT_GE(file, 0) << error_text(errno);
  // Halves the size when fallocate fails; fills the rest by writes, as a server would.
  for (std::int64_t size = free_bytes(); size >= kBlockBytes;) {
    if (::fallocate(file, 0, fs::file_size(filler()), size) != 0) size /= 2;
  }
  const std::string block(kBlockBytes, 'x');
  while (::write(file, block.data(), block.size()) > 0) {
  }
  EXPECT_EQ(errno, ENOSPC) << error_text(errno);
  ::close(file);
}

void SmallDisk::make_room() {
  fs::remove(filler());
  const int directory = ::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  EXPECT_EQ(::syncfs(directory), 0) << error_text(errno);
  ::close(directory);
}

std::string SmallDisk::cut_power() {
  const int directory = ::open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  std::uint32_t flags = kWithoutLogFlush;
  const bool cut = ::ioctl(directory, kIocShutdown, &flags) == 0;
  std::string why_not = cut ? "" : fmt::format("FS_IOC_SHUTDOWN: {}", error_text(errno));
  ::close(directory);
  return why_not;
}

void SmallDisk::come_back() {
  ASSERT_EQ(::umount(root().c_str()), 0) << error_text(errno);
  mounted_ = run({"mount", "-o", "loop", image().string(), root().string()});
  ASSERT_TRUE(mounted_) << why_not_;
}

}  // namespace frontrow::api
