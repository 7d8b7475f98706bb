#include "storage/local/rocks_archive.h"

#include <fmt/format.h>
#include <rocksdb/convenience.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <memory>

#include "engine/base/check.h"
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

RocksArchive::RocksArchive(Store& store, rocksdb::ColumnFamilyHandle* groups,
                           SnapshotStore::Kind kind, std::uint64_t stream,
                           std::function<bool()> may_write)
    : store_(store),
      groups_(groups),
      is_copy_(kind == SnapshotStore::Kind::kCopied),
      stream_(stream),
      may_write_(std::move(may_write)),
      snapshots_(store, stream, kind) {}

std::unique_ptr<RocksArchive> RocksArchive::of_copy(Store& store, std::uint64_t stream,
                                                    std::function<bool()> may_write) {
  return std::unique_ptr<RocksArchive>(new RocksArchive(
      store, store.copies, SnapshotStore::Kind::kCopied, stream, std::move(may_write)));
}

std::string RocksArchive::key_of(const char* position) const {
  return is_copy_ ? copy_key(position, stream_) : position;
}

Result<KeptPosition> RocksArchive::read_position(const std::string& key) const {
  std::string bytes;
  const rocksdb::Status s = store_.db->Get(rocksdb::ReadOptions(), store_.meta, key, &bytes);
  if (s.IsNotFound()) return KeptPosition{.position = {.stream = stream_}};
  if (!s.ok()) return Error{with_sign(fmt::format("{}: {}", key, s.ToString()))};
  auto position = decode_position(stream_, bytes);
  if (!position.ok()) return Error{fmt::format("{}: {}{}", key, position.error(), kKeepACopy)};
  return position;
}

Status RocksArchive::open() {
  auto checkpoint = read_position(key_of(kCheckpointKey));
  if (!checkpoint.ok()) return Error{checkpoint.error()};
  auto log_start = read_position(key_of(kLogStartKey));
  if (!log_start.ok()) return Error{log_start.error()};
  keep({*checkpoint, *log_start});
  if (log_start->position.number <= checkpoint->position.number) return {};
  // A copy begins before the snapshots of its slots are written (copies.h).
  if (is_copy_ && checkpoint->position.number == 0) return {};
  return Error{fmt::format("groups up to {} were forgotten, but snapshots stand for {} only{}",
                           log_start->position.number, checkpoint->position.number, kKeepACopy)};
}

RocksArchive::Positions RocksArchive::positions() const {
  const std::lock_guard lock(positions_mutex_);
  return positions_;
}

void RocksArchive::keep(const Positions& positions) {
  const std::lock_guard lock(positions_mutex_);
  positions_ = positions;
}

Result<std::vector<SnapshotHead>> RocksArchive::snapshots() {
  const KeptPosition checkpoint = positions().checkpoint;
  auto heads = snapshots_.heads();
  if (!heads.ok()) return Error{with_sign(heads.error())};
  if (heads->size() >= checkpoint.snapshots) return heads;
  return Error{fmt::format("there are {} snapshots, but there were {} at group {}{}", heads->size(),
                           checkpoint.snapshots, checkpoint.position.number, kKeepACopy)};
}

Status RocksArchive::read_snapshot(const SnapshotHead& head, const PartSink& on_part) {
  const Status read = snapshots_.read(head, on_part);
  return read.ok() ? read : Error{with_sign(read.error())};
}

Status RocksArchive::write_snapshot(const SnapshotHead& head,
                                    const std::function<Status(const PartSink&)>& encode) {
  const std::lock_guard lock(writes_mutex_);
  if (!may_write_()) return taken_over();
  if (!is_copy_ && snapshots_.seq_of(head.slot) > head.seq) return {};
  return snapshots_.write(head, encode);
}

Status RocksArchive::flush_snapshots() {
  const std::lock_guard lock(writes_mutex_);
  return may_write_() ? snapshots_.flush() : taken_over();
}

// The number of snapshots that a start expects goes down first.
Status RocksArchive::drop_snapshot(SlotId slot) {
  const std::lock_guard lock(writes_mutex_);
  if (!may_write_()) return taken_over();
  const auto has = snapshots_.has(slot);
  if (!has.ok()) return Error{has.error()};
  if (!*has) return {};
  Positions next = positions();
  if (next.checkpoint.snapshots > 0) {
    --next.checkpoint.snapshots;
    if (Status s = write_checkpoint(next.checkpoint); !s.ok()) return s;
    keep(next);
  }
  return snapshots_.drop(slot);
}

Status RocksArchive::write_checkpoint(const KeptPosition& checkpoint) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.Put(store_.meta, key_of(kCheckpointKey), encode_position(checkpoint));
  const rocksdb::Status s = store_.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot write the checkpoint position: " + s.ToString()};
  return {};
}

Status RocksArchive::set_checkpoint_group(std::uint64_t group) {
  const std::lock_guard lock(writes_mutex_);
  if (!may_write_()) return taken_over();
  const auto heads = snapshots_.heads();
  if (!heads.ok()) return Error{heads.error()};
  const auto position = position_at(group);
  if (!position.ok()) return Error{position.error()};
  if (Status s = snapshots_.flush(); !s.ok()) return s;
  const KeptPosition checkpoint{*position, heads->size()};
  if (Status s = write_checkpoint(checkpoint); !s.ok()) return s;
  keep({checkpoint, positions().log_start});
  return {};
}

Status RocksArchive::read_groups(std::uint64_t after, std::uint64_t through,
                                 const std::function<Status(const GroupView&)>& on_group) {
  if (after >= through) return {};
  if (after < log_start().number)
    return Error{fmt::format("groups up to {} are not kept", log_start().number)};
  const auto from = position_at(after);
  if (!from.ok()) return Error{from.error()};
  const GroupRange range{.from = *from, .through = through, .shares_family = is_copy_};
  const auto last = replay_groups(*store_.db, groups_, range, {}, {on_group, {}});
  if (!last.ok()) return Error{last.error()};
  if (last->number == through) return {};
  return Error{fmt::format("the log ends at group {}, group {} was expected{}", last->number,
                           through, kKeepACopy)};
}

Result<GroupHeader> RocksArchive::header_of(std::uint64_t group) const {
  const KeyBytes key = encode_group_key({stream_, group});
  std::string bytes;
  const rocksdb::Status s = store_.db->Get(rocksdb::ReadOptions(), groups_, slice_of(key), &bytes);
  if (!s.ok()) return Error{with_sign(fmt::format("group {}: {}", group, s.ToString()))};
  const auto decoded = decode_group(std::as_bytes(std::span(bytes)));
  if (!decoded.ok())
    return Error{fmt::format("group {}: {}{}", group, decoded.error(), kKeepACopy)};
  return decoded->header;
}

Result<ChainPosition> RocksArchive::position_at(std::uint64_t group) {
  if (group == 0) return ChainPosition{.stream = stream_};
  const auto [checkpoint, log_start] = positions();
  if (group == checkpoint.position.number) return checkpoint.position;
  if (group == log_start.position.number) return log_start.position;
  const auto header = header_of(group);
  if (!header.ok()) return Error{header.error()};
  return position_of(*header);
}

Status RocksArchive::gather_removal(rocksdb::WriteBatch& batch) const {
  FR_CHECK(is_copy_);
  const KeyBytes from = encode_group_key({stream_, 0});
  const KeyBytes to = encode_group_key({stream_, ~std::uint64_t{0}});
  batch.DeleteRange(groups_, slice_of(from), slice_of(to));
  for (const char* key : {kLogStartKey, kCheckpointKey, kSyncedKey, kUnusedKey})
    batch.Delete(store_.meta, key_of(key));
  return snapshots_.gather_deletions(batch);
}

// --- trimming

// The newest group up to `through` that is older than the limit; the log start if there is none.
// Commit times go back only at a restart under a clock that was set back; then a few groups more or
// less are kept.
Result<std::uint64_t> RocksArchive::last_older_than(Instant limit, std::uint64_t through) const {
  std::uint64_t older = log_start().number;
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
  store_.db->GetApproximateSizes(o, groups_, &range, 1, &bytes).PermitUncheckedError();
  return bytes;
}

// The newest group up to `through` that is followed by at least so many bytes.
std::uint64_t RocksArchive::last_beyond(std::uint64_t bytes, std::uint64_t through) const {
  std::uint64_t beyond = log_start().number;
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
  batch.Put(store_.meta, key_of(kLogStartKey), encode_position(log_start));
  batch.DeleteRange(groups_, slice_of(from), slice_of(to));
  const rocksdb::Status s = store_.db->Write(durable_write(), &batch);
  if (!s.ok()) return Error{"cannot trim old groups: " + s.ToString()};
  keep({positions().checkpoint, log_start});
  // Deletes whole files at once; RocksDB deletes the rest of a file when it next merges it.
  const rocksdb::Slice begin = slice_of(from);
  const rocksdb::Slice end = slice_of(to);
  rocksdb::DeleteFilesInRange(store_.db.get(), groups_, &begin, &end, false).PermitUncheckedError();
  return {};
}

Result<TrimReport> RocksArchive::trim(const Retention& retention, Instant now) {
  const std::lock_guard lock(writes_mutex_);
  const std::uint64_t log_start = this->log_start().number;
  const std::uint64_t checkpoint = checkpoint_position().number;
  const TrimReport nothing{.groups = 0, .first = log_start + 1};
  if (retention.everything || checkpoint == 0) return nothing;
  // The newest group stays in any case, because the watermark names it.
  const std::uint64_t limit = checkpoint - 1;
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
