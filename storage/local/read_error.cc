#include "storage/local/read_error.h"

#include <array>
#include <cerrno>
#include <system_error>

namespace frontrow {
namespace {

struct Lack {
  int error;
  std::string_view to_do;
};
constexpr std::array<Lack, 7> kLacks = {{
    {ENOMEM, "give the process more memory, and start again"},
    {EMFILE, "allow the process more open files (ulimit -n), and start again"},
    {ENFILE, "allow the machine more open files, and start again"},
    {EACCES, "the files belong to another user, or are not to be read"},
    {EPERM, "the files belong to another user, or are not to be changed"},
    {ENOSPC, "make room, and start again"},
    {EROFS, "the file system can't be written to"},
}};
// The text of RocksDB's own message.
constexpr std::string_view kMemoryLimit = "Memory limit reached";
constexpr std::string_view kNoDamage = "; the data is not damaged: ";

std::string_view to_do_about(std::string_view what) {
  if (what.find(kMemoryLimit) != what.npos) return kLacks.front().to_do;
  for (const Lack& lack : kLacks) {
    if (what.find(std::generic_category().message(lack.error)) != what.npos) return lack.to_do;
  }
  return {};
}

}  // namespace

bool is_no_damage(std::string_view what) { return !to_do_about(what).empty(); }

std::string with_sign(std::string what) {
  if (what.find(kKeepACopy) != what.npos || what.find(kNoDamage) != what.npos) return what;
  const std::string_view to_do = to_do_about(what);
  if (to_do.empty()) return what + kKeepACopy;
  return what.append(kNoDamage).append(to_do);
}

}  // namespace frontrow
