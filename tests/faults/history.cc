#include "tests/faults/history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>

namespace frontrow::faults {
namespace {

using api::Response;
using api::Shop;
using Seat = SeatRegister::What;
using Money = WalletRegister::What;

// One operation a line, by their calls; times in microseconds after the first.
std::string text_of(LinearizabilityCheck<SeatRegister>::Operations operations) {
  constexpr std::array kNames = {"hold",      "hold refused",   "release", "pay",
                                 "seen free", "seen taken",     "sell",    "refund",
                                 "block",     "office refused", "unblock", "seen as"};
  std::ranges::sort(operations, {}, &Operation<SeatRegister::Call>::called);
  std::string text;
  for (const auto& o : operations) {
    const auto since = [&](std::int64_t at) { return (at - operations[0].called) / 1000; };
    text += fmt::format("\n{:>8} {:>8} user {:>2} {}", since(o.called),
                        o.has_answer() ? std::to_string(since(o.answered)) : "never", o.call.user,
                        kNames[static_cast<std::size_t>(o.call.what)]);
    if (o.call.what == Seat::kSeenAs) text += fmt::format(" {}", static_cast<int>(o.call.seen));
  }
  return text;
}

// Before the next attempt after a refusal.
constexpr auto kRefusedPause = std::chrono::milliseconds(20);
constexpr auto kActFor = std::chrono::seconds(60);  // refused or not

}  // namespace

History::History(Where where, std::string admin_key, std::uint64_t seed)
    : where_(std::move(where)), admin_key_(std::move(admin_key)), random_(seed) {
  Shop shop(*where_(turns_++), admin_key_);
  concert_ = shop.create_concert(
      R"("holdSeconds":3600,"maxSeatsPerUser":1000,"queue":{"idleSeconds":3600},)"
      R"("dates":[{"date":"2047-05-01","sections":[{"name":"all","seats":8,"price":10}]}])");
  for (int u = 0; u < kUsers; ++u) users_.push_back(api::new_user());
  for (int c = 0; c < kClients; ++c) seeds_[c] = random_.next();
}

void History::play(const std::function<void()>& fault) {
  std::vector<std::jthread> clients;
  clients.reserve(kClients);
  std::atomic<int> acts{0};
  const int fault_after = static_cast<int>(5 + random_.below(30));
  for (int c = 0; c < kClients; ++c) clients.emplace_back([&, c] { act(c, acts); });
  if (!fault) return;
  EXPECT_TRUE(api::await([&] { return acts >= fault_after; }));
  fault();
}

void History::check() const {
  for (const auto& [seat, operations] : seats_)
    EXPECT_TRUE(SeatCheck::holds({}, operations)) << "seat " << seat << text_of(operations);
  for (const auto& [user, operations] : wallets_)
    EXPECT_TRUE(WalletCheck::holds(0, operations)) << "wallet of user " << user;
}

std::int64_t History::now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

bool History::is_unknown(const Response& response) {
  return response.status == 0 || response.slug() == "outcome-unknown";
}

// --- a client

void History::act(int number, std::atomic<int>& acts) {
  const auto place = where_(turns_++);
  if (place) {
    Client client{
        .shop = {}, .user = number / 2, .fan = {}, .random = Prng(seeds_[number]++), .holds = {}};
    client.shop.emplace(*place, admin_key_);
    const bool is_office = number == kFans;
    client.alive = is_office || enter(client);
    const auto end = std::chrono::steady_clock::now() + kActFor;
    for (int i = 0; i < kActsPerClient && client.alive && std::chrono::steady_clock::now() < end;
         ++i, ++acts)
      is_office ? act_at_office(client) : act_once(client);
  }
  acts += kActsPerClient;  // a client that ends early must not delay the fault
}

void History::act_once(Client& client) {
  switch (client.random.below(10)) {
    case 0:
    case 1:
    case 2:
      return hold(client);
    case 3:
      return release(client);
    case 4:
    case 5:
      return pay(client);
    case 6:
    case 7:
      return charge(client);
    case 8:
      return look_at_seats(client);
    default:
      return look_at_balance(client);
  }
}

bool History::enter(Client& client) {
  const auto end = std::chrono::steady_clock::now() + kActFor;
  while (std::chrono::steady_clock::now() < end) {
    const Response joined = client.shop->post_join(concert_, users_[client.user]);
    if (joined.status == 200 || joined.status == 201) {
      client.fan = {users_[client.user], joined.json()["token"].text(), 0};
      return true;
    }
    if (joined.status == 0 && !reconnect(client)) return false;
    std::this_thread::sleep_for(kRefusedPause);
  }
  return false;
}

bool History::reconnect(Client& client) {
  const auto place = where_(turns_++);
  if (place) client.shop.emplace(*place, admin_key_);
  return place.has_value();
}

// Handles the response; an unexpected rejection of the session begins a new one.
void History::after(Client& client, const Response& response) {
  if (response.status == 0) client.alive = reconnect(client);
  if (response.status == 401) client.alive = enter(client);
  if (response.status != 503 || is_unknown(response)) return;
  ++refused_;
  std::this_thread::sleep_for(kRefusedPause);
}

std::int64_t History::answered_at(const Response& response) {
  if (!is_unknown(response)) return now();
  ++unanswered_;
  return kNoAnswer;
}

// --- its operations

void History::hold(Client& client) {
  const int seat = draw_seat(client);
  note_requested(client.user, seat);
  const std::int64_t called = now();
  const Response response = client.shop->post_hold(concert_, client.fan, {seat});
  const std::int64_t answered = answered_at(response);
  if (response.status == 201) {
    client.holds[seat] = response.json()["holdId"].integer();
    const std::lock_guard lock(mutex_);
    known_holds_.push_back({seat, client.user, client.holds[seat]});
  }
  if (response.status == 201 || is_unknown(response))
    note(seat, called, answered, Seat::kHold, client.user);
  if (response.slug() == "seat-unavailable" && !rests(client.user, seat, called))
    note(seat, called, answered, Seat::kHoldRefused, client.user);
  after(client, response);
}

void History::release(Client& client) {
  if (client.holds.empty()) return;
  const auto [seat, hold] = *client.holds.begin();
  note_released(client.user, seat);
  const std::int64_t called = now();
  const Response response = client.shop->fan(
      client.fan, "DELETE", Shop::path(concert_, "/holds/" + std::to_string(hold)));
  const std::int64_t answered = answered_at(response);
  if (response.status == 204 || is_unknown(response))
    note(seat, called, answered, Seat::kRelease, client.user);
  if (response.status != 503 || is_unknown(response)) client.holds.erase(seat);
  after(client, response);
}

void History::pay(Client& client) {
  if (client.holds.empty()) return;
  const auto [seat, hold] = *client.holds.begin();
  note_paid(client.user);
  const std::int64_t called = now();
  const Response response = client.shop->post_payment(concert_, client.fan, hold);
  const std::int64_t answered = answered_at(response);
  if (response.status == 201) {
    const std::int64_t payment = response.json()["paymentId"].integer();
    note_payment(client, seat, called, answered, response.json()["balance"].integer());
    const std::lock_guard lock(mutex_);
    known_payments_.push_back({seat, client.user, payment});
  }
  if (is_unknown(response)) note_payment(client, seat, called, answered, 0);
  // Money that was reserved comes back when the payment is given up.
  if (is_unknown(response) || response.slug() == "payment-timeout")
    note(client.user, called, kNoAnswer, Money::kCharge, kPrice, 0);
  if (response.slug() == "payment-timeout")
    note(client.user, called, kNoAnswer, Money::kPay, kPrice, 0);
  if (response.slug() == "insufficient-balance") {
    note(client.user, called, answered, Money::kPayRefused, kPrice,
         response.json()["balance"].integer());
  }
  after(client, response);
}

// The payment ends the session and releases its other holds, also those of the user's other client.
void History::note_payment(Client& client, int seat, std::int64_t called, std::int64_t answered,
                           std::int64_t balance) {
  note(seat, called, answered, Seat::kPay, client.user);
  note(client.user, called, answered, Money::kPay, kPrice, balance);
  for (int other = 1; other <= kSeats; ++other) {
    if (other != seat) note(other, called, kNoAnswer, Seat::kRelease, client.user);
  }
  client.holds.clear();
  ++paid_;
}

void History::charge(Client& client) {
  const auto amount = static_cast<std::int64_t>(1 + client.random.below(12));
  const std::int64_t called = now();
  const Response response = client.shop->post_charge(client.fan, amount);
  const std::int64_t answered = answered_at(response);
  if (response.status == 201 || is_unknown(response)) {
    note(client.user, called, answered, Money::kCharge, amount,
         response.status == 201 ? response.json()["balance"].integer() : 0);
  }
  after(client, response);
}

void History::look_at_balance(Client& client) {
  const std::int64_t called = now();
  const Response response =
      client.shop->fan(client.fan, "GET", "/v1/users/" + users_[client.user] + "/balance");
  if (response.status == 200)
    note(client.user, called, now(), Money::kRead, 0, response.json()["balance"].integer());
  after(client, response);
}

void History::look_at_seats(Client& client) {
  const std::int64_t called = now();
  const Response response =
      client.shop->fan(client.fan, "GET", Shop::path(concert_, "/dates/2047-05-01/seats"));
  const std::int64_t answered = now();
  if (response.status == 200) {
    std::array<bool, kSeats + 1> free{};
    const api::Json available = response.json()["sections"][0]["available"];
    for (std::size_t i = 0; i < available.size(); ++i)
      free[static_cast<std::size_t>(available[i].integer())] = true;
    for (int seat = 1; seat <= kSeats; ++seat) {
      note(seat, called, answered,
           free[static_cast<std::size_t>(seat)] ? Seat::kSeenFree : Seat::kSeenTaken, -1);
    }
  }
  after(client, response);
}

// --- its notes

void History::note(int seat, std::int64_t called, std::int64_t answered, Seat what, int user,
                   SeatRegister::State::Kind seen) {
  const std::lock_guard lock(mutex_);
  seats_[seat].push_back({called, answered, {what, user, seen}});
}

void History::note(int user, std::int64_t called, std::int64_t answered, Money what,
                   std::int64_t amount, std::int64_t balance) {
  const std::lock_guard lock(mutex_);
  wallets_[user].push_back({called, answered, {what, amount, balance}});
}

// A user can't hold a seat again for some seconds after giving it up, though it is free: such a
// rejection proves no state of the seat. A seat is given up by its release, or by a payment,
// which ends the session with all its holds; both are recorded before their request is sent. A
// hold that the user's other client requests meanwhile ends with the session too, so a rejection
// counts as such whenever the seat was requested before it.
void History::note_requested(int user, int seat) {
  const std::lock_guard lock(mutex_);
  ++requests_[{user, seat}];
}

void History::note_released(int user, int seat) {
  const std::lock_guard lock(mutex_);
  released_at_[{user, seat}] = now();
}

void History::note_paid(int user) {
  const std::lock_guard lock(mutex_);
  paid_at_[user] = now();
}

// Of a request that was noted itself.
bool History::rests(int user, int seat, std::int64_t called) {
  constexpr std::int64_t kLongEnough = std::chrono::nanoseconds(std::chrono::seconds(10)).count();
  const std::lock_guard lock(mutex_);
  const auto is_recent = [called](std::int64_t at) { return at != 0 && called - at < kLongEnough; };
  return is_recent(released_at_[{user, seat}]) ||
         (is_recent(paid_at_[user]) && requests_[{user, seat}] > 1);
}

}  // namespace frontrow::faults
