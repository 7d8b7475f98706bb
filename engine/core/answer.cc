#include "engine/core/answer.h"

#include <algorithm>

#include "engine/base/match.h"

namespace frontrow {
namespace {

const Concert& concert_at(const Ask& ask, ConcertId id) { return *ask.slot.find_concert(id); }

DatesView dates_view(const Concert& c, bool all) {
  DatesView view{c.id, {}};
  for (const auto& date : c.dates) {
    const std::uint32_t free = date->seats.count(SeatState::kFree);
    if (free > 0 || all) view.dates.push_back({date->date, date->seats.total(), free});
  }
  return view;
}

std::vector<SectionView> section_views(const SeatMap& map) {
  std::vector<SectionView> views;
  views.reserve(map.sections().size());
  for (const Section& s : map.sections())
    views.push_back({s.name, s.price, s.first, s.last, s.free});
  return views;
}

SeatsView seats_view(const Concert& c, const ConcertDate& date) {
  const SeatMap& map = date.seats;
  if (date.snapshot == nullptr || date.snapshot->version != map.version()) {
    date.snapshot = std::make_shared<const SeatsSnapshot>(
        SeatsSnapshot{c.id, date.date, map.version(), map.total(), map.count(SeatState::kFree),
                      section_views(map), map.free_bits()});
  }
  return date.snapshot;
}

ConcertDateRef date_view(const ConcertDate& date) {
  const SeatMap& map = date.seats;
  if (date.view == nullptr || date.view_version != map.version()) {
    date.view = std::make_shared<const ConcertDateView>(ConcertDateView{
        date.date, map.count(SeatState::kFree), map.count(SeatState::kHeld),
        map.count(SeatState::kSold), map.count(SeatState::kBlocked), section_views(map)});
    date.view_version = map.version();
  }
  return date.view;
}

ConcertView concert_view(const Concert& c, Instant now) {
  ConcertView view{.concert = c.id,
                   .title = c.title,
                   .opens_at = c.opens_at,
                   .currency = c.currency,
                   .rules = c.rules,
                   .phase = c.phase,
                   .joined = c.line.drawn(),
                   .waiting = c.line.waiting(),
                   .active = c.active(),
                   .token_epoch = c.token_epoch,
                   .admitted_per_minute = c.admissions.per_minute(now),
                   .sold_per_minute = c.sales.per_minute(now),
                   .revenue = c.revenue,
                   .payments = c.payments_completed,
                   .refunds = c.payments_refunded};
  view.dates.reserve(c.dates.size());
  for (const auto& date : c.dates) view.dates.push_back(date_view(*date));
  return view;
}

PaymentView payment_view_of(const WalletPayment& p, Currency currency) {
  return {p.purchase, currency, p.balance, p.paid_at, p.state};
}

PaymentsView payments_view(const Slot& slot, const ReadPayments& c) {
  PaymentsView view;
  const Wallet* wallet = slot.find_wallet(c.user);
  if (wallet == nullptr) return view;
  if (!c.before) {
    for (const Transfer& t : wallet->transfers) {
      if (t.state == TransferState::kReserved) view.undecided.push_back(t.payment);
    }
  }
  auto it = wallet->payments.rbegin();
  if (c.before) {
    while (it != wallet->payments.rend() && it->purchase.payment != c.before) ++it;
    if (it != wallet->payments.rend()) ++it;
  }
  for (; it != wallet->payments.rend(); ++it) {
    if (view.payments.size() == c.limit) {
      view.more = true;
      break;
    }
    view.payments.push_back(payment_view_of(*it, {}));
  }
  return view;
}

BalanceView balance_view(const Slot& slot, const UserId& user) {
  const Wallet* wallet = slot.find_wallet(user);
  return {user, wallet == nullptr ? Money{} : wallet->balance};
}

ChargeView charge_view(const Slot& slot, const EventBatch& events) {
  const auto& charged = std::get<WalletCharged>(events.front());
  return {charged.charge, charged.user, charged.amount, slot.find_wallet(charged.user)->balance};
}

ConcertIds concert_ids(const Slot& slot) {
  ConcertIds ids;
  for (const Registration& r : slot.registrations) {
    if (r.confirmed) ids.concerts.push_back(r.concert);
  }
  return ids;
}

const Hold& placed_hold(const Concert& c) { return *c.find_hold(make_hold_id(c.id, c.last_hold)); }

const Hold& hold_at(const Concert& c, HoldId id) { return *c.find_hold(id); }

const Payment& payment_at(const Concert& c, PaymentId id) { return *c.find_payment(id); }

QueueEntry joined_entry(const Ask& ask, const Join& c) {
  const Concert& concert = concert_at(ask, c.concert);
  return queue_entry(concert, concert.line.find(c.user), ask.now);
}

}  // namespace

HoldView hold_view(const Concert& c, const Hold& hold) {
  return {hold.id,
          c.id,
          c.dates[hold.date_index]->date,
          hold.seats,
          hold.amount,
          c.currency,
          hold.expires_at,
          is_refunded(c, hold) ? HoldState::kRefunded : hold.state};
}

PaymentView payment_view(const Concert& c, const Payment& p) {
  return {c.purchase_of(p), c.currency, p.balance, p.paid_at, p.state};
}

RefundView refund_view(const Concert& c, const Payment& p) {
  return {c.purchase_of(p), c.currency, p.refund_balance, p.refunded_at};
}

Reply answer(const Ask& ask, const EventBatch& events) {
  Reply reply;
  const auto concert = [&ask](ConcertId id) -> const Concert& { return concert_at(ask, id); };
  std::visit(
      Match{
          [&](const Join& c) {
            reply.created = !events.empty();
            reply.body = joined_entry(ask, c);
          },
          [&](const ReadToken& c) {
            reply.body = queue_entry(concert(c.concert), ask.command.caller.number, ask.now);
          },
          [&](const ReadConcert& c) { reply.body = concert_view(concert(c.concert), ask.now); },
          [&](const ReadDates& c) { reply.body = dates_view(concert(c.concert), c.all); },
          [&](const ReadSeats& c) {
            reply.body = seats_view(concert(c.concert), *concert(c.concert).find_date(c.date));
          },
          [&](const PlaceHold& c) {
            reply.created = true;
            reply.body = hold_view(concert(c.concert), placed_hold(concert(c.concert)));
          },
          [&](const ReadHold& c) {
            const Concert& at = concert(concert_of(c.hold));
            reply.body = hold_view(at, hold_at(at, c.hold));
          },
          [&](const Pay& c) {
            const Concert& at = concert(c.concert);
            reply.body = payment_view(at, payment_at(at, hold_at(at, c.hold).payment));
          },
          [&](const ReadPayment& c) {
            const Concert& at = concert(concert_of(c.payment));
            reply.body = payment_view(at, payment_at(at, c.payment));
          },
          [&](const ChangeConcert& c) { reply.body = concert_view(concert(c.concert), ask.now); },
          [&](const Refund& c) {
            const Concert& at = concert(concert_of(c.payment));
            reply.body = refund_view(at, payment_at(at, c.payment));
          },
          [&](const ReadBalance& c) { reply.body = balance_view(ask.slot, c.user); },
          [&](const Charge&) {
            reply.created = true;
            reply.body = charge_view(ask.slot, events);
          },
          [&](const ReadPayments& c) { reply.body = payments_view(ask.slot, c); },
          [&](const ListConcerts&) { reply.body = concert_ids(ask.slot); },
          [&](const auto&) { reply.body = Done{}; },
      },
      ask.command.body);
  return reply;
}

}  // namespace frontrow
