// A real file system below RocksDB that fails one chosen operation on a written file, once, and
// works again after it, so that RocksDB could wrongly continue.
//
// Counted, in order: creating a file, appending, syncing and renaming it. A failing append has
// written half of its bytes; a failing sync has synced. Counting starts with arm().
//
// Threads: any, including RocksDB's own.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace frontrow {

class FaultyFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  FaultyFileSystem() : rocksdb::FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  // Fails operation number `index` (from 0) among those on files whose names end with `ending`.
  void arm(int index, const rocksdb::IOStatus& error, std::string ending = "");
  bool fired() const { return fired_; }

  // The error if this operation is the chosen one.
  rocksdb::IOStatus step(const std::string& file);

  const char* Name() const override { return "FaultyFileSystem"; }
  rocksdb::IOStatus NewWritableFile(const std::string& file, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  std::string ending_;
  rocksdb::IOStatus error_;
  std::atomic<bool> armed_{false};  // publishes the two above
  std::atomic<int> left_{0};
  std::atomic<bool> fired_{false};
};

// The file system with an Env around it, in the form of JournalOptions.
struct FaultyEnv {
  std::shared_ptr<FaultyFileSystem> files = std::make_shared<FaultyFileSystem>();
  std::unique_ptr<rocksdb::Env> env = rocksdb::NewCompositeEnv(files);
};

}  // namespace frontrow
