// The box office in a history: its acts on the seats that fans want at the same moment.
#include <chrono>
#include <map>

#include "tests/faults/history.h"

namespace frontrow::faults {
namespace {

using api::Response;
using api::Shop;
using Kind = SeatRegister::State::Kind;
using Seat = SeatRegister::What;

constexpr int kOffice = -2;  // the owner of a seat that was sold there

}  // namespace

void History::act_at_office(Client& office) {
  switch (office.random.below(8)) {
    case 0:
      return sell(office);
    case 1:
      return block(office);
    case 2:
      return unblock(office);
    case 3:
      return take_hold(office);
    case 4:
    case 5:
      return refund(office);
    default:
      return look_as_operator(office);
  }
}

void History::sell(Client& office) {
  const int seat = draw_seat(office);
  const std::int64_t called = now();
  const Response response = office.shop->admin(
      "POST", "/v1/admin/concerts/" + std::to_string(concert_) + "/sales",
      R"({"date":"2047-05-01","seats":[)" + std::to_string(seat) + R"(],"note":"at the door"})");
  if (response.slug() == "seat-unavailable")
    note(seat, called, now(), Seat::kOfficeRefused, kOffice);
  note_office_act(office, response, seat, called, Seat::kSell, kOffice);
}

void History::block(Client& office) {
  const int seat = draw_seat(office);
  const std::int64_t called = now();
  const Response response = office.shop->admin("PUT", block_path(seat));
  if (response.status == 409) note(seat, called, now(), Seat::kOfficeRefused, kOffice);
  note_office_act(office, response, seat, called, Seat::kBlock, kOffice);
}

void History::unblock(Client& office) {
  const int seat = draw_seat(office);
  const std::int64_t called = now();
  const Response response = office.shop->admin("DELETE", block_path(seat));
  note_office_act(office, response, seat, called, Seat::kUnblock, kOffice);
}

// The seat does not go back to its user for some seconds, as after a release of the user's own.
void History::take_hold(Client& office) {
  const auto hold = draw(known_holds_, office.random);
  if (!hold) return look_as_operator(office);
  note_released(hold->user, hold->seat);
  const std::int64_t called = now();
  const Response response =
      office.shop->admin("DELETE", "/v1/admin/concerts/" + std::to_string(concert_) + "/holds/" +
                                       std::to_string(hold->id));
  note_office_act(office, response, hold->seat, called, Seat::kRelease, hold->user);
}

void History::refund(Client& office) {
  const auto payment = draw(known_payments_, office.random);
  if (!payment) return look_as_operator(office);
  note_released(payment->user, payment->seat);
  const std::int64_t called = now();
  const Response response =
      office.shop->admin("POST", "/v1/admin/concerts/" + std::to_string(concert_) + "/payments/" +
                                     std::to_string(payment->id) + "/refunds");
  const bool is_known = response.status == 201;
  if (is_known || is_unknown(response)) {
    note(payment->user, called, is_known ? now() : kNoAnswer, WalletRegister::What::kRefund, kPrice,
         0);
  }
  note_office_act(office, response, payment->seat, called, Seat::kRefund, payment->user);
}

void History::look_as_operator(Client& office) {
  static const std::map<std::string, Kind, std::less<>> kKinds = {{"free", Kind::kFree},
                                                                  {"held", Kind::kHeld},
                                                                  {"sold", Kind::kSold},
                                                                  {"blocked", Kind::kBlocked}};
  const int seat = draw_seat(office);
  const std::int64_t called = now();
  const Response response =
      office.shop->admin("GET", "/v1/admin/concerts/" + std::to_string(concert_) +
                                    "/seats/2047-05-01/" + std::to_string(seat));
  if (response.status == 200) {
    note(seat, called, now(), Seat::kSeenAs, kOffice, kKinds.at(response.json()["state"].text()));
  }
  after(office, response);
}

void History::note_office_act(Client& office, const Response& response, int seat,
                              std::int64_t called, Seat what, int user) {
  const bool is_done = response.status >= 200 && response.status < 300;
  if (is_done || is_unknown(response)) note(seat, called, answered_at(response), what, user);
  office_acts_ += is_done ? 1 : 0;
  after(office, response);
}

std::optional<History::Owned> History::draw(std::vector<Owned>& list, Prng& random) {
  const std::lock_guard lock(mutex_);
  if (list.empty()) return std::nullopt;
  const std::size_t at = random.below(list.size());
  const Owned owned = list[at];
  list.erase(list.begin() + static_cast<std::ptrdiff_t>(at));
  return owned;
}

std::string History::block_path(int seat) const {
  return "/v1/admin/concerts/" + std::to_string(concert_) + "/dates/2047-05-01/seats/" +
         std::to_string(seat) + "/block";
}

}  // namespace frontrow::faults
