#include "storage/local/stopped_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "storage/local/directory_lock.h"
#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

rocksdb::ReadOptions stopped_scan_options() {
  rocksdb::ReadOptions o = scan_options();
  // Trimmed groups lie before the first requested group. Also, RocksDB 7.8 frees its list of range
  // deletions twice when an iterator advances past a table that it can't open.
  o.ignore_range_deletions = true;
  return o;
}

// Finds the stream if the database no longer names it: from the watermark or the oldest group's
// key. Leaves the identity unset if neither has it.
StoreContent guess_content(const Store& store, const Result<WatermarkValue>& watermark) {
  StoreContent content;
  if (watermark.ok()) {
    content.identity = StoreIdentity{watermark->position.stream, {}};
    content.epoch = watermark->position.epoch;
    return content;
  }
  if (store.groups == nullptr) return content;
  const std::unique_ptr<rocksdb::Iterator> it(
      store.db->NewIterator(stopped_scan_options(), store.groups));
  it->SeekToFirst();
  if (!it->Valid()) return content;
  const auto key = decode_group_key(it->key().ToStringView());
  if (key) content.identity = StoreIdentity{key->stream, {}};
  return content;
}

}  // namespace

StoppedLog::StoppedLog(std::string directory, FileDescriptor lock, Store store,
                       Result<WatermarkValue> watermark)
    : directory_(std::move(directory)),
      lock_(std::move(lock)),
      store_(std::move(store)),
      watermark_(std::move(watermark)) {}

Result<std::unique_ptr<StoppedLog>> StoppedLog::open(const std::string& directory,
                                                     Strictness strictness) {
  auto lock = lock_for_reading(directory + "/LOCK");
  if (!lock.ok()) {
    return Error{lock.error() + ": stop it, or work on a copy of the directory"};
  }
  auto store =
      open_store_read_only({directory + "/db", nullptr, kToolWriteBufferBytes}, strictness);
  if (!store.ok()) return Error{with_sign(store.error())};
  if (!*store) return Error{fmt::format("{}: there is no journal in this directory", directory)};
  auto watermark = read_watermark(directory + "/watermark");
  StoreContent content;
  const Status meta = read_store_meta(**store, content);
  if (strictness == Strictness::kForgiving && (!meta.ok() || !content.identity)) {
    content = guess_content(**store, watermark);
  } else if (!meta.ok()) {
    return Error{with_sign(fmt::format("{}: {}", directory, meta.error()))};
  }
  if (!content.identity || (*store)->groups == nullptr || (*store)->snapshots == nullptr)
    return Error{fmt::format("{}: the journal's creation was cut short: it is empty", directory)};

  std::unique_ptr<StoppedLog> log(
      new StoppedLog(directory, std::move(*lock), std::move(**store), std::move(watermark)));
  log->identity_ = *content.identity;
  log->epoch_ = content.epoch;
  log->archive_ =
      std::make_unique<RocksArchive>(log->store_, log->identity_.stream, [] { return false; });
  const Status opened = log->archive_->open();
  if (!opened.ok() && strictness == Strictness::kWhole)
    return Error{fmt::format("{}: {}", directory, opened.error())};
  return log;
}

Result<ChainPosition> StoppedLog::read(std::uint64_t after, std::uint64_t through,
                                       const ReplayVisitor& visitor) {
  const auto from = archive_->position_at(after);
  if (!from.ok()) return Error{from.error()};
  const WatermarkValue watermark = watermark_.ok() ? *watermark_ : WatermarkValue{};
  auto end = replay_groups(*store_.db, store_.groups, {*from, through}, watermark, visitor);
  if (!end.ok() || end->number == through || !watermark_.ok()) return end;
  if (Status s = check_reaches(*end, watermark); !s.ok()) return Error{s.error()};
  return end;
}

Status StoppedLog::scan(
    const std::function<Status(const FoundGroup&)>& on_group,
    const std::function<void(std::uint64_t after, const std::string& what)>& on_damage) {
  std::uint64_t last = archive_->log_start().number;
  std::unique_ptr<rocksdb::Iterator> it(
      store_.db->NewIterator(stopped_scan_options(), store_.groups));
  std::uint64_t end = watermark_.ok() ? watermark_->position.number : 0;
  it->SeekToLast();
  if (it->Valid()) {
    if (const auto newest = decode_group_key(it->key().ToStringView()))
      end = std::max(end, newest->number);
  }
  // A new iterator each: one that has failed on a block returns the block before it, without
  // reading (RocksDB 7.8).
  const auto seek = [&](std::uint64_t number) {
    const auto key = encode_group_key({identity_.stream, number});
    it.reset(store_.db->NewIterator(stopped_scan_options(), store_.groups));
    it->Seek(rocksdb::Slice(key.data(), key.size()));
  };
  std::uint64_t wanted = last + 1;
  bool told = false;
  seek(wanted);
  while (it->Valid() || !it->status().ok()) {
    if (!it->Valid()) {
      const std::string what = it->status().ToString();
      if (is_no_damage(what)) return Error{with_sign(what)};
      // RocksDB can't advance by itself: seek one number after the other until it can.
      if (!told) on_damage(last, what);
      told = true;
      if (++wanted > end) return {};
      seek(wanted);
      continue;
    }
    told = false;
    const auto key = decode_group_key(it->key().ToStringView());
    if (!key || key->stream != identity_.stream) {
      on_damage(last, "a key that is not that of a group: " + it->key().ToString(true));
    } else {
      const FoundGroup found{key->number, decode_group(bytes_of(it->value())), it->value().size(),
                             bytes_of(it->value())};
      if (Status s = on_group(found); !s.ok()) return s;
      last = key->number;
    }
    wanted = last + 1;
    it->Next();
  }
  return {};
}

}  // namespace frontrow
