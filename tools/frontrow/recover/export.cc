// `frontrow recover export`: the sold seats, payments and wallets as files for people and their
// tools.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/state/export_copy.h"
#include "net/export/concert_tables.h"
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

constexpr const char* kWalletColumns[] = {"user", "balance", "reserved", "charged", "spent"};

// The labels of a plan's seats; empty where the directory of plans is not at hand.
SeatLabels labels_of(SlotTable& slots, PlanId id) {
  const RegisteredPlan* registered = slots.at(slot_of_directory()).find_plan(id);
  return registered == nullptr ? SeatLabels() : labels_of_plan(*registered->document);
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
  auto file = ExportFile::create(directory_, "seats", columns_of(ExportKind::kSeats), format_);
  if (!file.ok()) return Error{file.error()};
  for (const Concert* concert : concerts_of(slots_)) {
    const ExportCopy copy = copy_for_export(*concert, ExportKind::kSeats);
    SeatLabels labels;
    PlanId labelled;
    for (const ExportedSeat& seat : copy.seats) {
      const ExportedRun& run = copy.runs[seat.run];
      if (run.plan != labelled) labels = labels_of(slots_, run.plan);
      labelled = run.plan;
      file->row_by([&](std::string& out, ExportFormat format) {
        append_exported(out, format, concert->id, run, label_of(labels, seat.seat), seat);
      });
    }
  }
  return finish(*file);
}

Status Export::write_payments() {
  auto file =
      ExportFile::create(directory_, "payments", columns_of(ExportKind::kPayments), format_);
  if (!file.ok()) return Error{file.error()};
  for (const Concert* concert : concerts_of(slots_)) {
    for (const ExportedPayment& p : copy_for_export(*concert, ExportKind::kPayments).payments) {
      file->row_by([&](std::string& out, ExportFormat format) {
        append_exported(out, format, concert->id, concert->currency, p);
      });
    }
  }
  return finish(*file);
}

Status Export::write_wallets() {
  auto file = ExportFile::create(directory_, "wallets", kWalletColumns, format_);
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
    row(of, "payments refunded in part", t.refunded_in_part);
    row(of, "amount refunded in part", Money{t.refunded_in_part_amount});
    row(of, "revenue", Money{t.revenue});
    row(of, "paid at the box office", Money{t.of_office});
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
    json.member("amount_of_refunded_payments", t.refunded_amount);
    json.member("payments_refunded_in_part", t.refunded_in_part);
    json.member("amount_refunded_in_part", t.refunded_in_part_amount).member("revenue", t.revenue);
    json.member("paid_at_the_box_office", t.of_office);
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
