#pragma once

// A small file system, to be filled from outside while a server works on it. Mounting needs root
// and loop devices; without them why_not() returns the reason. One thread at a time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace frontrow::api {

// A new ext4 file system in a file. Its mount is visible to this process and its children only, so
// it disappears when they end.
class SmallDisk {
 public:
  static constexpr std::int64_t kUsualBytes = std::int64_t{64} << 20;

  explicit SmallDisk(std::int64_t bytes = kUsualBytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Empty if the disk is mounted.
  const std::string& why_not() const { return why_not_; }
  std::filesystem::path root() const { return directory_ / "disk"; }
  std::int64_t free_bytes() const;
  // Allocates space, without writing to it, until at most `bytes` are free.
  void fill_until_free(std::int64_t bytes);
  // Takes the last writable block.
  void fill_up();
  void make_room();

  // Simulates a power cut: later writes don't reach the disk, and unsynced data is lost. Returns an
  // empty string, or the reason why that is not possible here.
  std::string cut_power();
  // After a cut, when no process uses the disk: mounts its content again, recovered by the file
  // system.
  void come_back();

 private:
  bool run(std::vector<std::string> command);
  std::filesystem::path filler() const { return root() / "filler"; }
  std::filesystem::path image() const { return directory_ / "image"; }

  std::filesystem::path directory_;
  std::string why_not_;
  bool mounted_ = false;
};

}  // namespace frontrow::api
