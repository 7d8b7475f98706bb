// sync_probe DIRECTORY: how long the directory's device takes to make an append of 16 KiB durable.
// Prints the median and the 99th percentile of fdatasync alone, in microseconds, as one line of
// JSON.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

namespace {

constexpr std::size_t kAppendBytes = 16 * 1024;  // a group of about 200 records
constexpr std::size_t kAppends = 300;

int fail(const std::string& what) {
  fmt::print(stderr, "sync_probe: {}: {}\n", what, std::generic_category().message(errno));
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 || argv[1][0] == '-') {
    fmt::print(stderr, "usage: sync_probe DIRECTORY\n");
    return 2;
  }
  std::string path = std::string(argv[1]) + "/sync-probe-XXXXXX";
  const int fd = mkstemp(path.data());
  if (fd < 0) return fail(path);
  unlink(path.c_str());
  const std::string bytes(kAppendBytes, 'x');
  std::vector<double> took_us;
  for (std::size_t i = 0; i < kAppends; ++i) {
    if (write(fd, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      return fail("write");
    const auto begin = std::chrono::steady_clock::now();
    if (fdatasync(fd) != 0) return fail("fdatasync");
    took_us.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  close(fd);
  std::sort(took_us.begin(), took_us.end());
  fmt::print("{{\"p50Us\":{:.0f},\"p99Us\":{:.0f}}}\n", took_us[kAppends / 2],
             took_us[kAppends * 99 / 100]);
  return 0;
}
