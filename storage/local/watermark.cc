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
constexpr std::size_t kHalfUsed = 64;
constexpr std::size_t kSummedSize = 56;
constexpr std::size_t kHalfSize = 4096;
constexpr std::size_t kFileSize = 2 * kHalfSize;
constexpr std::uint32_t kCleanStop = 1;

struct Half {
  std::uint16_t version = 0;
  std::uint16_t oldest_reader = 0;
  std::uint64_t counter = 0;
  WatermarkValue value;
};

// Encodes into `out`, whose memory is reused: this runs once a group.
void encode_half(const WatermarkValue& value, std::uint64_t counter, ByteBuffer& out) {
  out.clear();
  ByteWriter w(out);
  w.put(kMagic);
  w.put(kVersion);
  w.put(kOldestReader);
  w.put(counter);
  w.put(value.position.stream);
  w.put(value.position.epoch);
  w.put(value.position.number);
  w.put(value.position.hash);
  w.put(value.clean_stop ? kCleanStop : std::uint32_t{0});
  w.put(std::uint32_t{0});
  FR_CHECK(out.size() == kSummedSize);
  w.put(xxh3_64(std::span<const std::byte>(out)));
  FR_CHECK(out.size() == kHalfUsed);
}

// nullopt if the half was never written or is torn.
std::optional<Half> decode_half(std::span<const std::byte> bytes) {
  ByteReader r(bytes);
  if (r.get<std::uint32_t>() != kMagic) return std::nullopt;
  Half half;
  half.version = r.get<std::uint16_t>();
  half.oldest_reader = r.get<std::uint16_t>();
  half.counter = r.get<std::uint64_t>();
  ChainPosition& p = half.value.position;
  p.stream = r.get<std::uint64_t>();
  p.epoch = r.get<std::uint64_t>();
  p.number = r.get<std::uint64_t>();
  p.hash = r.get<std::uint64_t>();
  half.value.clean_stop = (r.get<std::uint32_t>() & kCleanStop) != 0;
  r.get<std::uint32_t>();
  const auto sum = r.get<std::uint64_t>();
  if (r.failed() || sum != xxh3_64(bytes.first(kSummedSize))) return std::nullopt;
  return half;
}

struct NewestHalf {
  Half half;
  int place = 0;
};

Result<NewestHalf> read_newest(const std::string& path, const FileDescriptor& file) {
  std::array<std::byte, kFileSize> bytes{};
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) < 0)
    return errno_error(path, "read the watermark");
  std::optional<NewestHalf> newest;
  for (int i = 0; i < 2; ++i) {
    const auto half = decode_half(std::span(bytes).subspan(i * kHalfSize, kHalfUsed));
    if (!half || (newest && half->counter < newest->half.counter)) continue;
    newest = NewestHalf{*half, i};
  }
  if (!newest) return Error{fmt::format("{}: neither slot holds a sound mark", path)};
  if (newest->half.oldest_reader > kVersion) {
    return Error{fmt::format(
        "{}: watermark version {} (readable from version {} on) is not known to this "
        "program, which reads "
        "versions {} to {}",
        path, newest->half.version, newest->half.oldest_reader, kOldestReader, kVersion)};
  }
  return *newest;
}

}  // namespace

Result<Watermark> Watermark::create(const std::string& path, const WatermarkValue& value,
                                    Duration sync_interval) {
  const std::string draft = path + ".new";
  FileDescriptor file(::open(draft.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file.is_open()) return errno_error(draft, "create the watermark");
  const std::array<std::byte, kFileSize> zeros{};
  if (::pwrite(file.get(), zeros.data(), zeros.size(), 0) != static_cast<ssize_t>(kFileSize)) {
    return errno_error(draft, "write the watermark");
  }
  Watermark watermark(path, std::move(file), sync_interval);
  if (Status s = watermark.settle(value); !s.ok()) return Error{s.error()};
  if (::fsync(watermark.file_.get()) != 0) return errno_error(draft, "sync the watermark");
  if (std::rename(draft.c_str(), path.c_str()) != 0)
    return errno_error(path, "rename the watermark");
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (Status s = sync_directory(directory); !s.ok()) return Error{s.error()};
  return watermark;
}

Result<WatermarkValue> read_watermark(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  const auto newest = read_newest(path, file);
  if (!newest.ok()) return Error{newest.error()};
  return newest->half.value;
}

Status check_other_half(const std::string& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  std::array<std::byte, kFileSize> bytes{};
  if (::pread(file.get(), bytes.data(), bytes.size(), 0) < 0)
    return errno_error(path, "read the watermark");
  std::uint64_t counter = 0;
  bool are_both_sound = true;
  for (int i = 0; i < 2; ++i) {
    const auto half = decode_half(std::span(bytes).subspan(i * kHalfSize, kHalfUsed));
    if (half) counter = half->counter;
    are_both_sound = are_both_sound && half.has_value();
  }
  // The first write creates the file and goes to one half; the second goes to the other.
  if (are_both_sound || counter == 1) return {};
  return Error{fmt::format("{}: one slot is damaged, it may have held a newer mark", path)};
}

Result<Watermark> Watermark::open(const std::string& path, Duration sync_interval) {
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (!file.is_open()) return errno_error(path, "open the watermark");
  const auto newest = read_newest(path, file);
  if (!newest.ok()) return Error{newest.error()};
  Watermark watermark(path, std::move(file), sync_interval);
  watermark.half_ = 1 - newest->place;
  watermark.value_ = newest->half.value;
  watermark.counter_ = newest->half.counter;
  // The value read may be only in the page cache; the other half must not be written before it is
  // synced.
  if (::fdatasync(watermark.file_.get()) != 0) return errno_error(path, "sync the watermark");
  watermark.synced_at_ = std::chrono::steady_clock::now();
  return watermark;
}

Status Watermark::advance(const WatermarkValue& value) {
  if (Status s = write(value); !s.ok()) return s;
  if (std::chrono::steady_clock::now() - synced_at_ < sync_interval_) return {};
  return sync();
}

Status Watermark::settle(const WatermarkValue& value) {
  if (Status s = write(value); !s.ok()) return s;
  return sync();
}

Status Watermark::write(const WatermarkValue& value) {
  encode_half(value, ++counter_, half_bytes_);
  const auto at = static_cast<off_t>(half_ * static_cast<int>(kHalfSize));
  if (::pwrite(file_.get(), half_bytes_.data(), kHalfUsed, at) != static_cast<ssize_t>(kHalfUsed)) {
    return errno_error(path_, "write the watermark");
  }
  value_ = value;
  return {};
}

Status Watermark::sync() {
  if (::fdatasync(file_.get()) != 0) return errno_error(path_, "sync the watermark");
  synced_at_ = std::chrono::steady_clock::now();
  half_ = 1 - half_;
  return {};
}

}  // namespace frontrow
