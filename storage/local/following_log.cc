#include "storage/local/following_log.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <stdlib.h>

#include <filesystem>
#include <span>
#include <utility>
#include <vector>

#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "storage/local/watermark.h"

namespace frontrow {
namespace {

constexpr int kFailuresMax = 20;  // in a row

Error at_group(std::uint64_t number, const std::string& what) {
  return Error{fmt::format("group {}: {}", number, what)};
}

}  // namespace

FollowingLog::FollowingLog(std::string directory, std::uint64_t from)
    : directory_(std::move(directory)), next_(from) {}

FollowingLog::~FollowingLog() {
  static_cast<void>(store_.close());
  std::error_code ignored;
  if (!own_directory_.empty()) std::filesystem::remove_all(own_directory_, ignored);
}

Result<std::unique_ptr<FollowingLog>> FollowingLog::open(const std::string& directory,
                                                         std::uint64_t from) {
  std::unique_ptr<FollowingLog> log(new FollowingLog(directory, from));
  if (Status s = log->open_store(); !s.ok()) return Error{s.error()};
  return log;
}

Status FollowingLog::open_store() {
  const auto watermark = read_watermark(directory_ + "/watermark");
  if (!watermark.ok()) return Error{watermark.error()};
  stream_ = watermark->position.stream;
  std::string own = (std::filesystem::temp_directory_path() / "frontrow-follow-XXXXXX").string();
  if (::mkdtemp(own.data()) == nullptr) return Error{own + ": cannot make a directory"};
  own_directory_ = own;

  rocksdb::DBOptions options = database_options(nullptr, kToolWriteBufferBytes, store_.errors);
  options.max_open_files = -1;  // files that the instance deletes stay readable once opened
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status s =
      rocksdb::DB::OpenAsSecondary(options, directory_ + "/db", own_directory_,
                                   {{kMetaFamily, small_family_options()},
                                    {kGroupsFamily, groups_family_options(kToolWriteBufferBytes)}},
                                   &handles, &db);
  if (!s.ok()) return Error{fmt::format("{}: cannot follow the log: {}", directory_, s.ToString())};
  store_.db.reset(db);
  store_.meta = handles[0];
  store_.groups = handles[1];
  return {};
}

Status FollowingLog::poll(const std::function<Status(const GroupView&)>& on_group) {
  // Reads the watermark first: the groups that it covers were written before, so catching up finds
  // them.
  const auto watermark = read_watermark(directory_ + "/watermark");
  if (!watermark.ok()) return Error{watermark.error()};
  if (watermark->position.number < next_) return {};
  const rocksdb::Status caught_up = store_.db->TryCatchUpWithPrimary();
  if (!caught_up.ok()) {
    // The instance may have deleted a file after the secondary read its name and before it opened
    // it.
    if (++failures_ < kFailuresMax) return {};
    return Error{"cannot follow the log: " + caught_up.ToString()};
  }
  failures_ = 0;

  const auto first = encode_group_key({stream_, next_});
  const std::unique_ptr<rocksdb::Iterator> it(
      store_.db->NewIterator(scan_options(), store_.groups));
  for (it->Seek(rocksdb::Slice(first.data(), first.size())); it->Valid(); it->Next()) {
    const auto key = decode_group_key(it->key().ToStringView());
    if (!key || key->stream != stream_) return at_group(next_, "found a key of another stream");
    if (key->number > watermark->position.number) break;
    if (key->number != next_ && last_.number != 0) {
      return at_group(next_,
                      "gone before it was read: the instance has trimmed it; start the read again");
    }
    const auto group =
        decode_group(std::as_bytes(std::span(it->value().data(), it->value().size())));
    if (!group.ok()) return at_group(key->number, group.error());
    if (last_.number != 0) {
      if (Status s = check_follows(last_, group->header); !s.ok())
        return at_group(key->number, s.error());
    }
    if (Status s = on_group(group->view); !s.ok()) return s;
    last_ = position_of(group->header);
    next_ = last_.number + 1;
  }
  if (!it->status().ok()) return at_group(next_, it->status().ToString());
  return {};
}

}  // namespace frontrow
