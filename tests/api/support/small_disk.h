#pragma once

// A small file system of its own, to be filled from outside while a server works on it. Mounting
// needs root and loop devices; where they are not to be had, why_not() says so. One thread at a
// time.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace frontrow::api {

// A new ext4 file system in a file. It is mounted where only this process and its children see it,
// so it goes with them, however they end.
class SmallDisk {
 public:
  SmallDisk();
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  // Empty: there it is.
  const std::string& why_not() const { return why_not_; }
  std::filesystem::path root() const { return directory_ / "disk"; }
  std::int64_t free_bytes() const;
  // Takes space, as fast as it goes, until no more than this is free.
  void fill_until_free(std::int64_t bytes);
  // Takes the last block that anybody could write to.
  void fill_up();
  void make_room();

  // As if the power went: from here on nothing reaches the disk, and what was not synced is gone.
  // Empty, or why this can't be done here.
  std::string cut_power();
  // After a cut, when nobody uses it any more: what is on the disk, recovered by its file system.
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
