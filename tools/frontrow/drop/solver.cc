#include "tools/frontrow/drop/solver.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <simdjson.h>

#include <array>
#include <chrono>
#include <utility>

namespace frontrow::drop {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

// False if the text is no digest.
bool read_digest(std::string_view text, Digest& digest) {
  if (text.size() != 2 * digest.size()) return false;
  for (std::size_t i = 0; i < digest.size(); ++i) {
    unsigned value = 0;
    for (const char c : text.substr(2 * i, 2)) {
      const bool is_letter = c >= 'a' && c <= 'f';
      if (!is_letter && (c < '0' || c > '9')) return false;
      value = value << 4 | static_cast<unsigned>(is_letter ? c - 'a' + 10 : c - '0');
    }
    digest[i] = static_cast<unsigned char>(value);
  }
  return true;
}

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace

std::string solve_challenge(std::string_view document, const std::atomic<bool>& ends,
                            std::uint64_t& hashes) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::string_view wanted_text;
  std::string_view salt;
  std::string_view signature;
  std::uint64_t most = 0;
  Digest wanted{};
  if (parser.parse(document.data(), document.size()).get(root) != simdjson::SUCCESS ||
      root["challenge"].get(wanted_text) != simdjson::SUCCESS ||
      root["salt"].get(salt) != simdjson::SUCCESS ||
      root["signature"].get(signature) != simdjson::SUCCESS ||
      root["maxnumber"].get(most) != simdjson::SUCCESS || !read_digest(wanted_text, wanted)) {
    return {};
  }
  std::string text;
  Digest digest;
  for (std::uint64_t number = 0; number <= most && !ends; ++number) {
    text.assign(salt);
    const fmt::format_int digits(number);
    text.append(digits.data(), digits.size());
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    ++hashes;
    if (digest != wanted) continue;
    return base64(fmt::format(
        R"({{"algorithm":"SHA-256","challenge":"{}","number":{},"salt":"{}","signature":"{}"}})",
        wanted_text, number, salt, signature));
  }
  return {};
}

Solver::Solver(double hashes_per_s) : hashes_per_s_(hashes_per_s), thread_([this] { run(); }) {}

Solver::~Solver() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Solver::add(std::uint32_t fan, std::string_view document) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back({fan, std::string(document)});
  }
  wake_.notify_one();
}

std::vector<Solution> Solver::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(solved_, {});
}

void Solver::clear() {
  const std::lock_guard lock(mutex_);
  jobs_.clear();
}

void Solver::run() {
  std::unique_lock lock(mutex_);
  auto next = std::chrono::steady_clock::now();
  for (;;) {
    wake_.wait(lock, [this] { return ends_ || !jobs_.empty(); });
    if (ends_) return;
    const Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    next = std::max(next, std::chrono::steady_clock::now());
    std::uint64_t hashes = 0;
    std::string payload = solve_challenge(job.document, ends_, hashes);
    lock.lock();
    if (hashes_per_s_ > 0) {
      // The played machine is slower than this one: its solution is ready at this time.
      next += std::chrono::microseconds(
          static_cast<std::int64_t>(static_cast<double>(hashes) * 1e6 / hashes_per_s_));
      if (wake_.wait_until(lock, next, [this] { return ends_.load(); })) return;
    }
    solved_.push_back({job.fan, std::move(payload)});
  }
}

}  // namespace frontrow::drop
