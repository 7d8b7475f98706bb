#include "storage/local/rocksdb_journal.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sys/statvfs.h>

#include <array>
#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "storage/local/group_codec.h"
#include "storage/local/group_key.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_open.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/rocks_copies.h"
#include "storage/local/rocks_options.h"

namespace frontrow {
namespace {

std::string other_owner_of(const std::string& directory) {
  return fmt::format("{}: another process took the data directory over (LOCK is no longer ours)",
                     directory);
}

}  // namespace

struct RocksDbJournal::Impl {
  enum class Phase { kOpened, kReplayed, kClosed };

  Impl(const JournalOptions& journal_options, OpenedStream opened_stream)
      : options(journal_options),
        opened(std::move(opened_stream)),
        clean_stop_before(opened.watermark.value().clean_stop),
        archive(opened.store, opened.stream, [this] { return opened.lock.still_ours(); }),
        copies(opened.store, opened.stream, [this] { return opened.lock.still_ours(); }) {}
  ~Impl();

  AppendStatus fail(AppendStatus status, std::string why) {
    failure = std::move(why);
    return status;
  }
  // Whether another process owns the directory; if so, latches the failure and leaves the files
  // alone.
  bool fenced();
  rocksdb::Status write(const GroupParts& group, ChainPosition& next);
  rocksdb::Status put(const ChainPosition& at, std::span<const rocksdb::Slice> value,
                      const rocksdb::WriteOptions& how);
  Error fail_local(std::string why);

  const JournalOptions options;
  OpenedStream opened;
  const bool clean_stop_before;
  RocksArchive archive;
  RocksCopies copies;

  Phase phase = Phase::kOpened;
  // Newest written group, with this owner's epoch; under the mutex where sync() may run.
  ChainPosition position;
  std::uint64_t group_epoch = 0;                // of the newest written group's owner
  std::atomic<std::uint64_t> durable_group{0};  // of the newest durable one, for other threads
  std::string failure;                          // latched
  // Guards position and failure under a shared log; the journal's thread alone writes position.
  mutable std::mutex mutex;
  // Reused by each append for their memory.
  rocksdb::WriteBatch batch{0, 0, kKeyProtectionBytes, 0};
  std::vector<rocksdb::Slice> value_parts;
};

RocksDbJournal::Impl::~Impl() { static_cast<void>(fenced()); }

bool RocksDbJournal::Impl::fenced() {
  if (opened.lock.still_ours()) return false;
  opened.store.leave_files_alone();
  failure = other_owner_of(options.directory);
  return true;
}

// Gathers header and records straight into the batch: RocksDB makes the only copy of the records.
rocksdb::Status RocksDbJournal::Impl::write(const GroupParts& group, ChainPosition& next) {
  const GroupHeaderBytes header = encode_group_header(next, group);
  value_parts.clear();
  value_parts.emplace_back(reinterpret_cast<const char*>(header.data()), header.size());
  for (const auto& part : group.records) {
    value_parts.emplace_back(reinterpret_cast<const char*>(part.data()), part.size());
  }
  return put(next, value_parts, durable_write());
}

rocksdb::Status RocksDbJournal::Impl::put(const ChainPosition& at,
                                          std::span<const rocksdb::Slice> value,
                                          const rocksdb::WriteOptions& how) {
  const auto key_bytes = encode_group_key({at.stream, at.number});
  const rocksdb::Slice key(key_bytes.data(), key_bytes.size());
  batch.Clear();
  const rocksdb::Status gathered =
      batch.Put(opened.store.groups, rocksdb::SliceParts(&key, 1),
                rocksdb::SliceParts(value.data(), static_cast<int>(value.size())));
  if (!gathered.ok()) return gathered;
  return opened.store.db->Write(how, &batch);
}

Error RocksDbJournal::Impl::fail_local(std::string why) {
  const std::lock_guard lock(mutex);
  if (failure.empty()) failure = std::move(why);
  return Error{failure};
}

RocksDbJournal::RocksDbJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksDbJournal::~RocksDbJournal() = default;

Result<std::unique_ptr<RocksDbJournal>> RocksDbJournal::open(const JournalOptions& options) {
  auto opened = open_stream(options);
  if (!opened.ok()) return Error{opened.error()};
  auto impl = std::make_unique<Impl>(options, std::move(*opened));
  if (Status s = impl->archive.open(); !s.ok())
    return Error{fmt::format("{}: {}", options.directory, s.error())};
  if (Status s = impl->copies.open(); !s.ok())
    return Error{fmt::format("{}: {}", options.directory, s.error())};
  return std::unique_ptr<RocksDbJournal>(new RocksDbJournal(std::move(impl)));
}

Status RocksDbJournal::replay(const ReplayVisitor& visitor) {
  FR_CHECK(impl_->phase == Impl::Phase::kOpened);
  OpenedStream& opened = impl_->opened;
  const WatermarkValue& watermark = opened.watermark.value();
  const auto end =
      replay_groups(*opened.store.db, opened.store.groups,
                    {.from = impl_->archive.checkpoint_position()}, watermark, visitor);
  const Status reaches = end.ok() ? check_reaches(*end, watermark) : Error{end.error()};
  if (!reaches.ok()) return Error{fmt::format("{}: {}", impl_->options.directory, reaches.error())};
  impl_->position = *end;
  impl_->group_epoch = end->epoch;
  impl_->position.epoch = opened.epoch;
  impl_->durable_group.store(end->number);
  // From here on a stop without close() is a crash, and the watermark covers the recovered groups.
  if (Status s = opened.watermark.settle({.position = impl_->position}); !s.ok()) return s;
  impl_->phase = Impl::Phase::kReplayed;
  return {};
}

AppendStatus RocksDbJournal::append(const GroupParts& group) {
  Impl& j = *impl_;
  FR_CHECK(j.phase == Impl::Phase::kReplayed);
  if (!j.failure.empty()) return AppendStatus::kFailed;
  if (j.opened.store.errors->failed()) {
    return j.fail(AppendStatus::kFailed, "RocksDB: " + j.opened.store.errors->message());
  }
  if (j.fenced()) return AppendStatus::kFenced;

  ChainPosition next = j.position;
  const rocksdb::Status written = j.write(group, next);
  if (!written.ok()) {
    return j.fail(AppendStatus::kFailed,
                  fmt::format("group {}: outcome unknown: {}", next.number, written.ToString()));
  }
  if (Status s = j.opened.watermark.advance({.position = next}); !s.ok()) {
    return j.fail(AppendStatus::kFailed, s.error());
  }
  j.position = next;
  j.durable_group.store(next.number, std::memory_order_release);
  return AppendStatus::kDurable;
}

LogEnd RocksDbJournal::end() const { return {impl_->position.number, impl_->position.hash}; }

LogEnd RocksDbJournal::encode_next(const GroupParts& group, ByteBuffer& out) const {
  ChainPosition next = impl_->position;
  encode_group(next, group, out);
  return {next.number, next.hash};
}

Result<GroupView> RocksDbJournal::add(std::span<const std::byte> group) {
  Impl& j = *impl_;
  FR_CHECK(j.phase == Impl::Phase::kReplayed);
  if (std::string why = failure(); !why.empty()) return Error{std::move(why)};
  if (j.opened.store.errors->failed())
    return j.fail_local("RocksDB: " + j.opened.store.errors->message());
  if (!j.opened.lock.still_ours()) {
    j.opened.store.leave_files_alone();
    return j.fail_local(other_owner_of(j.options.directory));
  }
  const auto decoded = decode_group(group);
  if (!decoded.ok()) return j.fail_local("a group of the shared log: " + decoded.error());
  // Groups that were not here at the start have the epochs of earlier owners.
  ChainPosition before = j.position;
  before.epoch = j.group_epoch;
  if (Status s = check_follows(before, decoded->header); !s.ok())
    return j.fail_local("a group of the shared log: " + s.error());
  const ChainPosition next = position_of(decoded->header);
  const rocksdb::Slice value(reinterpret_cast<const char*>(group.data()), group.size());
  const rocksdb::Status written = j.put(next, {&value, 1}, logged_write());
  if (!written.ok())
    return j.fail_local(fmt::format("group {}: {}", next.number, written.ToString()));
  const std::lock_guard lock(j.mutex);
  j.position = next;
  j.position.epoch = j.opened.epoch;
  j.group_epoch = next.epoch;
  return decoded->view;
}

Result<std::uint64_t> RocksDbJournal::sync() {
  Impl& j = *impl_;
  ChainPosition written;
  {
    const std::lock_guard lock(j.mutex);
    if (!j.failure.empty()) return Error{j.failure};
    written = j.position;
  }
  // The copies share RocksDB's log: after an error of theirs it must not be synced either.
  if (j.opened.store.errors->failed())
    return j.fail_local("RocksDB: " + j.opened.store.errors->message());
  if (written.number == j.durable_group.load()) return written.number;
  const rocksdb::Status synced = j.opened.store.db->SyncWAL();
  if (!synced.ok())
    return j.fail_local(fmt::format("sync of group {}: {}", written.number, synced.ToString()));
  if (Status s = j.opened.watermark.advance({.position = written}); !s.ok())
    return j.fail_local(s.error());
  j.durable_group.store(written.number, std::memory_order_release);
  return written.number;
}

std::string RocksDbJournal::failure() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->failure;
}

std::uint64_t RocksDbJournal::last_group() const {
  return impl_->durable_group.load(std::memory_order_acquire);
}

Archive& RocksDbJournal::archive() { return impl_->archive; }
Copies* RocksDbJournal::copies() { return &impl_->copies; }

JournalSpace RocksDbJournal::space() const {
  struct statvfs fs;
  JournalSpace space{.reserve_bytes = impl_->options.reserve_bytes};
  // If the file system can't be queried, reports no free bytes, so that new work is rejected.
  if (::statvfs(impl_->options.directory.c_str(), &fs) == 0) {
    space.free_bytes = std::uint64_t{fs.f_bavail} * fs.f_frsize;
  }
  return space;
}

Status RocksDbJournal::close() {
  Impl& j = *impl_;
  FR_CHECK(j.phase != Impl::Phase::kClosed);
  const bool replayed = j.phase == Impl::Phase::kReplayed;
  j.phase = Impl::Phase::kClosed;
  static_cast<void>(j.fenced());
  const Status closed = j.opened.store.close();
  if (!j.failure.empty()) return Error{j.failure};
  if (!closed.ok()) return Error{fmt::format("{}: {}", j.options.directory, closed.error())};
  if (!replayed) return {};
  return j.opened.watermark.settle({.position = j.position, .clean_stop = true});
}

std::uint64_t RocksDbJournal::stream() const { return impl_->opened.stream; }
std::uint64_t RocksDbJournal::epoch() const { return impl_->opened.epoch; }
bool RocksDbJournal::opened_after_clean_stop() const { return impl_->clean_stop_before; }

}  // namespace frontrow
