#include "tools/frontrow/recover/salvage_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "storage/local/posix_file.h"
#include "tools/frontrow/recover/breakdown.h"
#include "tools/frontrow/recover/target.h"

namespace frontrow::recover {
namespace {

namespace fs = std::filesystem;

// Prefix of RocksDB's lists of its files, and the file that names the current one.
constexpr std::string_view kManifest = "MANIFEST-";
constexpr std::string_view kCurrent = "CURRENT";

bool names_a_list(const fs::path& database) {
  std::ifstream in(database / kCurrent, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.starts_with(kManifest) && text.ends_with('\n') &&
         fs::exists(database / text.substr(0, text.size() - 1));
}

// The list with the highest number; numbers have leading zeros. Empty if there is none.
std::string newest_list(const fs::path& database) {
  std::string newest;
  std::error_code error;
  for (fs::directory_iterator at(database, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(kManifest)) newest = std::max(newest, name);
  }
  return newest;
}

}  // namespace

Result<ReadableView> ReadableView::open(const std::string& data_dir, const std::string& links) {
  ReadableView view(data_dir);
  auto tables = probe_tables(data_dir);
  if (!tables.ok()) return Error{tables.error()};
  view.left_out_ = std::move(tables->breaking);
  view.has_unreadable_tables_ = tables->has_unreadable;
  const fs::path database = fs::path(data_dir) / "db";
  if (!names_a_list(database)) view.list_taken_ = newest_list(database);
  if (view.left_out_.empty() && view.list_taken_.empty()) return view;
  if (Status s = view.link_all(links); !s.ok()) return Error{s.error()};
  return view;
}

ReadableView::ReadableView(ReadableView&& other) noexcept
    : data_dir_(std::move(other.data_dir_)),
      links_(std::exchange(other.links_, {})),
      left_out_(std::move(other.left_out_)),
      has_unreadable_tables_(other.has_unreadable_tables_),
      list_taken_(std::move(other.list_taken_)) {}

ReadableView::~ReadableView() {
  std::error_code ignored;
  if (!links_.empty()) fs::remove_all(links_, ignored);
}

Status ReadableView::link_all(const std::string& links) {
  links_ = links;
  for (const std::string& path : {links, links + "/db"}) {
    if (Status s = make_private_directory(path); !s.ok()) return s;
  }
  std::error_code error;
  const fs::path from = fs::canonical(data_dir_, error);
  if (!error && fs::exists(from / "watermark"))
    fs::create_symlink(from / "watermark", fs::path(links) / "watermark", error);
  for (fs::directory_iterator at(from / "db", error), end; !error && at != end;
       at.increment(error)) {
    const fs::path name = at->path().filename();
    if (std::find(left_out_.begin(), left_out_.end(), name.string()) != left_out_.end()) continue;
    if (!list_taken_.empty() && name == kCurrent) continue;
    fs::create_symlink(at->path(), fs::path(links) / "db" / name, error);
    if (error) break;
  }
  if (error)
    return Error{fmt::format("{}: cannot link to {}: {}", links, data_dir_, error.message())};
  if (list_taken_.empty()) return {};
  return write_whole_file(links + "/db/" + std::string(kCurrent), list_taken_ + '\n');
}

}  // namespace frontrow::recover
