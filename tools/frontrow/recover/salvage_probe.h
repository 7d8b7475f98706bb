// A damaged data directory as RocksDB can be brought to read it: without the table files on which
// it breaks down, and with a file CURRENT.
//
// One thread; call before the process has others that matter (breakdown.h).
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// A data directory as it can be read: itself, or links to its files but for those tables on which
// RocksDB breaks down, and with its newest list of files named in CURRENT.
class ReadableView {
 public:
  // `links`: a directory to be made if it is needed; gone with the view.
  static Result<ReadableView> open(const std::string& data_dir, const std::string& links);
  ReadableView(ReadableView&& other) noexcept;
  ReadableView& operator=(ReadableView&&) = delete;
  ~ReadableView();

  const std::string& path() const { return links_.empty() ? data_dir_ : links_; }
  // Names of the tables that were left out.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // Whether there are tables that RocksDB can't open, left out or not. It then often can't read the
  // others either, as long as its manifest names those.
  bool has_unreadable_tables() const { return has_unreadable_tables_; }
  // The list of files that was taken because CURRENT names none; empty if it does.
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
