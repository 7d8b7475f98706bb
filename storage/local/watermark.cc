#include "storage/local/watermark.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>

#include "engine/base/hash.h"

namespace frontrow {
namespace {

constexpr std::uint32_t kMagic = 0x4d575246;  // "FRWM"
constexpr std::uint16_t kVersion = 1;
constexpr std::uint16_t kOldestReader = 1;
constexpr std::size_t kSlotSize = 64;
constexpr std::size_t kSummedSize = 56;
constexpr std::size_t kSlotStride = 4096;
constexpr std::size_t kFileSize = 2 * kSlotStride;
constexpr std::uint32_t kCleanStop = 1;

struct Slot {
  std::uint16_t version = 0;
  std::uint16_t oldest_reader = 0;
  std::uint64_t counter = 0;
  Mark mark;
};

// Encodes into `out`, whose memory is reused: this runs once a group.
void encode_slot(const Mark& mark, std::uint64_t counter, ByteBuffer& out) {
  out.clear();
  ByteWriter w(out);
  w.put(kMagic);
  w.put(kVersion);
  w.put(kOldestReader);
  w.put(counter);
  w.put(mark.position.stream);
  w.put(mark.position.epoch);
  w.put(mark.position.number);
  w.put(mark.position.hash);
  w.put(mark.clean_stop ? kCleanStop : std::uint32_t{0});
  w.put(std::uint32_t{0});
  FR_CHECK(out.size() == kSummedSize);
  w.put(xxh3_64(std::span<const std::byte>(out)));
  FR_CHECK(out.size() == kSlotSize);
}

// nullopt if the slot was never written or is torn.
std::optional<Slot> decode_slot(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  if (r.get<std::uint32_t>() != kMagic) return std::nullopt;
  Slot slot;
  slot.version = r.get<std::uint16_t>();
  slot.oldest_reader = r.get<std::uint16_t>();
  slot.counter = r.get<std::uint64_t>();
  ChainPosition& p = slot.mark.position;
  p.stream = r.get<std::uint64_t>();
  p.epoch = r.get<std::uint64_t>();
  p.number = r.get<std::uint64_t>();
  p.hash = r.get<std::uint64_t>();
  slot.mark.clean_stop = (r.get<std::uint32_t>() & kCleanStop) != 0;
  r.get<std::uint32_t>();
  const auto sum = r.get<std::uint64_t>();
  if (r.failed() || sum != xxh3_64(bytes.first(kSummedSize))) return std::nullopt;
  return slot;
}

struct NewestSlot {
  Slot slot;
  int place = 0;
};

Result<NewestSlot> read_newest(const std::string& path, const FileDescriptor& file) {
  std::array<std::byte, kFileSize> bytes{};
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) < 0)
    return errno_error(path, "read the watermark");
  std::optional<NewestSlot> newest;
  for (int i = 0; i < 2; ++i) {
    const auto slot = decode_slot(std::span(bytes).subspan(i * kSlotStride, kSlotSize));
    if (!slot || (newest && slot->counter < newest->slot.counter)) continue;
    newest = NewestSlot{*slot, i};
  }
  if (!newest) return Error{fmt::format("{}: neither slot holds a sound mark", path)};
  if (newest->slot.oldest_reader > kVersion) {
    return Error{fmt::format(
        "{}: watermark version {} (readable from version {} on) is not known to this "
        "program, which reads "
        "versions {} to {}",
        path, newest->slot.version, newest->slot.oldest_reader, kOldestReader, kVersion)};
  }
  return *newest;
}

}  // namespace

Result<Watermark> Watermark::create(const std::string& path, const Mark& mark,
                                    Duration sync_interval) {
  const std::string draft = path + ".new";
  FileDescriptor file(::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(draft, "create the watermark");
  const std::array<std::byte, kFileSize> zeros{};
  if (::pwrite(file.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(kFileSize)) {
    return errno_error(draft, "write the watermark");
  }
  Watermark watermark(path, std::move(file), sync_interval);
  if (Status s = watermark.settle(mark); !s.ok()) return Error{s.error()};
  if (::fsync(watermark.file_.get()) != 0) return errno_error(draft, "sync the watermark");
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    return errno_error(path, "rename the watermark");
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (Status s = sync_directory(directory); !s.ok()) return Error{s.error()};
  return watermark;
}

Result<Mark> read_watermark(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  const auto newest = read_newest(path, file);
  if (!newest.ok()) return Error{newest.error()};
  return newest->slot.mark;
}

Status check_other_mark(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  std::array<std::byte, kFileSize> bytes{};
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) < 0)
    return errno_error(path, "read the watermark");
  std::uint64_t counter = 0;
  bool are_both_sound = true;
  for (int i = 0; i < 2; ++i) {
    const auto slot = decode_slot(std::span(bytes).subspan(i * kSlotStride, kSlotSize));
    if (slot) counter = slot->counter;
    are_both_sound = are_both_sound && slot.has_value();
  }
  // The first write creates the file and goes to one slot; the second goes to the other.
  if (are_both_sound || counter == 1) return {};
  return Error{fmt::format("{}: one slot is damaged, it may have held a newer mark", path)};
}

Result<Watermark> Watermark::open(const std::string& path, Duration sync_interval) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  const auto newest = read_newest(path, file);
  if (!newest.ok()) return Error{newest.error()};
  Watermark watermark(path, std::move(file), sync_interval);
  watermark.slot_ = 1 - newest->place;
  watermark.mark_ = newest->slot.mark;
  watermark.counter_ = newest->slot.counter;
  // The mark read may be only in the page cache; the other slot must not be written before it is
  // synced.
  if (::fdatasync(watermark.file_.get()) != 0) return errno_error(path, "sync the watermark");
  watermark.synced_at_ = std::chrono::steady_clock::now();
  return watermark;
}

Status Watermark::advance(const Mark& mark) {
  if (Status s = write(mark); !s.ok()) return s;
  if (std::chrono::steady_clock::now() - synced_at_ < sync_interval_) return {};
  return sync();
}

Status Watermark::settle(const Mark& mark) {
  if (Status s = write(mark); !s.ok()) return s;
  return sync();
}

Status Watermark::write(const Mark& mark) {
  encode_slot(mark, ++counter_, slot_bytes_);
  const auto at = static_cast<off_t>(slot_ * static_cast<int>(kSlotStride));
  if (::pwrite(file_.get(), slot_bytes_.data(), kSlotSize, at) != static_cast<ssize_t>(kSlotSize)) {
    return errno_error(path_, "write the watermark");
  }
  mark_ = mark;
  return {};
}

Status Watermark::sync() {
  if (::fdatasync(file_.get()) != 0) return errno_error(path_, "sync the watermark");
  synced_at_ = std::chrono::steady_clock::now();
  slot_ = 1 - slot_;
  return {};
}

}  // namespace frontrow
