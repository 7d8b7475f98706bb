#include "storage/local/stopped_copies.h"

#include <fmt/format.h>

#include "storage/local/copy_tail.h"
#include "storage/local/journal_meta.h"
#include "storage/local/read_error.h"
#include "storage/local/rocks_options.h"

namespace frontrow {
namespace {

const ChainPosition& later_position(const ChainPosition& a, const ChainPosition& b) {
  return a.number < b.number ? b : a;
}

Result<ChainPosition> read_synced_position(const Store& store, std::uint64_t stream) {
  const std::string key = copy_key(kSyncedKey, stream);
  std::string bytes;
  const rocksdb::Status s = store.db->Get(rocksdb::ReadOptions(), store.meta, key, &bytes);
  if (s.IsNotFound()) return ChainPosition{.stream = stream};
  if (!s.ok()) return Error{with_sign(fmt::format("{}: {}", key, s.ToString()))};
  const auto kept = decode_position(stream, bytes);
  if (!kept.ok()) return Error{fmt::format("{}: {}", key, kept.error())};
  return kept->position;
}

// Finds the end of the copy, as a start of the instance would.
Status open_stopped_copy(StoppedLog& log, CopiedStream& copy) {
  if (log.store().copies == nullptr) return Error{"its groups are missing"};
  if (Status s = copy.archive->open(); !s.ok()) return s;
  const auto synced = read_synced_position(log.store(), copy.stream);
  if (!synced.ok()) return Error{synced.error()};
  const RocksArchive& archive = *copy.archive;
  const ChainPosition durable =
      later_position(later_position(archive.log_start(), archive.checkpoint_position()), *synced);
  const auto tail = find_copy_tail(*log.store().db, log.store().copies, archive, durable);
  if (!tail.ok()) return Error{tail.error()};
  copy.newest = tail->newest;
  return {};
}

}  // namespace

Result<std::vector<CopiedStream>> open_copies(StoppedLog& log) {
  std::vector<CopiedStream> copies;
  const std::string prefix = std::string(kLogStartKey) + "/";
  const std::unique_ptr<rocksdb::Iterator> it(
      log.store().db->NewIterator(scan_options(), log.store().meta));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const auto stream = stream_of_copy_key(kLogStartKey, it->key().ToStringView());
    if (!stream) return Error{fmt::format("{}: not the key of a stream", it->key().ToString())};
    CopiedStream copy{.stream = *stream,
                      .archive = RocksArchive::of_copy(log.store(), *stream, [] { return false; }),
                      .newest = {.stream = *stream},
                      .damage = {}};
    if (Status s = open_stopped_copy(log, copy); !s.ok()) copy.damage = s.error();
    copies.push_back(std::move(copy));
  }
  if (!it->status().ok()) return Error{with_sign(it->status().ToString())};
  return copies;
}

Status read_copy(const CopiedStream& copy, std::uint64_t after,
                 const std::function<Status(const GroupView&)>& on_group) {
  return copy.archive->read_groups(after, copy.newest.number, on_group);
}

}  // namespace frontrow
