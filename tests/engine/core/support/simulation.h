// Random users, operators, time, message faults and restarts against the model (model.h). Every
// reply must agree with the model; World checks invariants and replay. The seed determines the
// whole run.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "engine/base/prng.h"
#include "tests/engine/core/support/model.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {

inline constexpr std::uint32_t kUsers = 6;
inline constexpr int kSteps = 500;

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed)
      : random_(seed),
        policy_(random_policy()),
        world_(policy_),
        model_(policy_),
        trace_(std::getenv("FRONTROW_TRACE") != nullptr) {}

  void run() {
    const auto concerts = 2 + random_.below(2);
    for (std::uint32_t i = 1; i <= concerts && ok(); ++i) {
      const ConcertSpec spec = random_spec();
      const std::optional<Bytes32> seed = random_seed(spec);
      concerts_.push_back(world_.create(spec, seed));
      model_.create(concerts_.back(), spec, world_.now(), seed);
    }
    for (int i = 0; i < kSteps && ok(); ++i) step();
    if (ok()) finish();
  }

 private:
  static bool ok() { return !::testing::Test::HasFailure(); }
  Policy random_policy() {
    Policy policy;
    policy.charge_max = Money{5000};
    policy.balance_max = Money{9000};
    policy.payment_decide = seconds(1 + static_cast<std::int64_t>(random_.below(10)));
    return policy;
  }

  std::uint32_t between(std::uint32_t low, std::uint32_t high) {
    return low + static_cast<std::uint32_t>(random_.below(high - low + 1));
  }

  QueueRules random_queue() {
    return {between(1, 4), random_.chance(50) ? between(1, 12) : 1000, between(20, 400),
            between(5, 90)};
  }

  ConcertSpec random_spec() {
    ConcertSpec spec;
    spec.title = "c";
    if (random_.chance(30))
      spec.opens_at = world_.now() + milliseconds(between(1, random_.chance(50) ? 5000 : 90'000));
    spec.rules = {random_queue(),     between(2, 100),    between(1, 5),
                  random_.chance(20), random_.chance(30), random_.chance(50) ? between(1, 2) : 0};
    const std::uint32_t dates = between(1, 2);
    for (std::uint32_t d = 0; d < dates; ++d) {
      DateSpec date{Date{first_date().days + static_cast<std::int32_t>(d)}, {}};
      const std::uint32_t sections = between(1, 3);
      for (std::uint32_t s = 0; s < sections; ++s)
        date.sections.push_back(
            {random_.chance(70) ? "s" : "t", between(1, 4), Money{between(0, 900)},
             random_.chance(80) ? SectionKind::kNumbered : SectionKind::kGeneral,
             random_.chance(60) ? random_.chance(50) ? "front" : "back" : ""});
      if (random_.chance(40)) add_rows(date);
      if (random_.chance(40)) {
        date.closes_at = world_.now() + seconds(between(6, 600));
        if (random_.chance(50)) {
          date.date.minute = static_cast<std::int32_t>(between(0, 1439));
          date.starts_at = date.closes_at + seconds(between(0, 100));
        }
      }
      spec.dates.push_back(date);
    }
    return spec;
  }

  // Of an order at random, mostly of concerts that open later.
  std::optional<Bytes32> random_seed(const ConcertSpec& spec) {
    if (!random_.chance(spec.opens_at.is_set() ? 60 : 5)) return std::nullopt;
    Bytes32 seed;
    for (std::byte& b : seed) b = static_cast<std::byte>(random_.next());
    return seed;
  }

  // Cuts all seats into rows; a general section is one of its own.
  void add_rows(DateSpec& date) {
    std::uint32_t numbered = 0;
    const auto cut = [&] {
      while (numbered > 0) {
        date.rows.push_back(between(1, numbered));
        numbered -= date.rows.back();
      }
    };
    for (const SectionSpec& section : date.sections) {
      if (section.kind == SectionKind::kNumbered) {
        numbered += section.seats;
        continue;
      }
      cut();
      date.rows.push_back(section.seats);
    }
    cut();
  }

  void note(const std::string& text) const {
    if (trace_) std::cerr << fmt::format("{:>9} ", (world_.now() - kStart).ms) << text << "\n";
  }

  void step() {
    const auto dice = random_.below(100);
    if (dice < 14) return pass_time();
    if (dice < 20) return tick();
    if (dice < 45) return deliver_some();
    if (dice < 46) return restart();
    if (dice < 50) return operate();
    command();
  }

  void pass_time() {
    Duration d;
    const auto dice = random_.below(100);
    if (dice < 50)
      d = milliseconds(between(1, 60));
    else if (dice < 75)
      d = milliseconds(between(100, 2000));
    else if (dice < 80)
      d = seconds(between(3, 60));
    else if (dice < 81 && random_.chance(20))
      d = seconds(between(23 * 3600, 25 * 3600));
    else {
      // To a boundary: just before, at, or just after it.
      const Instant next = model_.next_deadline();
      d = next == kNever ? milliseconds(1)
                         : next - (world_.now() + milliseconds(1 - std::int64_t{between(0, 2)}));
      if (d.ms < 0) d = {};
    }
    world_.advance(d);
    note(fmt::format("+{} ms", d.ms));
  }

  void tick() {
    note("tick");
    const std::size_t before = resolved_seen();
    world_.tick();
    model_.tick(world_.now());
    agree_on_resolved(before);
  }

  void restart() {
    note("restart");
    world_.restart();
    model_.restart(world_.now());
  }

  void deliver_some() {
    auto& queue = world_.messages();
    if (queue.empty() || (!history_.empty() && random_.chance(15))) {
      if (!history_.empty()) deliver(history_[random_.below(history_.size())]);  // late or twice
      return;
    }
    const auto at = queue.begin() + static_cast<std::ptrdiff_t>(random_.below(queue.size()));
    const Command message = *at;
    if (!random_.chance(15)) queue.erase(at);
    history_.push_back(message);
    deliver(message);
  }

  void deliver(const Command& message) {
    note("deliver " + model::describe(message.body));
    const std::size_t before = resolved_seen();
    world_.deliver(message);
    static_cast<void>(model_.execute(message, world_.now()));
    agree_on_resolved(before);
  }

  void ask(const Caller& caller, const CommandBody& body, RequestKey key = {}) {
    const std::size_t before = resolved_seen();
    world_.post(caller, body, key);
    const auto expected = model_.execute({caller, key, body}, world_.now());
    const auto got = world_.reply();
    const std::string want_text = expected ? model::describe(*expected) : "waits";
    const std::string got_text = got ? model::describe(*got) : "waits";
    note(fmt::format("{}{}: {}", model::describe(body),
                     key.present() ? fmt::format(" key {}", key.key.high) : "", got_text));
    EXPECT_EQ(got_text, want_text) << model::describe(body);
    agree_on_resolved(before);
    if (got) learn(*got);
  }

  std::size_t resolved_seen() const { return world_.resolved_all().size(); }

  void agree_on_resolved(std::size_t before) {
    std::vector<std::string> got;
    std::vector<std::string> want;
    const auto& all = world_.resolved_all();
    for (std::size_t i = before; i < all.size(); ++i) {
      if (all[i].key.kind == WaitKind::kConcert) continue;
      got.push_back(fmt::format("{}: {}", all[i].key.id, model::describe(all[i].reply)));
      learn(all[i].reply);
    }
    for (const Resolved& r : model_.take_resolved())
      want.push_back(fmt::format("{}: {}", r.key.id, model::describe(r.reply)));
    std::sort(got.begin(), got.end());
    std::sort(want.begin(), want.end());
    for (const std::string& text : got) note("resolved " + text);
    EXPECT_EQ(got, want);
  }

  // Records the tokens, holds and payments of replies for later commands.
  void learn(const Reply& reply) {
    if (const auto* entry = std::get_if<QueueEntry>(&reply.body)) {
      tokens_.push_back({entry->concert, {entry->user, entry->number, entry->token_epoch}, *entry});
    }
    if (const auto* hold = std::get_if<HoldView>(&reply.body)) holds_.push_back(hold->hold);
    if (const auto* payment = std::get_if<PaymentView>(&reply.body))
      payments_.push_back(payment->purchase.payment);
  }

  ConcertId some_concert() {
    return random_.chance(1) ? ConcertId{99} : concerts_[random_.below(concerts_.size())];
  }

  // Usually a fan who may act; sometimes an old, foreign or forged token.
  Fan some_fan() {
    const ConcertId concert = some_concert();
    if (concert.value != 99 && random_.chance(85)) {
      const model::ConcertRow& c = model_.concert(concert);
      std::vector<Fan> live;
      for (std::uint32_t n = 1; n <= c.places.size(); ++n) {
        const model::Place& p = c.places[n - 1];
        if (is_live(p.state) && (p.state == TokenState::kActive || random_.chance(20))) {
          live.push_back({concert, {p.user, TicketNumber{n}, c.epoch}, {}});
        }
      }
      if (!live.empty()) return live[random_.below(live.size())];
    }
    if (tokens_.empty()) return {concert, as_user(between(1, kUsers)), {}};
    Fan fan = tokens_[random_.below(tokens_.size())];
    if (random_.chance(10)) fan.caller.number = TicketNumber{between(0, 30)};
    if (random_.chance(5)) ++fan.caller.token_epoch;
    if (random_.chance(5)) fan.concert = concert;
    return fan;
  }

  // Usually a hold of this user that is not over.
  HoldId some_hold(const Fan& fan) {
    if (fan.concert.value != 99 && random_.chance(85)) {
      std::vector<HoldId> own;
      for (const auto& [id, row] : model_.concert(fan.concert).holds) {
        const bool over = row.state == HoldState::kPaid || row.state == HoldState::kExpired;
        if (row.user == fan.user() && (!over || random_.chance(20))) own.push_back(id);
      }
      if (!own.empty()) return own[random_.below(own.size())];
    }
    return some(holds_);
  }

  template <class Id>
  Id some(const std::vector<Id>& ids) {
    if (ids.empty() || random_.chance(2))
      return Id{std::uint64_t{concerts_[0].value} << 32 | between(0, 50)};
    const std::size_t recent = std::min<std::size_t>(ids.size(), 5);
    return random_.chance(80) ? ids[ids.size() - 1 - random_.below(recent)]
                              : ids[random_.below(ids.size())];
  }

  Date some_date(ConcertId concert) {
    if (concert.value == 99 || random_.chance(3)) return Date{first_date().days + 9};
    const auto& dates = model_.concert(concert).spec.dates;
    return dates[random_.below(dates.size())].date;
  }

  SeatList some_seats(ConcertId concert, Date date) {
    std::uint32_t total = 1;
    if (concert.value != 99) {
      for (const DateSpec& d : model_.concert(concert).spec.dates) {
        for (const SectionSpec& section : d.sections) total += d.date == date ? section.seats : 0;
      }
    }
    if (!random_.chance(3)) total = std::max(total, 2U) - 1;
    SeatList seats;
    const std::uint32_t wanted = random_.chance(60) ? 1 : between(1, 3);
    for (std::uint32_t i = 0; i < wanted; ++i) {
      const SeatNumber seat{random_.chance(1) ? 0 : between(1, total)};
      if (std::find(seats.begin(), seats.end(), seat) == seats.end()) seats.push_back(seat);
    }
    return seats;
  }

  RequestKey some_key(const CommandBody& body) {
    if (random_.chance(70)) return {};
    return {{1 + random_.below(12), 7}, xxh3_64(model::describe(body))};
  }

  void command() {
    const auto dice = random_.below(100);
    if (dice < 22) {
      const std::uint32_t user = between(1, kUsers);
      const std::uint64_t challenge = random_.chance(30) ? between(1, 100) : 0;
      const CommandBody body =
          Join{some_concert(), user_id(user), challenge, random_.chance(10), some_code()};
      return ask(as_user(user), body, some_key(body));
    }
    if (dice < 28) {
      const std::uint32_t user = between(1, kUsers);
      const std::int64_t amount =
          random_.chance(90) ? between(1, 2000) : std::int64_t{between(0, 6000)} - 500;
      if (random_.chance(15)) {
        const Money change{std::int64_t{between(0, 3000)} - 1500};
        const CommandBody body = AdjustBalance{user_id(user), change, "a mistake"};
        return ask(kAdmin, body, some_key(body));
      }
      const std::string reference =
          random_.chance(30) ? fmt::format("money {}", between(1, 50)) : std::string();
      const CommandBody body = Charge{user_id(user), Money{amount}, reference};
      return ask(random_.chance(50) ? as_user(user) : kAdmin, body, some_key(body));
    }
    if (dice < 30) return ask(as_user(1), ReadBalance{user_id(between(1, kUsers))});
    if (dice < 33) {
      const PaymentId before = random_.chance(70) ? PaymentId{} : some(payments_);
      return ask(as_user(1), ReadPayments{user_id(between(1, kUsers)), between(1, 3), before});
    }
    fan_command(dice);
  }

  void fan_command(std::uint64_t dice) {
    const Fan fan = some_fan();
    CommandBody body;
    if (dice < 35)
      body = ReadPass{fan.concert};
    else if (dice < 40)
      body = ReadToken{fan.concert};
    else if (dice < 41)
      body = CheckToken{fan.concert};
    else if (dice < 42)
      body = Leave{fan.concert};
    else if (dice < 44)
      body = ReadConcert{fan.concert};
    else if (dice < 46)
      body = ReadDates{fan.concert, random_.chance(50)};
    else if (dice < 49)
      body = ReadSeats{fan.concert, some_date(fan.concert)};
    else if (dice < 56)
      body = about_waitlist(fan.concert);
    else if (dice < 75)
      body = place_hold(fan.concert);
    else if (dice < 78)
      body = random_.chance(50) ? CommandBody(ReadHold{some_hold(fan)})
                                : CommandBody(ExtendHold{some_hold(fan)});
    else if (dice < 81)
      body = ReleaseHold{some_hold(fan)};
    else if (dice < 97)
      body = pay(fan);
    else if (dice < 98)
      body = ReadTickets{some(payments_), {}};
    else
      body = ReadPayment{some(payments_)};
    ask(fan.caller, body, some_key(body));
  }

  CommandBody about_waitlist(ConcertId concert) {
    if (random_.chance(10)) return ReadWaitlist{concert};
    if (random_.chance(15))
      return LeaveWaitlist{concert,
                           random_.chance(50) ? std::optional(some_date(concert)) : std::nullopt};
    const char* const section = random_.chance(60) ? "" : random_.chance(60) ? "s" : "t";
    return JoinWaitlist{concert, some_date(concert), section, between(1, 3)};
  }

  CommandBody place_hold(ConcertId concert) {
    const Date date = some_date(concert);
    if (random_.chance(60)) return PlaceHold{concert, date, some_seats(concert, date)};
    const char* const section = random_.chance(40) ? "" : random_.chance(60) ? "s" : "t";
    const char* const category = random_.chance(60) ? "" : random_.chance(60) ? "front" : "back";
    return PlaceHold{concert, date, {}, section, between(1, 4), random_.chance(30), category};
  }

  CommandBody pay(const Fan& fan) {
    const HoldId hold = some_hold(fan);
    HoldIds holds{hold};
    while (random_.chance(30)) holds.push_back(some_hold(fan));
    std::ranges::sort(holds);
    holds.erase(std::unique(holds.begin(), holds.end()), holds.end());
    return Pay{random_.chance(97) ? concert_of(hold) : some_concert(), holds};
  }

  void operate() {
    const ConcertId concert = some_concert();
    const auto dice = random_.below(100);
    CommandBody body;
    if (dice < 25)
      body = refund();
    else if (dice < 40)
      body = use_ticket();
    else if (dice < 43)
      body = ReleaseHold{some(holds_)};
    else if (dice < 46)
      body = EndToken{concert, TicketNumber{between(0, 12)}};
    else if (dice < 47)
      body = CancelDates{concert,
                         random_.chance(70) ? std::optional(some_date(concert)) : std::nullopt};
    else if (dice < 49)
      body = ReadCancellation{
          concert, random_.chance(70) ? std::optional(some_date(concert)) : std::nullopt};
    else if (dice < 52)
      body = block_seats(concert);
    else if (dice < 54)
      body = add_codes(concert);
    else if (dice >= 60 && dice < 75)
      body = sell_seats(concert);
    else if (dice < 55)
      body = ReadAccessCodes{concert};
    else if (dice < 60)
      body = BlockSeat{concert, some_date(concert), SeatNumber{between(1, 5)}, random_.chance(40)};
    else
      body = random_change(concert);
    ask(kAdmin, body, some_key(body));
  }

  // Few codes, so that they are found, used up, and in more than one batch.
  Hash128 some_code() { return random_.chance(30) ? Hash128{} : Hash128{0, between(1, 12)}; }
  AddAccessCodes add_codes(ConcertId concert) {
    AddAccessCodes add{concert, {}, between(1, 3), {}};
    const std::uint32_t first = between(1, 8);
    const std::uint32_t last = first + between(0, 3);
    for (std::uint32_t n = first; n <= last; ++n) add.hashes.push_back({0, n});
    add.opens_at = world_.now() + milliseconds(std::int64_t{between(0, 5000)} - 2000);
    return add;
  }

  BlockSeats block_seats(ConcertId concert) {
    BlockSeats block{concert, some_date(concert), {}, random_.chance(50)};
    const std::uint32_t first = between(1, 5);
    block.ranges.push_back({SeatNumber{first}, SeatNumber{first + between(0, 2)}});
    if (random_.chance(30)) block.ranges.push_back({SeatNumber{between(0, 9)}, SeatNumber{8}});
    return block;
  }

  SellSeats sell_seats(ConcertId concert) {
    const Date date = some_date(concert);
    SellSeats sale{concert, date, some_seats(concert, date)};
    std::ranges::sort(sale.seats);
    if (random_.chance(60)) sale.user = user_id(between(1, kUsers));
    if (random_.chance(40)) sale.price = Money{between(0, 500)};
    return sale;
  }

  // Of all that is left of a payment or, usually, of some of its seats.
  Refund refund() {
    Refund refund{some(payments_)};
    const auto& payments = model_.concert(concert_of(refund.payment)).payments;
    const auto found = payments.find(refund.payment);
    if (found == payments.end() || random_.chance(40)) return refund;
    for (const SeatNumber seat : found->second.seats)
      if (random_.chance(50)) refund.seats.push_back(seat);
    if (random_.chance(5)) refund.seats.push_back(SeatNumber{between(0, 5)});
    if (!random_.chance(5)) std::ranges::sort(refund.seats);
    return refund;
  }

  // Usually of a seat that the payment has.
  UseTicket use_ticket() {
    const PaymentId payment = some(payments_);
    const auto& payments = model_.concert(concert_of(payment)).payments;
    const auto found = payments.find(payment);
    if (found == payments.end() || random_.chance(10)) return {payment, SeatNumber{between(0, 5)}};
    const SeatList& seats = found->second.seats;
    return {payment, seats[random_.below(seats.size())]};
  }

  ChangeConcert random_change(ConcertId concert) {
    ChangeConcert change{.concert = concert};
    const auto dice = random_.below(20);
    if (dice >= 14 && concert.value != 99) change_dates(change);
    if (dice == 13) change.offer_s = between(5, 300);
    if (dice == 11) change.stay_after_payment = random_.chance(50);
    if (dice == 12) change.hold_extensions = between(0, 3);
    if (dice == 9) change.no_single_seats = random_.chance(50);
    if (dice == 10) change.closes_at = world_.now() + seconds(between(0, 300));
    if (dice < 3)
      change.phase = random_.chance(75)   ? Phase::kOpen
                     : random_.chance(70) ? Phase::kPaused
                                          : Phase::kClosed;
    if (dice == 3) change.max_active = between(1, 5);
    if (dice == 4) change.admit_per_second = random_.chance(50) ? between(1, 12) : 1000;
    if (dice == 5) change.session_s = between(20, 300);
    if (dice == 6) change.opens_at = world_.now() + milliseconds(between(1, 5000));
    if (dice == 7) change.seats_per_user = between(1, 5);
    if (dice == 8) change.revoke_tokens = true;
    return change;
  }

  SectionSpec new_section() {
    static constexpr const char* kNames[] = {"s", "t", "u", "v", "w"};
    return {kNames[random_.below(5)], between(1, 3), Money{between(0, 900)},
            random_.chance(80) ? SectionKind::kNumbered : SectionKind::kGeneral};
  }

  // A key near the others, before or behind them.
  Date new_key() {
    Date key{first_date().days + static_cast<std::int32_t>(between(0, 6)) - 2};
    if (random_.chance(30)) key.minute = static_cast<std::int32_t>(between(0, 1439));
    return key;
  }

  // Few dates and sections, so that the model stays fast.
  void change_dates(ChangeConcert& change) {
    const std::vector<DateSpec>& dates = model_.concert(change.concert).spec.dates;
    if (dates.size() < 5 && random_.chance(40)) {
      const Date key = new_key();
      DateSpec date{key, {new_section()}};
      date.closes_at = world_.now() + seconds(between(0, 400));
      if (key.has_time()) date.starts_at = date.closes_at + seconds(between(0, 100));
      change.add_dates.push_back(date);
    }
    if (!change.add_dates.empty() && random_.chance(70)) return;
    const Date date = some_date(change.concert);
    const auto known = std::ranges::find(dates, date, &DateSpec::date);
    DateChange& d = change.change_dates.emplace_back(DateChange{.date = date});
    static constexpr const char* kPriced[] = {"s", "t", "u", "front", "back"};
    if (random_.chance(50)) d.prices = {{kPriced[random_.below(5)], Money{between(0, 900)}}};
    if (random_.chance(40) && known != dates.end() && known->sections.size() < 6)
      d.new_sections = {new_section()};
    if (!random_.chance(40)) return;
    Postponement to{.to = new_key()};
    if (known != dates.end() && random_.chance(50)) to.began_at = known->closes_at;
    to.begins_at = world_.now() + seconds(between(0, 400));
    if (to.to.has_time()) to.starts_at = to.begins_at;
    d.postponed = to;
  }

  // Delivers all messages; then no payment may be open, and the sums of money must agree.
  void finish() {
    note("finish");
    for (int round = 0; round < 3 && ok(); ++round) {
      world_.advance(policy_.payment_decide);
      tick();
      restart();
      while (!world_.messages().empty() && ok()) {
        const Command message = world_.messages().front();
        world_.messages().pop_front();
        deliver(message);
      }
    }
    EXPECT_TRUE(model_.quiet());
    Money revenue;
    for (const ConcertId id : concerts_) {
      EXPECT_TRUE(world_.concert(id).outbox.empty());
      EXPECT_EQ(world_.concert(id).revenue, model_.spent_on(id));
      revenue.minor += world_.concert(id).revenue.minor;
    }
    revenue.minor -= model_.taken_at_office().minor;
    Money sum;
    for (std::uint32_t u = 1; u <= kUsers; ++u) {
      const Wallet* wallet = world_.wallet(u);
      if (wallet == nullptr) continue;
      EXPECT_EQ(wallet->reserved.minor, 0);
      sum.minor += wallet->balance.minor + wallet->spent.minor;
      revenue.minor -= wallet->spent.minor;
    }
    EXPECT_EQ(sum, model_.charged_in_all());
    EXPECT_EQ(revenue.minor, 0) << "the concerts' revenue is not what the wallets spent";
  }

  Prng random_;
  Policy policy_;
  World world_;
  model::Model model_;
  bool trace_;
  std::vector<ConcertId> concerts_;
  std::vector<Fan> tokens_;
  std::vector<HoldId> holds_;
  std::vector<PaymentId> payments_;
  std::vector<Command> history_;
};

}  // namespace frontrow
