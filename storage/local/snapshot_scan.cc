#include "storage/local/snapshot_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>

#include "storage/local/snapshot_store.h"

namespace frontrow {
namespace {

std::array<char, kSnapshotHeadKeyBytes> head_key(std::uint32_t slot) {
  return {static_cast<char>(slot >> 8 & 0xff), static_cast<char>(slot & 0xff), kSnapshotHead};
}

std::uint32_t slot_of_key(const rocksdb::Slice& key) {
  return static_cast<std::uint32_t>(static_cast<unsigned char>(key[0]) << 8 |
                                    static_cast<unsigned char>(key[1]));
}

}  // namespace

void scan_snapshots(const Store& store, std::uint64_t stream, const SnapshotScan& scan) {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  options.total_order_seek = true;
  std::string told;  // the same damaged file shows up slot after slot
  for (std::uint32_t slot = 0; slot < kSlotCount; ++slot) {
    // A fresh iterator each time: one that has hit damage may not advance.
    const std::unique_ptr<rocksdb::Iterator> it(store.db->NewIterator(options, store.snapshots));
    const auto from = head_key(slot);
    it->Seek(rocksdb::Slice(from.data(), from.size()));
    const SlotId here{static_cast<std::uint16_t>(slot)};
    if (!it->Valid()) {
      if (it->status().ok()) return;
      const std::string what = it->status().ToString();
      if (what != told) scan.on_damage(here, what);
      told = what;
      continue;
    }
    const rocksdb::Slice key = it->key();
    if (key.size() >= kSnapshotHeadKeyBytes && slot_of_key(key) == kCopiedSnapshots) return;
    if (key.size() < kSnapshotHeadKeyBytes || slot_of_key(key) < slot ||
        slot_of_key(key) >= kSlotCount) {
      scan.on_damage(here, "a key that is not that of a snapshot: " + key.ToString(true));
      continue;
    }
    slot = slot_of_key(key);
    const SlotId found{static_cast<std::uint16_t>(slot)};
    if (key[2] != kSnapshotHead)
      continue;  // parts of an unfinished snapshot, or without their head
    const auto head = decode_snapshot_head(it->value().ToStringView(), stream);
    if (!head.ok()) {
      scan.on_damage(found, head.error());
    } else if (head->slot != found) {
      scan.on_damage(found, fmt::format("its head says slot {}", head->slot.value));
    } else {
      scan.on_head(*head);
    }
  }
}

}  // namespace frontrow
