#include "tests/cluster/slot_watch.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"

namespace frontrow::cluster {
namespace {

constexpr std::size_t kWatchersMax = 3;
constexpr int kConnectMs = 300;
constexpr int kAnswerMs = 2'000;
constexpr auto kPause = std::chrono::milliseconds(2);  // after a refusal

// A user for each slot, whose wallet is in it.
const std::vector<std::string>& users_by_slot() {
  static const std::vector<std::string> users = [] {
    std::vector<std::string> found(kSlotCount);
    for (std::size_t left = kSlotCount; left > 0;) {
      const std::string user = api::new_user();
      std::string& there = found[slot_of_user(*parse_uuid(user)).value];
      if (there.empty()) --left;
      there = user;
    }
    return found;
  }();
  return users;
}

}  // namespace

SlotWatch::SlotWatch(Cluster& cluster, const std::vector<SlotId>& slots,
                     const std::vector<int>& through)
    : watchers_(std::min(kWatchersMax, slots.size())), last_answered_(slots.size()) {
  places_.reserve(through.size());
  for (const int id : through) places_.push_back(cluster.place(id, kConnectMs, kAnswerMs));
  users_.reserve(slots.size());
  for (const SlotId slot : slots) users_.push_back(users_by_slot()[slot.value]);
  for (std::size_t i = 0; i < watchers_; ++i) threads_.emplace_back([this, i] { watch(i); });
}

void SlotWatch::end() {
  ending_ = true;
  threads_.clear();
}

bool SlotWatch::ask(api::HttpClient& instance, std::size_t slot) {
  const auto asked = Clock::now();
  const api::Response answer =
      instance.request("GET", fmt::format("/v1/users/{}/balance", users_[slot]),
                       {api::bearer(Cluster::admin_key())});
  if (answer.status == 200) {
    last_answered_[slot] = asked.time_since_epoch().count();
    return true;
  }
  EXPECT_TRUE(answer.status == 503 || answer.status == 0) << answer.status << " " << answer.body;
  ++refusals_;
  return false;
}

void SlotWatch::watch(std::size_t first) {
  std::vector<std::unique_ptr<api::HttpClient>> instances;
  instances.reserve(places_.size());
  for (const api::HttpPlace& place : places_)
    instances.push_back(std::make_unique<api::HttpClient>(place));
  std::size_t turn = first;
  for (std::size_t slot = first; !ending_; slot += watchers_) {
    if (slot >= users_.size()) slot = first;
    const auto since = Clock::now();
    while (!ending_ && !ask(*instances[turn++ % instances.size()], slot))
      std::this_thread::sleep_for(kPause);
    const std::int64_t took =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
    std::int64_t before = gap_ms_max_;
    while (before < took && !gap_ms_max_.compare_exchange_weak(before, took)) {
    }
  }
}

std::int64_t SlotWatch::await_answers(Clock::time_point since, int timeout_ms) {
  const bool answered = api::await(
      [&] {
        for (const auto& asked : last_answered_) {
          if (asked < since.time_since_epoch().count()) return false;
        }
        return true;
      },
      timeout_ms);
  if (!answered) return -1;
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since).count();
}

}  // namespace frontrow::cluster
