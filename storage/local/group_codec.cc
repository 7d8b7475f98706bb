#include "storage/local/group_codec.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <cstring>
#include <memory>

namespace frontrow {
namespace {

constexpr std::uint32_t kMagic = 0x31475246;  // "FRG1"
constexpr std::size_t kHashAt = 72;

// XXH3-64 over several pieces as if they were contiguous.
class ChainHasher {
 public:
  ChainHasher() : state_(XXH3_createState()) {
    FR_CHECK(state_ != nullptr);
    XXH3_64bits_reset(state_.get());
  }
  void add(std::span<const std::byte> bytes) {
    XXH3_64bits_update(state_.get(), bytes.data(), bytes.size());
  }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

// Writes integers one after the other into a header of fixed size.
class HeaderWriter {
 public:
  explicit HeaderWriter(GroupHeaderBytes& out) : out_(out) {}
  template <class T>
  void put(T value) {
    std::memcpy(out_.data() + at_, &value, sizeof value);
    at_ += sizeof value;
  }
  std::size_t position() const { return at_; }

 private:
  GroupHeaderBytes& out_;
  std::size_t at_ = 0;
};

Error wrong(std::string_view what, std::uint64_t expected, std::uint64_t found) {
  return Error{fmt::format("{}: expected {}, found {}", what, expected, found)};
}

Error wrong_hash(std::string_view what, std::uint64_t expected, std::uint64_t found) {
  return Error{fmt::format("{}: expected {:016x}, found {:016x}", what, expected, found)};
}

// Magic and versions come first: the later fields may lie elsewhere in another format.
Status check_format(std::uint32_t magic, const GroupHeader& h) {
  if (magic != kMagic) {
    return Error{fmt::format("magic: expected {:08x} (\"FRG1\"), found {:08x}", kMagic, magic)};
  }
  if (h.oldest_reader > kGroupFormatVersion || h.version < kGroupOldestVersion) {
    return Error{fmt::format(
        "group format version {} (readable from version {} on) is not known to this program, "
        "which reads versions {} to {}",
        h.version, h.oldest_reader, kGroupOldestVersion, kGroupFormatVersion)};
  }
  return {};
}

}  // namespace

GroupHeaderBytes encode_group_header(ChainPosition& position, const GroupParts& parts) {
  std::uint64_t payload = 0;
  for (const auto& part : parts.records) payload += part.size();
  FR_CHECK(payload <= kGroupPayloadBytesMax);

  GroupHeaderBytes bytes;
  HeaderWriter w(bytes);
  w.put(kMagic);
  w.put(kGroupFormatVersion);
  w.put(kGroupOldestReader);
  w.put(static_cast<std::uint32_t>(kGroupHeaderSize));
  w.put(std::uint32_t{0});
  w.put(position.stream);
  w.put(position.epoch);
  w.put(position.number + 1);
  w.put(parts.time.ms);
  w.put(parts.record_count);
  w.put(parts.event_count);
  w.put(payload);
  w.put(position.hash);
  FR_CHECK(w.position() == kHashAt);

  ChainHasher hasher;
  hasher.add(std::span(bytes).first(kHashAt));
  for (const auto& part : parts.records) hasher.add(part);
  position.hash = hasher.value();
  position.number += 1;
  w.put(position.hash);
  return bytes;
}

void encode_group(ChainPosition& position, const GroupParts& parts, ByteBuffer& out) {
  const GroupHeaderBytes header = encode_group_header(position, parts);
  out.assign(header.begin(), header.end());
  for (const auto& part : parts.records) out.insert(out.end(), part.begin(), part.end());
}

Result<DecodedGroup> decode_group(std::span<const std::byte> bytes) {
  if (bytes.size() < kGroupHeaderSize)
    return wrong("bytes at least", kGroupHeaderSize, bytes.size());
  DecodedGroup group;
  GroupHeader& h = group.header;
  ByteReader r(bytes);
  const auto magic = r.get<std::uint32_t>();
  h.version = r.get<std::uint16_t>();
  h.oldest_reader = r.get<std::uint16_t>();
  if (Status s = check_format(magic, h); !s.ok()) return Error{s.error()};
  h.header_size = r.get<std::uint32_t>();
  const auto flags = r.get<std::uint32_t>();
  h.stream = r.get<std::uint64_t>();
  h.epoch = r.get<std::uint64_t>();
  h.number = r.get<std::uint64_t>();
  h.time = r.get_instant();
  h.record_count = r.get<std::uint32_t>();
  h.event_count = r.get<std::uint32_t>();
  h.payload_length = r.get<std::uint64_t>();
  h.previous_hash = r.get<std::uint64_t>();
  h.chain_hash = r.get<std::uint64_t>();

  const bool longer_header_allowed = h.version > kGroupFormatVersion;
  if (h.header_size != kGroupHeaderSize &&
      !(longer_header_allowed && h.header_size > kGroupHeaderSize)) {
    return wrong("header size", kGroupHeaderSize, h.header_size);
  }
  if (flags != 0) return wrong("flags", 0, flags);
  if (h.header_size > bytes.size()) return wrong("bytes at least", h.header_size, bytes.size());
  if (h.payload_length != bytes.size() - h.header_size) {
    return wrong("payload length", bytes.size() - h.header_size, h.payload_length);
  }

  ChainHasher hasher;
  hasher.add(bytes.first(kHashAt));
  hasher.add(bytes.subspan(kGroupHeaderSize));
  if (hasher.value() != h.chain_hash) return wrong_hash("chain hash", hasher.value(), h.chain_hash);

  group.view = {h.number, h.time, h.record_count, h.event_count, bytes.subspan(h.header_size),
                bytes};
  return group;
}

Status check_follows(const ChainPosition& position, const GroupHeader& next) {
  if (next.stream != position.stream) return wrong_hash("stream", position.stream, next.stream);
  if (next.number != position.number + 1)
    return wrong("group number", position.number + 1, next.number);
  if (next.previous_hash != position.hash) {
    return wrong_hash("previous hash", position.hash, next.previous_hash);
  }
  if (next.epoch < position.epoch) return wrong("epoch at least", position.epoch, next.epoch);
  return {};
}

}  // namespace frontrow
