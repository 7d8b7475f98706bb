#include "net/api/render_box_office.h"

#include <span>

#include "net/api/api_render.h"
#include "net/api/render_parts.h"
#include "net/api/waitlist_document.h"
#include "net/json/json_writer.h"

namespace frontrow {
namespace {

std::string_view text_of_seat(SeatState state) {
  static constexpr std::string_view kSeatTexts[] = {"free", "held", "sold", "blocked"};
  return kSeatTexts[static_cast<std::size_t>(state)];
}

// null for a sale at the box office, which has no place in the line.
void write_number(JsonWriter& json, TicketNumber number) {
  json.key("number");
  number ? json.value(number) : json.null();
}

void write_payment_record(JsonWriter& json, const PaymentRecord& p, Currency currency) {
  json.begin_object();
  write_purchase(json, p.purchase, currency);
  write_user(json, p.purchase.user);
  write_number(json, p.number);
  write_paid_by(json, !p.number);
  json.key("state").plain(text_of(p.state));
  optional_instant(json, "paidAt", p.paid_at);
  optional_instant(json, "refundedAt", p.refunded_at);
  write_refunded(json, p.refunded, p.refunded_amount);
  json.end_object();
}

void write_hold_record(JsonWriter& json, const HoldRecord& h) {
  json.begin_object();
  write_hold(json, h.hold);
  write_user(json, h.user);
  write_number(json, h.number);
  json.key("paymentId");
  h.payment ? json.value(h.payment) : json.null();
  json.end_object();
}

void write_payment_records(JsonWriter& json, std::span<const PaymentRecord> payments,
                           Currency currency) {
  json.array("payments");
  for (const PaymentRecord& p : payments) write_payment_record(json, p, currency);
  json.end_array();
}

void write_batch(JsonWriter& json, const CodeBatchView& b) {
  json.member("batch", b.batch).member("count", b.count).member("uses", b.uses);
  json.member("opensAt", b.opens_at).member("addedAt", b.added_at);
  json.member("codesUsed", b.codes_used).member("usesSpent", b.uses_spent);
}

template <class Id>
void write_next(JsonWriter& json, Id next) {
  json.key("next");
  next ? json.value(next) : json.null();
}

}  // namespace

void render(std::string& out, const FoundPayments& found) {
  JsonWriter json(out);
  json.begin_object();
  write_payment_records(json, found.payments, found.currency);
  write_next(json, found.next);
  json.end_object();
}

void render(std::string& out, const FoundHolds& found) {
  JsonWriter json(out);
  json.begin_object().array("holds");
  for (const HoldRecord& h : found.holds) write_hold_record(json, h);
  json.end_array();
  write_next(json, found.next);
  json.end_object();
}

void render(std::string& out, const SeatRecord& s) {
  JsonWriter json(out);
  json.begin_object().member("concertId", s.concert).member("date", s.date).member("seat", s.seat);
  json.member("section", s.section).member("price", s.price).member("currency", s.currency);
  json.key("state").plain(text_of_seat(s.state)).key("hold");
  s.hold ? write_hold_record(json, *s.hold) : static_cast<void>(json.null());
  write_payment_records(json, s.payments, s.currency);
  json.array("acts");
  for (const ActView& act : s.acts) write_act(json, act);
  json.end_array().member("complete", s.is_complete).end_object();
}

void render(std::string& out, const SeatStates& s) {
  JsonWriter json(out);
  json.begin_object().member("concertId", s.concert).member("date", s.date);
  json.member("version", s.version).member("seatsTotal", s.total);
  for (const SeatState state : {SeatState::kHeld, SeatState::kSold, SeatState::kBlocked}) {
    json.array(text_of_seat(state));
    for (const SeatRun& run : s.runs) {
      if (run.state == state) json.begin_array().value(run.first).value(run.last).end_array();
    }
    json.end_array();
  }
  json.end_object();
}

void render(std::string& out, const VisitorRecord& v) {
  JsonWriter json(out);
  json.begin_object().member("concertId", v.concert).member("userId", v.user).key("place");
  if (v.place) {
    json.begin_object().member("number", v.place->number);
    json.key("state").plain(text_of(v.place->state)).member("position", v.place->position);
    optional_instant(json, "expiresAt", v.place->expires_at);
    json.end_object();
  } else {
    json.null();
  }
  json.member("seatsHeld", v.seats_held).member("seatsPaid", v.seats_paid).array("holds");
  for (const HoldRecord& h : v.holds) write_hold_record(json, h);
  json.end_array();
  write_payment_records(json, v.payments, v.currency);
  json.member("complete", v.is_complete);
  write_waitlist_places(json, "waitlist", v.waitlist);
  json.end_object();
}

bool is_done(const CancellationView& v) { return v.refunded == v.payments && v.undecided == 0; }

void render(std::string& out, const CancellationView& v) {
  JsonWriter json(out);
  json.begin_object().member("concertId", v.concert);
  if (v.date) json.member("date", *v.date);
  json.member("cancelledAt", v.cancelled_at)
      .key("state")
      .plain(is_done(v) ? "done" : "refunding")
      .member("payments", v.payments)
      .member("refunding", v.refunding)
      .member("refunded", v.refunded)
      .end_object();
}

void render(std::string& out, const AccessCodesView& codes) {
  JsonWriter json(out);
  json.begin_object().member("concertId", codes.concert).array("batches");
  for (const CodeBatchView& batch : codes.batches) {
    json.begin_object();
    write_batch(json, batch);
    json.end_object();
  }
  json.end_array().end_object();
}

void render_batch(std::string& out, const AccessCodesView& batch,
                  const std::vector<AccessCode>* codes) {
  JsonWriter json(out);
  json.begin_object().member("concertId", batch.concert);
  if (!batch.batches.empty()) write_batch(json, batch.batches.front());
  if (codes != nullptr) {
    json.array("codes");
    std::string text;
    for (const AccessCode& code : *codes) {
      text.clear();
      append_access_code(text, code);
      json.plain(text);
    }
    json.end_array();
  }
  json.end_object();
}

void render(std::string& out, const PlanCreated& plan) {
  JsonWriter(out)
      .begin_object()
      .member("planId", plan.plan)
      .member("seats", plan.seats)
      .end_object();
}

void render(std::string& out, const PlansView& plans) {
  JsonWriter json(out);
  json.begin_object().array("plans");
  for (const PlanSummary& p : plans.plans) {
    json.begin_object()
        .member("planId", p.plan)
        .member("name", p.name)
        .member("seats", p.seats)
        .end_object();
  }
  json.end_array().end_object();
}

}  // namespace frontrow
