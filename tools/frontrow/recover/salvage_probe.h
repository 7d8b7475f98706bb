// A damaged data directory in a form that RocksDB can read: without the table files on which it
// breaks down, and with a valid file CURRENT.
//
// One thread; call before the process has other threads that matter (breakdown.h).
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// The directory itself if it is readable; otherwise links to its files, without the tables on which
// RocksDB breaks down, and with the newest list of files named in CURRENT.
class ReadableView {
 public:
  // `links`: a directory to create if it is needed; removed with the view.
  static Result<ReadableView> open(const std::string& data_dir, const std::string& links);
  ReadableView(ReadableView&& other) noexcept;
  ReadableView& operator=(ReadableView&&) = delete;
  ~ReadableView();

  const std::string& path() const { return links_.empty() ? data_dir_ : links_; }
  // Names of the tables that were left out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // True if there are tables that RocksDB can't open, left out or not. RocksDB then often can't
  // read the others either, as long as its manifest names those.
  bool has_unreadable_tables() const { return has_unreadable_tables_; }
  // The list of files used because CURRENT names none; empty if CURRENT names one.
  const std::string& list_taken() const { return list_taken_; }

 private:
  explicit ReadableView(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  Status link_all(const std::string& links);

  std::string data_dir_;
  std::string links_;  // empty: not needed
  std::vector<std::string> left_out_;
  bool has_unreadable_tables_ = false;
  std::string list_taken_;
};

}  // namespace frontrow::recover
