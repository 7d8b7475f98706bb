#include "tests/cluster/crowd.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <chrono>

namespace frontrow::cluster {
namespace {

using api::Response;

constexpr std::int64_t kSeats = 50'000;  // of each date: hours of rounds do not sell out
constexpr std::int64_t kHotSeats = 40;   // contended by all fans
constexpr std::int64_t kPrice = 10;
constexpr const char* kDates[] = {"2047-05-01", "2047-05-02"};
constexpr int kConnectMs = 500;
constexpr int kAnswerMs = 6'000;  // longer than a payment may take

bool one_in(Prng& random, std::uint64_t n) { return random.below(n) == 0; }

api::Headers as(const std::string& token) { return {api::bearer(token)}; }

std::vector<SeatKey> seats_in(const api::Json& json) {
  std::vector<SeatKey> seats;
  for (const std::int64_t number : json["seats"].integers())
    seats.emplace_back(json["date"].text(), number);
  return seats;
}

}  // namespace

Crowd::Crowd(Cluster& cluster, std::uint64_t seed) : random_(seed) {
  for (int id = 1; id <= kInstances; ++id)
    places_.push_back(cluster.place(id, kConnectMs, kAnswerMs));
  create_concerts(cluster);
}

void Crowd::create_concerts(Cluster& cluster) {
  const std::string dates =
      fmt::format(R"("dates":[{{"date":"{}","sections":[{{"name":"a","seats":{},"price":{}}}]}},)"
                  R"({{"date":"{}","sections":[{{"name":"b","seats":{},"price":{}}}]}}])",
                  kDates[0], kSeats, kPrice, kDates[1], kSeats, kPrice);
  std::map<int, int> shops_of;
  std::map<int, int> lines_of;
  api::Shop shop(cluster.shop(cluster.living().front()));
  const auto all_have_one = [owners = cluster.living().size()](const std::map<int, int>& of) {
    return of.size() == owners;
  };
  while (!testing::Test::HasFailure() && !(all_have_one(shops_of) && all_have_one(lines_of))) {
    const bool line = shops_.size() > lines_.size();
    const std::int64_t concert = shop.create_concert(fmt::format(
        R"("holdSeconds":3600,"queue":{{"maxActive":{},"sessionSeconds":3600,"idleSeconds":3600}},{})",
        line ? 1 : 100'000, dates));
    (line ? lines_ : shops_).push_back(concert);
    ++(line ? lines_of : shops_of)[cluster.owner_of_concert(concert)];
  }
}

void Crowd::play_rounds(int count, const std::function<void(int)>& round) {
  begin();
  for (int number = 0; number < count && !testing::Test::HasFailure(); ++number) round(number);
  end();
}

void Crowd::begin() {
  for (int i = 0; i < kFans; ++i)
    threads_.emplace_back([this, seed = random_.next()] { be_fans(seed); });
}

void Crowd::end() {
  ending_ = true;
  threads_.clear();
}

bool Crowd::await_payment() {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = payments_asked_;
  return changed_.wait_for(lock, std::chrono::seconds(10),
                           [&] { return payments_asked_ > before; });
}

bool Crowd::await_sales(std::uint64_t count, int timeout_ms) {
  std::unique_lock lock(mutex_);
  const std::uint64_t before = sales_;
  return changed_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                           [&] { return sales_ >= before + count; });
}

void Crowd::be_fans(std::uint64_t seed) {
  PatientClient client(places_, seed, encounters_);
  while (!ending_) {
    if (one_in(client.random(), 3)) {
      wait_in_line(client);
    } else {
      be_one_fan(client);
    }
    // The pace of human users.
    std::this_thread::sleep_for(std::chrono::milliseconds(client.random().below(60)));
  }
}

void Crowd::wait_in_line(PatientClient& client) {
  Guest guest{.user = api::new_user(), .concert = lines_[client.random().below(lines_.size())]};
  join(client, guest);
}

void Crowd::be_one_fan(PatientClient& client) {
  Prng& random = client.random();
  Guest guest{.user = api::new_user(), .concert = shops_[random.below(shops_.size())]};
  if (!join(client, guest)) return;
  const std::uint64_t charges = one_in(random, 8) ? 0 : 1 + random.below(3);
  for (std::uint64_t i = 0; i < charges; ++i) charge(client, guest);
  if (!enter(client, guest)) return;
  std::int64_t held = 0;
  for (int attempt = 0; held == 0 && attempt < 3; ++attempt) held = hold(client, guest);
  if (held == 0 || one_in(random, 12)) return;
  if (one_in(random, 8)) return release(client, guest, held);
  const std::int64_t payment = pay(client, guest, held);
  if (payment == 0) return;
  if (one_in(random, 4)) look(client, guest, payment);
  if (one_in(random, 5)) refund(client, guest.concert, payment);
}

bool Crowd::join(PatientClient& client, Guest& guest) {
  ClusterLedger::Join join{.asked_us = now_us()};
  const Response joined = client.ask("POST", api::Shop::path(guest.concert, "/queue/tokens"), {},
                                     fmt::format(R"({{"userId":"{}"}})", guest.user));
  join.answered_us = now_us();
  const bool good = joined.status == 201 || joined.status == 200;
  EXPECT_TRUE(good) << joined.status << joined.body;
  if (!good) return false;
  guest.token = joined.json()["token"].text();
  join.number = joined.json()["number"].integer();
  const std::lock_guard lock(books_.mutex);
  books_.joins[guest.concert][guest.user] = join;
  return true;
}

bool Crowd::enter(PatientClient& client, Guest& guest) {
  const bool active = api::await(
      [&] {
        const Response entry =
            client.ask("GET", api::Shop::path(guest.concert, "/queue/token"), as(guest.token));
        EXPECT_EQ(entry.status, 200) << entry.body;
        return entry.status != 200 || entry.json()["state"].text() == "active";
      },
      30'000);
  EXPECT_TRUE(active) << "somebody was not let in";
  return active;
}

void Crowd::charge(PatientClient& client, Guest& guest) {
  const std::int64_t amount = 2 * kPrice + static_cast<std::int64_t>(client.random().below(50));
  const Response charged =
      client.ask("POST", fmt::format("/v1/users/{}/balance/charges", guest.user), as(guest.token),
                 fmt::format(R"({{"amount":{}}})", amount));
  EXPECT_EQ(charged.status, 201) << charged.body;
  if (charged.status != 201) return;
  guest.money += amount;
  EXPECT_EQ(charged.json()["balance"].integer(), guest.money) << "of " << guest.user;
  const std::lock_guard lock(books_.mutex);
  EXPECT_TRUE(books_.charges
                  .try_emplace(charged.json()["chargeId"].integer(),
                               ClusterLedger::Charge{guest.user, amount})
                  .second)
      << "two charges have the id of one: " << charged.body;
}

std::int64_t Crowd::hold(PatientClient& client, const Guest& guest) {
  Prng& random = client.random();
  const auto range = static_cast<std::uint64_t>(one_in(random, 4) ? kHotSeats : kSeats - 1);
  std::vector<std::uint64_t> seats = {1 + random.below(range)};
  if (one_in(random, 2)) seats.push_back(seats[0] + 1);
  const Response held =
      client.ask("POST", api::Shop::path(guest.concert, "/holds"), as(guest.token),
                 fmt::format(R"({{"date":"{}","seats":[{}]}})", kDates[random.below(2)],
                             fmt::join(seats, ",")));
  if (held.status != 201) {
    EXPECT_EQ(held.slug(), "seat-unavailable") << held.status << held.body;
    return 0;
  }
  const std::int64_t id = held.json()["holdId"].integer();
  const std::lock_guard lock(books_.mutex);
  EXPECT_TRUE(books_.all_holds.insert(id).second) << "two holds are " << id;
  books_.holds[id] = {guest.concert, guest.token, seats_in(held.json())};
  return id;
}

// The hold may be gone already: an earlier response may have been lost.
void Crowd::release(PatientClient& client, const Guest& guest, std::int64_t hold) {
  const Response released = client.ask(
      "DELETE", api::Shop::path(guest.concert, fmt::format("/holds/{}", hold)), as(guest.token));
  EXPECT_TRUE(released.status == 204 || released.slug() == "hold-not-found") << released.body;
  const std::lock_guard lock(books_.mutex);
  books_.holds.erase(hold);
}

std::int64_t Crowd::pay(PatientClient& client, const Guest& guest, std::int64_t hold) {
  {
    const std::lock_guard lock(mutex_);
    ++payments_asked_;
    changed_.notify_all();
  }
  const Response paid = client.ask("POST", api::Shop::path(guest.concert, "/payments"),
                                   as(guest.token), fmt::format(R"({{"holdId":{}}})", hold));
  if (paid.status != 201 && paid.status != 200) {
    EXPECT_TRUE(paid.slug() == "insufficient-balance" && guest.money == 0)
        << paid.status << paid.body;
    return 0;
  }
  const api::Json said = paid.json();
  const std::int64_t id = said["paymentId"].integer();
  EXPECT_EQ(said["balance"].integer(), guest.money - said["amount"].integer());
  {
    const std::lock_guard lock(books_.mutex);
    books_.holds.erase(hold);
    EXPECT_TRUE(
        books_.payments
            .try_emplace(id, ClusterLedger::Payment{guest.concert, guest.user, hold,
                                                    said["amount"].integer(), seats_in(said)})
            .second)
        << "two payments are " << id;
  }
  const std::lock_guard lock(mutex_);
  ++sales_;
  changed_.notify_all();
  return id;
}

void Crowd::refund(PatientClient& client, std::int64_t concert, std::int64_t payment) {
  const Response refunded =
      client.ask("POST", fmt::format("/v1/admin/concerts/{}/payments/{}/refunds", concert, payment),
                 as(Cluster::admin_key()));
  EXPECT_TRUE(refunded.status == 201 || refunded.status == 200) << refunded.body;
  const std::lock_guard lock(books_.mutex);
  books_.payments.at(payment).refunded = true;
}

void Crowd::look(PatientClient& client, const Guest& guest, std::int64_t payment) {
  const Response read = client.ask(
      "GET", api::Shop::path(guest.concert, fmt::format("/payments/{}", payment)), as(guest.token));
  EXPECT_EQ(read.status, 200) << read.body;
  EXPECT_EQ(read.json()["state"].text(), "completed");
  const Response balance =
      client.ask("GET", fmt::format("/v1/users/{}/balance", guest.user), as(Cluster::admin_key()));
  EXPECT_EQ(balance.status, 200) << balance.body;
}

}  // namespace frontrow::cluster
