// Appends to the shared log in etcd at a given rate, as several instances do, for as long as an
// operator wants to know: whether etcd's database stays bounded, and whether the appends stay as
// fast. Every instance lets go of its groups as followers would, and etcd is compacted as by the
// instances. Prints a line an interval.
//
//   shared_log_load --cluster NAME --etcd HOST:PORT,... [--seconds 3600] [--mb-per-second 5]
//
// The groups are random bytes, which no compression makes smaller: the rate is that of bytes in
// etcd.
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/prng.h"
#include "engine/runtime/shared_log/shared_log.h"
#include "storage/shared/etcd_store.h"

namespace frontrow {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kGroupEvery = std::chrono::milliseconds(8);  // of one instance
// Until two disks have a group: the syncs, the way over the link, and the report.
constexpr auto kHeldFor = std::chrono::milliseconds(300);
constexpr std::size_t kGroupBytesMax = std::size_t{512} << 10;
constexpr auto kReclaimEvery = std::chrono::seconds(10);

struct Options {
  std::string cluster = "load";
  std::vector<std::string> endpoints;
  int seconds = 60;
  int every = 60;
  int instances = 3;
  double mb_per_second = 5;
};

struct Shared {
  std::atomic<bool> ends{false};
  std::atomic<std::uint64_t> bytes{0};
  std::mutex mutex;
  std::vector<double> appends_ms;  // since the last line
};

std::unique_ptr<EtcdStore> open_store(const Options& options) {
  EtcdOptions etcd;
  etcd.endpoints = options.endpoints;
  auto store = EtcdStore::open(etcd);
  FR_CHECK(store.ok());
  return std::move(*store);
}

std::string random_bytes(Prng& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

void append_groups(const Options& options, int instance, Shared& shared) {
  Prng random(static_cast<std::uint64_t>(Steady::now().time_since_epoch().count()) +
              static_cast<std::uint64_t>(instance));
  const auto store = open_store(options);
  SharedLog log(*store, options.cluster);
  const auto wait = [&shared](const std::string&) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return shared.ends.load();
  };
  const std::uint64_t stream = random.below(~std::uint64_t{0}) | 1;
  auto appender = StreamAppender::create(
      log, {stream, fmt::format("box-{}", instance), random.below(1U << 30) + 1}, wait);
  FR_CHECK(appender.ok());
  const double bytes_per_second = options.mb_per_second * 1e6 / options.instances;
  std::deque<std::pair<Steady::time_point, std::uint64_t>> held;
  auto before = Steady::now();
  while (!shared.ends) {
    std::this_thread::sleep_until(before + kGroupEvery);
    const auto begin = Steady::now();
    const double elapsed = std::chrono::duration<double>(begin - before).count();
    before = begin;
    // All that came meanwhile, as a journal gathers it.
    const auto size = static_cast<std::size_t>(bytes_per_second * elapsed);
    const std::string group = random_bytes(random, std::min(size, kGroupBytesMax));
    for (; !held.empty() && begin - held.front().first > kHeldFor; held.pop_front())
      appender->trim_to(held.front().second);
    if (appender->append(group, random.below(~std::uint64_t{0}), wait) != SharedAppend::kDurable)
      return;
    const auto end = Steady::now();
    held.emplace_back(end, appender->state().last);
    shared.bytes += group.size();
    const std::lock_guard lock(shared.mutex);
    shared.appends_ms.push_back(std::chrono::duration<double, std::milli>(end - begin).count());
  }
}

double quantile(std::vector<double>& values, double q) {
  if (values.empty()) return 0;
  const auto at =
      values.begin() + static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void print_line(EtcdStore& store, Shared& shared, int second, double interval_s) {
  std::vector<double> appends;
  {
    const std::lock_guard lock(shared.mutex);
    appends.swap(shared.appends_ms);
  }
  std::uint64_t database = 0, in_use = 0;
  for (const StoreMember& member : store.health().members) {
    database = std::max(database, member.database_bytes);
    in_use = std::max(in_use, member.in_use_bytes);
  }
  const double megabytes = static_cast<double>(shared.bytes.exchange(0)) / 1e6;
  fmt::print("{} {:.2f} {} {:.2f} {:.2f} {:.1f} {} {}\n", second, megabytes / interval_s,
             appends.size(), quantile(appends, 0.5), quantile(appends, 0.99), quantile(appends, 1),
             database >> 20, in_use >> 20);
  std::fflush(stdout);
}

void run(const Options& options) {
  Shared shared;
  const auto store = open_store(options);
  std::vector<std::jthread> instances;
  for (int i = 1; i <= options.instances; ++i)
    instances.emplace_back([&, i] { append_groups(options, i, shared); });
  std::jthread reclaims([&] {
    for (auto due = Steady::now(); !shared.ends;) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      if (Steady::now() < due) continue;
      static_cast<void>(store->reclaim());
      due = Steady::now() + kReclaimEvery;
    }
  });
  std::puts("second MB/s appends p50_ms p99_ms max_ms database_MiB in_use_MiB");
  for (int second = 0; second < options.seconds;) {
    const int interval = std::min(options.every, options.seconds - second);
    std::this_thread::sleep_for(std::chrono::seconds(interval));
    second += interval;
    print_line(*store, shared, second, interval);
  }
  shared.ends = true;
}

}  // namespace
}  // namespace frontrow

int main(int argc, char** argv) {
  frontrow::Options options;
  CLI::App app{"Appends to the shared log in etcd at a given rate"};
  app.add_option("--cluster", options.cluster, "Prefix of the keys");
  app.add_option("--etcd", options.endpoints, "Members, HOST:PORT")->delimiter(',')->required();
  app.add_option("--seconds", options.seconds, "Duration")->check(CLI::Range(1, 1'000'000));
  app.add_option("--every", options.every, "Seconds from line to line")
      ->check(CLI::Range(1, 3'600));
  app.add_option("--instances", options.instances, "Streams")->check(CLI::Range(1, 64));
  app.add_option("--mb-per-second", options.mb_per_second, "Bytes a second of all streams, in MB")
      ->check(CLI::Range(0.001, 1'000.0));
  CLI11_PARSE(app, argc, argv);
  frontrow::run(options);
  return 0;
}
