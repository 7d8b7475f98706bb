#include "storage/local/journal_meta.h"

#include <fmt/format.h>

#include <charconv>
#include <random>
#include <system_error>

#include "engine/base/bytes.h"
#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::size_t kStreamDigits = 16;

std::string text_of(const ByteBuffer& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

ByteReader reader_of(const std::string& bytes) {
  return ByteReader(std::as_bytes(std::span(bytes)));
}

}  // namespace

std::string copy_key(std::string_view key, std::uint64_t stream) {
  return fmt::format("{}/{:016x}", key, stream);
}

std::optional<std::uint64_t> stream_of_copy_key(std::string_view key, std::string_view stored) {
  if (!stored.starts_with(key) || stored.size() != key.size() + 1 + kStreamDigits)
    return std::nullopt;
  std::uint64_t stream = 0;
  const char* end = stored.data() + stored.size();
  const auto read = std::from_chars(end - kStreamDigits, end, stream, 16);
  if (read.ec != std::errc() || read.ptr != end || stored != copy_key(key, stream))
    return std::nullopt;
  return stream;
}

std::string encode_identity(const StoreIdentity& identity) {
  ByteBuffer out;
  ByteWriter w(out);
  w.put(kStoreVersion);
  w.put(kStoreOldestReader);
  w.put(std::uint32_t{0});
  w.put(identity.stream);
  w.put(identity.created);
  return text_of(out);
}

Result<StoreIdentity> decode_identity(const std::string& bytes) {
  ByteReader r = reader_of(bytes);
  const auto version = r.get<std::uint16_t>();
  const auto oldest_reader = r.get<std::uint16_t>();
  if (r.failed())
    return Error{fmt::format("store identity: expected 24 bytes, found {}", bytes.size())};
  if (oldest_reader > kStoreVersion || version < kStoreOldestReader) {
    return Error{
        fmt::format("store version {} (readable from version {} on) is not known to this program, "
                    "which reads versions "
                    "{} to {}",
                    version, oldest_reader, kStoreOldestReader, kStoreVersion)};
  }
  r.get<std::uint32_t>();
  StoreIdentity identity;
  identity.stream = r.get<std::uint64_t>();
  identity.created = r.get_instant();
  if (r.failed())
    return Error{fmt::format("store identity: expected 24 bytes, found {}", bytes.size())};
  return identity;
}

std::string encode_slots(const SlotSet& slots) {
  ByteBuffer out(kSlotCount / 8, std::byte{0});
  for (std::size_t slot = 0; slot < kSlotCount; ++slot) {
    if (slots[slot]) out[slot / 8] |= std::byte{1} << slot % 8;
  }
  ByteWriter(out).put(xxh3_64(out));
  return text_of(out);
}

Result<SlotSet> decode_slots(const std::string& bytes) {
  constexpr std::size_t kBytes = kSlotCount / 8;
  const auto stored = std::as_bytes(std::span(bytes));
  if (stored.size() != kBytes + sizeof(std::uint64_t))
    return Error{
        fmt::format("expected {} bytes, found {}", kBytes + sizeof(std::uint64_t), stored.size())};
  if (ByteReader(stored.subspan(kBytes)).get<std::uint64_t>() != xxh3_64(stored.first(kBytes)))
    return Error{"its hash is not that of its bytes"};
  SlotSet slots;
  for (std::size_t slot = 0; slot < kSlotCount; ++slot)
    slots.set(slot, (stored[slot / 8] & std::byte{1} << slot % 8) != std::byte{0});
  return slots;
}

std::string encode_epoch(std::uint64_t epoch) {
  ByteBuffer out;
  ByteWriter(out).put(epoch);
  return text_of(out);
}

Result<std::uint64_t> decode_epoch(const std::string& bytes) {
  ByteReader r = reader_of(bytes);
  const auto epoch = r.get<std::uint64_t>();
  if (!r.at_end()) return Error{fmt::format("epoch: expected 8 bytes, found {}", bytes.size())};
  return epoch;
}

std::string encode_position(const KeptPosition& kept) {
  ByteBuffer out;
  ByteWriter w(out);
  w.put(kept.position.number);
  w.put(kept.position.epoch);
  w.put(kept.position.hash);
  w.put(kept.snapshots);
  w.put(xxh3_64(out));
  return text_of(out);
}

Result<KeptPosition> decode_position(std::uint64_t stream, const std::string& bytes) {
  ByteReader r = reader_of(bytes);
  KeptPosition kept;
  kept.position.stream = stream;
  kept.position.number = r.get<std::uint64_t>();
  kept.position.epoch = r.get<std::uint64_t>();
  kept.position.hash = r.get<std::uint64_t>();
  kept.snapshots = r.get<std::uint64_t>();
  const std::size_t hashed = r.position();
  const auto hash = r.get<std::uint64_t>();
  if (!r.at_end()) return Error{fmt::format("expected 40 bytes, found {}", bytes.size())};
  if (hash != xxh3_64(std::as_bytes(std::span(bytes)).first(hashed))) return Error{"wrong hash"};
  return kept;
}

std::uint64_t draw_stream() {
  std::random_device device;
  const std::uint64_t drawn = std::uint64_t{device()} << 32 | device();
  return drawn != 0 ? drawn : 1;
}

}  // namespace frontrow
