// CSV as spreadsheets read it, against NDJSON as programs do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/export_support.h"
#include "tools/frontrow/recover/export_file.h"

namespace frontrow::recover {
namespace {

// Sells two seats of a concert whose title and section have this name.
void sell_in(const std::string& data, const std::string& name) {
  Sale sale(data);
  ConcertSpec spec;
  spec.title = name;
  spec.rules.queue = {.max_active = 10, .admit_per_second = 100, .session_s = 600, .idle_s = 600};
  spec.dates = {{*parse_date("2027-05-01"), {{name, 5, Money{100}}}}};
  const auto reply = sale.ask({{}, {}, CreateConcert{spec}});
  const ConcertId concert = std::get<ConcertCreated>(reply.body).concert;
  sale.charge(1, 1000);
  const Caller caller = sale.join(concert, 1);
  sale.pay(caller, sale.hold(caller, concert, {2, 3}));
  sale.stop();
}

Exported exported(const TempDirectory& dir) {
  EXPECT_EQ(run_export(dir.data(), dir / "books").code, 0);
  return read_all(dir / "books");
}

TEST(Export, formula_as_a_name_is_defused_in_csv_and_exact_in_ndjson) {
  const TempDirectory dir;
  const std::string formula = "=cmd|' /C calc'!A0";
  sell_in(dir.data(), formula);
  const Exported e = exported(dir);
  EXPECT_EQ(e.seats.at(1).at(3), "'" + formula);
  EXPECT_EQ(total_of(e, "concert 1", "title"), "'" + formula);
  ASSERT_EQ(run_export(dir.data(), dir / "nd", true).code, 0);
  const std::string seats = read_file(dir / "nd/seats.ndjson");
  EXPECT_EQ(seats.front(), '{') << "no mark in NDJSON";
  EXPECT_EQ(api::Json::parse(seats.substr(0, seats.find('\n')))["section"].text(), formula);
  EXPECT_EQ(read_file(dir / "nd/totals.json").front(), '{');
}

TEST(Export, titles_and_sections_come_back_whatever_is_in_them) {
  const TempDirectory dir;
  const std::string nasty = "\"Gold\", left\r\nside";
  sell_in(dir.data(), nasty);
  const Exported e = exported(dir);
  ASSERT_EQ(e.seats.size(), 3U);
  EXPECT_EQ(e.seats[1][3], nasty);
  EXPECT_EQ(total_of(e, "concert 1", "title"), nasty);
  EXPECT_EQ(e.payments[1][5], "2 3");
}

}  // namespace
}  // namespace frontrow::recover
