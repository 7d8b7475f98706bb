// The text of the fans' requests.
#include <fmt/format.h>

#include <iterator>

#include "engine/base/uuid.h"
#include "tools/frontrow/drop/crowd.h"
#include "tools/frontrow/drop/request.h"
#include "tools/frontrow/workload/draws.h"

namespace frontrow::drop {

void Crowd::write_request(std::uint32_t index, std::uint8_t copy, std::uint32_t connection) {
  const Fan& fan = fans_[index];
  format_uuid(user_of(plan_.facts.seed, index), user_.data());
  const bool for_challenge = needs_challenge(index);
  const bool posts = is_post(fan.ask) && !for_challenge;
  if (plan_.addresses.count != 0) address_ = address_of(plan_.addresses, index);
  const RequestHead head{
      .method = posts                                               ? "POST"
                : fan.ask == Ask::kLeave || fan.ask == Ask::kUnwait ? "DELETE"
                                                                    : "GET",
      .target = for_challenge ? target_of_challenge() : target_of(fan),
      .host = pool_->host_of(connection),
      .key = posts ? key_of(index, copy) : std::string_view{},
      .forwarded_for = address_,
  };
  const bool with_token = fan.ask != Ask::kJoin;
  request_.clear();
  begin_request(head, with_token, request_);
  if (fan.ask == Ask::kCharge) {
    request_ += plan_.admin_key;  // the shop charges wallets
  } else if (with_token && fan.token != 0) {
    tokens_.append(fan.token, {user_.data(), user_.size()}, request_);
  }
  finish_request(with_token, posts ? body_of(index) : std::string_view{}, request_);
}

std::string_view Crowd::target_of_challenge() {
  target_.clear();
  fmt::format_to(std::back_inserter(target_), "/v1/concerts/{}/challenge", plan_.concert);
  return target_;
}

std::string_view Crowd::target_of(const Fan& fan) {
  target_.clear();
  auto out = std::back_inserter(target_);
  switch (fan.ask) {
    case Ask::kJoin:
      fmt::format_to(out, "/v1/concerts/{}/queue/tokens", plan_.concert);
      break;
    case Ask::kPoll:
    case Ask::kLeave:
      fmt::format_to(out, "/v1/concerts/{}/queue/token", plan_.concert);
      break;
    case Ask::kDates:
      fmt::format_to(out, "/v1/concerts/{}/dates", plan_.concert);
      break;
    case Ask::kSeats:
      fmt::format_to(out, "/v1/concerts/{}/dates/{}/seats", plan_.concert,
                     to_string(plan_.dates[fan.date]));
      break;
    case Ask::kHold:
      fmt::format_to(out, "/v1/concerts/{}/holds", plan_.concert);
      break;
    case Ask::kWait:
    case Ask::kUnwait:
      fmt::format_to(out, "/v1/concerts/{}/waitlist", plan_.concert);
      break;
    case Ask::kOffer:
      fmt::format_to(out, "/v1/concerts/{}/holds/{}", plan_.concert, buyers_[fan.buyer].hold);
      break;
    case Ask::kCharge:
      fmt::format_to(out, "/v1/users/{}/balance/charges",
                     std::string_view(user_.data(), user_.size()));
      break;
    case Ask::kPay:
      fmt::format_to(out, "/v1/concerts/{}/payments", plan_.concert);
      break;
  }
  return target_;
}

std::string_view Crowd::body_of(std::uint32_t index) {
  const Fan& fan = fans_[index];
  const Buyer* buyer = fan.buyer == kNobody ? nullptr : &buyers_[fan.buyer];
  body_.clear();
  auto out = std::back_inserter(body_);
  if (fan.ask == Ask::kJoin) {
    fmt::format_to(out, R"({{"userId":"{}")", std::string_view(user_.data(), user_.size()));
    const auto payload = payloads_.find(index);
    if (payload != payloads_.end() && !payload->second.empty())
      fmt::format_to(out, R"(,"challenge":"{}")", payload->second);
    body_ += '}';
  } else if (fan.ask == Ask::kWait || (fan.ask == Ask::kHold && (fan.traits & kByQuantity) != 0)) {
    const Wish wish = wish_of(fan, index, plan_.facts);
    fmt::format_to(out, R"({{"date":"{}",)", to_string(plan_.dates[buyer->date]));
    if (!wish.section.empty()) fmt::format_to(out, R"("section":"{}",)", wish.section);
    fmt::format_to(out, R"("quantity":{}}})", wish.quantity);
  } else if (fan.ask == Ask::kHold) {
    fmt::format_to(out, R"({{"date":"{}","seats":[{}]}})", to_string(plan_.dates[buyer->date]),
                   buyer->seats.front());
  } else if (fan.ask == Ask::kCharge) {
    fmt::format_to(out, R"({{"amount":{}}})", buyer->price);
  } else if (fan.ask == Ask::kPay) {
    fmt::format_to(out, R"({{"holdId":{}}})", buyer->hold);
  }
  return body_;
}

// The same key when the same request is repeated, and another one for each seat tried, each tab and
// each concert: a wallet outlives the concert, and so do its stored answers.
std::string_view Crowd::key_of(std::uint32_t index, std::uint8_t copy) {
  const Fan& fan = fans_[index];
  const bool other_tab = copy > 0 && !copies_share_key(fan);
  key_.clear();
  fmt::format_to(std::back_inserter(key_), "drop-{:x}-{}-{}-{}-{}{}", plan_.facts.seed,
                 plan_.concert, index, name_of(fan.ask), fan.ask == Ask::kJoin ? 0 : fan.turns,
                 other_tab ? "-tab" : "");
  return key_;
}

}  // namespace frontrow::drop
