// Fetches the shop's JWK Set from its URL, in a thread of its own, and gives it to the key ring.
//
// The set is fetched again after each interval, and early when a token names an unknown key (at
// most once in kEarlyFetchMin). The last good set stays in use while the source is down, is not a
// set, or is too large; it is in DATA_DIR/jwks.json too, so a restart does not need the source.
// Redirects are not followed, and only http and https are spoken, by libcurl.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

#include "engine/base/result.h"
#include "net/auth/jwk_set.h"

namespace frontrow {

class JwksFetcher {
 public:
  static constexpr std::chrono::seconds kEarlyFetchMin{30};

  struct Settings {
    std::string url;
    std::string cache_file;
    std::chrono::seconds interval{300};
    std::chrono::milliseconds timeout{10'000};
  };
  // Called by the fetching thread with each new set.
  using OnKeys = std::function<void(JwkSet)>;

  JwksFetcher(Settings settings, OnKeys on_keys)
      : settings_(std::move(settings)), on_keys_(std::move(on_keys)) {}
  ~JwksFetcher() { stop(); }
  JwksFetcher(const JwksFetcher&) = delete;
  JwksFetcher& operator=(const JwksFetcher&) = delete;

  // Fetches the set, or reads the cached one if the source does not give it. The error names both
  // faults. Called before start().
  Result<JwkSet> first();
  void start();
  void stop();
  // A token named a key that is not in the set. Any thread; does not wait.
  void miss();

 private:
  void run();
  Result<std::string> fetch() const;
  Result<JwkSet> fetch_set();

  const Settings settings_;
  const OnKeys on_keys_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool missed_ = false;
  bool is_cached_ = false;
  std::string newest_;  // text of the set in use; of the fetching thread once it runs
  std::thread thread_;
};

}  // namespace frontrow
