// One of three instances fails, and etcd does not: requests for its slots are refused within a
// second, or answered once the slots were taken over; requests for other slots are not affected.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <thread>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

using api::Fan;
using api::Response;
using Clock = std::chrono::steady_clock;

constexpr int kDown = 2;
constexpr int kThere[] = {1, 3};
constexpr std::int64_t kAnswerMsMax = 1'500;
constexpr int kTakenMsMax = 8'000;
constexpr int kTakenAnswers = 50;
constexpr const char* kDate = R"("dates":[{"date":"2047-05-01","sections":[)"
                              R"({"name":"a","seats":20000,"price":1}]}])";

std::int64_t ms_passed_since(Clock::time_point start) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count();
}

void raise_to(std::atomic<std::int64_t>& most, std::int64_t value) {
  std::int64_t before = most;
  while (before < value && !most.compare_exchange_weak(before, value)) {
  }
}

class OwnerDown : public LocalClusterTest {
 protected:
  // The whole course; `strike` makes the instance fail.
  void owner_goes(const std::function<void()>& strike);

 private:
  void prepare();
  // Buys and reads concerts and wallets of the instances that stay, through `at`.
  void go_on(int at);
  void buy(api::Shop& shop, std::int64_t concert, const std::string& user, int round);
  // Asks for slots of the instance that fails, through another one.
  void ask_for_gone(int at);
  void check_gone(const Response& response, const char* what, Clock::time_point asked);
  int next_seat() { return 1 + seat_++; }

  std::map<int, std::int64_t> concerts_;           // by owner
  std::map<int, std::vector<std::string>> users_;  // by owner of the wallet
  Fan guest_;  // concert and wallet belong to the instance that will be gone
  std::atomic<bool> is_gone_{false}, is_over_{false};
  std::atomic<int> seat_{0}, refusals_{0}, unknown_{0}, fine_{0}, taken_{0};
  std::atomic<std::int64_t> refusal_ms_max_{0}, fine_ms_max_{0};
};

void OwnerDown::prepare() {
  ASSERT_TRUE(cluster->start());
  api::Shop shop(cluster->shop(1));
  while (concerts_.size() < kInstances && !HasFailure()) {
    const std::int64_t concert = shop.create_concert(
        fmt::format(R"("maxSeatsPerUser":1000,"queue":{{"idleSeconds":3600}},{})", kDate));
    concerts_.try_emplace(cluster->owner_of_concert(concert), concert);
  }
  for (int id = 1; id <= kInstances; ++id) {
    while (users_[id].size() < 4 && !HasFailure()) users_[id].push_back(cluster->user_of(id));
  }
  guest_ = shop.enter(concerts_.at(kDown), users_.at(kDown)[0]);
  shop.charge(guest_, 1000);
}

void OwnerDown::buy(api::Shop& shop, std::int64_t concert, const std::string& user, int round) {
  const auto timed = [&](const char* what, const auto& ask) {
    const auto asked = Clock::now();
    Response response = ask();
    raise_to(fine_ms_max_, ms_passed_since(asked));
    ++fine_;
    EXPECT_TRUE(response.status >= 200 && response.status < 300)
        << what << " of an instance that is there: " << response.status << " " << response.body;
    return response;
  };
  const Response joined = timed("join", [&] { return shop.post_join(concert, user); });
  if (joined.status != 201 && joined.status != 200) return;
  const Fan fan{user, joined.json()["token"].text(), joined.json()["number"].integer()};
  const bool is_in = api::await([&] {
    const Response entry = timed(
        "entry", [&] { return shop.fan(fan, "GET", api::Shop::path(concert, "/queue/token")); });
    return entry.status != 200 || entry.json()["state"].text() == "active";
  });
  EXPECT_TRUE(is_in) << "not let in";
  timed("charge", [&] { return shop.post_charge(fan, 1); });
  const Response held = timed("hold", [&] { return shop.post_hold(concert, fan, {next_seat()}); });
  if (held.status != 201) return;
  const std::int64_t hold = held.json()["holdId"].integer();
  if (round % 4 == 0) {
    timed("release", [&] {
      return shop.fan(fan, "DELETE", api::Shop::path(concert, fmt::format("/holds/{}", hold)));
    });
    return;
  }
  timed("payment", [&] { return shop.post_payment(concert, fan, hold); });
  timed("balance", [&] { return shop.admin("GET", fmt::format("/v1/users/{}/balance", user)); });
}

void OwnerDown::go_on(int at) {
  api::Shop shop(cluster->shop(at));
  for (std::size_t round = 0; !is_over_ && !HasFailure(); ++round) {
    const int owner = kThere[round % 2];
    const int bank = kThere[round / 2 % 2];
    // A user of this thread's own.
    buy(shop, concerts_.at(owner), users_.at(bank)[at == 1 ? 2 : 3], static_cast<int>(round));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void OwnerDown::check_gone(const Response& response, const char* what, Clock::time_point asked) {
  const std::int64_t took = ms_passed_since(asked);
  if (!is_gone_) return;
  raise_to(refusal_ms_max_, took);
  EXPECT_LE(took, kAnswerMsMax) << what << ": " << response.status << " " << response.body;
  if (response.status >= 200 && response.status < 300) {
    ++taken_;
    return;
  }
  const std::string slug = response.slug();
  EXPECT_EQ(response.status, 503) << what << ": " << response.body;
  EXPECT_TRUE(slug == "instance-unavailable" || slug == "outcome-unknown") << response.body;
  EXPECT_FALSE(response.header("Retry-After").empty()) << response.body;
  unknown_ += slug == "outcome-unknown" ? 1 : 0;
  ++refusals_;
}

void OwnerDown::ask_for_gone(int at) {
  api::Shop shop(cluster->shop(at));
  const std::int64_t concert = concerts_.at(kDown);
  const auto timed = [&](const char* what, const auto& ask) {
    const auto asked = Clock::now();
    check_gone(ask(), what, asked);
    // Refusals come at once; without a pause they would take all of the machine's time.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  while (!is_over_ && !HasFailure()) {
    timed("entry",
          [&] { return shop.fan(guest_, "GET", api::Shop::path(concert, "/queue/token")); });
    timed("join", [&] { return shop.post_join(concert, guest_.user); });
    timed("hold", [&] { return shop.post_hold(concert, guest_, {next_seat()}); });
    timed("charge", [&] { return shop.post_charge(guest_, 1); });
    timed("balance",
          [&] { return shop.admin("GET", fmt::format("/v1/users/{}/balance", guest_.user)); });
    timed("concert",
          [&] { return shop.admin("GET", fmt::format("/v1/admin/concerts/{}", concert)); });
  }
}

void OwnerDown::owner_goes(const std::function<void()>& strike) {
  prepare();
  if (HasFailure()) return;
  std::vector<std::jthread> threads;
  for (const int at : kThere) {
    threads.emplace_back([this, at] { go_on(at); });
    threads.emplace_back([this, at] { ask_for_gone(at); });
  }
  EXPECT_TRUE(api::await([this] { return fine_ > 100; }, 20'000));
  strike();
  is_gone_ = true;
  const auto gone = Clock::now();
  EXPECT_TRUE(api::await([this] { return refusals_ > 0; }, kTakenMsMax)) << "nothing was refused";
  taken_ = 0;
  EXPECT_TRUE(api::await([this] { return taken_ >= kTakenAnswers; }, kTakenMsMax));
  const std::int64_t took = ms_passed_since(gone);
  is_over_ = true;
  threads.clear();
  std::printf(
      "%d answers of the others, none refused, the slowest in %ld ms; %d refusals, the slowest in "
      "%ld ms, %d in doubt; taken over within %ld ms\n",
      fine_.load(), fine_ms_max_.load(), refusals_.load(), refusal_ms_max_.load(), unknown_.load(),
      took);
}

TEST_F(OwnerDown, killed) {
  owner_goes([this] { cluster->instance(kDown).kill(); });
}

TEST_F(OwnerDown, stopped) {
  owner_goes([this] { cluster->instance(kDown).stand_still(); });
}

}  // namespace
}  // namespace frontrow::cluster
