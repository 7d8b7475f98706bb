// One of three instances is gone - killed, stopped, or cut off: requests for its slots fail with
// "instance unavailable" within a second, requests for other slots are not affected, and all slots
// are served soon after it is back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "tests/cluster/cluster.h"

namespace frontrow::cluster {
namespace {

using api::Fan;
using api::Response;
using Clock = std::chrono::steady_clock;

constexpr int kVictim = 2;
constexpr int kThere[] = {1, 3};
constexpr std::int64_t kAnswerMsMax = 1'000;
constexpr int kBackMsMax = 10'000;
constexpr std::int64_t kNotYet = 1'000'000'000;
constexpr int kRefusalsWanted = 300;
constexpr const char* kDate = R"("dates":[{"date":"2027-05-01","sections":[)"
                              R"({"name":"a","seats":20000,"price":1}]}])";

std::int64_t ms_between(Clock::time_point from, Clock::time_point to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

std::int64_t ms_passed_since(Clock::time_point start) { return ms_between(start, Clock::now()); }

class OwnerDown : public ClusterTest {
 protected:
  // The whole course; `strike` makes the instance unreachable for the others, `undo` reverses that.
  // `serves`: it runs on, and its own clients reach it.
  void owner_goes(const std::function<void()>& strike, const std::function<void()>& undo,
                  bool serves = false);

 private:
  enum class Course { kBefore, kGone, kBack, kOver };

  void prepare();
  // Buys and reads concerts and users of these instances, through `at`, until the course is over.
  void go_on(int at, const std::vector<int>& of);
  void buy(api::Shop& shop, std::int64_t concert, const std::string& user, int round);
  void expect_fine(const Response& response, const char* what, Clock::time_point asked);
  // Asks for slots of the instance that is gone, through another.
  void ask_for_gone(int at);
  void check_refused(const Response& response, const char* what, Clock::time_point asked);
  // A payment from a wallet of the gone instance in a concert of another: decided in time, and
  // once.
  void pay_from_gone_wallet(int at);
  int next_seat() { return 1 + seat_++; }

  std::map<int, std::int64_t> concerts_;           // by owner
  std::map<int, std::vector<std::string>> users_;  // by owner of the wallet
  Fan guest_;      // concert and wallet belong to the instance that will be gone
  Fan traveller_;  // only the wallet does
  std::atomic<Course> course_{Course::kBefore};
  std::atomic<std::int64_t> gone_at_ms_{kNotYet};  // after start_
  Clock::time_point start_ = Clock::now();
  std::atomic<int> seat_{0};
  std::atomic<int> refusals_{0}, fine_{0}, back_{0}, unknown_{0};
  std::atomic<std::int64_t> refusal_ms_max_{0}, fine_ms_max_{0};
};

void raise_to(std::atomic<std::int64_t>& most, std::int64_t value) {
  std::int64_t before = most;
  while (before < value && !most.compare_exchange_weak(before, value)) {
  }
}

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
  guest_ = shop.enter(concerts_.at(kVictim), users_.at(kVictim)[0]);
  shop.charge(guest_, 1000);
  traveller_ = shop.enter(concerts_.at(kThere[0]), users_.at(kVictim)[1]);
  shop.charge(traveller_, 1000);
}

void OwnerDown::expect_fine(const Response& response, const char* what, Clock::time_point asked) {
  raise_to(fine_ms_max_, ms_passed_since(asked));
  ++fine_;
  EXPECT_TRUE(response.status >= 200 && response.status < 300)
      << what << " of an instance that is there: " << response.status << " " << response.body;
}

void OwnerDown::buy(api::Shop& shop, std::int64_t concert, const std::string& user, int round) {
  const auto timed = [&](const char* what, const auto& ask) {
    const auto asked = Clock::now();
    Response response = ask();
    expect_fine(response, what, asked);
    return response;
  };
  const Response joined = timed("join", [&] { return shop.post_join(concert, user); });
  if (joined.status != 201 && joined.status != 200) return;
  const Fan fan{user, joined.json()["token"].text(), joined.json()["number"].integer()};
  if (!api::await([&] {
        const Response entry = timed("entry", [&] {
          return shop.fan(fan, "GET", api::Shop::path(concert, "/queue/token"));
        });
        return entry.status != 200 || entry.json()["state"].text() == "active";
      })) {
    ADD_FAILURE() << "not let in";
  }
  timed("charge", [&] { return shop.post_charge(fan, 1); });
  const Response held = timed("hold", [&] { return shop.post_hold(concert, fan, {next_seat()}); });
  timed("seats", [&] { return shop.fan(fan, "GET", api::Shop::path(concert, "/dates")); });
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

void OwnerDown::go_on(int at, const std::vector<int>& of) {
  api::Shop shop(cluster->shop(at));
  for (int round = 0; course_ != Course::kOver && !HasFailure(); ++round) {
    const auto number = static_cast<std::size_t>(round);
    const int owner = of[number % of.size()];
    const int bank = of[number / of.size() % of.size()];
    // A user of this thread's own, by the instance that it asks; one user may buy only so many
    // seats.
    buy(shop, concerts_.at(owner), users_.at(bank)[static_cast<std::size_t>(at == 1 ? 2 : 3)],
        round);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void OwnerDown::check_refused(const Response& response, const char* what, Clock::time_point asked) {
  const std::int64_t took = ms_passed_since(asked);
  const std::int64_t asked_ms = ms_between(start_, asked);
  const bool fine = response.status >= 200 && response.status < 300;
  const Course course = course_;
  if (course == Course::kBack && fine) ++back_;
  if (course != Course::kGone) return;
  raise_to(refusal_ms_max_, took);
  EXPECT_LE(took, kAnswerMsMax) << what << ": " << response.status << " " << response.body;
  if (fine) {
    EXPECT_LE(asked_ms, gone_at_ms_) << what << " was done by an instance that is gone";
    return;
  }
  const std::string slug = response.slug();
  EXPECT_EQ(response.status, 503) << what << ": " << response.body;
  // Only requests in flight may be in doubt, and only those that would change state.
  EXPECT_TRUE(slug == "instance-unavailable" || slug == "outcome-unknown") << response.body;
  EXPECT_FALSE(response.header("Retry-After").empty()) << response.body;
  if (slug == "outcome-unknown") {
    ++unknown_;
    EXPECT_LE(asked_ms - gone_at_ms_, kAnswerMsMax)
        << what << " is in doubt though the instance has long been known to be gone";
  }
  ++refusals_;
}

void OwnerDown::ask_for_gone(int at) {
  api::Shop shop(cluster->shop(at));
  const std::int64_t concert = concerts_.at(kVictim);
  const auto timed = [&](const char* what, const auto& ask) {
    const auto asked = Clock::now();
    check_refused(ask(), what, asked);
    // Rejections come at once; without a pause they would take all of the machine's time.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  while (course_ != Course::kOver && !HasFailure()) {
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

void OwnerDown::pay_from_gone_wallet(int at) {
  api::Shop shop(cluster->shop(at));
  const std::int64_t concert = concerts_.at(kThere[0]);
  const std::int64_t hold = shop.hold(concert, traveller_, {next_seat()});
  const api::Headers key = {{"Idempotency-Key", "the-travellers-payment"}};
  const Response refused = shop.post_payment(concert, traveller_, hold, key);
  EXPECT_EQ(refused.status, 503) << refused.body;
  EXPECT_FALSE(refused.header("Retry-After").empty()) << refused.body;
  EXPECT_TRUE(api::await([&] { return course_ == Course::kBack; }, 60'000));
  Response paid;
  EXPECT_TRUE(api::await(
      [&] {
        paid = shop.post_payment(concert, traveller_, hold, key);
        return paid.status == 201;
      },
      kBackMsMax))
      << paid.status << paid.body;
  // This instance's link to the wallet's owner may come back later than that of the concert's
  // owner.
  Response read;
  EXPECT_TRUE(api::await(
      [&] {
        read = shop.admin("GET", fmt::format("/v1/users/{}/balance", traveller_.user));
        return read.status == 200;
      },
      kBackMsMax))
      << read.status << read.body;
  EXPECT_EQ(read.json()["balance"].integer(), 999);
}

void OwnerDown::owner_goes(const std::function<void()>& strike, const std::function<void()>& undo,
                           bool serves) {
  prepare();
  if (HasFailure()) return;
  std::vector<std::jthread> threads;
  for (const int at : kThere) {
    threads.emplace_back([this, at] { go_on(at, {kThere[0], kThere[1]}); });
    threads.emplace_back([this, at] { ask_for_gone(at); });
  }
  if (serves) threads.emplace_back([this] { go_on(kVictim, {kVictim}); });
  EXPECT_TRUE(api::await([this] { return fine_ > 100; }, 20'000));

  course_ = Course::kGone;
  strike();
  gone_at_ms_ = ms_passed_since(start_);
  threads.emplace_back([this] { pay_from_gone_wallet(kThere[1]); });
  EXPECT_TRUE(api::await([this] { return refusals_ > kRefusalsWanted; }, 30'000)) << refusals_;
  // Long enough for the payment's decision deadline to pass.
  EXPECT_TRUE(api::await([this] { return ms_passed_since(start_) > gone_at_ms_ + 4'500; }, 10'000));
  course_ = Course::kBack;
  undo();
  const auto back = Clock::now();
  EXPECT_TRUE(api::await([this] { return back_ > 100; }, kBackMsMax)) << "it did not come back";
  const std::int64_t took = ms_passed_since(back);
  EXPECT_TRUE(cluster->await_links(kBackMsMax));
  course_ = Course::kOver;
  threads.clear();
  std::printf(
      "%d answers of the others, none refused, the slowest in %ld ms; %d refusals, the "
      "slowest in %ld ms, %d in doubt; back within %ld ms\n",
      fine_.load(), fine_ms_max_.load(), refusals_.load(), refusal_ms_max_.load(), unknown_.load(),
      took);
}

TEST_F(OwnerDown, killed) {
  owner_goes([this] { cluster->instance(kVictim).kill(); },
             [this] {
               cluster->launch(kVictim);
               EXPECT_TRUE(cluster->instance(kVictim).await_ready());
             });
}

TEST_F(OwnerDown, stopped) {
  owner_goes([this] { cluster->instance(kVictim).stand_still(); },
             [this] { cluster->instance(kVictim).go_on(); });
}

TEST_F(OwnerDown, unplugged) {
  owner_goes([this] { network.unplug(kVictim); }, [this] { network.heal(); });
}

TEST_F(OwnerDown, cut_off_from_the_others_but_not_from_its_clients) {
  owner_goes(
      [this] {
        for (const int other : kThere) network.cut(kVictim, other);
      },
      [this] { network.heal(); }, true);
}

TEST_F(OwnerDown, not_heard_by_the_others) {
  owner_goes(
      [this] {
        for (const int other : kThere) network.lose(kVictim, other);
      },
      [this] { network.heal(); }, true);
}

}  // namespace
}  // namespace frontrow::cluster
