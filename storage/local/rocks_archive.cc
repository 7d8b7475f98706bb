#include "storage/local/rocks_archive.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <memory>

#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

// Trimming fewer groups is not worth the write.
constexpr std::uint64_t kTrimGroupsMin = 1024;

using KeyBytes = std::array<char, kGroupKeySize>;

Error taken_over() { return Error{"another process took the data directory over"}; }

}  // namespace

Result<KeptPosition> RocksArchive::read_position(const char* key) const {
  std::string bytes;
  const rocksdb::Status s = store_.db->Get(rocksdb::ReadOptions(), store_.meta, key, &bytes);
  if (s.IsNotFound()) return KeptPosition{.position = {.stream = stream_}};
  if (!s.ok()) return Error{with_sign(fmt::format("{}: {}", key, s.ToString()))};
  auto position = decode_position(stream_, bytes);
  if (!position.ok()) return Error{fmt::format("{}: {}{}", key, position.error(), kKeepACopy)};
  return position;
}

Status RocksArchive::open() {
  auto checkpoint = read_position(kCheckpointKey);
  if (!checkpoint.ok()) return Error{checkpoint.error()};
  auto log_start = read_position(kLogStartKey);
  if (!log_start.ok()) return Error{log_start.error()};
  checkpoint_ = *checkpoint;
  log_start_ = *log_start;
  if (log_start_.position.number <= checkpoint_.position.number) return {};
  return Error{fmt::format("groups up to {} were forgotten, but snapshots stand for {} only{}",
                           log_start_.position.number, checkpoint_.position.number, kKeepACopy)};
}

Result<std::vector<SnapshotHead>> RocksArchive::snapshots() {
  auto heads = snapshots_.heads();
  if (!heads.ok()) return Error{with_sign(heads.error())};
  if (heads->size() >= checkpoint_.snapshots) return heads;
  return Error{fmt::format("there are {} snapshots, but there were {} at group {}{}", heads->size(),
                           checkpoint_.snapshots, checkpoint_.position.number, kKeepACopy)};
}

Status RocksArchive::read_snapshot(const SnapshotHead& head, const PartSink& on_part) {
  const Status read = snapshots_.read(head, on_part);
  return read.ok() ? read : Error{with_sign(read.error())};
}

Status RocksArchive::write_snapshot(const SnapshotHead& head,
                                    const std::function<Status(const PartSink&)>& encode) {
  if (!may_write_()) return taken_over();
  return snapshots_.write(head, encode);
}

Status RocksArchive::set_checkpoint_group(std::uint64_t group) {
  if (!may_write_()) return taken_over();
  const auto heads = snapshots_.heads();
  if (!heads.ok()) return Error{heads.error()};
  const auto position = position_at(group);
  if (!position.ok()) return Error{position.error()};
  if (Status s = snapshots_.flush(); !s.ok()) return s;
  const KeptPosition checkpoint{*position, heads->size()};
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.Put(store_.meta, kCheckpointKey, encode_position(checkpoint));
  const rocksdb::Status s = store_.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot write the checkpoint position: " + s.ToString()};
  checkpoint_ = checkpoint;
  return {};
}

Status RocksArchive::read_groups(std::uint64_t after, std::uint64_t through,
                                 const std::function<Status(const GroupView&)>& on_group) {
  if (after >= through) return {};
  const auto from = position_at(after);
  if (!from.ok()) return Error{from.error()};
  const auto last = replay_groups(*store_.db, store_.groups, {*from, through}, {}, {on_group, {}});
  if (!last.ok()) return Error{last.error()};
  if (last->number == through) return {};
  return Error{fmt::format("the log ends at group {}, group {} was expected{}", last->number,
                           through, kKeepACopy)};
}

Result<GroupHeader> RocksArchive::header_of(std::uint64_t group) const {
  const KeyBytes key = encode_group_key({stream_, group});
  std::string bytes;
  const rocksdb::Status s =
      store_.db->Get(rocksdb::ReadOptions(), store_.groups, slice_of(key), &bytes);
  if (!s.ok()) return Error{with_sign(fmt::format("group {}: {}", group, s.ToString()))};
  const auto decoded = decode_group(std::as_bytes(std::span(bytes)));
  if (!decoded.ok())
    return Error{fmt::format("group {}: {}{}", group, decoded.error(), kKeepACopy)};
  return decoded->header;
}

Result<ChainPosition> RocksArchive::position_at(std::uint64_t group) const {
  if (group == 0) return ChainPosition{.stream = stream_};
  if (group == checkpoint_.position.number) return checkpoint_.position;
  if (group == log_start_.position.number) return log_start_.position;
  const auto header = header_of(group);
  if (!header.ok()) return Error{header.error()};
  return position_of(*header);
}

// --- trimming

// The newest group up to `through` that is older than the limit; the log start if there is none.
// Commit times go back only at a restart under a clock that was set back; then a few groups more or
// less are kept.
Result<std::uint64_t> RocksArchive::last_older_than(Instant limit, std::uint64_t through) const {
  std::uint64_t older = log_start_.position.number;
  std::uint64_t younger = through + 1;
  while (older + 1 < younger) {
    const std::uint64_t middle = older + (younger - older) / 2;
    const auto header = header_of(middle);
    if (!header.ok()) return Error{header.error()};
    (header->time < limit ? older : younger) = middle;
  }
  return older;
}

std::uint64_t RocksArchive::bytes_after(std::uint64_t group) const {
  const KeyBytes from = encode_group_key({stream_, group + 1});
  const KeyBytes to = encode_group_key({stream_, ~std::uint64_t{0}});
  const rocksdb::Range range(slice_of(from), slice_of(to));
  rocksdb::SizeApproximationOptions o;
  o.include_memtables = true;
  o.include_files = true;
  std::uint64_t bytes = 0;
  store_.db->GetApproximateSizes(o, store_.groups, &range, 1, &bytes).PermitUncheckedError();
  return bytes;
}

// The newest group up to `through` that is followed by at least so many bytes.
std::uint64_t RocksArchive::last_beyond(std::uint64_t bytes, std::uint64_t through) const {
  std::uint64_t beyond = log_start_.position.number;
  std::uint64_t within = through + 1;
  while (beyond + 1 < within) {
    const std::uint64_t middle = beyond + (within - beyond) / 2;
    (bytes_after(middle) >= bytes ? beyond : within) = middle;
  }
  return beyond;
}

Status RocksArchive::forget_through(const ChainPosition& last) {
  const KeyBytes from = encode_group_key({stream_, 0});
  const KeyBytes to = encode_group_key({stream_, last.number + 1});
  const KeptPosition log_start{last, 0};
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.Put(store_.meta, kLogStartKey, encode_position(log_start));
  batch.DeleteRange(store_.groups, slice_of(from), slice_of(to));
  const rocksdb::Status s = store_.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot trim old groups: " + s.ToString()};
  log_start_ = log_start;
  // Deletes whole files at once; RocksDB deletes the rest of a file when it next merges it.
  const rocksdb::Slice begin = slice_of(from);
  const rocksdb::Slice end = slice_of(to);
  rocksdb::DeleteFilesInRange(store_.db.get(), store_.groups, &begin, &end, false)
      .PermitUncheckedError();
  return {};
}

Result<TrimReport> RocksArchive::trim(const Retention& retention, Instant now) {
  const std::uint64_t log_start = log_start_.position.number;
  const TrimReport nothing{.groups = 0, .first = log_start + 1};
  if (retention.everything || checkpoint_.position.number == 0) return nothing;
  // The newest group stays in any case, because the watermark names it.
  const std::uint64_t limit = checkpoint_.position.number - 1;
  std::uint64_t through = log_start;
  if (retention.time.ms > 0) {
    const auto older = last_older_than({now.ms - retention.time.ms}, limit);
    if (!older.ok()) return Error{older.error()};
    through = *older;
  }
  if (retention.bytes > 0) through = std::max(through, last_beyond(retention.bytes, limit));
  if (through < log_start + kTrimGroupsMin) return nothing;
  if (!may_write_()) return taken_over();
  const auto position = position_at(through);
  if (!position.ok()) return Error{position.error()};
  if (Status s = forget_through(*position); !s.ok()) return Error{s.error()};
  return TrimReport{.groups = through - log_start, .first = through + 1};
}

}  // namespace frontrow
