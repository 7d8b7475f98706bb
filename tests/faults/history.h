// A history recorded over HTTP from parallel clients, and its check, seat by seat and wallet by
// wallet (linearizability.h).
//
// Three users with two connections each hold, release and pay the same few seats, charge, and read.
// The box office sells, blocks and unblocks seats, takes holds away, refunds payments, and looks.
// A client goes on after a request without an answer, if it is told where; what was refused with
// 503 did not act, but for an outcome that the server itself does not know.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/prng.h"
#include "tests/api/support/shop.h"
#include "tests/faults/linearizability.h"

namespace frontrow::faults {

class History {
 public:
  static constexpr int kUsers = 3;
  static constexpr int kFans = 2 * kUsers;
  static constexpr int kClients = kFans + 1;  // the last is the box office
  static constexpr int kActsPerClient = 30;   // in one life, unless it ends before

  // Where a client's next connection goes: the number of its turns so far, over all clients. None:
  // a client whose request has no answer ends.
  using Where = std::function<std::optional<api::HttpPlace>(std::size_t turn)>;

  // Creates the concert at the first place.
  History(Where where, std::string admin_key, std::uint64_t seed);

  // The clients act in parallel, each so many times. `fault` is called once, on this thread, after
  // a drawn number of acts.
  void play(const std::function<void()>& fault = {});
  // Expects that an order of all operations explains the answers.
  void check() const;

  std::size_t unanswered() const { return unanswered_; }
  std::size_t refused() const { return refused_; }
  std::size_t paid() const { return paid_; }
  // Acts of the box office that had an effect on a seat.
  std::size_t office_acts() const { return office_acts_; }

 private:
  using SeatCheck = LinearizabilityCheck<SeatRegister>;
  using WalletCheck = LinearizabilityCheck<WalletRegister>;
  static constexpr int kSeats = 8;
  static constexpr std::int64_t kPrice = 10;

  struct Client {
    std::optional<api::Shop> shop;
    int user = 0;
    api::Fan fan;
    Prng random;
    std::map<int, std::int64_t> holds;  // by seat
    bool alive = true;
  };

  // A hold of a user, or a payment.
  struct Owned {
    int seat = 0;
    int user = 0;
    std::int64_t id = 0;
  };

  static std::int64_t now();
  // The request may have acted or not.
  static bool is_unknown(const api::Response& response);
  void act(int number, std::atomic<int>& acts);
  void act_once(Client& client);
  bool enter(Client& client);
  bool reconnect(Client& client);
  void after(Client& client, const api::Response& response);
  std::int64_t answered_at(const api::Response& response);

  void hold(Client& client);
  void release(Client& client);
  void pay(Client& client);
  void note_payment(Client& client, int seat, std::int64_t called, std::int64_t answered,
                    std::int64_t balance);
  void charge(Client& client);
  void look_at_balance(Client& client);
  void look_at_seats(Client& client);

  void act_at_office(Client& office);
  void sell(Client& office);
  void block(Client& office);
  void unblock(Client& office);
  void take_hold(Client& office);
  void refund(Client& office);
  void look_as_operator(Client& office);
  void note_office_act(Client& office, const api::Response& response, int seat, std::int64_t called,
                       SeatRegister::What what, int user);
  std::optional<Owned> draw(std::vector<Owned>& list, Prng& random);
  static int draw_seat(Client& client) { return static_cast<int>(1 + client.random.below(kSeats)); }
  std::string block_path(int seat) const;

  void note(int seat, std::int64_t called, std::int64_t answered, SeatRegister::What what, int user,
            SeatRegister::State::Kind seen = {});
  void note(int user, std::int64_t called, std::int64_t answered, WalletRegister::What what,
            std::int64_t amount, std::int64_t balance);
  void note_requested(int user, int seat);
  void note_released(int user, int seat);
  void note_paid(int user);
  bool rests(int user, int seat, std::int64_t called);

  Where where_;
  std::string admin_key_;
  Prng random_;
  std::int64_t concert_ = 0;
  std::vector<std::string> users_;
  std::array<std::uint64_t, kClients> seeds_{};
  std::atomic<std::size_t> turns_{0};
  std::mutex mutex_;
  std::map<int, SeatCheck::Operations> seats_;
  std::map<int, WalletCheck::Operations> wallets_;
  std::vector<Owned> known_holds_;
  std::vector<Owned> known_payments_;
  // By user and seat, or by user; times of the newest.
  std::map<std::pair<int, int>, int> requests_;
  std::map<std::pair<int, int>, std::int64_t> released_at_;
  std::map<int, std::int64_t> paid_at_;
  std::atomic<std::size_t> unanswered_{0};
  std::atomic<std::size_t> refused_{0};
  std::atomic<std::size_t> paid_{0};
  std::atomic<std::size_t> office_acts_{0};
};

}  // namespace frontrow::faults
