#include "net/api/api_render.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "net/api/render_parts.h"
#include "net/auth/key_ring.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

void seat_array(JsonWriter& json, const SeatList& seats) {
  json.array("seats");
  for (const SeatNumber seat : seats) json.value(seat);
  json.end_array();
}

// The id of a ticket: its payment and its seat.
std::string ticket_id(PaymentId payment, SeatNumber seat) {
  return fmt::format("{}-{}", payment.value, seat.value);
}

// The claims name no user: strangers see the code, and must not learn a UUID from it.
std::string ticket_code(const Purchase& p, SeatNumber seat, Instant paid_at,
                        const PassSettings& passes) {
  std::string claims;
  JsonWriter(claims)
      .begin_object()
      .member("iss", passes.issuer)
      .member("aud", passes.audience)
      .key("jti")
      .plain(ticket_id(p.payment, seat))
      .member("con", p.concert)
      .member("dat", p.date)
      .member("sea", seat)
      .member("iat", paid_at.ms / 1000)
      .end_object();
  return passes.signer.sign(JwsType::kTicket, claims);
}

// The members that every view of a ticket has.
void write_seat_of_ticket(JsonWriter& json, PaymentId payment, SeatNumber seat) {
  json.key("ticketId").plain(ticket_id(payment, seat)).member("seat", seat);
  json.key("label").plain(std::to_string(seat.value));
}

void write_payment(JsonWriter& json, const PaymentView& p, const PassSettings* passes = nullptr) {
  json.begin_object();
  write_purchase(json, p.purchase, p.currency);
  write_paid_by(json, p.is_of_office);
  if (!p.is_of_office) json.member("balance", p.balance);
  json.key("state").plain(text_of(p.state)).member("paidAt", p.paid_at);
  write_refunded(json, p.refunded, p.refunded_amount);
  if (passes != nullptr) {
    json.array("tickets");
    for (const SeatNumber seat : p.purchase.seats) {
      if (std::ranges::find(p.refunded, seat) != p.refunded.end()) continue;
      json.begin_object();
      write_seat_of_ticket(json, p.purchase.payment, seat);
      json.key("code").plain(ticket_code(p.purchase, seat, p.paid_at, *passes)).end_object();
    }
    json.end_array();
  }
  if (!p.released.empty()) {
    json.array("releasedHolds");
    for (const HoldId hold : p.released) json.value(hold);
    json.end_array();
  }
  json.end_object();
}

// The cursor of a list: the last payment of the page.
template <class View>
void write_next_before(JsonWriter& json, std::span<const View> payments, bool more) {
  json.key("nextBefore");
  if (more && !payments.empty()) {
    json.value(payments.back().purchase.payment);
  } else {
    json.null();
  }
}

bool is_void(const TicketsView& v, SeatNumber seat) {
  return v.state == PaymentState::kRefunded ||
         std::ranges::find(v.refunded, seat) != v.refunded.end();
}

void write_use(JsonWriter& json, const TicketsView& v, SeatNumber seat) {
  const auto use = std::ranges::find(v.uses, seat, &TicketUse::seat);
  json.key("usedAt");
  use == v.uses.end() ? json.null() : json.value(use->at);
}

// The public data of the shuffle: before it the promise, after it the seed and the count too.
void write_order(JsonWriter& json, const ConcertView& c) {
  json.key("order").plain(c.shuffle ? "random" : "arrival");
  if (!c.shuffle) return;
  const auto& revealed = c.shuffle->revealed;
  json.key("seedCommitment").plain(to_hex(c.shuffle->commitment));
  json.key("shuffle").plain(text_of(revealed ? Shuffle::kDone : Shuffle::kPending));
  if (!revealed) return;
  json.key("seed").plain(to_hex(revealed->seed)).member("shuffledCount", revealed->count);
}

// Concerts of older versions have no time zone, and never close by themselves.
void write_sale_terms(JsonWriter& json, const ConcertView& c) {
  json.member("noSingleSeats", c.rules.no_single_seats)
      .member("holdExtensions", c.rules.hold_extensions)
      .member("offerSeconds", c.rules.offer_s);
  if (!c.time_zone.empty()) json.member("timeZone", c.time_zone);
  if (c.closes_at.is_set()) json.member("closesAt", c.closes_at);
}

// A date up to its counts. `d`: any view of a date.
template <class View>
void write_date_front(JsonWriter& json, const View& d, std::uint32_t total) {
  json.begin_object().member("date", d.date);
  if (d.starts_at.is_set()) json.member("startsAt", d.starts_at);
  if (d.closes_at.is_set()) json.member("closesAt", d.closes_at);
  if constexpr (requires { d.plan; })
    if (d.plan) json.member("planId", d.plan);
  if (d.is_cancelled) json.member("cancelled", true);
  json.member("seatsTotal", total);
}

// The members of some sections only: numbered ones do not name their kind, and sections without a
// plan have no category.
void write_kind(JsonWriter& json, const SectionView& s) {
  if (s.kind != SectionKind::kNumbered) json.key("kind").plain(text_of(s.kind));
  if (!s.category.empty()) json.member("category", s.category);
}

// Writes the concert up to its list of dates.
void write_public_front(JsonWriter& json, const ConcertView& c) {
  json.begin_object().member("concertId", c.concert).member("title", c.title);
  optional_instant(json, "opensAt", c.opens_at);
  json.key("phase")
      .plain(text_of(c.phase))
      .member("currency", c.currency)
      .member("waiting", c.waiting);
  json.member("active", c.active)
      .member("holdSeconds", c.rules.hold_s)
      .member("maxSeatsPerUser", c.rules.seats_per_user);
  write_sale_terms(json, c);
  write_order(json, c);
  json.array("dates");
}

void write_public_date(JsonWriter& json, const ConcertDateView& d) {
  write_date_front(json, d, d.free + d.held + d.sold + d.blocked);
  json.member("seatsAvailable", d.free).array("sections");
  for (const SectionView& s : d.sections) {
    json.begin_object().member("name", s.name).member("price", s.price);
    write_kind(json, s);
    json.member("seatsTotal", s.last.value - s.first.value + 1)
        .member("seatsAvailable", s.free)
        .end_object();
  }
  json.end_array().end_object();
}

void write_public(JsonWriter& json, const ConcertView& c) {
  write_public_front(json, c);
  for (const ConcertDateRef& d : c.dates) write_public_date(json, *d);
  json.end_array().end_object();
}

void write_seats_front(JsonWriter& json, const SeatsSnapshot& s) {
  json.begin_object()
      .member("concertId", s.concert)
      .member("date", s.date)
      .member("version", s.version);
  if (s.plan) json.member("planId", s.plan);
  json.member("seatsTotal", s.total).member("seatsAvailable", s.free).array("sections");
}

void write_section_front(JsonWriter& json, const SectionView& section) {
  json.begin_object().member("name", section.name).member("price", section.price);
  write_kind(json, section);
  json.member("first", section.first).member("last", section.last).array("available");
}

// Calls visit(bit) for each free seat in [from, end), as bits.
template <class Visit>
void for_each_free(const SeatsSnapshot& s, std::uint32_t from, std::uint32_t end,
                   const Visit& visit) {
  for (std::uint32_t word = from / 64; word * 64 < end; ++word) {
    for (std::uint64_t bits = s.free_bits[word]; bits != 0; bits &= bits - 1) {
      const std::uint32_t bit = word * 64 + static_cast<std::uint32_t>(std::countr_zero(bits));
      if (bit >= from && bit < end) visit(bit);
    }
  }
}

}  // namespace

JsonWriter& optional_instant(JsonWriter& json, std::string_view name, Instant instant) {
  json.key(name);
  return instant.is_set() ? json.value(instant) : json.null();
}

void write_refunded(JsonWriter& json, const SeatList& seats, Money amount) {
  if (seats.empty()) return;
  json.array("refundedSeats");
  for (const SeatNumber seat : seats) json.value(seat);
  json.end_array().member("refundedAmount", amount);
}

void write_purchase(JsonWriter& json, const Purchase& p, Currency currency) {
  json.member("paymentId", p.payment)
      .member("holdId", p.hold)
      .member("concertId", p.concert)
      .member("date", p.date);
  seat_array(json, p.seats);
  json.member("amount", p.amount).member("currency", currency);
}

JsonWriter& write_user(JsonWriter& json, const UserId& user) {
  json.key("userId");
  return user.is_nil() ? json.null() : json.value(user);
}

void write_paid_by(JsonWriter& json, bool is_of_office) {
  if (is_of_office) json.key("paidBy").plain("box-office");
}

std::string_view text_of(TokenState state) {
  static constexpr std::string_view kTexts[] = {"",          "waiting", "active",
                                                "completed", "expired", "left"};
  return kTexts[static_cast<std::size_t>(state)];
}
std::string_view text_of(Phase phase) {
  static constexpr std::string_view kTexts[] = {"", "scheduled", "open", "paused", "closed"};
  return kTexts[static_cast<std::size_t>(phase)];
}
std::string_view text_of(HoldState state) {
  static constexpr std::string_view kTexts[] = {"",     "held",    "paying",
                                                "paid", "expired", "refunded"};
  return kTexts[static_cast<std::size_t>(state)];
}
std::string_view text_of(PaymentState state) {
  static constexpr std::string_view kTexts[] = {"", "started", "completed", "refunding",
                                                "refunded"};
  return kTexts[static_cast<std::size_t>(state)];
}

std::string_view text_of(Shuffle shuffle) {
  static constexpr std::string_view kTexts[] = {"", "pending", "done"};
  return kTexts[static_cast<std::size_t>(shuffle)];
}

std::string_view text_of(SectionKind kind) {
  static constexpr std::string_view kTexts[] = {"", "numbered", "general"};
  return kTexts[static_cast<std::size_t>(kind)];
}

void render(std::string& out, const QueueEntry& e, std::string_view token, bool is_cached) {
  JsonWriter json(out);
  json.begin_object()
      .member("concertId", e.concert)
      .member("userId", e.user)
      .key("state")
      .plain(text_of(e.state));
  json.member("number", e.number).member("position", e.position).member("waiting", e.waiting);
  json.key("estimatedWaitSeconds");
  if (e.estimated_wait_s < 0) {
    json.null();
  } else {
    json.value(e.estimated_wait_s);
  }
  json.member("pollAfterMs", e.poll_after_ms);
  // Instances of older versions send no phase.
  if (e.phase != Phase{}) json.key("phase").plain(text_of(e.phase));
  optional_instant(json, "expiresAt", e.expires_at);
  if (e.offered) json.member("offeredHoldId", e.offered);
  if (e.waitlist_position != 0) json.member("waitlistPosition", e.waitlist_position);
  if (e.shuffle != Shuffle::kNone) json.key("shuffle").plain(text_of(e.shuffle));
  if (e.place) json.member("place", e.place);
  if (is_cached && e.state == TokenState::kWaiting) json.member("lineCached", true);
  if (!token.empty()) json.key("token").plain(token);
  json.end_object();
}

void write_hold(JsonWriter& json, const HoldView& h) {
  json.member("holdId", h.hold).member("concertId", h.concert).member("date", h.date);
  seat_array(json, h.seats);
  json.member("amount", h.amount).member("currency", h.currency).member("expiresAt", h.expires_at);
  json.key("state").plain(text_of(h.state));
}

void render(std::string& out, const HoldView& h) {
  JsonWriter json(out);
  json.begin_object();
  write_hold(json, h);
  json.end_object();
}

void render(std::string& out, const HoldsView& holds) {
  JsonWriter json(out);
  json.begin_object().member("concertId", holds.concert).array("holds");
  for (const HoldView& hold : holds.holds) {
    json.begin_object();
    write_hold(json, hold);
    json.end_object();
  }
  json.end_array().end_object();
}

void render(std::string& out, const PaymentView& p, const PassSettings* passes) {
  JsonWriter json(out);
  write_payment(json, p, passes);
}

void render(std::string& out, const PassView& p, const PassSettings& passes) {
  std::string claims;
  JsonWriter(claims)
      .begin_object()
      .member("iss", passes.issuer)
      .member("aud", passes.audience)
      .member("sub", p.user)
      .member("con", p.concert)
      .member("num", p.number)
      .member("adm", p.admitted_at.ms / 1000)
      .member("exp", p.expires_at.ms / 1000)
      .end_object();
  JsonWriter(out)
      .begin_object()
      .key("pass")
      .plain(passes.signer.sign(JwsType::kPass, claims))
      .member("expiresAt", p.expires_at)
      .end_object();
}

void render_ticket(std::string& out, const TicketsView& tickets) {
  const Purchase& p = tickets.purchase;
  const auto use = std::ranges::find(tickets.uses, tickets.seat, &TicketUse::seat);
  const bool is_used = use != tickets.uses.end();
  JsonWriter json(out);
  json.begin_object();
  write_seat_of_ticket(json, p.payment, tickets.seat);
  json.member("concertId", p.concert).member("date", p.date).member("paymentId", p.payment);
  write_user(json, p.user).member("paidAt", tickets.paid_at);
  json.member("valid", !is_void(tickets, tickets.seat)).member("used", is_used);
  write_use(json, tickets, tickets.seat);
  json.key("usedBy");
  is_used ? json.plain(use->by.text()) : json.null();
  json.end_object();
}

void render_tickets(std::string& out, const UserId& user, std::span<const TicketsView> payments,
                    bool more, const PassSettings& passes) {
  JsonWriter json(out);
  json.begin_object().member("userId", user).array("tickets");
  for (const TicketsView& v : payments) {
    for (const SeatNumber seat : v.purchase.seats) {
      if (is_void(v, seat)) continue;
      json.begin_object();
      write_seat_of_ticket(json, v.purchase.payment, seat);
      json.member("concertId", v.purchase.concert).member("date", v.purchase.date);
      json.member("paymentId", v.purchase.payment);
      json.key("code").plain(ticket_code(v.purchase, seat, v.paid_at, passes));
      write_use(json, v, seat);
      json.end_object();
    }
  }
  json.end_array();
  write_next_before(json, payments, more);
  json.end_object();
}

void render(std::string& out, const RefundView& r) {
  JsonWriter json(out);
  json.begin_object();
  write_purchase(json, r.purchase, r.currency);
  write_user(json, r.purchase.user);
  write_paid_by(json, r.is_of_office);
  if (!r.is_of_office) json.member("balance", r.balance);
  json.member("state", "refunded").member("refundedAt", r.refunded_at).end_object();
}

void render(std::string& out, const BalanceView& b, Currency currency) {
  JsonWriter json(out);
  json.begin_object()
      .member("userId", b.user)
      .member("balance", b.balance)
      .member("currency", currency)
      .end_object();
}

void render(std::string& out, const ChargeView& c, Currency currency) {
  JsonWriter json(out);
  json.begin_object()
      .member("chargeId", c.charge)
      .member("userId", c.user)
      .member("amount", c.amount);
  json.member("balance", c.balance).member("currency", currency).end_object();
}

void render(std::string& out, const AdjustmentView& a, Currency currency) {
  JsonWriter(out)
      .begin_object()
      .member("adjustmentId", a.adjustment)
      .member("userId", a.user)
      .member("amount", a.amount)
      .member("balance", a.balance)
      .member("currency", currency)
      .member("reason", a.reason)
      .end_object();
}

void render(std::string& out, const DatesView& dates) {
  JsonWriter json(out);
  json.begin_object().member("concertId", dates.concert).array("dates");
  for (const DateView& d : dates.dates) {
    write_date_front(json, d, d.total);
    json.member("seatsAvailable", d.free).end_object();
  }
  json.end_array().end_object();
}

void render(std::string& out, const SeatsSnapshot& s) {
  JsonWriter json(out);
  write_seats_front(json, s);
  for (const SectionView& section : s.sections) {
    write_section_front(json, section);
    for_each_free(s, section.first.value - 1, section.last.value,
                  [&json](std::uint32_t bit) { json.value(bit + 1); });
    json.end_array().end_object();
  }
  json.end_array().end_object();
}

void render_front(std::string& out, const SeatsSnapshot& seats) {
  JsonWriter json(out);
  write_seats_front(json, seats);
}

bool has_free_before(const SeatsSnapshot& s, std::size_t piece) {
  const auto from = static_cast<std::uint32_t>(piece * kPieceSeats);
  const auto section = std::ranges::lower_bound(s.sections, from + 1, {},
                                                [](const SectionView& v) { return v.last.value; });
  if (section == s.sections.end()) return false;
  std::uint32_t bit = section->first.value - 1;
  for (; bit < from && bit % 64 != 0; ++bit) {
    if ((s.free_bits[bit / 64] >> (bit % 64) & 1) != 0) return true;
  }
  for (; bit < from; bit += 64) {
    if (s.free_bits[bit / 64] != 0) return true;
  }
  return false;
}

void render_piece(std::string& out, const SeatsSnapshot& s, std::size_t piece) {
  const auto from = static_cast<std::uint32_t>(piece * kPieceSeats);
  const std::uint32_t end = std::min(s.total, from + static_cast<std::uint32_t>(kPieceSeats));
  bool comma = has_free_before(s, piece);
  auto section = std::ranges::lower_bound(s.sections, from + 1, {},
                                          [](const SectionView& v) { return v.last.value; });
  for (; section != s.sections.end() && section->first.value <= end; ++section) {
    const std::uint32_t first = section->first.value - 1;
    const std::uint32_t last = section->last.value;
    if (first >= from) {
      if (first != 0) out += ',';
      JsonWriter json(out);
      write_section_front(json, *section);
      comma = false;
    }
    // Thousands of numbers: written straight into a buffer.
    std::array<char, kPieceSeats * 8> digits;
    char* to = digits.data();
    for_each_free(s, std::max(from, first), std::min(end, last), [&](std::uint32_t bit) {
      if (comma) *to++ = ',';
      comma = true;
      to = std::to_chars(to, digits.data() + digits.size(), bit + 1).ptr;
    });
    out.append(digits.data(), to);
    if (last <= end) out += "]}";
  }
  if (end == s.total) out += "]}";
}

void render_public_front(std::string& out, const ConcertView& concert) {
  JsonWriter json(out);
  write_public_front(json, concert);
}

void render_public_date(std::string& out, const ConcertDateView& date) {
  JsonWriter json(out);
  write_public_date(json, date);
}

void render_public(std::string& out, const ConcertView& concert) {
  JsonWriter json(out);
  write_public(json, concert);
}

void render_admin(std::string& out, const ConcertView& c) {
  JsonWriter json(out);
  json.begin_object().member("concertId", c.concert).member("title", c.title);
  optional_instant(json, "opensAt", c.opens_at);
  json.member("currency", c.currency).key("phase").plain(text_of(c.phase)).object("queue");
  json.member("maxActive", c.rules.queue.max_active)
      .member("admitPerSecond", c.rules.queue.admit_per_second);
  json.member("sessionSeconds", c.rules.queue.session_s)
      .member("idleSeconds", c.rules.queue.idle_s)
      .member("stayAfterPayment", c.rules.stay_after_payment)
      .end_object();
  json.member("holdSeconds", c.rules.hold_s).member("maxSeatsPerUser", c.rules.seats_per_user);
  write_sale_terms(json, c);
  write_order(json, c);
  json.member("joined", c.joined)
      .member("waiting", c.waiting)
      .member("active", c.active)
      .array("dates");
  for (const ConcertDateRef& date : c.dates) {
    const ConcertDateView& d = *date;
    write_date_front(json, d, d.free + d.held + d.sold + d.blocked);
    json.member("free", d.free)
        .member("held", d.held)
        .member("sold", d.sold)
        .member("blocked", d.blocked);
    json.array("sections");
    for (const SectionView& s : d.sections) {
      json.begin_object().member("name", s.name).member("price", s.price);
      write_kind(json, s);
      json.member("first", s.first).member("last", s.last).member("free", s.free).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array()
      .member("revenue", c.revenue)
      .member("payments", c.payments)
      .member("refunds", c.refunds);
  json.object("rates")
      .member("admittedPerMinute", c.admitted_per_minute)
      .member("soldPerMinute", c.sold_per_minute);
  json.end_object().end_object();
}

void render_payments(std::string& out, const UserId& user, std::span<const PaymentView> payments,
                     bool more) {
  JsonWriter json(out);
  json.begin_object().member("userId", user).array("payments");
  for (const PaymentView& p : payments) write_payment(json, p);
  json.end_array();
  write_next_before(json, payments, more);
  json.end_object();
}

void append_act_position(std::string& out, const ActPosition& position) {
  fmt::format_to(std::back_inserter(out), "{}-{}-{}", position.at.ms, position.slot.value,
                 position.seq);
}

void write_act(JsonWriter& json, const ActView& view) {
  const Act& act = view.act;
  std::string id;
  append_act_position(id, view.position);
  json.begin_object().member("id", id).member("at", view.position.at);
  json.member("key", act.actor.text()).member("action", name_of(act.kind));
  if (act.concert) json.member("concertId", act.concert);
  if (!act.user.is_nil()) json.member("userId", act.user);
  switch (act.kind) {
    case ActKind::kBlockSeat:
    case ActKind::kUnblockSeat:
      json.member("date", act.date).member("seat", act.object);
      break;
    case ActKind::kSellSeats:
      json.member("paymentId", act.object).member("date", act.date).member("amount", act.amount);
      break;
    case ActKind::kRefund:
      json.member("paymentId", act.object).member("amount", act.amount);
      break;
    case ActKind::kCharge:
      json.member("chargeId", act.object).member("amount", act.amount);
      break;
    case ActKind::kAdjustBalance:
      json.member("adjustmentId", act.object).member("amount", act.amount);
      break;
    case ActKind::kReleaseHold:
      json.member("holdId", act.object).member("date", act.date).member("amount", act.amount);
      break;
    case ActKind::kEndToken:
      json.member("number", act.object);
      break;
    case ActKind::kBlockSeats:
    case ActKind::kUnblockSeats:
    case ActKind::kCancelDate:
      json.member("date", act.date);
      break;
    case ActKind::kCreatePlan:
      json.member("planId", act.object);
      break;
    case ActKind::kAddAccessCodes:
      json.member("batch", act.object);
      break;
    case ActKind::kChangeConcert:
      if (act.date != Date{}) json.member("date", act.date);
      break;
    case ActKind::kCreateConcert:
    case ActKind::kCancelConcert:
      break;
  }
  if (!act.note.empty()) json.member("note", act.note);
  json.end_object();
}

void render_audit(std::string& out, std::span<const ActView> acts, bool more) {
  JsonWriter json(out);
  json.begin_object().array("acts");
  for (const ActView& act : acts) write_act(json, act);
  std::string id;
  if (!acts.empty()) append_act_position(id, acts.back().position);
  json.end_array().key("nextAfter");
  more && !acts.empty() ? json.value(id) : json.null();
  json.end_object();
}

}  // namespace frontrow
