#include "tests/storage/local/journal_test_support.h"

#include <algorithm>
#include <array>
#include <span>

#include "engine/base/prng.h"

namespace frontrow {

std::string group_text(std::uint64_t number, std::size_t size) {
  Prng prng(number);
  std::string text = "group " + std::to_string(number) + " ";
  while (text.size() < size) text += static_cast<char>(prng.below(256));
  text.resize(size);
  return text;
}

std::unique_ptr<RocksDbJournal> open_journal(const JournalOptions& options) {
  auto journal = RocksDbJournal::open(options);
  EXPECT_TRUE(journal.ok()) << (journal.ok() ? "" : journal.error());
  return journal.ok() ? std::move(*journal) : nullptr;
}

std::unique_ptr<RocksDbJournal> open_at(const std::string& directory) {
  return open_journal(JournalOptions{.directory = directory});
}

std::string refusal(const JournalOptions& options) {
  auto journal = RocksDbJournal::open(options);
  if (!journal.ok()) return journal.error();
  const Status replay = (*journal)->replay(
      {.on_group = [](const GroupView&) { return Status(); }, .on_progress = {}});
  return replay.ok() ? "" : replay.error();
}

std::string refusal_at(const std::string& directory) {
  return refusal(JournalOptions{.directory = directory});
}

AppendStatus append_text(RocksDbJournal& journal, const std::string& text) {
  // In two parts, like the batches of two shards.
  const auto bytes = std::as_bytes(std::span(text));
  const std::array<std::span<const std::byte>, 2> parts{bytes.first(bytes.size() / 3),
                                                        bytes.subspan(bytes.size() / 3)};
  return journal.append(
      {.records = parts, .record_count = 2, .event_count = 3, .time = Instant{1'700'000'000'000}});
}

void append_up_to(RocksDbJournal& journal, std::uint64_t last, std::size_t size) {
  while (journal.last_group() < last) {
    ASSERT_EQ(append_text(journal, group_text(journal.last_group() + 1, size)),
              AppendStatus::kDurable)
        << journal.failure();
  }
}

std::unique_ptr<RocksDbJournal> journal_up_to(const std::string& directory, std::uint64_t last,
                                              std::size_t size) {
  auto journal = open_at(directory);
  replayed(*journal);
  append_up_to(*journal, last, size);
  return journal;
}

std::vector<std::string> replayed(RocksDbJournal& journal) {
  std::vector<std::string> texts;
  const auto on_group = [&](const GroupView& group) -> Status {
    EXPECT_EQ(group.number, texts.size() + 1);
    EXPECT_EQ(group.record_count, 2U);
    EXPECT_EQ(group.event_count, 3U);
    texts.emplace_back(reinterpret_cast<const char*>(group.records.data()), group.records.size());
    return {};
  };
  const Status status = journal.replay({.on_group = on_group, .on_progress = {}});
  EXPECT_TRUE(status.ok()) << (status.ok() ? "" : status.error());
  return texts;
}

std::uint64_t expect_groups(RocksDbJournal& journal, std::uint64_t least, std::uint64_t most,
                            std::size_t size) {
  const auto texts = replayed(journal);
  EXPECT_GE(texts.size(), least);
  EXPECT_LE(texts.size(), most);
  for (std::size_t i = 0; i < texts.size(); ++i)
    EXPECT_EQ(texts[i], group_text(i + 1, size)) << "group " << i + 1;
  EXPECT_EQ(journal.last_group(), texts.size());
  return texts.size();
}

std::vector<std::pair<std::string, std::string>> directory_content(
    const std::filesystem::path& path) {
  std::vector<std::pair<std::string, std::string>> content;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file())
      content.emplace_back(entry.path().string(), read_file(entry.path()));
  }
  std::sort(content.begin(), content.end());
  return content;
}

}  // namespace frontrow
