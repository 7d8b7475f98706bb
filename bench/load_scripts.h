// The requests and expected responses of each scenario of http_load. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/http_load.h"
#include "bench/load_setup.h"

namespace frontrow::bench {

// Repeats the same requests in order; every response must have the status.
class Repeat : public LoadScript {
 public:
  Repeat(std::vector<std::string> requests, int status)
      : requests_(std::move(requests)), status_(status) {}
  bool next(std::uint32_t connection, std::string& out) override;
  bool answered(std::uint32_t connection, int status, std::string_view body) override;

 private:
  std::vector<std::string> requests_;
  int status_;
  std::size_t next_ = 0;
};

// A different seat with every request, each by a user below the seat limit; every response must be
// 201.
class Holds : public LoadScript {
 public:
  struct Plan {
    std::uint32_t concerts = 1;  // fan i is of concert i % concerts
    std::uint32_t seats_per_date = 0;
    std::uint64_t seats_per_concert = 0;
    std::uint32_t first_date = 0;
  };
  Holds(const std::vector<Fan>& fans, const Plan& plan);
  bool next(std::uint32_t connection, std::string& out) override;
  bool answered(std::uint32_t connection, int status, std::string_view body) override;

 private:
  Plan plan_;
  std::vector<std::string> heads_;  // of each fan
  std::vector<std::string> dates_;  // the start of a body
  std::string body_;
  std::uint64_t next_ = 0;
};

// A hold and its payment, each pair by the next user, repeated on each connection. One request in
// flight on a connection.
class HoldsPaid : public LoadScript {
 public:
  // Fan i takes seat i, counted through the dates of the one concert; each wallet covers the price.
  HoldsPaid(const std::vector<Fan>& fans, std::uint32_t seats_per_date, std::uint32_t connections);
  bool next(std::uint32_t connection, std::string& out) override;
  bool answered(std::uint32_t connection, int status, std::string_view body) override;

 private:
  struct Buyer {
    std::size_t fan = 0;
    std::string hold;  // empty: the hold comes next, otherwise the payment
  };
  const std::vector<Fan>& fans_;
  std::uint32_t seats_per_date_;
  std::vector<Buyer> buyers_;  // of each connection
  std::size_t next_fan_ = 0;
};

// A whole purchase by a new user, repeated on each connection: join, poll until active, dates,
// seats, hold, charge, pay. One request in flight on a connection.
class Journeys : public LoadScript {
 public:
  Journeys(std::vector<std::uint32_t> concerts, std::uint32_t dates_per_concert,
           std::uint32_t connections);
  bool next(std::uint32_t connection, std::string& out) override;
  bool answered(std::uint32_t connection, int status, std::string_view body) override;
  std::uint64_t done() const { return done_; }
  static constexpr std::uint32_t kSeatsPerDate = 50;

 private:
  enum class Step : std::uint8_t { kJoin, kPoll, kDates, kSeats, kHold, kCharge, kPay };
  struct Buyer {
    Step step = Step::kJoin;
    std::uint64_t number = 0;
    std::string user, token, hold;
  };
  // The seat of buyer `number`.
  struct Seat {
    std::uint32_t concert, date, seat;
  };
  Seat seat_of(std::uint64_t number) const;
  void ask(const Buyer& buyer, std::string& out) const;

  std::vector<std::uint32_t> concerts_;
  std::uint32_t dates_per_concert_;
  std::vector<Buyer> buyers_;  // of each connection
  std::uint64_t next_number_ = 0;
  std::uint64_t done_ = 0;
};

}  // namespace frontrow::bench
