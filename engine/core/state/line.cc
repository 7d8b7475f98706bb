#include "engine/core/state/line.h"

#include "engine/base/check.h"
#include "engine/base/seeded_shuffle.h"

namespace frontrow {

StateHash hash_of_token(TicketNumber number, const Token& token) {
  return HashFold(static_cast<std::uint64_t>(EntityKind::kToken))
      .add(number.value)
      .add(token.user.high())
      .add(token.user.low())
      .add(static_cast<std::uint64_t>(token.state))
      .value();
}

TicketNumber Line::append(const UserId& user, Instant seen) {
  const TicketNumber number{waiting_.push_back() + 1};
  if ((number.value - 1) % kChunkTokens == 0) {
    chunks_.push_back(std::make_unique<std::array<Token, kChunkTokens>>());
  }
  at(number) = Token{.user = user};
  at(number).see(seen);
  const TicketNumber before{index_.put(IdHash{}(user), number.value, is_of(user))};
  FR_CHECK(!before || !is_live(token(before).state));
  if (before) at(number).has_bought = token(before).has_bought;
  return number;
}

TicketNumber Line::join(const UserId& user, Instant now) {
  const TicketNumber number = append(user, now);
  hash_ += hash_of_token(number, at(number));
  return number;
}

bool Line::restore(const UserId& user, TokenState state) {
  const TicketNumber known = find(user);
  if (known && is_live(token(known).state)) return false;
  const TicketNumber number = append(user, Instant{});
  at(number).state = state;
  if (state == TokenState::kCompleted) at(number).has_bought = true;
  if (state != TokenState::kWaiting) waiting_.erase(number.value - 1);
  hash_ += hash_of_token(number, at(number));
  return true;
}

TicketNumber Line::find(const UserId& user) const {
  return TicketNumber{index_.find(IdHash{}(user), is_of(user))};
}

void Line::set_state(TicketNumber number, TokenState state) {
  Token& token = at(number);
  hash_ -= hash_of_token(number, token);
  token.state = state;
  if (state == TokenState::kCompleted) token.has_bought = true;
  hash_ += hash_of_token(number, token);
}

void Line::shuffle(const Bytes32& seed, std::uint32_t count) {
  FR_CHECK(numbers_.empty() && count <= drawn());
  numbers_ = shuffled_numbers(seed, count);
  places_.resize(count);
  std::vector<std::uint32_t> from(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    from[i] = numbers_[i] - 1;
    places_[from[i]] = i + 1;
  }
  waiting_.permute(from);
}

void Line::admit(TicketNumber number) {
  FR_CHECK(token(number).state == TokenState::kWaiting);
  waiting_.erase(place_of(number).value - 1);
  set_state(number, TokenState::kActive);
}

void Line::readmit(TicketNumber number) {
  FR_CHECK(!is_live(token(number).state) && find(token(number).user) == number);
  set_state(number, TokenState::kActive);
}

void Line::end(TicketNumber number, TokenState final_state) {
  FR_CHECK(is_live(token(number).state) && !is_live(final_state));
  if (token(number).state == TokenState::kWaiting) waiting_.erase(place_of(number).value - 1);
  set_state(number, final_state);
}

LinePlace Line::next_waiting(LinePlace from) const {
  const std::uint32_t index = waiting_.next(from.value == 0 ? 0 : from.value - 1);
  return index == waiting_.size() ? LinePlace{} : LinePlace{index + 1};
}

void Line::touch_all(Instant now) {
  for (std::uint32_t n = 1; n <= drawn(); ++n) at(TicketNumber{n}).see(now);
}

}  // namespace frontrow
