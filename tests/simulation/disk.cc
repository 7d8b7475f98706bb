#include "tests/simulation/disk.h"

#include <fmt/format.h>

#include "engine/runtime/journal/record.h"

namespace frontrow::sim {

void DiskContent::crash(Prng& random) {
  for (std::size_t kept = random.below(unsynced.size() + 1); unsynced.size() > kept;) {
    auto& [slot, before] = unsynced.back();
    if (before) {
      snapshots[slot] = std::move(*before);
    } else {
      snapshots.erase(slot);
    }
    unsynced.pop_back();
  }
  unsynced.clear();
}

void DiskContent::spoil_one(Prng& random) {
  const std::uint64_t first = std::max(checkpoint_group, log_start.number);
  FR_CHECK(last_group() > first);
  const std::uint64_t number = first + 1 + random.below(last_group() - first);
  ByteBuffer& group = groups[number - log_start.number - 1];
  group[random.below(group.size())] ^= std::byte{1} << random.below(8);
}

Status SimJournal::replay(const ReplayVisitor& visitor) {
  ChainPosition last = disk_.log_start;
  for (std::size_t i = 0; i < disk_.groups.size(); ++i) {
    const auto group = decode_group(disk_.groups[i]);
    const Status sound =
        group.ok() ? check_follows(last, group->header) : Status(Error{group.error()});
    if (!sound.ok()) {
      // Only the last group may be torn, and only if it was not reported as durable.
      const bool is_torn = i + 1 == disk_.groups.size() && last.number >= disk_.watermark;
      if (!is_torn) return Error{fmt::format("group {}: {}", last.number + 1, sound.error())};
      disk_.groups.pop_back();
      break;
    }
    last = position_of(group->header);
    if (last.number <= disk_.checkpoint_group) continue;
    if (Status s = visitor.on_group(group->view); !s.ok()) return s;
  }
  if (last.number < disk_.watermark) {
    return Error{fmt::format("the log ends at group {}, but group {} was durable", last.number,
                             disk_.watermark)};
  }
  end_ = last;
  return {};
}

AppendStatus SimJournal::append(const GroupParts& group) {
  if (failed_) return AppendStatus::kFailed;
  ByteBuffer bytes;
  encode_group(end_, group, bytes);
  if (next_write_ != WriteFault::kNone) {
    failed_ = true;
    if (next_write_ == WriteFault::kFenced) return AppendStatus::kFenced;
    if (next_write_ == WriteFault::kTorn) bytes.resize(bytes.size() / 2);
    if (next_write_ != WriteFault::kLost) disk_.groups.push_back(std::move(bytes));
    return AppendStatus::kFailed;
  }
  disk_.groups.push_back(std::move(bytes));
  disk_.watermark = end_.number;
  for (const auto& part : group.records) {
    for (ByteReader reader(part); !reader.at_end();) {
      const RecordView record = read_record(reader);
      durable_[record.slot] = record.seq;
    }
  }
  return AppendStatus::kDurable;
}

Result<std::vector<SnapshotHead>> SimJournal::snapshots() {
  std::vector<SnapshotHead> heads;
  for (const auto& [slot, snapshot] : disk_.snapshots) heads.push_back(snapshot.head);
  return heads;
}

Status SimJournal::read_snapshot(const SnapshotHead& head, const PartSink& on_part) {
  for (const ByteBuffer& part : disk_.snapshots.at(head.slot).parts) {
    if (Status s = on_part(part); !s.ok()) return s;
  }
  return {};
}

Status SimJournal::write_snapshot(const SnapshotHead& head,
                                  const std::function<Status(const PartSink&)>& encode) {
  StoredSnapshot snapshot{head, {}};
  const Status encoded = encode([&](std::span<const std::byte> part) {
    snapshot.parts.emplace_back(part.begin(), part.end());
    snapshot.head.bytes += part.size();
    return Status();
  });
  if (!encoded.ok()) return encoded;
  const auto before = disk_.snapshots.find(head.slot);
  disk_.unsynced.emplace_back(head.slot, before == disk_.snapshots.end()
                                             ? std::nullopt
                                             : std::optional(std::move(before->second)));
  disk_.snapshots[head.slot] = std::move(snapshot);
  return {};
}

Status SimJournal::set_checkpoint_group(std::uint64_t group) {
  if (checkpoint_fails_) return Error{"the power went before the checkpoint position was written"};
  disk_.unsynced.clear();
  disk_.checkpoint_group = group;
  return {};
}

Status SimJournal::read_groups(std::uint64_t after, std::uint64_t through,
                               const std::function<Status(const GroupView&)>& on_group) {
  for (std::uint64_t number = after + 1; number <= through; ++number) {
    const auto group = decode_group(disk_.groups.at(number - disk_.log_start.number - 1));
    if (!group.ok()) return Error{group.error()};
    if (Status s = on_group(group->view); !s.ok()) return s;
  }
  return {};
}

Result<TrimReport> SimJournal::trim(const Retention& retention, Instant) {
  TrimReport report;
  while (!retention.everything && disk_.log_start.number < disk_.checkpoint_group) {
    const auto oldest = decode_group(disk_.groups.front());
    if (!oldest.ok()) return Error{oldest.error()};
    disk_.log_start = position_of(oldest->header);
    disk_.groups.erase(disk_.groups.begin());
    ++report.groups;
  }
  report.first = disk_.log_start.number + 1;
  return report;
}

}  // namespace frontrow::sim
