// DIR/watermark: the newest group known to be on disk, kept outside the database, so that a log
// that lost its end can't pass for a complete shorter log.
//
// The order makes it safe: a mark is written only after the sync of its group returned, so a mark
// on disk never claims more than the log holds, and a power cut causes no false rejection. The
// write goes to the page cache at once (a killed process loses no mark) and to disk by fdatasync at
// most once per interval. It detects:
//   - after the end of the process, however violent: any lost group;
//   - after a power cut: any lost group up to the mark that had reached the disk: all but the
//     newest interval, or the writes that the kernel had not written back since the stream went
//     idle.
// It does not detect a loss above the mark, or a whole directory restored from an older copy.
//
// Two slots of one sector each, a page apart. All writes between two syncs go to the same slot, the
// other holds the mark that was synced: a torn write never costs both. The file is written in full
// on creation, so that a full disk can't stop a mark.
//
// Slot, little endian: 0 magic "FRWM" | 4 u16 version | 6 u16 oldest reader | 8 u64 write counter |
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

struct Mark {
  ChainPosition position;
  bool clean_stop = false;
};

// Reads the newest sound mark and writes nothing; fails if there is none or its version is not
// known.
Result<Mark> read_watermark(const std::string& path);
// Checks that the mark that was read is the newest one ever written: an error if the other slot
// must have been written, too, but is not sound.
Status check_other_mark(const std::string& path);

class Watermark {
 public:
  // Creates the file with this mark, durable when it returns; `path`'s directory must exist.
  static Result<Watermark> create(const std::string& path, const Mark& mark,
                                  Duration sync_interval);
  // Reads the newest sound mark; fails if there is none or its version is not known.
  static Result<Watermark> open(const std::string& path, Duration sync_interval);

  const Mark& mark() const { return mark_; }

  // Writes the mark; syncs if the last sync is older than the interval.
  Status advance(const Mark& mark);
  // Writes the mark and syncs.
  Status settle(const Mark& mark);

 private:
  Watermark(std::string path, FileDescriptor file, Duration sync_interval)
      : path_(std::move(path)), file_(std::move(file)), sync_interval_(sync_interval.ms) {}

  Status write(const Mark& mark);
  Status sync();

  std::string path_;
  FileDescriptor file_;
  std::chrono::milliseconds sync_interval_;
  std::chrono::steady_clock::time_point synced_at_;
  Mark mark_;
  ByteBuffer slot_bytes_;
  std::uint64_t counter_ = 0;
  int slot_ = 0;  // the slot written until the next sync
};

}  // namespace frontrow
