#include "storage/local/rocksdb_journal.h"

#include <fmt/format.h>
#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>
#include <sys/statvfs.h>

#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "engine/base/check.h"
#include "storage/local/group_codec.h"
#include "storage/local/group_key.h"
#include "storage/local/group_replay.h"
#include "storage/local/journal_open.h"
#include "storage/local/rocks_archive.h"
#include "storage/local/rocks_options.h"

namespace frontrow {

struct RocksDbJournal::Impl {
  enum class Phase { kOpened, kReplayed, kClosed };

  Impl(const JournalOptions& journal_options, OpenedStream opened_stream)
      : options(journal_options),
        opened(std::move(opened_stream)),
        clean_stop_before(opened.watermark.value().clean_stop),
        archive(opened.store, opened.stream, [this] { return opened.lock.still_ours(); }) {}
  ~Impl();

  AppendStatus fail(AppendStatus status, std::string why) {
    failure = std::move(why);
    return status;
  }
  // Whether another process owns the directory; if so, latches the failure and leaves the files
  // alone.
  bool fenced();
  rocksdb::Status write(const GroupParts& group, ChainPosition& next);

  const JournalOptions options;
  OpenedStream opened;
  const bool clean_stop_before;
  RocksArchive archive;

  Phase phase = Phase::kOpened;
  ChainPosition position;                       // newest durable group, with this owner's epoch
  std::atomic<std::uint64_t> durable_group{0};  // its number, for other threads
  std::string failure;                          // latched
  // Reused by each append for their memory.
  rocksdb::WriteBatch batch{0, 0, kKeyProtectionBytes, 0};
  std::vector<rocksdb::Slice> value_parts;
};

RocksDbJournal::Impl::~Impl() { static_cast<void>(fenced()); }

bool RocksDbJournal::Impl::fenced() {
  if (opened.lock.still_ours()) return false;
  opened.store.leave_files_alone();
  failure = fmt::format("{}: another process took the data directory over (LOCK is no longer ours)",
                        options.directory);
  return true;
}

// Gathers header and records straight into the batch: RocksDB makes the only copy of the records.
rocksdb::Status RocksDbJournal::Impl::write(const GroupParts& group, ChainPosition& next) {
  const GroupHeaderBytes header = encode_group_header(next, group);
  const auto key_bytes = encode_group_key({next.stream, next.number});
  const rocksdb::Slice key(key_bytes.data(), key_bytes.size());
  value_parts.clear();
  value_parts.emplace_back(reinterpret_cast<const char*>(header.data()), header.size());
  for (const auto& part : group.records) {
    value_parts.emplace_back(reinterpret_cast<const char*>(part.data()), part.size());
  }
  batch.Clear();
  const rocksdb::Status put =
      batch.Put(opened.store.groups, rocksdb::SliceParts(&key, 1),
                rocksdb::SliceParts(value_parts.data(), static_cast<int>(value_parts.size())));
  if (!put.ok()) return put;
  return opened.store.db->Write(durable_write(), &batch);
}

RocksDbJournal::RocksDbJournal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RocksDbJournal::~RocksDbJournal() = default;

Result<std::unique_ptr<RocksDbJournal>> RocksDbJournal::open(const JournalOptions& options) {
  auto opened = open_stream(options);
  if (!opened.ok()) return Error{opened.error()};
  auto impl = std::make_unique<Impl>(options, std::move(*opened));
  if (Status s = impl->archive.open(); !s.ok())
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

std::string RocksDbJournal::failure() const { return impl_->failure; }

std::uint64_t RocksDbJournal::last_group() const {
  return impl_->durable_group.load(std::memory_order_acquire);
}

Archive& RocksDbJournal::archive() { return impl_->archive; }

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
