#include "tests/tools/frontrow/recover/support.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "tools/frontrow/common/logging.h"

namespace frontrow::recover {
namespace fs = std::filesystem;

std::int64_t SaleLedger::balance(const UserId& user) const {
  const auto found = charged.find(user);
  std::int64_t sum = found == charged.end() ? 0 : found->second;
  for (const auto& [id, payment] : payments) {
    if (payment.user == user && !payment.refunded_at.is_set()) sum -= payment.amount;
  }
  return sum;
}

std::int64_t SaleLedger::revenue(ConcertId concert) const {
  std::int64_t sum = 0;
  for (const auto& [id, payment] : payments) {
    if (payment.concert == concert && !payment.refunded_at.is_set()) sum += payment.amount;
  }
  return sum;
}

std::size_t SaleLedger::seats_sold(ConcertId concert) const {
  std::size_t seats = 0;
  for (const auto& [id, payment] : payments) {
    if (payment.concert == concert && !payment.refunded_at.is_set()) seats += payment.seats.size();
  }
  return seats;
}

std::uint64_t play_and_stop(const std::string& data) {
  Sale sale(data);
  sale.play();
  const std::uint64_t last = sale.last_group();
  sale.stop();
  return last;
}

// --- commands

namespace {

// Redirects one output of the process to an unnamed file, and restores it at the end.
class Caught {
 public:
  explicit Caught(int fd) : fd_(fd), saved_(::dup(fd)), file_(std::tmpfile()) {
    FR_CHECK(saved_ >= 0 && file_ != nullptr);
    std::fflush(nullptr);
    ::dup2(::fileno(file_), fd_);
  }
  std::string end() {
    std::fflush(nullptr);
    ::dup2(saved_, fd_);
    ::close(saved_);
    std::string text;
    std::rewind(file_);
    std::array<char, 4096> part;
    while (const std::size_t n = std::fread(part.data(), 1, part.size(), file_))
      text.append(part.data(), n);
    std::fclose(file_);
    return text;
  }

 private:
  int fd_;
  int saved_;
  std::FILE* file_;
};

}  // namespace

CommandRun run_command(const std::function<int()>& command) {
  set_up_logging("warn", "text");
  Caught out(STDOUT_FILENO);
  Caught err(STDERR_FILENO);
  CommandRun run;
  run.code = command();
  run.err = err.end();
  run.out = out.end();
  return run;
}

// --- damage

std::string group_key(const std::string& data, std::uint64_t group) {
  const auto content = inspect_store({data + "/db", nullptr, 1 << 20});
  FR_CHECK(content.ok() && content->has_value());
  const auto key = encode_group_key({(*content)->identity->stream, group});
  return {key.data(), key.size()};
}

std::string group_bytes(const std::string& data, std::uint64_t group) {
  const std::string key = group_key(data, group);
  auto store = open_store_read_only({data + "/db", nullptr, 1 << 20});
  FR_CHECK(store.ok() && store->has_value());
  std::string bytes;
  EXPECT_TRUE((*store)->db->Get(rocksdb::ReadOptions(), (*store)->groups, key, &bytes).ok());
  return bytes;
}

void flip_bit_on_disk(const std::string& data, std::uint64_t group, std::size_t at) {
  const std::string value = group_bytes(data, group);
  for (const char* ending : {".sst", ".log"}) {
    for (const fs::path& file : database_files(data, ending)) {
      std::string bytes = read_file(file);
      const std::size_t begin = bytes.find(value);
      if (begin == bytes.npos) continue;
      bytes[begin + at] ^= 1;
      write_file(file, bytes);
      return;
    }
  }
  ADD_FAILURE() << "group " << group << " lies in no file in one piece";
}

void through_rocksdb(const std::string& data, const std::function<void(const Families&)>& change) {
  auto store = open_store({data + "/db", nullptr, 1 << 20}, false);
  ASSERT_TRUE(store.ok()) << store.error();
  change({*store->db, store->meta, store->groups, store->snapshots});
}

void spoil_snapshot(const std::string& data) {
  through_rocksdb(data, [](const Families& families) {
    const std::unique_ptr<rocksdb::Iterator> it(
        families.db.NewIterator(rocksdb::ReadOptions(), families.snapshots));
    it->SeekToFirst();
    ASSERT_TRUE(it->Valid());
    ASSERT_TRUE(
        families.db.Put(rocksdb::WriteOptions(), families.snapshots, it->key(), "nonsense").ok());
  });
}

void flush(const std::string& data) {
  through_rocksdb(data, [](const Families& families) {
    for (auto* family : {families.meta, families.groups, families.snapshots})
      ASSERT_TRUE(families.db.Flush(rocksdb::FlushOptions(), family).ok());
  });
}

}  // namespace frontrow::recover
