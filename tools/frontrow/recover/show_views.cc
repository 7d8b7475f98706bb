#include "tools/frontrow/recover/show_views.h"

#include <fmt/format.h>

#include <array>

#include "engine/base/uuid.h"
#include "engine/core/protocol/command.h"
#include "engine/core/state/paid_prices.h"
#include "engine/core/state/refunds.h"
#include "engine/core/state/slot.h"
#include "net/api/api_render.h"
#include "tools/frontrow/recover/export_totals.h"

namespace frontrow::recover {
namespace {

const Concert* concert_in(SlotTable& slots, ConcertId id) {
  const Slot* slot = slots.find(slot_of_concert(id));
  return slot == nullptr ? nullptr : slot->find_concert(id);
}

Error no_concert(ConcertId id) { return Error{fmt::format("there is no concert {}", id.value)}; }

const Wallet* find_wallet(SlotTable& slots, const UserId& user) {
  const Slot* slot = slots.find(slot_of_user(user));
  return slot == nullptr ? nullptr : slot->find_wallet(user);
}

const char* text_of(SeatState state) {
  static constexpr const char* kTexts[] = {"free", "held", "sold", "blocked"};
  return kTexts[static_cast<std::size_t>(state)];
}

const char* text_of(TransferState state) {
  static constexpr const char* kTexts[] = {"", "reserved", "refused", "posted", "voided"};
  return kTexts[static_cast<std::size_t>(state)];
}

const char* text_of(OutboxKind kind) {
  static constexpr const char* kTexts[] = {"", "reserve", "post", "void", "return", "list"};
  return kTexts[static_cast<std::size_t>(kind)];
}

void add_counts(Sheet& sheet, const SeatMap& seats) {
  for (const SeatState state :
       {SeatState::kFree, SeatState::kHeld, SeatState::kSold, SeatState::kBlocked})
    sheet.add(text_of(state), seats.count(state));
}

void add_line(Sheet& sheet, const Concert& c) {
  sheet.add("joined", c.line.drawn()).add("waiting", c.line.waiting()).add("active", c.active());
}

void add_revenue(Sheet& sheet, const Concert& c) {
  sheet.add("revenue", c.revenue).add("currency", c.currency.text());
  sheet.add("payments", c.payments_completed).add("refunds", c.payments_refunded);
}

void add_hold(Sheet& sheet, const Concert& c, const Hold& hold) {
  sheet.add("hold", hold.id).add("concert", c.id).add("date", c.dates[hold.date_index]->date);
  sheet.add("seats", hold.seats).add("amount", hold.amount);
  sheet.add("state", frontrow::text_of(hold.state)).add("expires_at", hold.expires_at);
  sheet.add("number", hold.number).add("payment", hold.payment);
}

void add_token(const ShowTarget& t, const Concert& c, const UserId& user) {
  const TicketNumber number = c.line.find(user);
  const Session* session = c.find_session(number);
  const TokenState state = c.line.token(number).state;
  // Until the line is shuffled, there are no positions.
  const bool waits = state == TokenState::kWaiting && !c.awaits_shuffle();
  Sheet& row = t.sheet.row("tokens");
  row.add("concert", c.id).add("number", number).add("state", frontrow::text_of(state));
  waits ? row.add("position", c.line.position(number)) : row.none("position");
  row.add("session_ends", session == nullptr ? Instant{} : session->expires_at);
  t.interest.add_token(c.id, number);
}

void add_wallet(Sheet& sheet, const Wallet* wallet) {
  if (wallet == nullptr) {
    sheet.none("wallet");
    return;
  }
  Sheet& money = sheet.sheet("wallet");
  money.add("balance", wallet->balance).add("reserved", wallet->reserved);
  money.add("spent", wallet->spent).add("charged", wallet->charged);
}

void add_entry(Sheet& sheet, const Concert& c, PaymentId payment) {
  const auto entry = c.outbox.find(payment);
  entry == c.outbox.end() ? sheet.none("owed_message")
                          : sheet.add("owed_message", text_of(entry->second.kind));
}

void add_wallet_side(Sheet& sheet, const Wallet* wallet, PaymentId payment) {
  const Transfer* transfer =
      wallet == nullptr ? nullptr : wallet->find_transfer(concert_of(payment));
  const WalletPayment* listed = wallet == nullptr ? nullptr : wallet->find_payment(payment);
  Sheet& side = sheet.sheet("in_the_wallet");
  transfer != nullptr && transfer->payment == payment
      ? side.add("transfer", text_of(transfer->state))
      : side.none("transfer");
  listed != nullptr ? side.add("listed", frontrow::text_of(listed->state)) : side.none("listed");
  wallet != nullptr ? side.add("balance_now", wallet->balance) : side.none("balance_now");
  if (listed == nullptr || listed->returned.empty()) return;
  side.add("returned_seats", listed->returned).add("returned_amount", listed->returned_total);
}

const char* text_of(Tenure::State state) {
  static constexpr const char* kTexts[] = {"", "opened", "adopted", "sealed", "released"};
  return kTexts[static_cast<std::size_t>(state)];
}

// Adds counts only for an instance of a cluster.
void add_slot_counts(Sheet& sheet, SlotTable& slots) {
  std::array<std::uint64_t, 5> counts{};
  for (std::uint16_t id = 0; id < kSlotCount; ++id) {
    const Slot* slot = slots.find(SlotId{id});
    if (slot != nullptr && slot->seq > 0) ++counts[static_cast<std::size_t>(slot->tenure.state)];
  }
  const auto [unmarked, opened, adopted, sealed, released] = counts;
  if (opened + adopted + sealed + released == 0) return;
  Sheet& sums = sheet.sheet("slots");
  sums.add("here", unmarked + opened + adopted).add("of_these_from_others", adopted);
  sums.add("sealed_for_others", sealed).add("handed_over", released);
}

void add_payment(Sheet& sheet, const Concert& c, const Payment& p) {
  sheet.add("user", p.user).add("number", p.number).add("hold", p.hold);
  sheet.add("date", c.dates[p.date_index]->date).add("seats", p.seats).add("amount", p.amount);
  sheet.add("currency", c.currency.text()).add("balance_after", p.balance);
  sheet.add("decide_by", p.decide_by).add("paid_at", p.paid_at).add("refunded_at", p.refunded_at);
  sheet.add("paid_by", p.is_of_office() ? "box-office" : "wallet");
  for (const SeatRefund& refund : p.refunds) {
    Sheet& row = sheet.row("refunds_of_seats");
    row.add("seats", refund.seats).add("amount", refund.amount);
    row.add("refunded_at", refund.refunded_at).add("balance_after", refund.balance);
  }
  for (const TicketUse& use : p.uses) {
    Sheet& row = sheet.row("used_tickets");
    row.add("seat", use.seat).add("at", use.at).add("by", use.by.text());
  }
}

}  // namespace

Status show_overview(const ShowTarget& t, StoppedLog& log) {
  const Totals totals = add_up(t.slots);
  for (const Concert* c : concerts_of(t.slots)) {
    Sheet& row = t.sheet.row("concerts");
    row.add("concert", c->id).add("title", c->title).add("phase", frontrow::text_of(c->phase));
    add_line(row, *c);
    std::uint32_t counts[4] = {};
    for (const auto& date : c->dates) {
      for (std::size_t s = 0; s < 4; ++s) counts[s] += date->seats.count(static_cast<SeatState>(s));
    }
    for (std::size_t s = 0; s < 4; ++s) row.add(text_of(static_cast<SeatState>(s)), counts[s]);
    add_revenue(row, *c);
  }
  t.sheet.rows("concerts");
  const WalletTotals& w = totals.wallets;
  Sheet& wallets = t.sheet.sheet("wallets");
  wallets.add("count", w.wallets).add("charged", w.charged).add("balance", w.balance);
  wallets.add("reserved", w.reserved).add("spent", w.spent);
  add_slot_counts(t.sheet, t.slots);
  Sheet& position = t.sheet.sheet("log");
  position.add("stream", fmt::format("{:016x}", log.identity().stream)).add("epoch", log.epoch());
  position.add("created", log.identity().created);
  position.add("first_kept_group", log.archive().log_start().number + 1);
  position.add("snapshots_up_to_group", log.archive().checkpoint_group());
  if (log.watermark().ok()) {
    position.add("durable_group", log.watermark()->position.number);
    position.add("stopped_cleanly", log.watermark()->clean_stop);
  }
  return {};
}

Status show_concert(const ShowTarget& t, ConcertId id) {
  const Concert* c = concert_in(t.slots, id);
  if (c == nullptr) return no_concert(id);
  t.interest.add_concert(id);
  t.sheet.add("concert", id).add("title", c->title).add("slot", slot_of_concert(id));
  t.sheet.add("phase", frontrow::text_of(c->phase)).add("created_at", c->created_at);
  t.sheet.add("opens_at", c->opens_at);
  add_line(t.sheet, *c);
  add_revenue(t.sheet, *c);
  t.sheet.add("owed_messages", c->outbox.size()).add("token_epoch", c->token_epoch);
  Sheet& rules = t.sheet.sheet("rules");
  rules.add("max_active", c->rules.queue.max_active);
  rules.add("admit_per_second", c->rules.queue.admit_per_second);
  rules.add("session_seconds", c->rules.queue.session_s);
  rules.add("idle_seconds", c->rules.queue.idle_s).add("hold_seconds", c->rules.hold_s);
  rules.add("seats_per_user", c->rules.seats_per_user);
  for (const std::uint16_t index : c->by_date) {
    const auto& date = c->dates[index];
    Sheet& row = t.sheet.row("dates");
    row.add("date", date->date).add("seats", date->seats.total());
    add_counts(row, date->seats);
  }
  return {};
}

Status show_user(const ShowTarget& t, const UserId& user) {
  const Wallet* wallet = find_wallet(t.slots, user);
  t.interest.add_user(user);
  t.sheet.add("user", user).add("slot", slot_of_user(user));
  add_wallet(t.sheet, wallet);
  bool is_known = wallet != nullptr;
  t.sheet.rows("tokens");
  t.sheet.rows("holds");
  for (const Concert* c : concerts_of(t.slots)) {
    if (c->line.find(user)) {
      add_token(t, *c, user);
      is_known = true;
    }
    for (const auto& [id, hold] : c->holds) {
      if (hold.user != user) continue;
      add_hold(t.sheet.row("holds"), *c, hold);
      t.interest.add_hold(id);
      if (hold.payment) t.interest.add_payment(hold.payment);
    }
  }
  if (!is_known) return Error{fmt::format("nothing is known of user {}", to_string(user))};
  t.sheet.rows("transfers");
  t.sheet.rows("payments");
  if (wallet == nullptr) return {};
  for (const Transfer& transfer : wallet->transfers) {
    Sheet& row = t.sheet.row("transfers");
    row.add("concert", concert_of(transfer.payment)).add("payment", transfer.payment);
    row.add("state", text_of(transfer.state)).add("amount", transfer.purchase.amount);
  }
  for (const WalletPayment& p : wallet->payments) {
    const Concert* c = concert_in(t.slots, p.purchase.concert);
    const Payment* sold =
        p.is_of_office() && c != nullptr ? c->find_payment(p.purchase.payment) : nullptr;
    const Purchase purchase = sold != nullptr ? c->purchase_of(*sold) : p.purchase;
    const bool is_whole = p.state == PaymentState::kRefunded;
    const SeatList refunded = sold != nullptr ? seats_refunded(*sold)
                              : is_whole      ? purchase.seats
                                              : p.returned;
    const Money amount = sold != nullptr ? money_refunded(*sold)
                         : is_whole      ? purchase.amount
                                         : p.returned_total;
    Sheet& row = t.sheet.row("payments");
    row.add("payment", purchase.payment).add("concert", purchase.concert);
    row.add("date", purchase.date).add("seats", purchase.seats);
    row.add("amount", purchase.amount).add("paid_at", p.paid_at);
    row.add("state", frontrow::text_of(sold != nullptr ? sold->state : p.state));
    row.add("paid_by", p.is_of_office() ? "box-office" : "wallet");
    row.add("refunded_seats", refunded).add("refunded_amount", amount);
  }
  return {};
}

Status show_payment(const ShowTarget& t, PaymentId id) {
  const Concert* c = concert_in(t.slots, concert_of(id));
  if (c == nullptr) return no_concert(concert_of(id));
  if (static_cast<std::uint32_t>(id.value) > c->last_payment)
    return Error{fmt::format("there is no payment {}", id.value)};
  t.interest.add_payment(id);
  t.sheet.add("payment", id).add("concert", c->id);
  const Payment* p = c->find_payment(id);
  // The concert forgets a failed payment once it is settled.
  t.sheet.add("state", p == nullptr ? std::string_view("failed") : frontrow::text_of(p->state));
  add_entry(t.sheet, *c, id);
  if (p == nullptr) return {};
  t.interest.add_hold(p->hold);
  add_payment(t.sheet, *c, *p);
  add_wallet_side(t.sheet, find_wallet(t.slots, p->user), id);
  return {};
}

Status show_hold(const ShowTarget& t, HoldId id) {
  const Concert* c = concert_in(t.slots, concert_of(id));
  if (c == nullptr) return no_concert(concert_of(id));
  if (static_cast<std::uint32_t>(id.value) > c->last_hold)
    return Error{fmt::format("there is no hold {}", id.value)};
  t.interest.add_hold(id);
  const Hold* hold = c->find_hold(id);
  if (hold == nullptr) {
    t.sheet.add("hold", id).add("concert", c->id).add("state", "released");
    return {};
  }
  t.sheet.add("user", hold->user);
  add_hold(t.sheet, *c, *hold);
  const Payment* p = c->find_payment(hold->payment);
  if (p == nullptr) return {};
  Sheet& payment = t.sheet.sheet("its_payment");
  payment.add("payment", p->id).add("state", frontrow::text_of(p->state));
  add_payment(payment, *c, *p);
  return {};
}

Status show_seat(const ShowTarget& t, const AskSeat& ask) {
  const Concert* c = concert_in(t.slots, ask.concert);
  if (c == nullptr) return no_concert(ask.concert);
  const ConcertDate* date = c->find_date(ask.date);
  if (date == nullptr)
    return Error{fmt::format("concert {} has no date {}", c->id.value, to_string(ask.date))};
  if (!date->seats.contains(ask.seat)) {
    return Error{
        fmt::format("there are seats 1 to {} on {}", date->seats.total(), to_string(ask.date))};
  }
  std::uint16_t index = 0;
  while (c->dates[index].get() != date) ++index;
  t.interest.add_seat(c->id, index, ask.date, ask.seat);
  t.sheet.add("concert", c->id).add("date", ask.date).add("seat", ask.seat);
  t.sheet.add("section", date->seats.section_of(ask.seat).name);
  PaidPrices paid(*c);
  t.sheet.add("price", price_of_seat(*c, *date, ask.seat, paid));
  t.sheet.add("currency", c->currency.text());
  t.sheet.add("state", text_of(date->seats.state(ask.seat)));
  const Hold* hold = c->find_hold(make_hold_id(c->id, date->seats.owner(ask.seat)));
  if (date->seats.owner(ask.seat) == 0 || hold == nullptr) return {};
  const bool is_held = date->seats.state(ask.seat) == SeatState::kHeld;
  t.sheet.add("user", hold->user).add("hold", hold->id).add("seats_of_hold", hold->seats);
  t.sheet.add("held_until", is_held ? hold->expires_at : Instant{});
  t.sheet.add("payment", hold->payment);
  const Payment* p = c->find_payment(hold->payment);
  if (p == nullptr) return {};
  t.sheet.add("payment_state", frontrow::text_of(p->state)).add("amount", p->amount);
  t.sheet.add("paid_at", p->paid_at);
  return {};
}

std::optional<SlotId> wallet_slot_of(SlotTable& slots, PaymentId payment) {
  const Concert* c = concert_in(slots, concert_of(payment));
  const Payment* p = c == nullptr ? nullptr : c->find_payment(payment);
  return p == nullptr ? std::nullopt : std::optional(slot_of_user(p->user));
}

Status show_slot(const ShowTarget& t, SlotId id) {
  const Slot* slot = t.slots.find(id);
  if (slot == nullptr || slot->seq == 0) return Error{fmt::format("slot {} is empty", id.value)};
  t.sheet.add("slot", id).add("seq", slot->seq).add("time", slot->time);
  t.sheet.add("state_hash", fmt::format("{:016x}", slot->state_hash()));
  const Tenure& tenure = slot->tenure;
  const bool is_marked = tenure.state != Tenure::State::kUnmarked;
  is_marked ? t.sheet.add("tenure", text_of(tenure.state)) : t.sheet.none("tenure");
  tenure.peer != 0 ? t.sheet.add("other_instance", tenure.peer) : t.sheet.none("other_instance");
  t.sheet.add("wallets", slot->wallets.size()).add("registrations", slot->registrations.size());
  for (const auto& c : slot->concerts) {
    Sheet& row = t.sheet.row("concerts");
    row.add("concert", c->id).add("title", c->title);
    row.add("owed_messages", c->outbox.size());
  }
  t.sheet.rows("concerts");
  return {};
}

}  // namespace frontrow::recover
