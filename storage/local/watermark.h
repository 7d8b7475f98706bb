// DIR/watermark: the newest group known to be on disk, kept outside the database, so that a log
// that lost its end can't pass for a complete shorter log.
//
// The order makes it safe: a watermark is written only after the sync of its group returned, so it
// never claims more than the log holds, and a power cut causes no false rejection. The write goes
// to the page cache at once (a killed process loses no watermark) and to disk by fdatasync at most
// once per interval. It detects:
//   - after the end of the process, however violent: any lost group;
//   - after a power cut: any lost group up to the watermark that had reached the disk: all but the
//     newest interval, or the writes that the kernel had not written back since the stream went
//     idle.
// It does not detect a loss above the watermark, or a whole directory restored from an older copy.
//
// The file has two halves of a page each, whose first 64 bytes are used. All writes between two
// syncs go to the same half, the other has the watermark that was synced: a torn write never costs
// both. The file is written in full on creation, so that a full disk can't stop a watermark.
//
// Half, little endian: 0 magic "FRWM" | 4 u16 version | 6 u16 oldest reader | 8 u64 write counter |
// 16 u64 stream | 24 u64 epoch | 32 u64 group | 40 u64 chain hash | 48 u32 flags (1 clean stop) |
// 52 u32 zero | 56 u64 XXH3-64 of the 56 bytes before.
//
// Thread: the journal's, one at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "engine/base/bytes.h"
#include "engine/base/result.h"
#include "engine/base/time.h"
#include "storage/local/group_codec.h"
#include "storage/local/posix_file.h"

namespace frontrow {

// The newest durable group, and whether the server stopped cleanly after it.
struct WatermarkValue {
  ChainPosition position;
  bool clean_stop = false;
};

// Reads the newer sound half and writes nothing; fails if neither is sound or its version is not
// known.
Result<WatermarkValue> read_watermark(const std::string& path);
// Checks that the value that was read is the newest one ever written: an error if the other half
// must have been written, too, but is not sound.
Status check_other_half(const std::string& path);

class Watermark {
 public:
  // Creates the file with this value, durable when it returns; `path`'s directory must exist.
  static Result<Watermark> create(const std::string& path, const WatermarkValue& value,
                                  Duration sync_interval);
  // Reads the newer sound half; fails if neither is sound or its version is not known.
  static Result<Watermark> open(const std::string& path, Duration sync_interval);

  const WatermarkValue& value() const { return value_; }

  // Writes the value; syncs if the last sync is older than the interval.
  Status advance(const WatermarkValue& value);
  // Writes the value and syncs.
  Status settle(const WatermarkValue& value);

 private:
  Watermark(std::string path, FileDescriptor file, Duration sync_interval)
      : path_(std::move(path)), file_(std::move(file)), sync_interval_(sync_interval.ms) {}

  Status write(const WatermarkValue& value);
  Status sync();

  std::string path_;
  FileDescriptor file_;
  std::chrono::milliseconds sync_interval_;
  std::chrono::steady_clock::time_point synced_at_;
  WatermarkValue value_;
  ByteBuffer half_bytes_;
  std::uint64_t counter_ = 0;
  int half_ = 0;  // the half written until the next sync
};

}  // namespace frontrow
