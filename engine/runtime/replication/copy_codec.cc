#include "engine/runtime/replication/copy_codec.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/base/match.h"
#include "engine/core/protocol/limits.h"

namespace frontrow {
namespace {

enum class CopyKind : std::uint8_t {
  kWanted = 1,
  kSynced = 2,
  kBegins = 3,
  kPart = 4,
  kSent = 5,
  kGroup = 6,
};

void put_kind(ByteWriter& out, CopyKind kind) { out.put(static_cast<std::uint8_t>(kind)); }

void put_position(ByteWriter& out, const ChainPosition& position) {
  out.put(position.stream);
  out.put(position.epoch);
  out.put(position.number);
  out.put(position.hash);
}

ChainPosition take_position(ByteReader& in) {
  ChainPosition position;
  position.stream = in.get<std::uint64_t>();
  position.epoch = in.get<std::uint64_t>();
  position.number = in.get<std::uint64_t>();
  position.hash = in.get<std::uint64_t>();
  return position;
}

void put_slots(ByteWriter& out, const std::vector<SlotId>& slots) {
  FR_CHECK(slots.size() <= kSlotCount);
  out.put(static_cast<std::uint16_t>(slots.size()));
  for (const SlotId slot : slots) out.put(slot);
}

std::vector<SlotId> take_slots(ByteReader& in) {
  const auto count = in.get<std::uint16_t>();
  if (count > kSlotCount) in.fail();
  std::vector<SlotId> slots;
  for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
    slots.push_back(in.get<SlotId>());
    const bool ascends = i == 0 || slots[i - 1] < slots[i];
    if (slots[i].value >= kSlotCount || !ascends) in.fail();
  }
  return slots;
}

void put_head(ByteWriter& out, const SnapshotHead& head) {
  out.put(head.stream);
  out.put(head.slot);
  out.put(head.group);
  out.put(head.seq);
  out.put(head.state_hash);
  out.put(head.time);
  out.put(head.parts);
  out.put(head.bytes);
  out.put(head.content_hash);
}

SnapshotHead take_head(ByteReader& in) {
  SnapshotHead head;
  head.stream = in.get<std::uint64_t>();
  head.slot = in.get<SlotId>();
  head.group = in.get<std::uint64_t>();
  head.seq = in.get<std::uint64_t>();
  head.state_hash = in.get<std::uint64_t>();
  head.time = in.get_instant();
  head.parts = in.get<std::uint32_t>();
  head.bytes = in.get<std::uint64_t>();
  head.content_hash = in.get<std::uint64_t>();
  if (head.slot.value >= kSlotCount) in.fail();
  return head;
}

SharedBytes take_rest(ByteReader& in) {
  const std::size_t size = in.remaining();
  if (size > kCopyBytesMax) in.fail();
  const auto bytes = in.get_bytes(size);
  return std::make_shared<ByteBuffer>(bytes.begin(), bytes.end());
}

// The message, if all bytes were read and none was wrong.
template <class Message, class Body>
Result<Message> whole(const ByteReader& in, Body&& body) {
  if (in.at_end()) return Message(std::forward<Body>(body));
  return Error{fmt::format("a message about copies is malformed at byte {}", in.position())};
}

Error unknown_kind(std::uint8_t kind) {
  return Error{fmt::format("a message about copies has the unknown kind {}", kind)};
}

}  // namespace

void encode_to_owner(const ToOwner& message, ByteBuffer& out) {
  ByteWriter writer(out);
  std::visit(Match{
                 [&](const CopyWanted& m) {
                   put_kind(writer, CopyKind::kWanted);
                   put_position(writer, m.newest);
                   writer.put(static_cast<std::uint8_t>(m.has_copy ? 1 : 0));
                   put_slots(writer, m.snapshots);
                 },
                 [&](const CopySynced& m) {
                   put_kind(writer, CopyKind::kSynced);
                   writer.put(m.stream);
                   writer.put(m.group);
                 },
             },
             message);
}

Result<ToOwner> decode_to_owner(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<std::uint8_t>();
  if (kind == static_cast<std::uint8_t>(CopyKind::kWanted)) {
    CopyWanted wanted;
    wanted.newest = take_position(in);
    const auto has_copy = in.get<std::uint8_t>();
    if (has_copy > 1) in.fail();
    wanted.has_copy = has_copy == 1;
    wanted.snapshots = take_slots(in);
    return whole<ToOwner>(in, std::move(wanted));
  }
  if (kind == static_cast<std::uint8_t>(CopyKind::kSynced)) {
    CopySynced synced;
    synced.stream = in.get<std::uint64_t>();
    synced.group = in.get<std::uint64_t>();
    return whole<ToOwner>(in, synced);
  }
  return unknown_kind(kind);
}

void encode_to_follower(const ToFollower& message, ByteBuffer& out) {
  ByteWriter writer(out);
  std::visit(Match{
                 [&](const CopyBegins& m) {
                   put_kind(writer, CopyKind::kBegins);
                   put_position(writer, m.position);
                 },
                 [&](const SnapshotPart& m) {
                   put_kind(writer, CopyKind::kPart);
                   put_head(writer, m.head);
                   writer.put(m.part);
                   writer.put_bytes(*m.bytes);
                 },
                 [&](const SnapshotsSent& m) {
                   put_kind(writer, CopyKind::kSent);
                   writer.put(m.stream);
                   writer.put(m.checkpoint);
                   put_slots(writer, m.slots);
                   put_slots(writer, m.without);
                 },
                 [&](const CopyGroup& m) {
                   put_kind(writer, CopyKind::kGroup);
                   writer.put(m.stream);
                   writer.put(m.number);
                   writer.put_bytes(*m.bytes);
                 },
             },
             message);
}

Result<ToFollower> decode_to_follower(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const auto kind = in.get<std::uint8_t>();
  switch (static_cast<CopyKind>(kind)) {
    case CopyKind::kBegins:
      return whole<ToFollower>(in, CopyBegins{take_position(in)});
    case CopyKind::kPart: {
      SnapshotPart part;
      part.head = take_head(in);
      part.part = in.get<std::uint32_t>();
      if (part.part >= part.head.parts) in.fail();
      part.bytes = take_rest(in);
      return whole<ToFollower>(in, std::move(part));
    }
    case CopyKind::kSent: {
      SnapshotsSent sent;
      sent.stream = in.get<std::uint64_t>();
      sent.checkpoint = in.get<std::uint64_t>();
      sent.slots = take_slots(in);
      sent.without = take_slots(in);
      return whole<ToFollower>(in, std::move(sent));
    }
    case CopyKind::kGroup: {
      CopyGroup group;
      group.stream = in.get<std::uint64_t>();
      group.number = in.get<std::uint64_t>();
      group.bytes = take_rest(in);
      return whole<ToFollower>(in, std::move(group));
    }
    default:
      return unknown_kind(kind);
  }
}

}  // namespace frontrow
