// One table of an export in a file, written row by row (net/export/export_rows.h).
//
//   auto file = ExportFile::create(directory, "wallets", kWalletColumns, format);
//   file->row(wallet.user, wallet.balance);
//   file->finish();
//
// Rows are written to DIR/<name>.<ending>.new; finish() syncs and renames the file. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "engine/base/result.h"
#include "net/export/csv.h"
#include "net/export/export_rows.h"
#include "storage/local/posix_file.h"

namespace frontrow::recover {

class ExportFile {
 public:
  static Result<ExportFile> create(const std::string& directory, const std::string& name,
                                   ExportColumns columns, ExportFormat format);

  // Takes as many fields as columns. finish() reports errors.
  template <class... Fields>
  void row(const Fields&... fields) {
    append_export_row(text_, format_, columns_, fields...);
    end_row();
  }
  // Calls append(std::string&, ExportFormat), which appends one row of the columns.
  template <class Append>
  void row_by(const Append& append) {
    append(text_, format_);
    end_row();
  }
  Status finish();

  const std::string& path() const { return path_; }
  std::uint64_t rows() const { return rows_; }

 private:
  ExportFile(std::string path, FileDescriptor file, ExportColumns columns, ExportFormat format)
      : path_(std::move(path)), file_(std::move(file)), columns_(columns), format_(format) {}

  void end_row();
  void write();

  std::string path_;
  FileDescriptor file_;
  ExportColumns columns_;
  ExportFormat format_;
  std::string text_;  // not written yet
  std::uint64_t rows_ = 0;
  Status failed_;
};

}  // namespace frontrow::recover
