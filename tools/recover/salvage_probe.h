// RocksDB on damaged files: Debian's build checks its own assumptions and aborts where a byte
// breaks one, and so would the whole salvage. Hence everything is first done by a child process,
// and files on which it breaks down are left out of sight.
//
// One thread; call before the process has others that matter, as a child has but one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace frontrow::recover {

// Whether `work` comes to its end, tried by a child process whose messages are dropped. What it
// changes in memory is lost with the child.
Result<bool> survives(const std::function<void()>& work);

// A data directory as it can be read: itself, or links to its files but for those tables on which
// RocksDB breaks down.
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

 private:
  explicit ReadableView(std::string data_dir) : data_dir_(std::move(data_dir)) {}
  Status link_all(const std::string& links);

  std::string data_dir_;
  std::string links_;  // empty: not needed
  std::vector<std::string> left_out_;
  bool has_unreadable_tables_ = false;
};

}  // namespace frontrow::recover
