#include "bench/load_scripts.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

namespace frontrow::bench {
namespace {

void append_number(std::string& out, std::uint64_t value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

}  // namespace

bool Repeat::next(std::uint32_t, std::string& out) {
  out += requests_[next_];
  if (++next_ == requests_.size()) next_ = 0;
  return true;
}

bool Repeat::answered(std::uint32_t, int status, std::string_view) { return status == status_; }

Holds::Holds(const std::vector<Fan>& fans, const Plan& plan) : plan_(plan) {
  for (const Fan& fan : fans) {
    heads_.push_back(
        request_head("POST", fmt::format("/v1/concerts/{}/holds", fan.concert), fan.token));
  }
  for (std::uint64_t i = 0; i * plan.seats_per_date < plan.seats_per_concert; ++i) {
    const std::uint32_t date = plan.first_date + static_cast<std::uint32_t>(i);
    dates_.push_back(fmt::format(R"({{"date":"{}","seats":[)", date_text(date)));
  }
}

bool Holds::next(std::uint32_t, std::string& out) {
  const std::uint64_t seat = next_ / plan_.concerts;  // within its concert
  if (seat >= plan_.seats_per_concert) return false;
  body_ = dates_[seat / plan_.seats_per_date];
  append_number(body_, seat % plan_.seats_per_date + 1);
  body_ += "]}";
  append_request(out, heads_[next_ % heads_.size()], body_);
  ++next_;
  return true;
}

bool Holds::answered(std::uint32_t, int status, std::string_view) { return status == 201; }

HoldsPaid::HoldsPaid(const std::vector<Fan>& fans, std::uint32_t seats_per_date,
                     std::uint32_t connections)
    : fans_(fans), seats_per_date_(seats_per_date), buyers_(connections) {}

bool HoldsPaid::next(std::uint32_t connection, std::string& out) {
  Buyer& b = buyers_[connection];
  const bool holds = b.hold.empty();
  if (holds && next_fan_ == fans_.size()) return false;
  if (holds) b.fan = next_fan_++;
  const Fan& fan = fans_[b.fan];
  const std::string base = fmt::format("/v1/concerts/{}", fan.concert);
  if (holds) {
    append_request(out, request_head("POST", base + "/holds", fan.token),
                   fmt::format(R"({{"date":"{}","seats":[{}]}})",
                               date_text(static_cast<std::uint32_t>(b.fan / seats_per_date_)),
                               b.fan % seats_per_date_ + 1));
  } else {
    append_request(out, request_head("POST", base + "/payments", fan.token),
                   fmt::format(R"({{"holdId":{}}})", b.hold));
  }
  return true;
}

bool HoldsPaid::answered(std::uint32_t connection, int status, std::string_view body) {
  Buyer& b = buyers_[connection];
  if (status != 201) return false;
  if (b.hold.empty()) {
    b.hold = json_field(body, "holdId");
    return !b.hold.empty();
  }
  b.hold.clear();
  return json_field(body, "state") == "completed";
}

Journeys::Journeys(std::vector<std::uint32_t> concerts, std::uint32_t dates_per_concert,
                   std::uint32_t connections)
    : concerts_(std::move(concerts)), dates_per_concert_(dates_per_concert), buyers_(connections) {
  for (Buyer& buyer : buyers_) {
    buyer.number = next_number_++;
    buyer.user = user_id(buyer.number);
  }
}

Journeys::Seat Journeys::seat_of(std::uint64_t number) const {
  const std::uint64_t place = number / concerts_.size();
  return {concerts_[number % concerts_.size()], static_cast<std::uint32_t>(place / kSeatsPerDate),
          static_cast<std::uint32_t>(place % kSeatsPerDate + 1)};
}

bool Journeys::next(std::uint32_t connection, std::string& out) {
  const Buyer& buyer = buyers_[connection];
  if (seat_of(buyer.number).date >= dates_per_concert_) return false;
  ask(buyer, out);
  return true;
}

void Journeys::ask(const Buyer& b, std::string& out) const {
  const Seat seat = seat_of(b.number);
  const std::string base = fmt::format("/v1/concerts/{}", seat.concert);
  const std::string date = date_text(seat.date);
  switch (b.step) {
    case Step::kJoin:
      return append_request(out, request_head("POST", base + "/queue/tokens", {}),
                            fmt::format(R"({{"userId":"{}"}})", b.user));
    case Step::kPoll:
      return append_request(out, request_head("GET", base + "/queue/token", b.token), {});
    case Step::kDates:
      return append_request(out, request_head("GET", base + "/dates", b.token), {});
    case Step::kSeats:
      return append_request(
          out, request_head("GET", fmt::format("{}/dates/{}/seats", base, date), b.token), {});
    case Step::kHold:
      return append_request(out, request_head("POST", base + "/holds", b.token),
                            fmt::format(R"({{"date":"{}","seats":[{}]}})", date, seat.seat));
    case Step::kCharge:
      return append_request(
          out, request_head("POST", fmt::format("/v1/users/{}/balance/charges", b.user), b.token),
          fmt::format(R"({{"amount":{}}})", kSeatPrice));
    case Step::kPay:
      return append_request(out, request_head("POST", base + "/payments", b.token),
                            fmt::format(R"({{"holdId":{}}})", b.hold));
  }
}

bool Journeys::answered(std::uint32_t connection, int status, std::string_view body) {
  Buyer& b = buyers_[connection];
  const bool makes = b.step == Step::kJoin || b.step == Step::kHold || b.step == Step::kCharge ||
                     b.step == Step::kPay;
  if (status != (makes ? 201 : 200)) return false;
  switch (b.step) {
    case Step::kJoin:
      b.token = json_field(body, "token");
      b.step = Step::kPoll;
      return !b.token.empty();
    case Step::kPoll:
      if (json_field(body, "state") == "waiting") return true;  // polls again
      b.step = Step::kDates;
      return json_field(body, "state") == "active";
    case Step::kHold:
      b.hold = json_field(body, "holdId");
      b.step = Step::kCharge;
      return !b.hold.empty();
    case Step::kPay:
      ++done_;
      b.number = next_number_++;
      b.user = user_id(b.number);
      b.step = Step::kJoin;
      return json_field(body, "state") == "completed";
    default:
      b.step = static_cast<Step>(static_cast<int>(b.step) + 1);
      return true;
  }
}

}  // namespace frontrow::bench
