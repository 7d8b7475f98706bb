#include "net/export/concert_tables.h"

#include <gtest/gtest.h>

#include "engine/base/uuid.h"

namespace frontrow {
namespace {

constexpr ConcertId kHall{7};
const UserId kBuyer = *parse_uuid("0190163d-8694-739b-aea5-966c26f8ad91");

ExportedRun run_of(std::string section) {
  return {*parse_date("2047-05-01"), PlanId{3}, std::move(section), "A"};
}

std::string ticket_row(const ExportedTicket& ticket, ExportFormat format) {
  std::string out;
  append_exported(out, format, kHall, run_of("floor"), {"R", "12"}, ticket);
  return out;
}

TEST(ConcertTables, heads_are_lines_of_csv_only) {
  std::string out;
  append_export_head(out, ExportFormat::kNdjson, columns_of(ExportKind::kSeats));
  EXPECT_EQ(out, "");
  append_export_head(out, ExportFormat::kCsv, columns_of(ExportKind::kSeats));
  EXPECT_EQ(out,
            "\xEF\xBB\xBF"
            "concert,date,seat,section,price,user,hold,payment,paid_at,category,row,label\r\n");
}

TEST(ConcertTables, seat_has_its_labels_and_no_formula) {
  const ExportedSeat seat{
      0, SeatNumber{5}, kBuyer, HoldId{30}, PaymentId{40}, Instant{1'800'000'000'000}, Money{1000}};
  std::string out;
  append_exported(out, ExportFormat::kCsv, kHall, run_of("=1+1"), {"R", "-5"}, seat);
  EXPECT_EQ(out,
            "7,2047-05-01,5,'=1+1,1000,0190163d-8694-739b-aea5-966c26f8ad91,30,40,"
            "2027-01-15T08:00:00.000Z,A,R,'-5\r\n");
  out.clear();
  append_exported(out, ExportFormat::kNdjson, kHall, run_of("=1+1"), {"R", "-5"}, seat);
  EXPECT_TRUE(out.starts_with(R"({"concert":7,"date":"2047-05-01","seat":5,"section":"=1+1",)"));
  EXPECT_TRUE(out.ends_with("\"label\":\"-5\"}\n"));
}

TEST(ConcertTables, payment_without_a_refund_has_none) {
  ExportedPayment payment{PaymentId{40}, *parse_date("2047-05-01"), kBuyer, HoldId{30}, {}, {}};
  payment.seats = {SeatNumber{5}, SeatNumber{6}};
  payment.amount = Money{2000};
  std::string out;
  append_exported(out, ExportFormat::kCsv, kHall, {}, payment);
  EXPECT_NE(out.find(",30,5 6,2000,"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with("started,,0,,,wallet,,0\r\n")) << out;
  out.clear();
  append_exported(out, ExportFormat::kNdjson, kHall, {}, payment);
  EXPECT_NE(out.find(R"("seats":[5,6])"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with(R"("paid_by":"wallet","refunded_seats":[],"refunded_amount":0})"
                            "\n"))
      << out;
}

TEST(ConcertTables, payment_names_its_refunded_seats_and_their_money) {
  ExportedPayment payment{PaymentId{40}, *parse_date("2047-05-01"), kBuyer, HoldId{30}, {}, {}};
  payment.seats = {SeatNumber{5}, SeatNumber{6}, SeatNumber{9}};
  payment.state = PaymentState::kCompleted;
  payment.refunded = {SeatNumber{5}, SeatNumber{9}};
  payment.refunded_amount = Money{1700};
  std::string out;
  append_exported(out, ExportFormat::kCsv, kHall, {}, payment);
  EXPECT_TRUE(out.ends_with(",,wallet,5 9,1700\r\n")) << out;
  out.clear();
  append_exported(out, ExportFormat::kNdjson, kHall, {}, payment);
  EXPECT_NE(out.find(R"("refunded_at":null)"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with(R"("refunded_seats":[5,9],"refunded_amount":1700})"
                            "\n"))
      << out;
}

// The box office knows no balance, and not every buyer by name.
TEST(ConcertTables, sale_at_the_box_office_has_no_balances_and_may_have_no_user) {
  ExportedPayment payment{PaymentId{40}, *parse_date("2047-05-01"), {}, HoldId{30}, {}, {}};
  payment.state = PaymentState::kRefunded;
  payment.refunded_at = Instant{1'800'000'000'000};
  payment.is_of_office = true;
  std::string out;
  append_exported(out, ExportFormat::kCsv, kHall, {}, payment);
  EXPECT_NE(out.find("40,7,2047-05-01,,30,"), std::string::npos) << out;
  EXPECT_TRUE(out.ends_with("refunded,,,2027-01-15T08:00:00.000Z,,box-office,,0\r\n")) << out;
  out.clear();
  append_exported(out, ExportFormat::kNdjson, kHall, {}, payment);
  EXPECT_NE(out.find(R"("user":null)"), std::string::npos) << out;
  EXPECT_NE(out.find(R"("balance_after":null)"), std::string::npos) << out;
}

TEST(ConcertTables, ticket_is_valid_used_or_void) {
  ExportedTicket ticket{0, SeatNumber{5}, PaymentId{40}, kBuyer};
  const auto row = [&] { return ticket_row(ticket, ExportFormat::kCsv); };
  EXPECT_TRUE(row().starts_with("40-5,7,2047-05-01,5,floor,A,R,12,40,")) << row();
  EXPECT_TRUE(row().ends_with(",valid,,,\r\n")) << row();
  ticket.used_at = Instant{1'800'000'000'000};
  ticket.used_by = Actor("gate-1");
  EXPECT_TRUE(row().ends_with(",used,,2027-01-15T08:00:00.000Z,gate-1\r\n")) << row();
  ticket.is_void = true;
  EXPECT_NE(row().find(",void,"), std::string::npos) << row();
}

TEST(ConcertTables, seats_that_a_plan_does_not_have_are_without_label) {
  const SeatLabels labels = {{"R", "1"}};
  EXPECT_EQ(label_of(labels, SeatNumber{1}).row, "R");
  EXPECT_EQ(label_of(labels, SeatNumber{2}).row, "");
  EXPECT_EQ(label_of(labels, SeatNumber{0}).row, "");
  EXPECT_TRUE(labels_of_plan({}).empty());
}

}  // namespace
}  // namespace frontrow
