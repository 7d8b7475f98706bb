#include "tests/storage/local/faulty_file_system.h"

#include <utility>

namespace frontrow {
namespace {

using rocksdb::DataVerificationInfo;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultyFile final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile>&& file, std::string name,
             FaultyFileSystem& files)
      : rocksdb::FSWritableFileOwnerWrapper(std::move(file)),
        name_(std::move(name)),
        files_(files) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = files_.step(name_);
    if (fault.ok()) return FSWritableFileOwnerWrapper::Append(data, options, debug);
    half(data, options, debug);
    return fault;
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const DataVerificationInfo& info,
                  IODebugContext* debug) override {
    const IOStatus fault = files_.step(name_);
    if (fault.ok()) return FSWritableFileOwnerWrapper::Append(data, options, info, debug);
    half(data, options, debug);
    return fault;
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = files_.step(name_);
    const IOStatus synced = FSWritableFileOwnerWrapper::Sync(options, debug);
    return fault.ok() ? synced : fault;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = files_.step(name_);
    const IOStatus synced = FSWritableFileOwnerWrapper::Fsync(options, debug);
    return fault.ok() ? synced : fault;
  }

 private:
  void half(const Slice& data, const IOOptions& options, IODebugContext* debug) {
    FSWritableFileOwnerWrapper::Append(Slice(data.data(), data.size() / 2), options, debug)
        .PermitUncheckedError();
  }

  std::string name_;
  FaultyFileSystem& files_;
};

}  // namespace

void FaultyFileSystem::arm(int index, const IOStatus& error, std::string ending) {
  ending_ = std::move(ending);
  error_ = error;
  left_ = index;
  armed_ = true;
}

IOStatus FaultyFileSystem::step(const std::string& file) {
  if (!armed_ || !file.ends_with(ending_)) return IOStatus::OK();
  if (left_.fetch_sub(1) != 0) return IOStatus::OK();
  fired_ = true;
  return error_;
}

IOStatus FaultyFileSystem::NewWritableFile(const std::string& file,
                                           const rocksdb::FileOptions& options,
                                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                                           IODebugContext* debug) {
  IOStatus s = step(file);
  if (!s.ok()) return s;
  std::unique_ptr<rocksdb::FSWritableFile> real;
  s = FileSystemWrapper::NewWritableFile(file, options, &real, debug);
  if (s.ok()) *result = std::make_unique<FaultyFile>(std::move(real), file, *this);
  return s;
}

IOStatus FaultyFileSystem::RenameFile(const std::string& from, const std::string& to,
                                      const IOOptions& options, IODebugContext* debug) {
  const IOStatus fault = step(from);
  return fault.ok() ? FileSystemWrapper::RenameFile(from, to, options, debug) : fault;
}

}  // namespace frontrow
