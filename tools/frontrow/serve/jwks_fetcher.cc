#include "tools/frontrow/serve/jwks_fetcher.h"

#include <curl/curl.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>

#include "storage/local/posix_file.h"

namespace frontrow {
namespace {

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// Returns less than it was given, which ends the transfer, once the text is too large.
std::size_t append_bounded(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& text = *static_cast<std::string*>(to);
  const std::size_t got = size * count;
  if (text.size() + got > kJwkSetBytesMax) return 0;
  text.append(bytes, got);
  return got;
}

Curl make_curl(const JwksFetcher::Settings& settings, std::string& text) {
  static const CURLcode kReady = curl_global_init(CURL_GLOBAL_DEFAULT);
  Curl curl(kReady == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup);
  if (curl == nullptr) return curl;
  const auto set = [&](CURLoption option, auto value) {
    curl_easy_setopt(curl.get(), option, value);
  };
  set(CURLOPT_URL, settings.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  set(CURLOPT_USERAGENT, "frontrow");
  set(CURLOPT_ACCEPT_ENCODING, "");
  set(CURLOPT_WRITEFUNCTION, append_bounded);
  set(CURLOPT_WRITEDATA, &text);
  return curl;
}

Result<std::string> read_cache(const std::string& file, const std::string& url) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return Error{fmt::format("{} is not there", file)};
  std::string source;
  std::getline(in, source);
  if (source != url) return Error{fmt::format("{} is of another URL", file)};
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// A crash leaves the old file or the new one.
Status write_cache(const std::string& file, const std::string& text) {
  const std::string aside = file + ".new";
  if (Status s = write_private_file(aside, text); !s.ok()) return s;
  if (std::rename(aside.c_str(), file.c_str()) != 0) return errno_error(file, "replace");
  return {};
}

}  // namespace

Result<std::string> JwksFetcher::fetch() const {
  std::string text;
  const Curl curl = make_curl(settings_, text);
  if (curl == nullptr) return Error{"libcurl could not be started"};
  const CURLcode code = curl_easy_perform(curl.get());
  if (code == CURLE_OK) return text;
  if (code == CURLE_WRITE_ERROR)
    return Error{fmt::format("{}: more than {} bytes", settings_.url, kJwkSetBytesMax)};
  return Error{fmt::format("{}: {}", settings_.url, curl_easy_strerror(code))};
}

Result<JwkSet> JwksFetcher::fetch_set() {
  auto text = fetch();
  if (!text.ok()) return Error{text.error()};
  auto set = JwkSet::parse(*text);
  if (!set.ok()) return Error{fmt::format("{}: {}", settings_.url, set.error())};
  if (*text != newest_) is_cached_ = false;
  newest_ = std::move(*text);
  if (!is_cached_) {
    // The first line ties the set to its source.
    const Status s = write_cache(settings_.cache_file, settings_.url + '\n' + newest_);
    is_cached_ = s.ok();
    if (!s.ok()) spdlog::warn("the shop's keys could not be cached: {}", s.error());
  }
  return set;
}

Result<JwkSet> JwksFetcher::first() {
  auto fetched = fetch_set();
  if (fetched.ok()) return fetched;
  auto text = read_cache(settings_.cache_file, settings_.url);
  auto cached = text.ok() ? JwkSet::parse(*text) : Result<JwkSet>(Error{text.error()});
  if (!cached.ok()) {
    return Error{fmt::format("identity.jwks_url: {}, and no earlier set: {}", fetched.error(),
                             cached.error())};
  }
  newest_ = std::move(*text);
  spdlog::warn("identity.jwks_url: {}; the keys of {} are used", fetched.error(),
               settings_.cache_file);
  return cached;
}

void JwksFetcher::start() {
  thread_ = std::thread([this] { run(); });
}

void JwksFetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void JwksFetcher::miss() {
  {
    const std::lock_guard lock(mutex_);
    missed_ = true;
  }
  changed_.notify_all();
}

void JwksFetcher::run() {
  using Steady = std::chrono::steady_clock;
  bool was_down = false;
  for (Steady::time_point last = Steady::now();; last = Steady::now()) {
    {
      std::unique_lock lock(mutex_);
      missed_ = false;
      changed_.wait_until(lock,
                          last + std::min<std::chrono::seconds>(kEarlyFetchMin, settings_.interval),
                          [this] { return stopping_; });
      changed_.wait_until(lock, last + settings_.interval, [this] { return stopping_ || missed_; });
      if (stopping_) return;
    }
    const std::string before = newest_;
    auto set = fetch_set();
    if (!set.ok()) {
      if (!was_down) spdlog::warn("identity.jwks_url: {}; the last keys stay in use", set.error());
    } else if (newest_ != before) {
      spdlog::info("identity.jwks_url: the shop has other keys, {} usable ones",
                   set->keys().size());
      on_keys_(std::move(*set));
    } else if (was_down) {
      spdlog::info("identity.jwks_url: the source gives its keys again");
    }
    was_down = !set.ok();
  }
}

}  // namespace frontrow
