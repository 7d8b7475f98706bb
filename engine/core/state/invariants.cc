#include "engine/core/state/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "engine/base/calendar.h"
#include "engine/base/seeded_shuffle.h"
#include "engine/base/uuid.h"
#include "engine/core/state/refunds.h"

namespace frontrow {
namespace {

using Lines = std::vector<std::string>;

template <class... Args>
void expect(Lines& lines, bool holds, fmt::format_string<Args...> text, Args&&... args) {
  if (!holds) lines.push_back(fmt::format(text, std::forward<Args>(args)...));
}

// Every seat has at most one owner, and the seat and its hold name each other.
void check_seats(const Concert& c, Lines& lines) {
  for (std::uint32_t index = 0; index < c.dates.size(); ++index) {
    const SeatMap& map = c.dates[index]->seats;
    std::uint32_t counts[4] = {};
    for (std::uint32_t n = 1; n <= map.total(); ++n) {
      const SeatNumber seat{n};
      ++counts[static_cast<std::size_t>(map.state(seat))];
      const bool owned = map.state(seat) == SeatState::kHeld || map.state(seat) == SeatState::kSold;
      expect(lines, owned == (map.owner(seat) != 0),
             "concert {} date {} seat {}: owner without state", c.id.value, index, n);
      if (!owned) continue;
      const Hold* hold = c.find_hold(make_hold_id(c.id, map.owner(seat)));
      expect(lines, hold != nullptr, "concert {} date {} seat {}: owned by no hold", c.id.value,
             index, n);
      if (hold == nullptr) continue;
      const bool listed =
          std::find(hold->seats.begin(), hold->seats.end(), seat) != hold->seats.end();
      expect(lines, listed && hold->date_index == index,
             "concert {} hold {}: does not know seat {}", c.id.value, hold->id.value, n);
      const bool sold = map.state(seat) == SeatState::kSold;
      expect(lines, sold == (hold->state == HoldState::kPaid),
             "concert {} seat {}: state differs from hold {}", c.id.value, n, hold->id.value);
    }
    for (std::size_t s = 0; s < 4; ++s) {
      expect(lines, counts[s] == map.count(static_cast<SeatState>(s)),
             "concert {} date {}: count of state {} is off", c.id.value, index, s);
    }
    std::uint32_t free = 0;
    for (const Section& section : map.sections()) free += section.free;
    expect(lines, free == map.count(SeatState::kFree),
           "concert {} date {}: free seats of sections differ", c.id.value, index);
  }
}

// The places are a permutation, and no token is let in before the line is shuffled.
void check_places(const Concert& c, Lines& lines) {
  std::vector<bool> taken(c.line.drawn() + 1);
  for (std::uint32_t n = 1; n <= c.line.drawn(); ++n) {
    const TicketNumber number{n};
    const LinePlace place = c.line.place_of(number);
    const bool is_free = place.value >= 1 && place.value <= c.line.drawn() && !taken[place.value];
    expect(lines, is_free && c.line.at_place(place) == number, "concert {} number {}: no place",
           c.id.value, n);
    if (is_free) taken[place.value] = true;
    const bool may_differ = c.shuffle && c.shuffle->is_done && n <= c.shuffle->count;
    expect(lines, may_differ || place.value == n, "concert {} number {}: out of order", c.id.value,
           n);
  }
  if (!c.shuffle) return;
  expect(lines, c.shuffle->commitment == commitment_of(c.shuffle->seed),
         "concert {}: its seed is not the one that was promised", c.id.value);
  expect(
      lines,
      c.shuffle->is_done || (c.phase != Phase::kOpen && !c.admitted_up_to && c.shuffle->count == 0),
      "concert {}: open before the shuffle", c.id.value);
}

void check_line(const Concert& c, Lines& lines) {
  std::uint32_t waiting = 0;
  std::uint32_t active = 0;
  for (std::uint32_t p = 1; p <= c.line.drawn(); ++p) {
    const TicketNumber number = c.line.at_place(LinePlace{p});
    const std::uint32_t n = number.value;
    const Token& token = c.line.token(number);
    if (token.state == TokenState::kWaiting) {
      expect(lines, c.line.position(number) == waiting + 1, "concert {} number {}: wrong position",
             c.id.value, n);
      expect(lines, p > c.admitted_up_to.value, "concert {} number {}: overtaken", c.id.value, n);
      ++waiting;
    }
    if (token.state == TokenState::kActive) {
      expect(lines, c.find_session(number) != nullptr,
             "concert {} number {}: active without session", c.id.value, n);
      ++active;
    }
    if (is_live(token.state)) {
      expect(lines, c.line.find(token.user) == number, "concert {} user {}: two live tokens",
             c.id.value, to_string(token.user));
    }
  }
  expect(lines, waiting == c.line.waiting(), "concert {}: waiting count is off", c.id.value);
  expect(lines, active == c.active(), "concert {}: sessions without token", c.id.value);
}

void check_holds(const Concert& c, Lines& lines) {
  std::map<UserId, std::pair<std::uint32_t, std::uint32_t>> seats;  // held, paid
  for (const auto& [id, hold] : c.holds) {
    const bool held = hold.state == HoldState::kHeld || hold.state == HoldState::kPaying;
    if (held) seats[hold.user].first += static_cast<std::uint32_t>(hold.seats.size());
    expect(lines, hold.number || hold.state == HoldState::kPaid,
           "concert {} hold {}: of no session", c.id.value, id.value);
    const Session* session = c.find_session(hold.number);
    const bool listed =
        session != nullptr &&
        std::find(session->holds.begin(), session->holds.end(), id) != session->holds.end();
    expect(lines, held == listed, "concert {} hold {}: not in its session", c.id.value, id.value);
    expect(lines, (hold.timer != TimerWheel::kNone) == (hold.state == HoldState::kHeld),
           "concert {} hold {}: timer does not fit its state", c.id.value, id.value);
    if (hold.state == HoldState::kPaying) {
      expect(lines, session != nullptr && session->paying == hold.payment,
             "concert {} hold {}: its session does not have this payment", c.id.value, id.value);
    }
  }
  std::int64_t revenue = 0;
  for (const auto& [id, payment] : c.payments) {
    const bool owns =
        payment.state == PaymentState::kCompleted || payment.state == PaymentState::kRefunding;
    if (!owns) continue;
    const std::size_t kept = payment.seats.size() - seats_refunded(payment).size();
    seats[payment.user].second += static_cast<std::uint32_t>(kept);
    revenue += payment.amount.minor - money_refunded(payment).minor;
  }
  expect(lines, revenue == c.revenue.minor, "concert {}: revenue is not the sum of its payments",
         c.id.value);
  for (const auto& [user, buyer] : c.buyers) {
    const auto [held, paid] = seats[user];
    expect(lines, buyer.seats_held == held && buyer.seats_paid == paid,
           "concert {} user {}: seats counted wrongly", c.id.value, to_string(user));
    expect(lines, !buyer.unsettled || c.outbox.contains(buyer.unsettled),
           "concert {} user {}: unsettled without outbox entry", c.id.value, to_string(user));
  }
  for (const auto& [user, counts] : seats) {
    if (counts.first + counts.second == 0 || user.is_nil()) continue;
    expect(lines, c.find_buyer(user) != nullptr, "concert {} user {}: seats but no buyer",
           c.id.value, to_string(user));
  }
}

void check_wallets(const Slot& slot, Lines& lines) {
  for (const auto& [user, w] : slot.wallets) {
    std::int64_t reserved = 0;
    std::int64_t spent = 0;
    for (const Transfer& t : w.transfers) {
      if (t.state == TransferState::kReserved) reserved += t.purchase.amount.minor;
    }
    for (const WalletPayment& p : w.payments) {
      if (p.state == PaymentState::kCompleted)
        spent += p.purchase.amount.minor - p.returned_total.minor;
      const bool are_its_seats = std::ranges::all_of(p.returned, [&p](SeatNumber seat) {
        return std::ranges::find(p.purchase.seats, seat) != p.purchase.seats.end();
      });
      const std::int64_t returned = p.returned_total.minor;
      expect(lines,
             are_its_seats && returned >= 0 && returned <= p.purchase.amount.minor &&
                 (returned == 0 || !p.returned.empty()),
             "wallet {} payment {}: its returned seats are not its own", to_string(user),
             p.purchase.payment.value);
    }
    expect(lines, w.balance.minor >= 0, "wallet {}: negative balance", to_string(user));
    expect(lines, reserved == w.reserved.minor, "wallet {}: reserved money differs",
           to_string(user));
    expect(lines, spent == w.spent.minor, "wallet {}: spent money differs", to_string(user));
    expect(lines, w.balance.minor + w.reserved.minor + w.spent.minor == w.charged.minor,
           "wallet {}: money made or lost", to_string(user));
  }
}

// Waitlists agree with their indexes; an offer is in a session, and a session for offers has one.
void check_waitlists(const Concert& c, Lines& lines) {
  std::size_t entries = 0;
  for (const auto& date : c.dates) entries += date->waitlist.size();
  expect(lines, entries == c.waitlist_entries, "concert {}: waitlists counted wrongly", c.id.value);
  for (const auto& date : c.dates) {
    expect(lines, date->waitlist.has_index_of_entries(), "concert {} {}: index of the waitlist",
           c.id.value, to_string(date->date));
    expect(lines, !date->is_cancelled() || date->waitlist.empty(),
           "concert {} {}: cancelled, with a waitlist", c.id.value, to_string(date->date));
    for (const auto& numbered : date->waitlist.entries()) {
      const WaitlistEntry& entry = numbered.second;
      expect(lines, static_cast<bool>(c.line.find(entry.user)),
             "concert {} {}: entry {} of a stranger", c.id.value, to_string(date->date),
             entry.number);
    }
  }
}

// The converse: every held or bought seat is still assigned to its owner.
void check_owners(const Concert& c, Lines& lines) {
  for (const auto& [id, hold] : c.holds) {
    const Payment* payment =
        hold.state == HoldState::kPaid ? c.find_payment(hold.payment) : nullptr;
    const bool is_bought = payment != nullptr && payment->state != PaymentState::kRefunded;
    expect(lines, hold.state != HoldState::kPaid || payment != nullptr,
           "concert {} hold {}: paid by no payment", c.id.value, id.value);
    if (!is_bought && hold.state != HoldState::kHeld && hold.state != HoldState::kPaying) continue;
    const SeatList refunded = is_bought ? seats_refunded(*payment) : SeatList();
    for (const SeatNumber seat : hold.seats) {
      if (std::ranges::find(refunded, seat) != refunded.end()) continue;
      const std::uint32_t owner = c.dates[hold.date_index]->seats.owner(seat);
      expect(lines, make_hold_id(c.id, owner) == id, "concert {} hold {}: seat {} is lost",
             c.id.value, id.value, seat.value);
    }
  }
}

// The refunds of single seats are of different seats of the payment and of its money; the newest
// one may be under way.
void check_refunds(const Concert& c, const Payment& p, Lines& lines) {
  std::set<SeatNumber> seats;
  std::size_t count = 0;
  std::int64_t money = 0;
  for (const SeatRefund& refund : p.refunds) {
    seats.insert(refund.seats.begin(), refund.seats.end());
    count += refund.seats.size();
    money += refund.amount.minor;
    const bool is_under_way = p.state == PaymentState::kRefunding && &refund == &p.refunds.back();
    expect(lines,
           !refund.seats.empty() && refund.amount.minor >= 0 &&
               refund.refunded_at.is_set() != is_under_way,
           "concert {} payment {}: a refund is not what it says", c.id.value, p.id.value);
  }
  const bool are_its_seats = std::ranges::all_of(
      seats, [&p](SeatNumber seat) { return std::ranges::find(p.seats, seat) != p.seats.end(); });
  const bool is_all = count == p.seats.size();
  expect(lines, seats.size() == count && are_its_seats,
         "concert {} payment {}: a seat is refunded twice", c.id.value, p.id.value);
  expect(lines, is_all ? money == p.amount.minor : money <= p.amount.minor,
         "concert {} payment {}: its refunds are not its money", c.id.value, p.id.value);
  expect(lines, is_all || p.refunds.empty() || p.state != PaymentState::kRefunded,
         "concert {} payment {}: refunded, with seats left", c.id.value, p.id.value);
  expect(lines, !is_all || p.state != PaymentState::kCompleted,
         "concert {} payment {}: all seats refunded, but not the payment", c.id.value, p.id.value);
}

// Every pending payment has its outbox entry, and its buyer and hold refer to it.
void check_payments(const Concert& c, Lines& lines) {
  for (const auto& [id, payment] : c.payments) {
    check_refunds(c, payment, lines);
    const auto entry = c.outbox.find(id);
    const bool reserves = entry != c.outbox.end() && entry->second.kind == OutboxKind::kReserve;
    const bool returns = entry != c.outbox.end() && entry->second.kind == OutboxKind::kReturn;
    const bool lists = entry != c.outbox.end() && entry->second.kind == OutboxKind::kList;
    expect(lines, !lists || (payment.is_of_office() && !payment.user.is_nil()),
           "concert {} payment {}: list outbox entry of a payment from a wallet", c.id.value,
           id.value);
    expect(lines, !payment.user.is_nil() || payment.is_of_office(),
           "concert {} payment {}: of nobody's wallet", c.id.value, id.value);
    expect(lines, reserves == (payment.state == PaymentState::kStarted),
           "concert {} payment {}: reserve outbox entry does not match the state", c.id.value,
           id.value);
    expect(lines, returns == (payment.state == PaymentState::kRefunding),
           "concert {} payment {}: return outbox entry does not match the state", c.id.value,
           id.value);
    std::set<SeatNumber> used;
    for (const TicketUse& use : payment.uses) used.insert(use.seat);
    const bool are_its_seats = std::ranges::all_of(used, [&seats = payment.seats](SeatNumber seat) {
      return std::ranges::find(seats, seat) != seats.end();
    });
    const bool is_paid = payment.state != PaymentState::kStarted;
    expect(lines, used.size() == payment.uses.size() && are_its_seats && (is_paid || used.empty()),
           "concert {} payment {}: its used tickets are not those of its seats", c.id.value,
           id.value);
    if (is_paid) continue;
    const Hold* hold = c.find_hold(payment.hold);
    const Buyer* buyer = c.find_buyer(payment.user);
    expect(lines, hold != nullptr && hold->state == HoldState::kPaying && hold->payment == id,
           "concert {} payment {}: its hold is not frozen", c.id.value, id.value);
    expect(lines, buyer != nullptr && buyer->unsettled == id,
           "concert {} payment {}: its buyer does not know", c.id.value, id.value);
  }
}

// The dates have an order. The counts of a date's payments are those of its payments.
void check_dates(const Concert& c, Lines& lines) {
  bool is_ordered = c.by_date.size() == c.dates.size();
  for (std::size_t i = 1; is_ordered && i < c.by_date.size(); ++i)
    is_ordered = c.dates[c.by_date[i - 1]]->date < c.dates[c.by_date[i]]->date;
  expect(lines, is_ordered, "concert {}: its dates are in the wrong order", c.id.value);
  for (std::uint32_t index = 0; index < c.dates.size(); ++index) {
    std::uint32_t counts[5] = {};
    for (const auto& [id, payment] : c.payments)
      if (payment.date_index == index) ++counts[static_cast<std::size_t>(payment.state)];
    const ConcertDate& d = *c.dates[index];
    expect(lines,
           counts[1] == d.payments_undecided && counts[2] == d.payments_paid &&
               counts[3] == d.payments_refunding && counts[4] == d.payments_refunded,
           "concert {} date {}: its payments are counted wrongly", c.id.value, index);
  }
}

// A batch has all its codes, in order, and counts their uses; the opening waits for the first one.
void check_codes(const Concert& c, Lines& lines) {
  std::uint64_t count = 0;
  for (const CodeBatch& batch : c.codes.batches()) {
    std::uint32_t codes = 0, codes_used = 0;
    std::uint64_t uses_spent = 0;
    Hash128 last;
    bool is_ascending = true;
    batch.for_each([&](const Hash128& hash, std::uint32_t uses_left) {
      is_ascending = is_ascending && last < hash && uses_left <= batch.terms().uses;
      last = hash;
      ++codes;
      if (uses_left != batch.terms().uses) ++codes_used;
      uses_spent += batch.terms().uses - uses_left;
    });
    count += codes;
    expect(lines,
           is_ascending && codes == batch.terms().count && codes_used == batch.codes_used() &&
               uses_spent == batch.uses_spent(),
           "concert {}: a batch of codes is not what it says", c.id.value);
  }
  expect(lines, count == c.codes.count(), "concert {}: codes counted wrongly", c.id.value);
  if (c.opening_timer == TimerWheel::kNone) return;
  expect(lines, c.timers.deadline(c.opening_timer) == c.opening_at(),
         "concert {}: it opens at another time", c.id.value);
}

StateHash recompute_concert(const Concert& c) {
  StateHash sum = hash_of(c) + c.answers.recompute_hash() + c.challenges.recompute_hash() +
                  c.codes.recompute_hash();
  for (std::uint32_t n = 1; n <= c.line.drawn(); ++n) {
    sum += hash_of_token(TicketNumber{n}, c.line.token(TicketNumber{n}));
  }
  for (const auto& date : c.dates)
    sum += date->seats.recompute_hash() + date->waitlist.recompute_hash();
  for (const auto& [id, hold] : c.holds) sum += hash_of(hold);
  for (const auto& [number, session] : c.sessions) sum += hash_of(session);
  for (const auto& [id, payment] : c.payments) sum += hash_of(payment);
  return sum;
}

}  // namespace

std::vector<std::string> check_invariants(const Slot& slot) {
  Lines lines;
  for (const auto& concert : slot.concerts) {
    check_places(*concert, lines);
    check_line(*concert, lines);
    check_seats(*concert, lines);
    check_holds(*concert, lines);
    check_owners(*concert, lines);
    check_waitlists(*concert, lines);
    check_payments(*concert, lines);
    check_dates(*concert, lines);
    check_codes(*concert, lines);
    expect(lines, concert->hash == recompute_concert(*concert), "concert {}: state hash is off",
           concert->id.value);
  }
  check_wallets(slot, lines);
  expect(lines, slot.state_hash() == recompute_hash(slot), "slot {}: state hash is off",
         slot.id.value);
  return lines;
}

StateHash recompute_hash(const Slot& slot) {
  StateHash sum = mix64(slot.last_charge) + slot.answers.recompute_hash() +
                  slot.audit.recompute_hash() + slot.references.recompute_hash();
  for (const auto& [user, wallet] : slot.wallets) {
    sum += hash_of(wallet);
    for (const Transfer& t : wallet.transfers) sum += hash_of(t);
    for (const WalletPayment& p : wallet.payments) sum += hash_of(p);
  }
  for (const Registration& r : slot.registrations) sum += hash_of(r);
  for (const RegisteredPlan& p : slot.plans) sum += hash_of(p);
  for (const InstanceId instance : slot.begun) sum += hash_of_begun(instance);
  for (const auto& concert : slot.concerts)
    sum += recompute_concert(*concert) - concert->hash + concert->state_hash();
  return HashFold(slot.seq).add(sum).value();
}

}  // namespace frontrow
