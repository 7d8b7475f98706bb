// Shared by the journal's tests: groups with known content, reading a stream back.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "storage/local/rocksdb_journal.h"
#include "tests/support/files.h"
#include "tests/support/temp_directory.h"

namespace frontrow {

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

// A new journal in the directory, with groups up to number `last`.
std::unique_ptr<RocksDbJournal> journal_up_to(const std::string& directory, std::uint64_t last,
                                              std::size_t size = 300);

// Replays and returns the records of every group, in order; fails the test if replay fails.
std::vector<std::string> replayed(RocksDbJournal& journal);
// Replays, and expects groups 1..n of group_text with n between `least` and `most`; returns n.
std::uint64_t expect_groups(RocksDbJournal& journal, std::uint64_t least, std::uint64_t most,
                            std::size_t size = 300);

// Names and contents of all files below a directory.
std::vector<std::pair<std::string, std::string>> directory_content(
    const std::filesystem::path& path);

}  // namespace frontrow
