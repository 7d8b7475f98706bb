// `frontrow recover export`: the sold seats, payments and wallets as files for people and their
// tools.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/core/codec/plan_codec.h"
#include "storage/local/posix_file.h"
#include "storage/local/stopped_log.h"
#include "tools/frontrow/recover/commands.h"
#include "tools/frontrow/recover/export_file.h"
#include "tools/frontrow/recover/export_totals.h"
#include "tools/frontrow/recover/fail.h"
#include "tools/frontrow/recover/gathering.h"
#include "tools/frontrow/recover/last_words.h"
#include "tools/frontrow/recover/target.h"

namespace frontrow::recover {
namespace {

std::string_view name_of(PaymentState state) {
  static constexpr std::array<std::string_view, 5> kNames = {"", "started", "completed",
                                                             "refunding", "refunded"};
  return kNames[static_cast<std::size_t>(state)];
}

// The label of a seat: of its row, and its own.
struct SeatLabel {
  std::string row;
  std::string seat;
};

// The labels of a plan's seats, seat 1 first; empty where the directory of plans is not at hand.
std::vector<SeatLabel> labels_of(SlotTable& slots, PlanId id) {
  const RegisteredPlan* registered = slots.at(slot_of_directory()).find_plan(id);
  const std::optional<Plan> plan =
      registered == nullptr ? std::nullopt : decode_plan(*registered->document);
  std::vector<SeatLabel> labels;
  if (!plan) return labels;
  for (const PlanSection& section : plan->sections) {
    labels.resize(labels.size() + section.capacity);
    for (const PlanRow& row : section.rows)
      for (const PlanSeat& seat : row.seats) labels.push_back({row.label, seat.label});
  }
  return labels;
}

// The files of one export; each is complete when its function returns.
class Export {
 public:
  Export(SlotTable& slots, std::string directory, ExportFormat format)
      : slots_(slots), directory_(std::move(directory)), format_(format) {}

  Status write_seats();
  Status write_payments();
  Status write_wallets();
  Status write_totals(const Totals& totals);

 private:
  Status finish(ExportFile& file);

  SlotTable& slots_;
  std::string directory_;
  ExportFormat format_;
};

Status Export::finish(ExportFile& file) {
  if (Status s = file.finish(); !s.ok()) return s;
  fmt::print("{}: {} rows\n", file.path(), file.rows());
  return {};
}

Status Export::write_seats() {
  auto file = ExportFile::create(directory_, "seats",
                                 {"concert", "date", "seat", "section", "price", "user", "hold",
                                  "payment", "paid_at", "category", "row", "label"},
                                 format_);
  if (!file.ok()) return Error{file.error()};
  for (const Concert* concert : concerts_of(slots_)) {
    for (const auto& date : concert->dates) {
      const SeatMap& map = date->seats;
      const std::vector<SeatLabel> labels = labels_of(slots_, date->plan);
      for (std::uint32_t n = 1; n <= map.total(); ++n) {
        const SeatNumber seat{n};
        if (map.state(seat) != SeatState::kSold) continue;
        const Hold* hold = concert->find_hold(make_hold_id(concert->id, map.owner(seat)));
        const Payment* payment = hold == nullptr ? nullptr : concert->find_payment(hold->payment);
        // A sold seat without an owner is written all the same; the totals will not balance.
        const Payment nobody;
        const Payment& paid = payment == nullptr ? nobody : *payment;
        const Section& section = map.section_of(seat);
        file->row(concert->id, date->date, seat, section.name, section.price, paid.user,
                  hold == nullptr ? HoldId{} : hold->id, paid.id, paid.paid_at, section.category,
                  n <= labels.size() ? labels[n - 1].row : "",
                  n <= labels.size() ? labels[n - 1].seat : "");
      }
    }
  }
  return finish(*file);
}

Status Export::write_payments() {
  auto file = ExportFile::create(
      directory_, "payments",
      {"payment", "concert", "date", "user", "hold", "seats", "amount", "currency", "state",
       "paid_at", "balance_after", "refunded_at", "balance_after_refund"},
      format_);
  if (!file.ok()) return Error{file.error()};
  for (const Concert* concert : concerts_of(slots_)) {
    for (const auto& [id, p] : concert->payments) {
      file->row(id, concert->id, concert->dates[p.date_index]->date, p.user, p.hold, p.seats,
                p.amount, concert->currency, name_of(p.state), p.paid_at, p.balance, p.refunded_at,
                p.refunded_at.is_set() ? std::optional(p.refund_balance) : std::nullopt);
    }
  }
  return finish(*file);
}

Status Export::write_wallets() {
  auto file = ExportFile::create(directory_, "wallets",
                                 {"user", "balance", "reserved", "charged", "spent"}, format_);
  if (!file.ok()) return Error{file.error()};
  for (const Wallet* w : wallets_of(slots_))
    file->row(w->user, w->balance, w->reserved, w->charged, w->spent);
  return finish(*file);
}

void append_totals_csv(const Totals& totals, std::string& out) {
  const auto row = [&out](const std::string& of, std::string_view name, const auto& value,
                          std::optional<Money> expected = {}) {
    append_csv(out, of);
    out += ',';
    append_csv(out, name);
    out += ',';
    append_csv(out, value);
    out += ',';
    append_csv(out, expected);
    out += "\r\n";
  };
  out += kCsvMark;
  out += "of,name,value,expected\r\n";
  for (const auto& [id, t] : totals.concerts) {
    const std::string of = fmt::format("concert {}", id.value);
    row(of, "title", t.title);
    row(of, "currency", t.currency);
    row(of, "seats sold", t.seats_sold);
    row(of, "prices of sold seats", Money{t.sold_prices});
    row(of, "completed payments", t.completed);
    row(of, "amount of completed payments", Money{t.completed_amount});
    row(of, "refunded payments", t.refunded);
    row(of, "amount of refunded payments", Money{t.refunded_amount});
    row(of, "revenue", Money{t.revenue});
    row(of, "under way to wallets", Money{t.under_way});
    row(of, "posted in wallets", Money{t.posted});
  }
  const WalletTotals& w = totals.wallets;
  row("all wallets", "wallets", w.wallets);
  row("all wallets", "balance", Money{w.balance});
  row("all wallets", "reserved", Money{w.reserved});
  row("all wallets", "charged", Money{w.charged});
  row("all wallets", "spent", Money{w.spent});
  for (const Balance& b : totals.balances) row(b.of, b.name, Money{b.value}, Money{b.expected});
}

void append_totals_json(const Totals& totals, std::string& out) {
  JsonWriter json(out);
  json.begin_object().array("concerts");
  for (const auto& [id, t] : totals.concerts) {
    json.begin_object().member("concert", id).member("title", t.title);
    json.member("currency", t.currency).member("seats_sold", t.seats_sold);
    json.member("prices_of_sold_seats", t.sold_prices).member("completed_payments", t.completed);
    json.member("amount_of_completed_payments", t.completed_amount);
    json.member("refunded_payments", t.refunded);
    json.member("amount_of_refunded_payments", t.refunded_amount).member("revenue", t.revenue);
    json.member("under_way_to_wallets", t.under_way).member("posted_in_wallets", t.posted);
    json.end_object();
  }
  const WalletTotals& w = totals.wallets;
  json.end_array().object("wallets").member("wallets", w.wallets).member("balance", w.balance);
  json.member("reserved", w.reserved).member("charged", w.charged).member("spent", w.spent);
  json.end_object().array("balances");
  for (const Balance& b : totals.balances) {
    json.begin_object().member("of", b.of).member("name", b.name).member("value", b.value);
    json.member("expected", b.expected).member("holds", b.holds()).end_object();
  }
  json.end_array().end_object();
  out += '\n';
}

Status Export::write_totals(const Totals& totals) {
  std::string text;
  const bool is_csv = format_ == ExportFormat::kCsv;
  is_csv ? append_totals_csv(totals, text) : append_totals_json(totals, text);
  const std::string path = directory_ + (is_csv ? "/totals.csv" : "/totals.json");
  if (Status s = write_whole_file(path, text); !s.ok()) return s;
  fmt::print("{}: {} concerts, {} balances\n", path, totals.concerts.size(),
             totals.balances.size());
  return {};
}

}  // namespace

int export_books(const ExportArgs& args) {
  for (const std::string& data_dir : args.data_dirs) {
    if (!path_exists(data_dir)) return fail("export", data_dir + ": there is no such directory");
    if (Status s = make_target(args.to, data_dir); !s.ok()) {
      fail("export", s.error());
      return 2;
    }
  }
  const LastWords words("recover export", fmt::format("{}", fmt::join(args.data_dirs, ", ")));
  SlotTable slots;
  const auto gathered = load_newest_states(args.data_dirs, slots);
  if (!gathered.ok()) return fail("export", gathered.error());
  for (const std::string& fault : gathered->faults) fail("export", fault);
  if (!gathered->faults.empty()) return fail("export", "no books were written");
  for (const std::string& slot : gathered->waiting)
    fmt::print("{}: it is counted as it was then\n", slot);
  const auto from_copies = gathered->from_copies();
  for (const auto* lines : {&gathered->unused, &gathered->partial, &from_copies}) {
    for (const std::string& line : *lines) fmt::print("{}\n", line);
  }

  Export files(slots, args.to, args.ndjson ? ExportFormat::kNdjson : ExportFormat::kCsv);
  const Totals totals = add_up(slots);
  for (const auto& write :
       {&Export::write_seats, &Export::write_payments, &Export::write_wallets}) {
    if (Status s = (files.*write)(); !s.ok()) return fail("export", s.error());
  }
  if (Status s = files.write_totals(totals); !s.ok()) return fail("export", s.error());
  if (Status s = sync_directory(args.to); !s.ok()) return fail("export", s.error());
  int code = 0;
  for (const Balance& b : totals.balances) {
    if (b.holds()) continue;
    code = fail("export", fmt::format("{}: {}: {} is not {}", b.of, b.name, b.value, b.expected));
  }
  const std::size_t directories = args.data_dirs.size();
  if (code == 0 && directories == 1 && !gathered->has_streams) {
    fmt::print("every balance holds, at group {} of the log\n",
               gathered->places.front().state.end.number);
  } else if (code == 0 && directories == 1) {
    fmt::print("every balance holds over the directory and its copies\n");
  } else if (code == 0) {
    fmt::print("every balance holds over all {} directories\n", directories);
  }
  return code;
}

}  // namespace frontrow::recover
