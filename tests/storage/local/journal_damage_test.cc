// Logs that were damaged between two lives: refused with a reason, or whole. Never silently short.
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <cstring>
#include <filesystem>
#include <functional>
#include <string>

#include "engine/base/hash.h"
#include "engine/base/prng.h"
#include "storage/local/group_codec.h"
#include "storage/local/group_key.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_store.h"
#include "storage/local/rocks_options.h"
#include "tests/storage/local/journal_test_support.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kFlushedGroups = 20;  // of a first life: flushed to a table file
constexpr std::uint64_t kGroups = 60;         // the rest is in RocksDB's log alone
constexpr std::size_t kGroupBytes = 1500;

// A data directory with kGroups groups whose owner was not stopped cleanly.
class JournalDamage : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::uint64_t last : {kFlushedGroups, kGroups}) {
      auto journal = open_at(original_);
      ASSERT_NE(journal, nullptr);
      replayed(*journal);
      append_up_to(*journal, last, kGroupBytes);
      stream_ = journal->stream();
    }
    const auto logs = database_files(original_, ".log");
    ASSERT_FALSE(logs.empty());
    log_ = logs.back().filename();
    ASSERT_GT(fs::file_size(original_ + "/db/" + log_.string()),
              (kGroups - kFlushedGroups) * kGroupBytes);
  }

  // A fresh copy to damage.
  std::string copy() {
    const std::string target = (dir_.path() / "copy").string();
    fs::remove_all(target);
    fs::copy(original_, target, fs::copy_options::recursive);
    return target;
  }
  fs::path log_of(const std::string& directory) const { return fs::path(directory) / "db" / log_; }

  // True if the copy was refused; otherwise it must hold all groups. A refusal by open() changes no
  // file.
  bool refused_or_whole(const std::string& directory) {
    const auto before = directory_content(directory + "/db");
    auto journal = RocksDbJournal::open({.directory = directory});
    if (!journal.ok()) {
      EXPECT_NE(journal.error(), "");
      EXPECT_EQ(directory_content(directory + "/db"), before)
          << "a refused open changed the database";
      return true;
    }
    std::uint64_t groups = 0;
    const auto on_group = [&](const GroupView& group) -> Status {
      ++groups;
      const std::string text(reinterpret_cast<const char*>(group.records.data()),
                             group.records.size());
      EXPECT_EQ(text, group_text(groups, kGroupBytes));
      return {};
    };
    const Status status = (*journal)->replay({.on_group = on_group, .on_progress = {}});
    if (!status.ok()) {
      EXPECT_NE(status.error().find("keep a copy"), std::string::npos) << status.error();
      return true;
    }
    EXPECT_EQ(groups, kGroups) << "silently short";
    return false;
  }

  // Opens the database below the journal and changes it.
  void with_store(const std::string& directory, const std::function<void(Store&)>& change) {
    auto store = open_store({directory + "/db", nullptr, 1 << 20}, false);
    ASSERT_TRUE(store.ok()) << store.error();
    change(*store);
  }
  std::string get_group(Store& store, std::uint64_t number) const {
    const auto key = encode_group_key({stream_, number});
    std::string value;
    EXPECT_TRUE(store.db->Get({}, store.groups, {key.data(), key.size()}, &value).ok());
    return value;
  }
  void put_group(Store& store, std::uint64_t number, const std::string& value) const {
    const auto key = encode_group_key({stream_, number});
    EXPECT_TRUE(store.db->Put(durable_write(), store.groups, {key.data(), key.size()}, value).ok());
  }

  TempDirectory dir_;
  std::string original_ = (dir_.path() / "original").string();
  fs::path log_;
  std::uint64_t stream_ = 0;
};

TEST_F(JournalDamage, undamaged_copy_is_whole) { EXPECT_FALSE(refused_or_whole(copy())); }

TEST_F(JournalDamage, flipped_byte_in_the_log_is_never_silent) {
  Prng prng(20261224);
  int refused = 0;
  for (int round = 0; round < 200; ++round) {
    const std::string directory = copy();
    std::string bytes = read_file(log_of(directory));
    const std::size_t at = prng.below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + prng.below(255)));
    write_file(log_of(directory), bytes);
    SCOPED_TRACE("byte " + std::to_string(at));
    if (refused_or_whole(directory)) ++refused;
  }
  EXPECT_GT(refused, 150);
}

TEST_F(JournalDamage, zeroed_page_in_the_log_is_refused) {
  const std::string whole = read_file(log_of(original_));
  for (std::size_t page = 0; page + 4096 <= whole.size(); page += 4096) {
    const std::string directory = copy();
    std::string bytes = whole;
    bytes.replace(page, 4096, 4096, '\0');
    write_file(log_of(directory), bytes);
    EXPECT_TRUE(refused_or_whole(directory)) << "page at " << page;
  }
}

TEST_F(JournalDamage, log_cut_anywhere_is_refused) {
  const std::string whole = read_file(log_of(original_));
  Prng prng(7);
  for (int round = 0; round < 50; ++round) {
    const std::size_t size = round == 0 ? whole.size() - 1 : prng.below(whole.size());
    const std::string directory = copy();
    write_file(log_of(directory), whole.substr(0, size));
    EXPECT_TRUE(refused_or_whole(directory)) << "cut at " << size;
  }
}

TEST_F(JournalDamage, lost_log_is_refused_with_both_group_numbers) {
  const std::string directory = copy();
  fs::remove(log_of(directory));
  EXPECT_TRUE(refused_or_whole(directory));
  EXPECT_EQ(refusal_at(directory),
            directory + ": the log ends at group 20, but group 60 was durable" + kKeepACopy);
}

TEST_F(JournalDamage, flipped_byte_in_a_table_file_is_never_silent) {
  const auto tables = database_files(original_, ".sst");
  ASSERT_FALSE(tables.empty());
  Prng prng(99);
  for (int round = 0; round < 60; ++round) {
    const std::string directory = copy();
    const auto& table = tables[prng.below(tables.size())];
    const fs::path path = fs::path(directory) / "db" / table.filename();
    std::string bytes = read_file(path);
    const std::size_t at = prng.below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    write_file(path, bytes);
    SCOPED_TRACE(table.filename().string() + " byte " + std::to_string(at));
    refused_or_whole(directory);
  }
}

TEST_F(JournalDamage, lost_database_is_refused) {
  const std::string directory = copy();
  fs::remove_all(directory + "/db");
  EXPECT_NE(refusal_at(directory).find("the watermark names group 60"), std::string::npos);
}

TEST_F(JournalDamage, lost_watermark_is_refused) {
  const std::string directory = copy();
  fs::remove(directory + "/watermark");
  EXPECT_TRUE(refused_or_whole(directory));
  EXPECT_EQ(
      refusal_at(directory),
      directory + ": the log holds 60 groups, but the watermark file is missing" + kKeepACopy);
}

TEST_F(JournalDamage, older_database_under_the_watermark_is_refused) {
  const std::string directory = copy();
  const std::string watermark = read_file(directory + "/watermark");
  journal_up_to(original_, kGroups + 1, kGroupBytes);
  fs::copy_file(original_ + "/watermark", directory + "/watermark",
                fs::copy_options::overwrite_existing);
  EXPECT_NE(refusal_at(directory).find("the log ends at group 60, but group 61 was durable"),
            std::string::npos);
  write_file(directory + "/watermark", watermark);
  EXPECT_EQ(refusal_at(directory), "");
}

TEST_F(JournalDamage, hole_in_the_stream_is_refused_by_name_of_the_missing_group) {
  const std::string directory = copy();
  with_store(directory, [&](Store& store) {
    const auto key = encode_group_key({stream_, 12});
    ASSERT_TRUE(store.db->Delete(durable_write(), store.groups, {key.data(), key.size()}).ok());
  });
  const std::string why = refusal_at(directory);
  EXPECT_NE(why.find("group 12 (key "), std::string::npos) << why;
  EXPECT_NE(why.find("group number: expected 12, the next stored is 13"), std::string::npos) << why;
  EXPECT_NE(why.find("byte " + std::to_string(11 * (kGroupHeaderSize + kGroupBytes))),
            std::string::npos)
      << why;
}

TEST_F(JournalDamage, group_replaced_by_a_sound_one_breaks_the_chain) {
  const std::string directory = copy();
  with_store(directory, [&](Store& store) {
    const std::string old = get_group(store, 30);
    ChainPosition position = position_of(decode_group(std::as_bytes(std::span(old)))->header);
    position.number = 29;
    const std::string text = "another history";
    const std::span<const std::byte> part = std::as_bytes(std::span(text));
    ByteBuffer forged;
    encode_group(position, {.records = {&part, 1}, .time = {}}, forged);
    put_group(store, 30, {reinterpret_cast<const char*>(forged.data()), forged.size()});
  });
  const std::string why = refusal_at(directory);
  EXPECT_NE(why.find("previous hash: expected "), std::string::npos) << why;
}

TEST_F(JournalDamage, newest_group_other_than_the_marked_one_is_refused) {
  const std::string directory = copy();
  with_store(directory, [&](Store& store) {
    const std::string before = get_group(store, kGroups - 1);
    ChainPosition position = position_of(decode_group(std::as_bytes(std::span(before)))->header);
    const std::string text = "another end";
    const std::span<const std::byte> part = std::as_bytes(std::span(text));
    ByteBuffer forged;
    encode_group(position, {.records = {&part, 1}, .time = {}}, forged);
    put_group(store, kGroups, {reinterpret_cast<const char*>(forged.data()), forged.size()});
  });
  const std::string why = refusal_at(directory);
  EXPECT_NE(why.find("chain hash: the watermark has "), std::string::npos) << why;
}

TEST_F(JournalDamage, unknown_format_versions_are_refused_by_both_numbers) {
  struct Case {
    const char* name;
    std::function<void(const std::string& directory)> change;
    const char* message;
  };
  const Case cases[] = {
      {"group",
       [&](const std::string& directory) {
         with_store(directory, [&](Store& store) {
           std::string value = get_group(store, 5);
           value[4] = 9;
           value[6] = 7;
           put_group(store, 5, value);
         });
       },
       "group format version 9 (readable from version 7 on) is not known to this program, which "
       "reads versions 1 to 3"},
      {"store",
       [&](const std::string& directory) {
         with_store(directory, [&](Store& store) {
           std::string value = encode_identity({.stream = stream_, .created = {}});
           value[0] = 4;
           value[2] = 3;
           ASSERT_TRUE(store.db->Put(durable_write(), store.meta, kIdentityKey, value).ok());
         });
       },
       "store version 4 (readable from version 3 on) is not known to this program, which reads "
       "versions 1 to 1"},
      {"watermark",
       [](const std::string& directory) {
         std::string bytes = read_file(directory + "/watermark");
         for (const std::size_t slot : {0, 4096}) {
           bytes[slot + 4] = 6;
           bytes[slot + 6] = 5;
           const std::uint64_t sum = xxh3_64(std::string_view(bytes).substr(slot, 56));
           std::memcpy(bytes.data() + slot + 56, &sum, sizeof sum);
         }
         write_file(directory + "/watermark", bytes);
       },
       "watermark version 6 (readable from version 5 on) is not known to this program, which reads "
       "versions 1 to 1"},
  };
  for (const Case& c : cases) {
    const std::string directory = copy();
    c.change(directory);
    const std::string why = refusal_at(directory);
    EXPECT_NE(why.find(c.message), std::string::npos) << c.name << ": " << why;
  }
}

}  // namespace
}  // namespace frontrow
