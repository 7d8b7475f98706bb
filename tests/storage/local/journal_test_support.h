// Shared by the journal's tests: temporary directories, groups with known content, reading a stream
// back.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/local/rocksdb_journal.h"

namespace frontrow {

// Made on construction, removed with its content at the end.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::filesystem::path& path() const { return path_; }
  // The data directory of a journal below it.
  std::string data() const { return (path_ / "data").string(); }

 private:
  std::filesystem::path path_;
};

// Records of group `number`: the same bytes for the same arguments, of `size` bytes in all.
std::string group_text(std::uint64_t number, std::size_t size = 300);

std::unique_ptr<RocksDbJournal> open_journal(const JournalOptions& options);
std::unique_ptr<RocksDbJournal> open_at(const std::string& directory);
// The error of open or replay; empty if both succeed.
std::string refusal(const JournalOptions& options);
std::string refusal_at(const std::string& directory);

AppendStatus append_text(RocksDbJournal& journal, const std::string& text);
// Appends groups up to number `last`; every one must become durable.
void append_up_to(RocksDbJournal& journal, std::uint64_t last, std::size_t size = 300);

// Replays and returns the records of every group, in order; fails the test if replay fails.
std::vector<std::string> replayed(RocksDbJournal& journal);
// Replays, and expects groups 1..n of group_text with n between `least` and `most`; returns n.
std::uint64_t expect_groups(RocksDbJournal& journal, std::uint64_t least, std::uint64_t most,
                            std::size_t size = 300);

// Files in DIR/db whose names end so, oldest first.
std::vector<std::filesystem::path> database_files(const std::string& directory,
                                                  const std::string& ending);
std::string read_file(const std::filesystem::path& path);
void write_file(const std::filesystem::path& path, const std::string& bytes);
// Names and contents of all files below a directory.
std::vector<std::pair<std::string, std::string>> directory_content(
    const std::filesystem::path& path);

}  // namespace frontrow
