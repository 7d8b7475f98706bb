#include "storage/local/group_replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <span>

#include "storage/local/group_key.h"
#include "storage/local/rocks_options.h"
#include "storage/local/slices.h"

namespace frontrow {
namespace {

constexpr std::size_t kReadaheadBytes = 4 * 1024 * 1024;
constexpr auto kProgressInterval = std::chrono::milliseconds(100);

std::string hex(const rocksdb::Slice& slice) { return slice.ToString(true); }

// Calls on_progress at most as often as the interface allows.
class ProgressMeter {
 public:
  explicit ProgressMeter(const ReplayVisitor& visitor) : visitor_(visitor) {}
  // Returns false when the visitor stops the replay.
  bool report(const ReplayProgress& progress) {
    if (!visitor_.on_progress) return true;
    const auto now = std::chrono::steady_clock::now();
    if (now - reported_at_ < kProgressInterval) return true;
    reported_at_ = now;
    return visitor_.on_progress(progress);
  }

 private:
  const ReplayVisitor& visitor_;
  std::chrono::steady_clock::time_point reported_at_ = std::chrono::steady_clock::now();
};

// The offset of a group, in bytes of values from the start of the read.
struct Place {
  std::uint64_t from = 0;  // the group before the start of the read
  std::uint64_t offset = 0;
  std::string text() const {
    if (from == 0) return fmt::format("byte {} of the stream", offset);
    return fmt::format("byte {} after group {}", offset, from);
  }
};

Error at(const ChainPosition& last, const rocksdb::Slice& key, const Place& place,
         std::string_view what) {
  return Error{fmt::format("group {} (key {}, {}): {}{}", last.number + 1, hex(key), place.text(),
                           what, kKeepACopy)};
}

// The group of the watermark's number must have the watermark's hash.
Status check_durable_group(const ChainPosition& group, const WatermarkValue& watermark) {
  if (group.number != watermark.position.number || group.hash == watermark.position.hash) return {};
  return Error{fmt::format("chain hash: the watermark has {:016x}, the log {:016x}",
                           watermark.position.hash, group.hash)};
}

// Reads from `begin`, the key of a group that is taken as it is, and checks that each next group
// follows.
Result<LogTail> follow_groups(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                              std::uint64_t stream, const rocksdb::Slice& begin,
                              bool may_have_gap) {
  LogTail tail{.newest = {.stream = stream}};
  bool first = true;
  const std::unique_ptr<rocksdb::Iterator> it(
      db.NewIterator(scan_options(kReadaheadBytes), groups));
  for (it->Seek(begin); it->Valid(); it->Next()) {
    const auto group = decode_group(bytes_of(it->value()));
    const Status sound = !group.ok() ? Status(Error{group.error()})
                         : first     ? Status()
                                     : check_follows(tail.newest, group->header);
    if (!sound.ok() && may_have_gap && !first) {
      tail.has_gap = true;
      return tail;
    }
    if (!sound.ok()) {
      return Error{fmt::format("group after {} (key {}): {}{}", tail.newest.number, hex(it->key()),
                               sound.error(), kKeepACopy)};
    }
    tail.newest = position_of(group->header);
    first = false;
  }
  if (!it->status().ok()) return Error{with_sign(it->status().ToString())};
  return tail;
}

}  // namespace

Result<ChainPosition> newest_group(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                   std::uint64_t stream) {
  rocksdb::ColumnFamilyMetaData tables;
  db.GetColumnFamilyMetaData(groups, &tables);
  std::string newest_in_tables;  // keys are ordered by bytes
  for (const auto& level : tables.levels) {
    for (const auto& file : level.files)
      newest_in_tables = std::max(newest_in_tables, file.largestkey);
  }
  const auto tail = follow_groups(db, groups, stream, newest_in_tables, false);
  if (!tail.ok()) return Error{tail.error()};
  return tail->newest;
}

Result<LogTail> newest_group_before_gap(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                        std::uint64_t stream, std::uint64_t durable) {
  const auto begin = encode_group_key({stream, durable});
  return follow_groups(db, groups, stream, {begin.data(), begin.size()}, true);
}

Status check_reaches(const ChainPosition& end, const WatermarkValue& watermark) {
  if (watermark.position.stream != end.stream) {
    return Error{fmt::format("the watermark is of stream {:016x}, the log of stream {:016x}{}",
                             watermark.position.stream, end.stream, kKeepACopy)};
  }
  if (end.number < watermark.position.number) {
    return Error{fmt::format("the log ends at group {}, but group {} was durable{}", end.number,
                             watermark.position.number, kKeepACopy)};
  }
  return {};
}

Result<ChainPosition> replay_groups(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* groups,
                                    const GroupRange& range, const WatermarkValue& watermark,
                                    const ReplayVisitor& visitor) {
  ChainPosition last = range.from;
  if (Status s = check_durable_group(last, watermark); !s.ok()) {
    return Error{fmt::format("group {}: {}{}", last.number, s.error(), kKeepACopy)};
  }
  const auto behind = encode_group_key({last.stream, ~std::uint64_t{0}});
  const rocksdb::Slice bound(behind.data(), behind.size());
  rocksdb::ReadOptions options = scan_options(kReadaheadBytes);
  if (range.shares_family) options.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> it(db.NewIterator(options, groups));
  it->SeekToLast();
  const auto newest = it->Valid() ? decode_group_key(it->key().ToStringView()) : std::nullopt;
  const std::uint64_t end = std::min(range.through, newest ? newest->number : 0);
  ReplayProgress progress{.groups_total = end > last.number ? end - last.number : 0};
  ProgressMeter meter(visitor);
  const auto first = encode_group_key({last.stream, last.number + 1});
  it->Seek(rocksdb::Slice(first.data(), first.size()));
  for (; it->Valid() && last.number < range.through; it->Next()) {
    const Place place{range.from.number, progress.bytes_done};
    const auto key = decode_group_key(it->key().ToStringView());
    if (!key) return at(last, it->key(), place, "the key is not that of a group");
    if (key->stream != last.stream) {
      return at(last, it->key(), place, fmt::format("stream: expected {:016x}", last.stream));
    }
    if (key->number != last.number + 1) {
      return at(last, it->key(), place,
                fmt::format("group number: expected {}, the next stored is {}", last.number + 1,
                            key->number));
    }
    const auto group = decode_group(bytes_of(it->value()));
    if (!group.ok()) return at(last, it->key(), place, group.error());
    if (Status s = check_follows(last, group->header); !s.ok())
      return at(last, it->key(), place, s.error());
    if (Status s = check_durable_group(position_of(group->header), watermark); !s.ok()) {
      return at(last, it->key(), place, s.error());
    }
    if (Status s = visitor.on_group(group->view); !s.ok()) {
      return Error{fmt::format("group {} ({}): {}", key->number, place.text(), s.error())};
    }
    last = position_of(group->header);
    progress.groups_done += 1;
    progress.bytes_done += it->value().size();
    if (!meter.report(progress)) {
      return Error{fmt::format("stopped after group {} of {}", last.number, end)};
    }
  }
  if (!it->status().ok()) {
    const Place place{range.from.number, progress.bytes_done};
    return Error{with_sign(
        fmt::format("group {} ({}): {}", last.number + 1, place.text(), it->status().ToString()))};
  }
  return last;
}

}  // namespace frontrow
