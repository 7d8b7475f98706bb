#include "storage/local/stream_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/check.h"
#include "storage/local/group_key.h"
#include "storage/local/posix_file.h"
#include "storage/local/read_error.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

constexpr std::size_t kBatchBytes = std::size_t{4} << 20;
constexpr std::string_view kNoMark = "This directory is incomplete: remove it.\n";
constexpr std::uint64_t kFirstEpoch = 1;
constexpr Duration kNoSyncInterval = milliseconds(0);

Error rocks_error(const std::string& directory, std::string_view doing,
                  const rocksdb::Status& status) {
  return Error{fmt::format("{}: cannot {}: {}", directory, doing, status.ToString())};
}

}  // namespace

Status StreamWriter::forbid_opening(const std::string& directory) {
  const std::string path = directory + "/watermark";
  const FileDescriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return errno_error(path, "create");
  const auto size = static_cast<ssize_t>(kNoMark.size());
  if (::write(file.get(), kNoMark.data(), kNoMark.size()) != size)
    return errno_error(path, "write");
  if (::fsync(file.get()) != 0) return errno_error(path, "sync");
  return sync_directory(directory);
}

StreamWriter::StreamWriter(std::string directory, Store store, std::uint64_t stream)
    : directory_(std::move(directory)),
      store_(std::move(store)),
      archive_(store_, stream, [] { return true; }),
      end_{.stream = stream},
      batch_(0, 0, kKeyProtectionBytes, 0) {}

Result<std::unique_ptr<StreamWriter>> StreamWriter::create(const std::string& directory,
                                                           const StoreIdentity& identity,
                                                           std::uint64_t epoch) {
  FR_CHECK(epoch > 0);
  if (Status s = forbid_opening(directory); !s.ok()) return Error{s.error()};
  const std::string database = directory + "/db";
  if (Status s = make_private_directory(database); !s.ok()) return Error{s.error()};
  auto store = open_store({database, nullptr, kToolWriteBufferBytes}, true);
  if (!store.ok()) return Error{store.error()};
  const auto started = start_epoch(*store, epoch - 1, &identity);
  if (!started.ok()) return Error{fmt::format("{}: {}", directory, started.error())};
  std::unique_ptr<StreamWriter> writer(
      new StreamWriter(directory, std::move(*store), identity.stream));
  if (Status s = writer->archive_.open(); !s.ok()) return Error{s.error()};
  return writer;
}

Result<std::unique_ptr<StreamWriter>> StreamWriter::create_anew(const std::string& directory,
                                                                Instant now) {
  auto writer = create(directory, {draw_stream(), now}, kFirstEpoch);
  if (!writer.ok()) return writer;
  ChainPosition position{.stream = (*writer)->end_.stream, .epoch = kFirstEpoch};
  ByteBuffer empty_group;
  encode_group(position, {.time = now}, empty_group);
  if (Status s = (*writer)->begin_after(position); !s.ok()) return Error{s.error()};
  encode_group(position, {.time = now}, empty_group);
  const auto group = decode_group(empty_group);
  FR_CHECK(group.ok());
  if (Status s = (*writer)->add_group(group->header, empty_group); !s.ok()) return Error{s.error()};
  return writer;
}

Status StreamWriter::begin_after(const ChainPosition& log_start) {
  FR_CHECK(end_.number == 0 && log_start.stream == end_.stream);
  // Both are written in one batch: groups may only be missing where snapshots replace them.
  // finish() and the server's own checkpoints write the checkpoint position anew.
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.Put(store_.meta, kCheckpointKey, encode_position({log_start, 0}));
  batch.Put(store_.meta, kLogStartKey, encode_position({log_start, 0}));
  const rocksdb::Status s = store_.db->Write(durable_write(), &batch);
  if (!s.ok()) return rocks_error(directory_, "write where the log begins", s);
  end_ = log_start;
  return archive_.open();
}

Status StreamWriter::add_group(const GroupHeader& header, std::span<const std::byte> bytes) {
  if (Status s = check_follows(end_, header); !s.ok())
    return Error{fmt::format("group {}: {}", header.number, s.error())};
  const auto key = encode_group_key({header.stream, header.number});
  const rocksdb::Status put =
      batch_.Put(store_.groups, rocksdb::Slice(key.data(), key.size()), slice_of(bytes));
  if (!put.ok()) return rocks_error(directory_, "gather a group", put);
  end_ = position_of(header);
  ++groups_;
  group_bytes_ += bytes.size();
  return batch_.GetDataSize() < kBatchBytes ? Status() : write_batch();
}

Status StreamWriter::write_batch() {
  if (batch_.Count() == 0) return {};
  const rocksdb::Status s = store_.db->Write(unlogged_write(), &batch_);
  batch_.Clear();
  if (!s.ok()) return rocks_error(directory_, "write groups", s);
  return {};
}

Status StreamWriter::write_snapshot(const Slot& slot, Instant shown) {
  const SnapshotHead head{.slot = slot.id,
                          .group = end_.number,
                          .seq = slot.seq,
                          .state_hash = slot.state_hash(),
                          .time = shown};
  const Status written = archive_.write_snapshot(head, [&](const PartSink& sink) {
    return encode_snapshot(slot, [&](std::span<const std::byte> part) {
      snapshot_bytes_ += part.size();
      return sink(part);
    });
  });
  if (!written.ok()) return Error{fmt::format("{}: {}", directory_, written.error())};
  ++snapshots_;
  return {};
}

// Copies the keys from `first` to before `behind`.
Status StreamWriter::take_range(rocksdb::DB& from, rocksdb::ColumnFamilyHandle* from_family,
                                rocksdb::ColumnFamilyHandle* family, std::string_view first,
                                std::string_view behind) {
  const rocksdb::Slice bound(behind.data(), behind.size());
  rocksdb::ReadOptions options = scan_options();
  options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(from.NewIterator(options, from_family));
  for (it->Seek(rocksdb::Slice(first.data(), first.size())); it->Valid(); it->Next()) {
    const rocksdb::Status put = batch_.Put(family, it->key(), it->value());
    if (!put.ok()) return rocks_error(directory_, "gather a copy", put);
    if (batch_.GetDataSize() < kBatchBytes) continue;
    if (Status s = write_batch(); !s.ok()) return s;
  }
  if (!it->status().ok()) return Error{with_sign(it->status().ToString())};
  return write_batch();
}

Status StreamWriter::take_copy(const Store& source, std::uint64_t stream) {
  if (Status s = write_batch(); !s.ok()) return s;
  const auto key = [](std::uint64_t of, std::uint64_t number) {
    const auto bytes = encode_group_key({of, number});
    return std::string(bytes.data(), bytes.size());
  };
  if (Status s = take_range(*source.db, source.copies, store_.copies, key(stream, 0),
                            key(stream, ~std::uint64_t{0}));
      !s.ok())
    return s;
  const std::string snapshots = copied_snapshots_prefix(stream);
  if (Status s = take_range(*source.db, source.snapshots, store_.snapshots, snapshots,
                            snapshots + std::string(kSnapshotHeadKeyBytes, '\xff'));
      !s.ok())
    return s;
  // The copy exists with its log start, which is written last.
  for (const char* position : {kCheckpointKey, kSyncedKey, kUnusedKey, kLogStartKey}) {
    const std::string name = copy_key(position, stream);
    std::string value;
    const rocksdb::Status got = source.db->Get(rocksdb::ReadOptions(), source.meta, name, &value);
    if (got.IsNotFound()) continue;
    const rocksdb::Status put =
        got.ok() ? store_.db->Put(durable_write(), store_.meta, name, value) : got;
    if (!put.ok()) return rocks_error(directory_, "write the positions of a copy", put);
  }
  return {};
}

Status StreamWriter::finish(std::uint64_t epoch, bool clean_stop) {
  if (Status s = write_batch(); !s.ok()) return s;
  rocksdb::FlushOptions flush;
  flush.wait = true;
  for (rocksdb::ColumnFamilyHandle* family : {store_.groups, store_.snapshots, store_.copies}) {
    const rocksdb::Status s = store_.db->Flush(flush, family);
    if (!s.ok()) return rocks_error(directory_, "write groups and snapshots to disk", s);
  }
  if (Status s = archive_.set_checkpoint_group(end_.number); !s.ok())
    return Error{fmt::format("{}: {}", directory_, s.error())};
  if (Status s = store_.close(); !s.ok())
    return Error{fmt::format("{}: {}", directory_, s.error())};
  if (store_.errors->failed())
    return Error{fmt::format("{}: {}", directory_, store_.errors->message())};
  for (const std::string& path : {directory_ + "/db", directory_}) {
    if (Status s = sync_directory(path); !s.ok()) return s;
  }
  WatermarkValue newest{.position = end_, .clean_stop = clean_stop};
  newest.position.epoch = std::max(newest.position.epoch, epoch);
  const auto watermark = Watermark::create(directory_ + "/watermark", newest, kNoSyncInterval);
  return watermark.ok() ? Status() : Error{watermark.error()};
}

}  // namespace frontrow
