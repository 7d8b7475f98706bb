#include "storage/local/store_repair.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_reader.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <system_error>
#include <vector>

#include "storage/local/rocks_options.h"

namespace frontrow {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kTableEnding = ".sst";
constexpr std::string_view kLockName = "LOCK";

// The repair drops a family without a table file; readers expect all of them.
Status add_missing_families(const std::string& database) {
  auto opened = open_store({database, nullptr, kToolWriteBufferBytes}, true);
  return opened.ok() ? opened->close() : Error{opened.error()};
}

}  // namespace

Status repair_copy(const std::string& database, const std::string& to) {
  std::error_code error;
  for (fs::directory_iterator at(database, error), end; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file() || at->path().filename() == kLockName) continue;
    fs::copy_file(at->path(), fs::path(to) / at->path().filename(), error);
    if (error) break;
  }
  if (error) return Error{fmt::format("{}: cannot copy it: {}", database, error.message())};
  const auto options =
      database_options(nullptr, kToolWriteBufferBytes, std::make_shared<BackgroundErrors>());
  const std::vector<rocksdb::ColumnFamilyDescriptor> families{
      {kMetaFamily, small_family_options()},
      {kGroupsFamily, groups_family_options(kToolWriteBufferBytes)},
      {kSnapshotsFamily, snapshots_family_options(kToolWriteBufferBytes)},
      {kCopiesFamily, copies_family_options(kToolWriteBufferBytes)}};
  const rocksdb::Status s = rocksdb::RepairDB(to, options, families, small_family_options());
  if (!s.ok()) return Error{fmt::format("{}: cannot repair a copy: {}", database, s.ToString())};
  return add_missing_families(to);
}

bool is_table(const std::string& path) { return path.ends_with(kTableEnding); }

Status open_table(const std::string& path) {
  rocksdb::Options options(
      database_options(nullptr, kToolWriteBufferBytes, std::make_shared<BackgroundErrors>()),
      groups_family_options(kToolWriteBufferBytes));
  rocksdb::SstFileReader reader(options);
  const rocksdb::Status s = reader.Open(path);
  return s.ok() ? Status() : Error{fmt::format("{}: {}", path, s.ToString())};
}

bool lacks_snapshot_tables(const Store& store, const std::string& database) {
  std::vector<rocksdb::LiveFileMetaData> live;
  store.db->GetLiveFilesMetaData(&live);
  return std::any_of(live.begin(), live.end(), [&](const rocksdb::LiveFileMetaData& file) {
    const std::string name = fs::path(file.name).filename().string();
    return file.column_family_name == kSnapshotsFamily && !open_table(database + "/" + name).ok();
  });
}

bool has_exactly_its_tables(const Store& store, const std::string& database) {
  std::vector<rocksdb::LiveFileMetaData> live;
  store.db->GetLiveFilesMetaData(&live);
  std::set<std::string> known;
  for (const auto& file : live) known.insert(fs::path(file.name).filename().string());
  std::set<std::string> there;
  std::error_code error;
  for (fs::directory_iterator at(database, error), end; !error && at != end; at.increment(error)) {
    if (is_table(at->path().string())) there.insert(at->path().filename().string());
  }
  return known == there;
}

}  // namespace frontrow
