#include "tests/storage/local/copies_support.h"

#include "tests/storage/local/journal_test_support.h"

namespace frontrow {

StreamOwner::StreamOwner(std::uint64_t stream, std::size_t bytes)
    : stream_(stream), bytes_(bytes), positions_{{.stream = stream, .epoch = 1}} {}

const ByteBuffer& StreamOwner::group(std::uint64_t number) {
  while (groups_.size() < number) {
    const std::string text = group_text(groups_.size() + 1, bytes_);
    const std::span<const std::byte> part = std::as_bytes(std::span(text));
    ChainPosition next = positions_.back();
    const Instant time{static_cast<std::int64_t>(groups_.size() + 1) * 1000};
    encode_group(next, {{&part, 1}, 1, 1, time}, groups_.emplace_back());
    positions_.push_back(next);
  }
  return groups_[number - 1];
}

ChainPosition StreamOwner::position(std::uint64_t number) {
  if (number > 0) group(number);
  return positions_[number];
}

void add_up_to(Copies& copies, StreamOwner& owner, std::uint64_t last) {
  for (std::uint64_t n = copy_of(copies, owner.stream()).newest.number + 1; n <= last; ++n) {
    const auto added = copies.add(owner.stream(), owner.group(n));
    ASSERT_TRUE(added.ok()) << added.error();
    EXPECT_EQ(added->number, n);
  }
}

CopyState copy_of(const Copies& copies, std::uint64_t stream) {
  for (const CopyState& state : copies.streams()) {
    if (state.stream() == stream) return state;
  }
  ADD_FAILURE() << "there is no copy of stream " << stream;
  return {};
}

void expect_copied(Copies& copies, const StreamOwner& owner, std::uint64_t after,
                   std::uint64_t through, std::size_t bytes) {
  Archive* archive = copies.archive(owner.stream());
  ASSERT_NE(archive, nullptr);
  std::uint64_t last = after;
  const Status read = archive->read_groups(after, through, [&](const GroupView& group) -> Status {
    EXPECT_EQ(group.number, ++last);
    const std::string text(reinterpret_cast<const char*>(group.records.data()),
                           group.records.size());
    EXPECT_EQ(text, group_text(group.number, bytes));
    return {};
  });
  EXPECT_TRUE(read.ok()) << read.error();
  EXPECT_EQ(last, through);
}

Status write_part(Archive& archive, SlotId slot, std::uint64_t group, std::uint64_t seq,
                  std::string_view text) {
  return archive.write_snapshot(
      {.slot = slot, .group = group, .seq = seq},
      [text](const PartSink& sink) { return sink(std::as_bytes(std::span(text))); });
}

std::string read_parts(Archive& archive, SlotId slot) {
  const auto heads = archive.snapshots();
  EXPECT_TRUE(heads.ok()) << heads.error();
  std::string text = "none";
  for (std::size_t i = 0; heads.ok() && i < heads->size(); ++i) {
    const SnapshotHead& head = (*heads)[i];
    EXPECT_EQ(head.stream, archive.stream());
    if (head.slot != slot) continue;
    text.clear();
    const Status read = archive.read_snapshot(head, [&](std::span<const std::byte> part) {
      text.append(reinterpret_cast<const char*>(part.data()), part.size());
      return Status();
    });
    EXPECT_TRUE(read.ok()) << read.error();
  }
  return text;
}

}  // namespace frontrow
