#include "storage/local/snapshot_store.h"

#include <fmt/format.h>
#include <rocksdb/write_batch.h>

#include <memory>

#include "engine/base/bytes.h"
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

void append_big_endian(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned i = bytes; i-- > 0;) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::string key_of(SlotId slot, char kind) {
  std::string key;
  append_big_endian(key, slot.value, 2);
  key.push_back(kind);
  return key;
}

std::string part_key(SlotId slot, std::uint64_t group, std::uint32_t part) {
  std::string key = key_of(slot, kPart);
  append_big_endian(key, group, 8);
  append_big_endian(key, part, 4);
  return key;
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

std::string encode_snapshot_head(const SnapshotHead& head) {
  ByteBuffer out;
  ByteWriter w(out);
  w.put(kSnapshotVersion);
  w.put(kSnapshotOldestReader);
  w.put(head.slot);
  w.put(std::uint16_t{0});
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

Result<SnapshotHead> decode_snapshot_head(std::string_view bytes) {
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
  return head;
}

Result<std::vector<SnapshotHead>> SnapshotStore::heads() const {
  std::vector<SnapshotHead> heads;
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (std::uint32_t slot = 0; slot < kSlotCount;) {
    it->Seek(key_of(SlotId{static_cast<std::uint16_t>(slot)}, kSnapshotHead));
    // Seeks from the slot's head straight to the next slot, past its parts.
    if (!it->Valid()) break;
    const rocksdb::Slice key = it->key();
    if (key.size() < kSnapshotHeadKeyBytes) return Error{"a snapshot's key is malformed"};
    slot = static_cast<std::uint32_t>(static_cast<unsigned char>(key[0]) << 8 |
                                      static_cast<unsigned char>(key[1]));
    if (key[2] != kSnapshotHead) {
      ++slot;  // parts of a snapshot that a crash cut short
      continue;
    }
    const auto head = decode_snapshot_head(it->value().ToStringView());
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
    const auto bytes = bytes_of(it->value().ToStringView());
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
  unflushed_bytes_ += value.size();
  return unflushed_bytes_ < kUnflushedBytesMax ? Status() : flush();
}

// Deletes the parts of the previous snapshot, and of one that a crash cut short.
Status SnapshotStore::drop_older_parts(const SnapshotHead& head) {
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  const std::string own = part_key(head.slot, head.group, 0);
  const std::unique_ptr<rocksdb::Iterator> it(db_.NewIterator(checked_read(), family_));
  for (it->Seek(part_key(head.slot, 0, 0)); it->Valid() && it->key().compare(own) < 0; it->Next()) {
    if (Status s = status_of(batch.Delete(family_, it->key()), kDropping); !s.ok()) return s;
  }
  if (Status s = status_of(it->status(), kDropping); !s.ok()) return s;
  return batch.Count() == 0 ? Status() : status_of(db_.Write(unlogged_write(), &batch), kDropping);
}

Status SnapshotStore::write(SnapshotHead head,
                            const std::function<Status(const PartSink&)>& encode) {
  head.parts = 0;
  head.bytes = 0;
  head.content_hash = 0;
  const Status encoded = encode([&](std::span<const std::byte> part) {
    head.content_hash = xxh3_64(part, head.content_hash);
    head.bytes += part.size();
    return put(part_key(head.slot, head.group, head.parts++), part);
  });
  if (!encoded.ok()) return encoded;
  if (Status s = put(key_of(head.slot, kSnapshotHead), bytes_of(encode_snapshot_head(head)));
      !s.ok())
    return s;
  return drop_older_parts(head);
}

Status SnapshotStore::flush() {
  rocksdb::FlushOptions o;
  o.wait = true;
  unflushed_bytes_ = 0;
  return status_of(db_.Flush(o, family_), "flush the snapshots");
}

}  // namespace frontrow
