#include "storage/local/rocks_options.h"

#include <rocksdb/env.h>
#include <rocksdb/sst_partitioner.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <limits>

#include "storage/local/rocks_logger.h"

namespace frontrow {
namespace {

// Blocks are only scanned from front to back, once: no cache, large blocks.
std::shared_ptr<rocksdb::TableFactory> scanned_table() {
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  table.block_size = 64 * 1024;
  table.checksum = rocksdb::kXXH3;
  return std::shared_ptr<rocksdb::TableFactory>(rocksdb::NewBlockBasedTableFactory(table));
}

// RocksDB slows down or stops writes when files or bytes wait for a compaction; here none does.
void never_slow_down_writes(rocksdb::ColumnFamilyOptions& o) {
  o.level0_slowdown_writes_trigger = std::numeric_limits<int>::max() / 2;
  o.level0_stop_writes_trigger = std::numeric_limits<int>::max() / 2;
  o.soft_pending_compaction_bytes_limit = 0;
  o.hard_pending_compaction_bytes_limit = 0;
}

}  // namespace

rocksdb::DBOptions database_options(rocksdb::Env* env, std::size_t write_buffer_bytes,
                                    std::shared_ptr<BackgroundErrors> errors, int open_files) {
  rocksdb::DBOptions o;
  if (env != nullptr) o.env = env;
  o.create_if_missing = false;  // the caller sets it to create
  o.create_missing_column_families = false;

  // The write-ahead log. The default recovery mode silently drops all records after a flipped bit;
  // this one drops only an unfinished record at the very end, and the watermark shows whether that
  // was a durable group. Under a shared log the default mode is right (journal_store.cc).
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  o.manual_wal_flush = false;
  o.recycle_log_file_num = 0;  // the mode above requires logs without leftover old records
  o.wal_compression = rocksdb::kNoCompression;
  o.two_write_queues = false;
  o.unordered_write = false;
  o.enable_pipelined_write = false;
  o.allow_concurrent_memtable_write = false;  // writers are few, and seldom meet
  o.avoid_flush_during_recovery = false;
  o.best_efforts_recovery = false;
  o.paranoid_checks = true;
  // The rarely written families must not keep old logs alive: a start reads at most this much log.
  o.max_total_wal_size = 4 * write_buffer_bytes;

  // Errors are final: no background recovery, by either of RocksDB's two mechanisms.
  o.listeners.push_back(std::move(errors));
  o.max_bgerror_resume_count = 0;

  o.info_log = make_rocks_logger();
  o.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;

  o.max_background_jobs = 2;
  o.bytes_per_sync = 1024 * 1024;  // spreads out flushes, which would delay the log's next sync
  // A long stream has more table files than this; they are read once, in order.
  o.max_open_files = open_files;
  o.skip_stats_update_on_db_open = true;
  return o;
}

// Keys only grow, so the table files of this family never overlap. With two levels and compression
// off, a compaction is a change of the manifest that moves the file down (a trivial move); no byte
// is rewritten after its flush. Files are never rewritten for their age, and writes are never
// slowed down for the number of files.
rocksdb::ColumnFamilyOptions groups_family_options(std::size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions o;
  o.table_factory = scanned_table();
  o.compression = rocksdb::kNoCompression;
  o.write_buffer_size = write_buffer_bytes;
  // With four or more, RocksDB throttles writes to a fixed rate before it stops them.
  o.max_write_buffer_number = 3;
  o.compaction_style = rocksdb::kCompactionStyleLevel;
  o.num_levels = 2;
  o.level_compaction_dynamic_level_bytes = false;
  o.target_file_size_base = std::max<std::uint64_t>(write_buffer_bytes, 64 * 1024 * 1024);
  o.ttl = 0;
  o.periodic_compaction_seconds = 0;
  never_slow_down_writes(o);
  return o;
}

// The keys grow within each stream, but a flush has groups of all copied streams: the files of
// level 0 overlap one another, and merging them would rewrite everything below again and again. So
// level 1 is kept small, its files end where a stream ends, and they then move down to level 2,
// where nothing of their stream overlaps them. A byte is rewritten about once after its flush.
rocksdb::ColumnFamilyOptions copies_family_options(std::size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions o = groups_family_options(write_buffer_bytes);
  o.num_levels = 3;
  o.max_bytes_for_level_base = write_buffer_bytes;
  o.sst_partitioner_factory = rocksdb::NewSstPartitionerFixedPrefixFactory(sizeof(std::uint64_t));
  return o;
}

rocksdb::ColumnFamilyOptions small_family_options() {
  rocksdb::ColumnFamilyOptions o;
  o.table_factory = scanned_table();
  o.compression = rocksdb::kNoCompression;
  o.write_buffer_size = 4 * 1024 * 1024;
  o.ttl = 0;
  o.periodic_compaction_seconds = 0;
  return o;
}

// Written without RocksDB's log and flushed by its writer (snapshot_store.h). Neither its memory
// nor its number of files may make RocksDB slow down writes, which would delay the journal. Its
// memory follows the journal's, so that one setting bounds both.
rocksdb::ColumnFamilyOptions snapshots_family_options(std::size_t write_buffer_bytes) {
  rocksdb::ColumnFamilyOptions o = small_family_options();
  o.write_buffer_size = std::clamp(write_buffer_bytes, std::size_t{4} << 20, std::size_t{64} << 20);
  o.max_write_buffer_number = 4;
  never_slow_down_writes(o);
  return o;
}

rocksdb::WriteOptions durable_write() {
  rocksdb::WriteOptions o;
  o.sync = true;
  o.protection_bytes_per_key = kKeyProtectionBytes;
  return o;
}

rocksdb::WriteOptions logged_write() {
  rocksdb::WriteOptions o = durable_write();
  o.sync = false;
  return o;
}

rocksdb::WriteOptions unlogged_write() {
  rocksdb::WriteOptions o;
  o.disableWAL = true;
  o.protection_bytes_per_key = kKeyProtectionBytes;
  return o;
}

rocksdb::ReadOptions scan_options(std::size_t readahead_bytes) {
  rocksdb::ReadOptions o;
  o.verify_checksums = true;
  o.fill_cache = false;
  o.total_order_seek = true;
  o.readahead_size = readahead_bytes;
  return o;
}

}  // namespace frontrow
