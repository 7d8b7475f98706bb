#include "storage/local/rocks_copies.h"

#include <fmt/format.h>

#include <utility>

#include "storage/local/copy_tail.h"
#include "storage/local/group_key.h"
#include "storage/local/journal_meta.h"
#include "storage/local/read_error.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

Error of_copy(std::uint64_t stream, std::string_view what) {
  return Error{fmt::format("copy of stream {:016x}: {}", stream, what)};
}

// Compares a group or position with what the copy has at its number.
Status check_agrees(RocksArchive& archive, const ChainPosition& position) {
  const auto stored = archive.position_at(position.number);
  if (!stored.ok()) return Error{stored.error()};
  if (stored->hash == position.hash) return {};
  return Error{fmt::format("group {}: chain hash: the copy has {:016x}, the other is {:016x}",
                           position.number, stored->hash, position.hash)};
}

ChainPosition later_of(const ChainPosition& a, const ChainPosition& b) {
  return a.number < b.number ? b : a;
}

}  // namespace

// --- opening

Status RocksCopies::open() {
  const std::string prefix = std::string(kLogStartKey) + "/";
  const std::unique_ptr<rocksdb::Iterator> it(store_.db->NewIterator(scan_options(), store_.meta));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    const auto stream = stream_of_copy_key(kLogStartKey, it->key().ToStringView());
    if (!stream) return Error{fmt::format("{}: no stream's key", it->key().ToString())};
    auto copy = open_copy(*stream);
    if (!copy.ok()) return of_copy(*stream, copy.error());
    copies_.emplace(*stream, std::move(*copy));
  }
  if (!it->status().ok()) return Error{with_sign(it->status().ToString())};
  return {};
}

// Damage of the copy is no error: it is kept with the copy.
Result<RocksCopies::Copy> RocksCopies::open_copy(std::uint64_t stream) {
  Copy copy{.archive = RocksArchive::of_copy(store_, stream, may_write_),
            .newest = {.stream = stream},
            .synced = 0,
            .damage = {}};
  if (Status s = copy.archive->open(); !s.ok()) {
    copy.damage = s.error();
    return copy;
  }
  if (Status s = find_newest(copy); !s.ok()) return Error{s.error()};
  return copy;
}

Status RocksCopies::find_newest(Copy& copy) {
  RocksArchive& archive = *copy.archive;
  copy.newest = archive.log_start();
  const auto marked = read_synced(copy.newest.stream);
  if (!marked.ok()) {
    copy.damage = marked.error();
    return {};
  }
  // A checkpoint position is written with a sync, so its group was on disk, too.
  const ChainPosition durable =
      later_of(later_of(archive.log_start(), archive.checkpoint_position()), *marked);
  const auto tail = find_copy_tail(*store_.db, store_.copies, archive, durable);
  if (!tail.ok()) {
    copy.damage = tail.error();
    return {};
  }
  copy.newest = tail->newest;
  copy.synced = durable.number;
  return tail->has_more ? cut_behind(tail->newest) : Status();
}

Result<ChainPosition> RocksCopies::read_synced(std::uint64_t stream) const {
  const std::string key = copy_key(kSyncedKey, stream);
  std::string bytes;
  const rocksdb::Status s = store_.db->Get(rocksdb::ReadOptions(), store_.meta, key, &bytes);
  if (s.IsNotFound()) return ChainPosition{.stream = stream};
  if (!s.ok()) return Error{with_sign(fmt::format("{}: {}", key, s.ToString()))};
  const auto kept = decode_position(stream, bytes);
  if (!kept.ok()) return Error{fmt::format("{}: {}{}", key, kept.error(), kKeepACopy)};
  return kept->position;
}

Status RocksCopies::cut_behind(const ChainPosition& newest) {
  const auto from = encode_group_key({newest.stream, newest.number + 1});
  const auto to = encode_group_key({newest.stream, ~std::uint64_t{0}});
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  batch.DeleteRange(store_.copies, slice_of(from), slice_of(to));
  return write(durable_write(), batch, "remove groups behind a gap");
}

// --- the state

std::vector<CopyState> RocksCopies::streams() const {
  std::vector<CopyState> states;
  states.reserve(copies_.size());
  for (const auto& [stream, copy] : copies_) {
    states.push_back({.log_start = copy.archive->log_start(),
                      .newest = copy.newest,
                      .synced = copy.synced,
                      .checkpoint = copy.archive->checkpoint_position().number,
                      .damage = copy.damage});
  }
  return states;
}

Archive* RocksCopies::archive(std::uint64_t stream) {
  const auto at = copies_.find(stream);
  return at == copies_.end() ? nullptr : at->second.archive.get();
}

Result<RocksCopies::Copy*> RocksCopies::sound_copy(std::uint64_t stream) {
  const auto at = copies_.find(stream);
  if (at == copies_.end()) return of_copy(stream, "there is none");
  if (!at->second.damage.empty()) return of_copy(stream, at->second.damage);
  return &at->second;
}

// --- beginning and dropping

Status RocksCopies::begin(const ChainPosition& position) {
  const std::uint64_t stream = position.stream;
  if (stream == own_stream_) return of_copy(stream, "it is this directory's own");
  if (Status s = check_writable(); !s.ok()) return s;
  const auto before = copies_.find(stream);
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  if (before != copies_.end()) {
    const Copy& copy = before->second;
    if (copy.damage.empty() && copy.newest.number >= position.number) {
      // Below the log start there is nothing to compare; the chain is checked by the next add().
      if (position.number < copy.archive->log_start().number) return {};
      const Status agrees = check_agrees(*copy.archive, position);
      return agrees.ok() ? agrees : of_copy(stream, agrees.error());
    }
    if (Status s = copy.archive->gather_removal(batch); !s.ok()) return of_copy(stream, s.error());
  }
  batch.Put(store_.meta, copy_key(kLogStartKey, stream), encode_position({position, 0}));
  if (Status s = write(durable_write(), batch, "begin a copy"); !s.ok()) return s;
  copies_.erase(stream);
  auto copy = open_copy(stream);
  if (!copy.ok()) return of_copy(stream, copy.error());
  copies_.emplace(stream, std::move(*copy));
  return {};
}

Status RocksCopies::drop(std::uint64_t stream) {
  if (Status s = check_writable(); !s.ok()) return s;
  const auto at = copies_.find(stream);
  if (at == copies_.end()) return {};
  rocksdb::WriteBatch batch(0, 0, kKeyProtectionBytes, 0);
  if (Status s = at->second.archive->gather_removal(batch); !s.ok())
    return of_copy(stream, s.error());
  if (Status s = write(durable_write(), batch, "drop a copy"); !s.ok()) return s;
  copies_.erase(at);
  return {};
}

// --- groups

Result<GroupView> RocksCopies::add(std::uint64_t stream, std::span<const std::byte> bytes) {
  if (Status s = check_writable(); !s.ok()) return Error{s.error()};
  const auto copy = sound_copy(stream);
  if (!copy.ok()) return Error{copy.error()};
  ChainPosition& newest = (*copy)->newest;
  const auto group = decode_group(bytes);
  if (!group.ok())
    return of_copy(stream, fmt::format("after group {}: {}", newest.number, group.error()));
  const GroupHeader& header = group->header;
  RocksArchive& archive = *(*copy)->archive;
  const bool is_kept = header.number >= archive.log_start().number;
  const bool is_repeated = header.stream == stream && is_kept && header.number <= newest.number;
  const Status fits =
      is_repeated ? check_agrees(archive, position_of(header)) : check_follows(newest, header);
  if (!fits.ok()) return of_copy(stream, fmt::format("group {}: {}", header.number, fits.error()));
  if (is_repeated) return group->view;

  const auto key = encode_group_key({stream, header.number});
  batch_.Clear();
  batch_.Put(store_.copies, slice_of(key), slice_of(bytes));
  if (Status s = write(logged_write(), batch_, fmt::format("add group {}", header.number)); !s.ok())
    return Error{s.error()};
  newest = position_of(header);
  return group->view;
}

Result<std::vector<SyncedCopy>> RocksCopies::sync() {
  if (Status s = check_writable(); !s.ok()) return Error{s.error()};
  bool is_behind = false;
  for (const auto& [stream, copy] : copies_)
    is_behind = is_behind || (copy.damage.empty() && copy.synced < copy.newest.number);
  if (is_behind) {
    if (const rocksdb::Status s = store_.db->SyncWAL(); !s.ok())
      return fail("cannot sync the copies: " + s.ToString());
    if (Status s = mark_synced(); !s.ok()) return Error{s.error()};
  }
  std::vector<SyncedCopy> synced;
  for (const auto& [stream, copy] : copies_) {
    if (copy.damage.empty()) synced.push_back({stream, copy.synced});
  }
  return synced;
}

Status RocksCopies::mark_synced() {
  batch_.Clear();
  for (auto& [stream, copy] : copies_) {
    if (!copy.damage.empty() || copy.synced == copy.newest.number) continue;
    batch_.Put(store_.meta, copy_key(kSyncedKey, stream), encode_position({copy.newest, 0}));
    copy.synced = copy.newest.number;
  }
  return write(logged_write(), batch_, "write which groups are on disk");
}

// --- slots that were never used

Status RocksCopies::set_unused(std::uint64_t stream, const SlotSet& slots) {
  if (Status s = check_writable(); !s.ok()) return s;
  if (const auto copy = sound_copy(stream); !copy.ok()) return Error{copy.error()};
  batch_.Clear();
  batch_.Put(store_.meta, copy_key(kUnusedKey, stream), encode_slots(slots));
  return write(logged_write(), batch_, "write which slots were never used");
}

Result<SlotSet> RocksCopies::unused(std::uint64_t stream) {
  const std::string key = copy_key(kUnusedKey, stream);
  std::string bytes;
  const rocksdb::Status s = store_.db->Get(rocksdb::ReadOptions(), store_.meta, key, &bytes);
  if (s.IsNotFound()) return SlotSet{};
  if (!s.ok()) return Error{with_sign(fmt::format("{}: {}", key, s.ToString()))};
  auto slots = decode_slots(bytes);
  return slots.ok() ? slots : of_copy(stream, fmt::format("{}: {}", key, slots.error()));
}

// --- errors

Status RocksCopies::check_writable() {
  if (failure_.empty() && store_.errors->failed())
    failure_ = "RocksDB: " + store_.errors->message();
  if (failure_.empty() && !may_write_()) failure_ = "another process took the data directory over";
  return failure_.empty() ? Status() : Error{failure_};
}

Status RocksCopies::write(const rocksdb::WriteOptions& options, rocksdb::WriteBatch& batch,
                          std::string_view doing) {
  const rocksdb::Status s = store_.db->Write(options, &batch);
  if (s.ok()) return {};
  return fail(fmt::format("copies: cannot {}: {}", doing, s.ToString()));
}

Error RocksCopies::fail(std::string why) {
  store_.errors->latch(why);
  failure_ = std::move(why);
  return Error{failure_};
}

}  // namespace frontrow
