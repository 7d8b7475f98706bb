#include "tests/tools/frontrow/recover/support.h"

#include <fcntl.h>
#include <rocksdb/db.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "storage/local/group_key.h"
#include "storage/local/journal_store.h"
#include "tools/frontrow/common/logging.h"

namespace frontrow::recover {
namespace fs = std::filesystem;

TempDirectory::TempDirectory() {
  std::string name = (fs::temp_directory_path() / "frontrow-recover-XXXXXX").string();
  FR_CHECK(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempDirectory::~TempDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

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

std::string read_bytes(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<fs::path> database_files(const std::string& data, const std::string& ending) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(data + "/db")) {
    if (entry.path().string().ends_with(ending)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

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
      std::string bytes = read_bytes(file);
      const std::size_t begin = bytes.find(value);
      if (begin == bytes.npos) continue;
      bytes[begin + at] ^= 1;
      write_bytes(file, bytes);
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

void flush(const std::string& data) {
  through_rocksdb(data, [](const Families& families) {
    for (auto* family : {families.meta, families.groups, families.snapshots})
      ASSERT_TRUE(families.db.Flush(rocksdb::FlushOptions(), family).ok());
  });
}

}  // namespace frontrow::recover
