#include "tools/frontrow/workload/answer.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {
namespace {

namespace dom = simdjson::dom;

constexpr std::string_view kProblemPrefix = "/problems/";

std::int64_t integer_of(dom::element object, std::string_view name, bool& failed) {
  std::int64_t value = 0;
  if (object[name].get(value) != simdjson::SUCCESS) failed = true;
  return value;
}

std::string_view text_of(dom::element object, std::string_view name) {
  std::string_view value;
  if (object[name].get(value) != simdjson::SUCCESS) return {};
  return value;
}

dom::array array_of(dom::element object, std::string_view name, bool& failed) {
  dom::array value;
  if (object[name].get(value) != simdjson::SUCCESS) failed = true;
  return value;
}

Problem problem_in(dom::element object) {
  std::string_view type = text_of(object, "type");
  if (!type.starts_with(kProblemPrefix)) return Problem::kOther;
  return problem_named(type.substr(kProblemPrefix.size()));
}

// Members that are there only for fans who wait for seats; `value` stays as it is without one.
template <class T>
void read_if_there(dom::element object, std::string_view name, T& value) {
  std::uint64_t found = 0;
  if (object[name].get(found) == simdjson::SUCCESS) value = static_cast<T>(found);
}

void read_entry(dom::element body, Answer& answer) {
  const std::string_view state = text_of(body, "state");
  if (state == "waiting") {
    answer.place = Place::kWaiting;
  } else if (state == "active") {
    answer.place = Place::kActive;
  } else if (state == "completed" || state == "expired" || state == "left") {
    answer.place = Place::kOver;
  } else {
    answer.unreadable = true;
  }
  answer.number = static_cast<std::uint32_t>(integer_of(body, "number", answer.unreadable));
  answer.poll_after_ms =
      static_cast<std::uint32_t>(integer_of(body, "pollAfterMs", answer.unreadable));
  read_if_there(body, "offeredHoldId", answer.offered);
  read_if_there(body, "waitlistPosition", answer.waitlist_position);
  if (answer.ask == Ask::kJoin) {
    answer.token = text_of(body, "token");
    if (answer.token.empty()) answer.unreadable = true;
  }
}

void read_dates(dom::element body, double choice, const std::vector<Date>& known, Answer& answer) {
  const dom::array dates = array_of(body, "dates", answer.unreadable);
  if (answer.unreadable || dates.size() == 0) return;
  const dom::element date = dates.at(popular(choice, dates.size()));
  const auto parsed = parse_date(text_of(date, "date"));
  const auto at = parsed ? std::lower_bound(known.begin(), known.end(), *parsed) : known.end();
  if (at == known.end() || *at != *parsed) {
    answer.unreadable = true;
    return;
  }
  answer.date = static_cast<std::uint16_t>(at - known.begin());
  answer.found = true;
}

void read_seats(dom::element body, double choice, Answer& answer) {
  const dom::array sections = array_of(body, "sections", answer.unreadable);
  if (answer.unreadable) return;
  std::size_t free = 0;
  for (const dom::element section : sections)
    free += array_of(section, "available", answer.unreadable).size();
  if (answer.unreadable || free == 0) return;
  std::size_t left = popular(choice, free);
  for (const dom::element section : sections) {
    const dom::array seats = array_of(section, "available", answer.unreadable);
    if (left >= seats.size()) {
      left -= seats.size();
      continue;
    }
    std::int64_t seat = 0;
    if (seats.at(left).get(seat) != simdjson::SUCCESS) answer.unreadable = true;
    answer.seat = static_cast<std::uint32_t>(seat);
    answer.price = integer_of(section, "price", answer.unreadable);
    answer.found = !answer.unreadable;
    return;
  }
}

void read_made(dom::element body, const char* id, Answer& answer) {
  answer.id = static_cast<std::uint64_t>(integer_of(body, id, answer.unreadable));
  answer.amount = integer_of(body, "amount", answer.unreadable);
  answer.balance = integer_of(body, "balance", answer.unreadable);
}

void read_hold(dom::element body, Answer& answer) {
  answer.id = static_cast<std::uint64_t>(integer_of(body, "holdId", answer.unreadable));
  answer.amount = integer_of(body, "amount", answer.unreadable);
  const dom::array seats = array_of(body, "seats", answer.unreadable);
  if (answer.unreadable || seats.size() == 0 || seats.size() > kQuantityMax) {
    answer.unreadable = true;
    return;
  }
  for (std::size_t i = 0; i < seats.size(); ++i) {
    std::uint64_t seat = 0;
    if (seats.at(i).get(seat) != simdjson::SUCCESS || seat == 0) answer.unreadable = true;
    answer.seats[i] = static_cast<std::uint32_t>(seat);
  }
}

// The fan's only entry.
void read_waitlist(dom::element body, Answer& answer) {
  const dom::array entries = array_of(body, "entries", answer.unreadable);
  if (answer.unreadable || entries.size() == 0) return;
  answer.waitlist_position =
      static_cast<std::uint32_t>(integer_of(entries.at(0), "position", answer.unreadable));
}

}  // namespace

const char* name_of(Ask ask) {
  static constexpr std::array<const char*, kAsks> kNames = {"join", "poll",   "dates", "seats",
                                                            "hold", "charge", "pay",   "leave",
                                                            "wait", "offer",  "unwait"};
  return kNames[static_cast<std::size_t>(ask)];
}

const char* name_of(Fault fault) {
  static constexpr std::array<const char*, kFaults> kNames = {
      "none", "refused", "reset", "closed", "timeout", "unreachable", "garbage", "cut"};
  return kNames[static_cast<std::size_t>(fault)];
}

std::size_t count_of(const Seats& seats) {
  return static_cast<std::size_t>(std::find(seats.begin(), seats.end(), 0U) - seats.begin());
}

Problem problem_named(std::string_view slug) {
  static constexpr std::array<std::pair<std::string_view, Problem>, 10> kKnown = {{
      {"not-admitted", Problem::kNotAdmitted},
      {"token-expired", Problem::kTokenExpired},
      {"seat-unavailable", Problem::kSeatUnavailable},
      {"hold-expired", Problem::kHoldExpired},
      {"hold-not-found", Problem::kHoldNotFound},
      {"sale-closed", Problem::kSaleClosed},
      {"payment-in-progress", Problem::kPaymentInProgress},
      {"not-available", Problem::kNotAvailable},
      {"not-sold-out", Problem::kNotSoldOut},
      {"waitlist-full", Problem::kWaitlistFull},
  }};
  for (const auto& [name, problem] : kKnown) {
    if (slug == name) return problem;
  }
  return Problem::kOther;
}

struct AnswerReader::Parser {
  dom::parser parser;
};

AnswerReader::AnswerReader(std::vector<Date> dates)
    : dates_(std::move(dates)), parser_(std::make_unique<Parser>()) {}
AnswerReader::~AnswerReader() = default;

void AnswerReader::read(std::string_view body, double choice, Answer& answer) {
  if (answer.status == 204) return;
  dom::element root;
  if (parser_->parser.parse(body.data(), body.size()).get(root) != simdjson::SUCCESS ||
      !root.is_object()) {
    answer.unreadable = true;
    return;
  }
  if (answer.status < 200 || answer.status >= 300) {
    answer.problem = problem_in(root);
    return;
  }
  switch (answer.ask) {
    case Ask::kJoin:
    case Ask::kPoll:
      return read_entry(root, answer);
    case Ask::kDates:
      return read_dates(root, choice, dates_, answer);
    case Ask::kSeats:
      return read_seats(root, choice, answer);
    case Ask::kHold:
    case Ask::kOffer:
      return read_hold(root, answer);
    case Ask::kWait:
      return read_waitlist(root, answer);
    case Ask::kCharge:
      return read_made(root, "chargeId", answer);
    case Ask::kPay:
      return read_made(root, "paymentId", answer);
    case Ask::kLeave:
    case Ask::kUnwait:
      return;
  }
}

}  // namespace frontrow::drop
