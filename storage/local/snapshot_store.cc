#include "storage/local/snapshot_store.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "engine/base/bytes.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

constexpr char kPart = 'p';
// Flushed here well before the family's memory is full: RocksDB would then block every writer of
// the database, the journal too.
constexpr std::uint64_t kUnflushedBytesMax = std::uint64_t{16} << 20;
constexpr std::string_view kDropping = "drop the snapshot before";
constexpr char kCopy = 'c';
constexpr std::uint16_t kVersionWithStream = 3;

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::string prefix_of(std::uint64_t stream, SnapshotStore::Kind kind) {
  return kind == SnapshotStore::Kind::kOwn ? std::string() : copied_snapshots_prefix(stream);
}

rocksdb::ReadOptions checked_read() {
  rocksdb::ReadOptions o;
  o.verify_checksums = true;
  o.fill_cache = false;
  o.total_order_seek = true;
  return o;
}

Status status_of(const rocksdb::Status& s, std::string_view doing) {
  if (s.ok()) return {};
  return Error{fmt::format("cannot {}: {}", doing, s.ToString())};
}

}  // namespace

std::string copied_snapshots_prefix(std::uint64_t stream) {
  std::string prefix;
  append_big_endian(prefix, kCopiedSnapshots, 2);
  prefix.push_back(kCopy);
  append_big_endian(prefix, stream, 8);
  return prefix;
}

std::string encode_snapshot_head(const SnapshotHead& head) {
  ByteBuffer out;
  ByteWriter w(out);
  w.put(kSnapshotVersion);
  w.put(kSnapshotOldestReader);
  w.put(head.slot);
  w.put(std::uint16_t{0});
  w.put(head.stream);
  w.put(head.group);
  w.put(head.seq);
  w.put(head.state_hash);
  w.put(head.time);
  w.put(head.parts);
  w.put(std::uint32_t{0});
  w.put(head.bytes);
  w.put(head.content_hash);
  w.put(xxh3_64(out));
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

Result<SnapshotHead> decode_snapshot_head(std::string_view bytes, std::uint64_t stream) {
  ByteReader r(bytes_of(bytes));
  const auto version = r.get<std::uint16_t>();
  const auto oldest_reader = r.get<std::uint16_t>();
  if (!r.failed() && (oldest_reader > kSnapshotVersion || version < kSnapshotOldestVersion)) {
    return Error{fmt::format(
        "snapshot version {} (readable from version {} on) is not known to this program, which "
        "reads versions {} to {}",
        version, oldest_reader, kSnapshotOldestVersion, kSnapshotVersion)};
  }
  SnapshotHead head;
  head.slot = r.get<SlotId>();
  r.get<std::uint16_t>();
  head.stream = version < kVersionWithStream ? stream : r.get<std::uint64_t>();
  head.group = r.get<std::uint64_t>();
  head.seq = r.get<std::uint64_t>();
  head.state_hash = r.get<std::uint64_t>();
  head.time = r.get_instant();
  head.parts = r.get<std::uint32_t>();
  r.get<std::uint32_t>();
  head.bytes = r.get<std::uint64_t>();
  head.content_hash = r.get<std::uint64_t>();
  const std::size_t hashed = r.position();
  const auto hash = r.get<std::uint64_t>();
  if (!r.at_end() || hash != xxh3_64(bytes_of(bytes).first(hashed)))
    return Error{"the snapshot's head is damaged"};
  if (head.stream != stream)
    return Error{fmt::format("it is of stream {:016x}, not of {:016x}", head.stream, stream)};
  return head;
}

SnapshotStore::SnapshotStore(const Store& store, std::uint64_t stream, Kind kind)
    : db_(*store.db),
      family_(store.snapshots),
      stream_(stream),
      prefix_(prefix_of(stream, kind)),
      unflushed_bytes_(store.unflushed_snapshot_bytes) {}

std::string SnapshotStore::key_of(SlotId slot, char kind) const {
  std::string key = prefix_;
  append_big_endian(key, slot.value, 2);
  key.push_back(kind);
  return key;
}

std::string SnapshotStore::part_key(SlotId slot, std::uint64_t group, std::uint32_t part) const {
  std::string key = key_of(slot, kPart);
  append_big_endian(key, group, 8);
  append_big_endian(key, part, 4);
  return key;
}

Result<std::vector<SnapshotHead>> SnapshotStore::heads() const {
  std::vector<SnapshotHead> heads;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (std::uint32_t slot = 0; slot < kSlotCount;) {
    it->Seek(key_of(SlotId{static_cast<std::uint16_t>(slot)}, kSnapshotHead));
    // Seeks from the slot's head straight to the next slot, past its parts.
    if (!it->Valid() || !it->key().starts_with(prefix_)) break;
    rocksdb::Slice key = it->key();
    key.remove_prefix(prefix_.size());
    if (key.size() < kSnapshotHeadKeyBytes) return Error{"a snapshot's key is malformed"};
    slot = static_cast<std::uint32_t>(static_cast<unsigned char>(key[0]) << 8 |
                                      static_cast<unsigned char>(key[1]));
    if (slot == kCopiedSnapshots) break;
    if (key[2] != kSnapshotHead) {
      ++slot;  // parts of a snapshot that a crash cut short
      continue;
    }
    const auto head = decode_snapshot_head(it->value().ToStringView(), stream_);
    if (!head.ok()) return Error{fmt::format("snapshot of slot {}: {}", slot, head.error())};
    if (head->slot.value != slot)
      return Error{fmt::format("snapshot of slot {}: its head says {}", slot, head->slot.value)};
    heads.push_back(*head);
    ++slot;
  }
  if (Status s = status_of(it->status(), "read the snapshots"); !s.ok()) return Error{s.error()};
  return heads;
}

Status SnapshotStore::read(const SnapshotHead& head, const PartSink& on_part) const {
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  it->Seek(part_key(head.slot, head.group, 0));
  std::uint64_t hash = 0;
  for (std::uint32_t part = 0; part < head.parts; ++part, it->Next()) {
    if (!it->Valid() || it->key() != rocksdb::Slice(part_key(head.slot, head.group, part))) {
      if (Status s = status_of(it->status(), fmt::format("read part {}", part)); !s.ok()) return s;
      return Error{fmt::format("part {} of {} is missing", part, head.parts)};
    }
    const auto bytes = bytes_of(it->value());
    hash = xxh3_64(bytes, hash);
    if (Status s = on_part(bytes); !s.ok())
      return Error{fmt::format("part {}: {}", part, s.error())};
  }
  if (hash != head.content_hash) return Error{"the parts' hash is not the head's"};
  return {};
}

Status SnapshotStore::put(const std::string& key, std::span<const std::byte> value) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  if (Status s = status_of(batch.Put(family_, key, slice_of(value)), "write a snapshot"); !s.ok())
    return s;
  if (Status s = status_of(db_.Write(unlogged_write(), &batch), "write a snapshot"); !s.ok())
    return s;
  *unflushed_bytes_ += value.size();
  return *unflushed_bytes_ < kUnflushedBytesMax ? Status() : flush();
}

// Deletes the slot's parts of every other group: those of the previous snapshot, which in a copy
// may be of a later group, and those of one that a crash cut short.
Status SnapshotStore::drop_other_parts(const SnapshotHead& head) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  const std::string first = part_key(head.slot, head.group, 0);
  const std::string behind = part_key(head.slot, head.group, ~std::uint32_t{0});
  const std::string all = key_of(head.slot, kPart);
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (it->Seek(all); it->Valid() && it->key().starts_with(all);) {
    if (it->key().compare(first) >= 0 && it->key().compare(behind) < 0) {
      it->Seek(behind);  // past the new parts, without reading them
      continue;
    }
    if (Status s = status_of(batch.Delete(family_, it->key()), kDropping); !s.ok()) return s;
    it->Next();
  }
  if (Status s = status_of(it->status(), kDropping); !s.ok()) return s;
  return batch.Count() == 0 ? Status() : status_of(db_.Write(unlogged_write(), &batch), kDropping);
}

Status SnapshotStore::gather_deletions(rocksdb::WriteBatch& batch) const {
  FR_CHECK(!prefix_.empty());  // the own stream's are never given up
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (it->Seek(prefix_); it->Valid() && it->key().starts_with(prefix_); it->Next()) {
    if (Status s = status_of(batch.Delete(family_, it->key()), kDropping); !s.ok()) return s;
  }
  return status_of(it->status(), kDropping);
}

Status SnapshotStore::write(SnapshotHead head,
                            const std::function<Status(const PartSink&)>& encode) {
  head.stream = stream_;
  head.parts = 0;
  head.bytes = 0;
  head.content_hash = 0;
  Status encoded = encode([&](std::span<const std::byte> part) {
    head.content_hash = xxh3_64(part, head.content_hash);
    head.bytes += part.size();
    return put(part_key(head.slot, head.group, head.parts++), part);
  });
  if (!encoded.ok()) return encoded;
  if (Status s = put(key_of(head.slot, kSnapshotHead), bytes_of(encode_snapshot_head(head)));
      !s.ok())
    return s;
  return drop_other_parts(head);
}

Result<bool> SnapshotStore::has(SlotId slot) const {
  std::string head;
  const rocksdb::Status s = db_.Get(checked_read(), family_, key_of(slot, kSnapshotHead), &head);
  if (s.ok() || s.IsNotFound()) return s.ok();
  return Error{status_of(s, "read a snapshot").error()};
}

std::uint64_t SnapshotStore::seq_of(SlotId slot) const {
  std::string bytes;
  if (!db_.Get(checked_read(), family_, key_of(slot, kSnapshotHead), &bytes).ok()) return 0;
  const auto head = decode_snapshot_head(bytes, stream_);
  return head.ok() ? head->seq : 0;
}

Status SnapshotStore::drop(SlotId slot) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  const std::string all = key_of(slot, kPart);
  if (Status s = status_of(batch.Delete(family_, key_of(slot, kSnapshotHead)), kDropping); !s.ok())
    return s;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (it->Seek(all); it->Valid() && it->key().starts_with(all); it->Next()) {
    if (Status s = status_of(batch.Delete(family_, it->key()), kDropping); !s.ok()) return s;
  }
  if (Status s = status_of(it->status(), kDropping); !s.ok()) return s;
  return status_of(db_.Write(unlogged_write(), &batch), kDropping);
}

Status SnapshotStore::flush() {
  rocksdb::FlushOptions o;
  o.wait = true;
  *unflushed_bytes_ = 0;
  return status_of(db_.Flush(o, family_), "flush the snapshots");
}

}  // namespace frontrow
