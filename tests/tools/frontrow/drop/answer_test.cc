// Parsing of responses: from bytes to HTTP, and from JSON to a fan's answer.
#include "tools/frontrow/workload/answer.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tools/frontrow/common/http_answer.h"

namespace frontrow::drop {
namespace {

using State = AnswerParser::State;

constexpr std::string_view kWhole =
    "HTTP/1.1 503 Service Unavailable\r\nDate: x\r\nRetry-After: 7\r\nIdempotency-Replayed: "
    "true\r\n"
    "X-A-Header-With-A-Name-That-Is-Longer-Than-Any: 1\r\nContent-Length: 11\r\n\r\nhello world";

TEST(AnswerParser, reads_an_answer_cut_anywhere) {
  for (std::size_t cut = 1; cut < kWhole.size(); ++cut) {
    AnswerParser parser;
    std::string first(kWhole.substr(0, cut));
    EXPECT_EQ(parser.feed(first), State::kPartial) << cut;
    first.assign(cut, '#');  // the caller may reuse the bytes
    const std::string rest(kWhole.substr(cut));
    ASSERT_EQ(parser.feed(rest), State::kWhole) << cut;
    EXPECT_EQ(parser.answer().status, 503);
    EXPECT_EQ(parser.answer().body, "hello world") << cut;
    EXPECT_EQ(parser.answer().retry_after_ms, 7'000) << cut;
    EXPECT_TRUE(parser.answer().replayed) << cut;
    EXPECT_TRUE(parser.answer().keep_alive);
  }
}

TEST(AnswerParser, reads_one_after_the_other) {
  AnswerParser parser;
  ASSERT_EQ(parser.feed(kWhole), State::kWhole);
  parser.reset();
  ASSERT_EQ(parser.feed("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"), State::kWhole);
  EXPECT_EQ(parser.answer().status, 204);
  EXPECT_EQ(parser.answer().body, "");
  EXPECT_EQ(parser.answer().retry_after_ms, -1);
  EXPECT_FALSE(parser.answer().replayed);
  EXPECT_FALSE(parser.answer().keep_alive);
}

TEST(AnswerParser, other_forms) {
  AnswerParser chunked;
  ASSERT_EQ(chunked.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
                         "2\r\nde\r\n0\r\n\r\n"),
            State::kWhole);
  EXPECT_EQ(chunked.answer().body, "abcde");
  AnswerParser until_the_end;
  EXPECT_EQ(until_the_end.feed("HTTP/1.0 200 OK\r\n\r\nabc"), State::kPartial);
  EXPECT_EQ(until_the_end.finish(), State::kWhole);
  EXPECT_EQ(until_the_end.answer().body, "abc");
  AnswerParser after_continue;
  ASSERT_EQ(after_continue.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                                "Content-Length: 1\r\n\r\nx"),
            State::kWhole);
  EXPECT_EQ(after_continue.answer().status, 200);
  AnswerParser date;
  ASSERT_EQ(date.feed("HTTP/1.1 503 X\r\nRetry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n"
                      "Content-Length: 0\r\n\r\n"),
            State::kWhole);
  EXPECT_EQ(date.answer().retry_after_ms, -1);
}

TEST(AnswerParser, refuses_what_is_no_answer) {
  AnswerParser parser;
  EXPECT_EQ(parser.feed("SSH-2.0-OpenSSH_9.2\r\n"), State::kGarbage);
  AnswerParser large;
  EXPECT_EQ(large.feed("HTTP/1.0 200 OK\r\n\r\n"), State::kPartial);
  const std::string part(1 << 20, 'x');
  State state = State::kPartial;
  for (std::size_t fed = 0; fed <= kAnswerBodyMax && state == State::kPartial; fed += part.size())
    state = large.feed(part);
  EXPECT_EQ(state, State::kGarbage);
  AnswerParser cut;
  EXPECT_EQ(cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"), State::kPartial);
  EXPECT_NE(cut.finish(), State::kWhole);
}

class Reading : public testing::Test {
 protected:
  Answer read(Ask ask, int status, std::string_view body, double choice = 0) {
    Answer answer{.ask = ask, .status = status};
    body_ = body;
    reader_.read(body_, choice, answer);
    return answer;
  }

  std::string body_;
  AnswerReader reader_{{*parse_date("2026-12-24"), *parse_date("2026-12-25")}};
};

TEST_F(Reading, entry) {
  const Answer joined = read(Ask::kJoin, 201,
                             R"({"concertId":1,"userId":"u","state":"waiting","number":1024,)"
                             R"("position":17,"waiting":5321,"estimatedWaitSeconds":35,)"
                             R"("pollAfterMs":1000,"expiresAt":null,"token":"abc"})");
  EXPECT_TRUE(joined.ok());
  EXPECT_EQ(joined.place, Place::kWaiting);
  EXPECT_EQ(joined.number, 1024U);
  EXPECT_EQ(joined.poll_after_ms, 1000U);
  EXPECT_EQ(joined.token, "abc");
  EXPECT_EQ(read(Ask::kPoll, 200, R"({"state":"active","number":1,"pollAfterMs":0})").place,
            Place::kActive);
  EXPECT_EQ(read(Ask::kPoll, 200, R"({"state":"expired","number":1,"pollAfterMs":0})").place,
            Place::kOver);
  EXPECT_FALSE(read(Ask::kPoll, 200, R"({"state":"odd","number":1,"pollAfterMs":0})").ok());
  EXPECT_FALSE(read(Ask::kJoin, 201, R"({"state":"active","number":1,"pollAfterMs":0})").ok());
  EXPECT_FALSE(read(Ask::kPoll, 200, R"({"state":"active","pollAfterMs":0})").ok());
}

TEST_F(Reading, dates) {
  constexpr std::string_view kTwo =
      R"({"concertId":1,"dates":[{"date":"2026-12-24","seatsTotal":50,"seatsAvailable":48},)"
      R"({"date":"2026-12-25","seatsTotal":50,"seatsAvailable":1}]})";
  EXPECT_EQ(read(Ask::kDates, 200, kTwo, 0.0).date, 0);
  EXPECT_EQ(read(Ask::kDates, 200, kTwo, 0.99).date, 1);
  EXPECT_TRUE(read(Ask::kDates, 200, kTwo).found);
  const Answer none = read(Ask::kDates, 200, R"({"concertId":1,"dates":[]})");
  EXPECT_TRUE(none.ok());
  EXPECT_FALSE(none.found);
  EXPECT_FALSE(read(Ask::kDates, 200, R"({"dates":[{"date":"2027-01-01"}]})").ok());
  EXPECT_FALSE(read(Ask::kDates, 200, R"({"dates":[{"date":"2026-12-23"}]})").ok());
  EXPECT_FALSE(read(Ask::kDates, 200, R"({"dates":7})").ok());
}

TEST_F(Reading, seats_of_all_sections_popular_ones_first) {
  constexpr std::string_view kSeats =
      R"({"sections":[{"name":"VIP","price":9,"first":1,"last":2,"available":[2]},)"
      R"({"name":"R","price":5,"first":3,"last":9,"available":[]},)"
      R"({"name":"S","price":3,"first":10,"last":99,"available":[10,12,99]}]})";
  EXPECT_EQ(read(Ask::kSeats, 200, kSeats, 0.0).seat, 2U);
  EXPECT_EQ(read(Ask::kSeats, 200, kSeats, 0.0).price, 9);
  EXPECT_EQ(read(Ask::kSeats, 200, kSeats, 0.55).seat, 10U);
  EXPECT_EQ(read(Ask::kSeats, 200, kSeats, 0.999).seat, 99U);
  EXPECT_EQ(read(Ask::kSeats, 200, kSeats, 0.999).price, 3);
  int front = 0;
  for (int i = 0; i < 100; ++i) front += read(Ask::kSeats, 200, kSeats, i / 100.0).seat == 2;
  EXPECT_EQ(front, 50);  // half of the fans want a quarter of the seats
  EXPECT_FALSE(read(Ask::kSeats, 200, R"({"sections":[{"price":1,"available":[]}]})").found);
}

TEST_F(Reading, what_was_made) {
  const Answer hold = read(Ask::kHold, 201, R"({"holdId":4294967297,"amount":500,"seats":[7,9]})");
  EXPECT_TRUE(hold.ok());
  EXPECT_EQ(hold.id, 4294967297U);
  EXPECT_EQ(hold.seats, (Seats{7, 9, 0, 0}));
  EXPECT_EQ(count_of(hold.seats), 2U);
  EXPECT_EQ(count_of(Seats{1, 2, 3, 4}), 4U);
  for (const char* seats : {"", "0", "1,2,3,4,5", "\"A\""}) {
    const std::string body = fmt::format(R"({{"holdId":1,"amount":5,"seats":[{}]}})", seats);
    EXPECT_TRUE(read(Ask::kHold, 201, body).unreadable) << seats;
  }
  const Answer paid =
      read(Ask::kPay, 201, R"({"paymentId":7,"amount":500,"balance":20,"seats":[1]})");
  EXPECT_EQ(paid.id, 7U);
  EXPECT_EQ(paid.amount, 500);
  EXPECT_EQ(paid.balance, 20);
  EXPECT_FALSE(read(Ask::kCharge, 201, R"({"amount":500,"balance":20})").ok());
}

TEST_F(Reading, waitlist) {
  const Answer joined = read(Ask::kWait, 201,
                             R"({"concertId":1,"entries":[{"date":"2026-12-24","quantity":2,)"
                             R"("position":31,"waiting":40}],"offers":[]})");
  EXPECT_TRUE(joined.ok());
  EXPECT_EQ(joined.waitlist_position, 31U);
  const Answer waits = read(Ask::kPoll, 200,
                            R"({"state":"left","number":1,"pollAfterMs":5000,)"
                            R"("waitlistPosition":30})");
  EXPECT_EQ(waits.waitlist_position, 30U);
  EXPECT_EQ(waits.offered, 0U);
  EXPECT_EQ(read(Ask::kPoll, 200,
                 R"({"state":"active","number":1,"pollAfterMs":5000,"offeredHoldId":77})")
                .offered,
            77U);
  EXPECT_TRUE(read(Ask::kWait, 200, R"({"entries":7})").unreadable);
}

TEST_F(Reading, problems) {
  EXPECT_EQ(read(Ask::kHold, 409, R"({"type":"/problems/seat-unavailable"})").problem,
            Problem::kSeatUnavailable);
  EXPECT_EQ(read(Ask::kHold, 422, R"({"type":"/problems/limit-exceeded"})").problem,
            Problem::kOther);
  EXPECT_EQ(read(Ask::kPay, 410, R"({"type":"/problems/hold-expired"})").problem,
            Problem::kHoldExpired);
  EXPECT_TRUE(read(Ask::kHold, 502, "<html>").unreadable);
  EXPECT_TRUE(read(Ask::kHold, 201, "").unreadable);
  EXPECT_TRUE(read(Ask::kLeave, 204, "").ok());
}

}  // namespace
}  // namespace frontrow::drop
