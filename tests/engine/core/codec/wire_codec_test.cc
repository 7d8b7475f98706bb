#include "engine/core/codec/wire_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

constexpr ConcertId kConcert{7};
const UserId kUser = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
const Date kDate{21'000};
const PaymentId kPayment = make_payment_id(kConcert, 5);
const HoldId kHold = make_hold_id(kConcert, 9);
const Instant kTime{1'790'000'000'123};

Purchase purchase() {
  return {kPayment, kHold, kConcert, kUser, kDate, {SeatNumber{1}, SeatNumber{9}}, Money{2500}};
}

ConcertSpec spec() {
  ConcertSpec s{.title = "Nacht \xe2\x99\xab", .opens_at = kTime};
  s.time_zone = "Europe/Vienna";
  s.rules.no_single_seats = true;
  s.dates = {{kDate, {{"floor", 40, Money{1000}}, {"rank", 10, Money{500}}}},
             {Date{21'001, 1200}, {{"stalls", 9, Money{7}, SectionKind::kGeneral}}, kTime, kTime}};
  return s;
}

// One of each kind, with every field set.
std::vector<CommandBody> bodies() {
  ChangeConcert change{.concert = kConcert, .phase = Phase::kPaused, .title = "other"};
  change.hold_s = 60;
  change.closes_at = kTime;
  change.no_single_seats = false;
  change.stay_after_payment = true;
  change.hold_extensions = 2;
  change.offer_s = 90;
  change.revoke_tokens = true;
  change.add_dates = {{Date{21'003}, {{"hall", 5, Money{7}}}, {}, kTime}};
  change.change_dates = {{kDate,
                          {{"box", 2, Money{9}}},
                          {{"floor", Money{8}}},
                          Postponement{Date{21'002, 1200}, kTime, kTime, kTime}}};
  return {
      Join{kConcert, kUser, 0x0102030405060708, true, {21, 22}},
      ReadToken{kConcert},
      Leave{kConcert},
      CheckToken{kConcert},
      ReadConcert{kConcert},
      ReadDates{kConcert, true},
      ReadSeats{kConcert, kDate, 12},
      PlaceHold{kConcert, kDate, {SeatNumber{3}, SeatNumber{4}}, "floor", 2, true, "R"},
      ReadHold{kHold},
      ReleaseHold{kHold},
      Pay{kConcert, {kHold, make_hold_id(kConcert, 9)}},
      ReadPayment{kPayment},
      change,
      BlockSeat{kConcert, kDate, SeatNumber{12}, false},
      Refund{kPayment, {SeatNumber{3}, SeatNumber{4}}},
      ReadBalance{kUser},
      Charge{kUser, Money{99}, "bank-1"},
      ReadPayments{kUser, 20, kPayment},
      CreateConcert{spec(), {{PlanId{3}, {{"R", Money{10}}}}}, Bytes32{std::byte{8}}},
      ListConcerts{},
      ReserveMoney{purchase()},
      SettleMoney{kPayment, kUser, true, kTime},
      ReturnMoney{kPayment, kUser, kTime, {SeatNumber{3}}, Money{10}},
      ReserveAnswer{kPayment, true, Money{1}},
      SettleDone{kPayment},
      ReturnDone{kPayment, 1, Money{3}},
      OpenConcert{kConcert, spec(), Bytes32{std::byte{8}}},
      OpenDone{kConcert},
      ReadAudit{SlotId{4095}, {kTime, SlotId{7}, 12}, 100},
      AdjustBalance{kUser, Money{-99}, "why"},
      ReadHolds{kConcert},
      ReadPass{kConcert},
      ReadTickets{kPayment, SeatNumber{3}},
      UseTicket{kPayment, SeatNumber{3}},
      FindPayments{kConcert, {kDate, PaymentState::kRefunded, kUser, SeatNumber{3}}, kPayment, 7},
      FindHolds{kConcert, {{}, HoldState::kHeld, {}, {}}, kHold, 9},
      ReadSeat{kConcert, kDate, SeatNumber{3}},
      ReadVisitor{kConcert, kUser},
      EndToken{kConcert, TicketNumber{44}},
      CreatePlan{{std::byte{1}, std::byte{2}}},
      ReadPlan{PlanId{3}},
      ListPlans{},
      ExtendHold{kHold},
      BlockSeats{kConcert, kDate, {{SeatNumber{3}, SeatNumber{9}}}, false, "sponsors"},
      CancelDates{kConcert, kDate, "rain"},
      ReadCancellation{kConcert, std::nullopt},
      JoinWaitlist{kConcert, kDate, "floor", 2},
      LeaveWaitlist{kConcert, kDate},
      ReadWaitlist{kConcert},
      AddAccessCodes{kConcert, {{1, 2}, {3, 4}}, 5, kTime},
      ReadAccessCodes{kConcert},
      WatchSeats{kConcert, kDate, 12},
      ReadExport{kConcert, ExportKind::kSeats, 12, 256, 9},
      SellSeats{kConcert, kDate, {SeatNumber{3}, SeatNumber{4}}, kUser, Money{10}, "press"},
      ListSale{kPayment, kUser, kTime},
      ExpandDates{{{Date{21'003}, {}, {}, kTime}}, {{PlanId{3}, {{"R", Money{7}}}}}},
      ReadSeatStates{kConcert, kDate},
      ReadLine{kConcert},
      ReadLineBlock{kConcert, 3}};
}

Command command_of(CommandBody body) {
  return {{kUser, TicketNumber{44}, 2, Actor("till-1")}, {{11, 12}, 13}, std::move(body)};
}

QueueEntry entry() {
  return {kConcert, kUser, TokenState::kActive, TicketNumber{44}, 2, 0, 17, -1, 1000, kTime, kTime};
}

Act act() {
  return {Actor("till-1"), ActKind::kRefund, kConcert, kUser, 5, kDate, Money{2500}, "note"};
}

// With a row of each kind, as no reply has it.
ExportPage export_page() {
  ExportPage page{.concert = kConcert, .what = ExportKind::kTickets, .moment = 12, .at = kTime};
  page.next = 256;
  page.runs = {{kDate, PlanId{3}, "floor", "R"}};
  page.seats = {{0, SeatNumber{3}, kUser, kHold, kPayment, kTime, Money{10}}};
  page.payments = {{kPayment,
                    kDate,
                    kUser,
                    kHold,
                    {SeatNumber{3}},
                    Money{10},
                    PaymentState::kRefunded,
                    kTime,
                    Money{5},
                    kTime,
                    Money{15},
                    true,
                    {SeatNumber{3}},
                    Money{10}}};
  page.tickets = {{0, SeatNumber{3}, kPayment, kUser, true, kTime, kTime, Actor("gate-1")}};
  return page;
}

std::vector<ReplyBody> answers() {
  const HoldView hold{.hold = kHold,
                      .concert = kConcert,
                      .date = kDate,
                      .seats = {SeatNumber{3}},
                      .amount = Money{10},
                      .expires_at = kTime,
                      .state = HoldState::kPaying};
  const PaymentView payment{purchase(), {}, Money{5}, kTime, PaymentState::kRefunding};
  const SectionView section{
      "floor", Money{10}, SeatNumber{1}, SeatNumber{70}, 60, SectionKind::kGeneral, "R"};
  const SeatsSnapshot seats{kConcert, kDate, 3, 70, 60, {section}, {~std::uint64_t{0}, 0x3f},
                            PlanId{3}};
  ConcertView concert{.concert = kConcert, .title = "t", .opens_at = kTime, .phase = Phase::kOpen};
  concert.dates = {std::make_shared<const ConcertDateView>(
      ConcertDateView{{21'000, 870}, 1, 2, 3, 4, {section}, kTime, kTime, PlanId{3}, true})};
  concert.time_zone = "UTC";
  concert.closes_at = kTime;
  concert.shuffle = {{std::byte{9}}, {{{std::byte{8}}, 70'000}}};
  const TicketUse use{SeatNumber{3}, kTime, Actor("gate-1")};
  const TicketsView tickets{purchase(),    PaymentState::kCompleted, kTime, {use},
                            SeatNumber{3}, {SeatNumber{4}}};
  const PaymentRecord paid{purchase(),      TicketNumber{44}, PaymentState::kRefunded, kTime, kTime,
                           {SeatNumber{4}}, Money{5}};
  PaymentView listed = payment;
  listed.refunded = {SeatNumber{9}};
  listed.refunded_amount = Money{1000};
  const HoldRecord held{hold, kUser, TicketNumber{44}, kPayment};
  RejectDetail detail{.entry = entry(), .seats = {SeatNumber{8}}, .free = 3, .payment = kPayment};
  detail.date = kDate;
  detail.together = 2;
  detail.text = "R";
  return {Done{},
          entry(),
          hold,
          payment,
          RefundView{purchase(), {}, Money{7}, kTime},
          BalanceView{kUser, Money{8}},
          ChargeView{ChargeId{6}, kUser, Money{1}, Money{2}},
          ConcertCreated{kConcert},
          PaymentsView{{payment, listed}, {kPayment}, true, {kPayment}},
          DatesView{kConcert, {{kDate, 50, 49, kTime, kTime, true}}},
          std::make_shared<const SeatsSnapshot>(seats),
          concert,
          ConcertIds{{kConcert, ConcertId{8}}},
          detail,
          AuditView{{{{kTime, SlotId{7}, 12}, act()}}, true},
          AdjustmentView{ChargeId{6}, kUser, Money{-1}, Money{2}, "why"},
          HoldsView{kConcert, {hold, hold}},
          PassView{kConcert, kUser, TicketNumber{44}, kTime, kTime},
          tickets,
          FoundPayments{{paid}, kPayment, {}},
          FoundHolds{{held, held}, kHold},
          SeatRecord{kConcert,
                     kDate,
                     SeatNumber{3},
                     SeatState::kSold,
                     "floor",
                     Money{10},
                     {},
                     held,
                     {paid},
                     false,
                     {{{kTime, SlotId{7}, 12}, act()}}},
          VisitorRecord{kConcert,
                        kUser,
                        {},
                        entry(),
                        1,
                        2,
                        {held},
                        {paid, paid},
                        false,
                        {{kDate, "floor", 2, 3, 41, kTime}}},
          SeatChanges{kConcert, kDate, 9, 7, 48, {SeatNumber{3}}, {SeatNumber{1}, SeatNumber{5}}},
          PlanCreated{PlanId{3}, 350},
          PlanView{PlanId{3}, std::make_shared<const std::vector<std::byte>>(3, std::byte{7})},
          PlansView{{{PlanId{3}, "Hall", 350}}},
          CancellationView{kConcert, kDate, kTime, 9, 2, 3, 1},
          WaitlistView{kConcert, {{kDate, "floor", 2, 3, 41, kTime}}, {hold}},
          AccessCodesView{kConcert, {{2, 500, 3, kTime, kTime, 40, 41}}},
          WatchedSeats{{kConcert, kDate, 9, 7, 48, {SeatNumber{3}}, {}}, false, true, true},
          export_page(),
          ExpandedDates{{{Date{21'003}, {{"hall", 5, Money{7}}}, {}, kTime}}},
          SeatStates{kConcert, kDate, 9, 20, {{SeatNumber{3}, SeatNumber{5}, SeatState::kSold}}},
          LineView{kConcert, Phase::kOpen, Shuffle::kDone, 17, 44, LinePlace{9}, 3, 50, 60, 30,
                   kTime, kTime},
          LineBlock{kConcert, 3, 70, 9, {5, 1}, kTime}};
}

ByteBuffer bytes_of(const Command& command) {
  ByteBuffer out;
  ByteWriter writer(out);
  encode_command(command, writer);
  return out;
}
ByteBuffer bytes_of(const Reply& reply) {
  ByteBuffer out;
  ByteWriter writer(out);
  encode_reply(reply, writer);
  return out;
}
Status decode(const ByteBuffer& bytes, Command& command) {
  ByteReader reader(bytes);
  return decode_command(reader, command);
}
Status decode(const ByteBuffer& bytes, Reply& reply) {
  ByteReader reader(bytes);
  return decode_reply(reader, reply);
}

// All samples; T is Command or Reply.
template <class T>
std::vector<T> samples();
template <>
std::vector<Command> samples<Command>() {
  std::vector<Command> all;
  for (CommandBody& body : bodies()) all.push_back(command_of(std::move(body)));
  return all;
}
template <>
std::vector<Reply> samples<Reply>() {
  std::vector<Reply> all;
  for (ReplyBody& body : answers()) {
    const bool refused = std::holds_alternative<RejectDetail>(body);
    all.push_back({refused ? Reject::kNotAdmitted : Reject::kNone, true, true, std::move(body)});
  }
  return all;
}

template <class T>
class WireCodec : public testing::Test {};
using Kinds = testing::Types<Command, Reply>;
TYPED_TEST_SUITE(WireCodec, Kinds);

TYPED_TEST(WireCodec, every_kind_comes_back_as_it_went) {
  const auto all = samples<TypeParam>();
  ASSERT_EQ(all.size(), std::variant_size_v<decltype(TypeParam::body)>) << "a kind has no sample";
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_EQ(all[i].body.index(), i);
    const ByteBuffer bytes = bytes_of(all[i]);
    TypeParam again;
    const Status status = decode(bytes, again);
    ASSERT_TRUE(status.ok()) << i << ": " << status.error();
    EXPECT_EQ(again.body.index(), i);
    EXPECT_EQ(bytes_of(again), bytes) << i;
  }
}

TYPED_TEST(WireCodec, anything_shorter_or_longer_is_refused) {
  for (const TypeParam& sample : samples<TypeParam>()) {
    ByteBuffer bytes = bytes_of(sample);
    bytes.push_back(std::byte{0});
    TypeParam again;
    EXPECT_FALSE(decode(bytes, again).ok());
    bytes.pop_back();
    while (!bytes.empty()) {
      bytes.pop_back();
      EXPECT_FALSE(decode(bytes, again).ok()) << sample.body.index() << " of " << bytes.size();
    }
  }
}

// Under the address sanitizer: no input makes the codec read or write out of bounds.
TYPED_TEST(WireCodec, what_is_taken_can_be_sent_again) {
  Prng prng(20'26);
  for (int round = 0; round < 20'000; ++round) {
    const auto all = samples<TypeParam>();
    ByteBuffer bytes = bytes_of(all[prng.below(all.size())]);
    for (std::uint64_t flips = prng.below(4) + 1; flips > 0; --flips)
      bytes[prng.below(bytes.size())] = static_cast<std::byte>(prng.below(256));
    TypeParam again;
    if (!decode(bytes, again).ok()) continue;
    TypeParam twice;
    ASSERT_TRUE(decode(bytes_of(again), twice).ok());
  }
}

// A mark behind the fields, and behind the released holds.
TEST(WireBytes, payment_and_refund_of_the_box_office_come_back_as_such) {
  PaymentView payment{purchase(), {}, {}, kTime, PaymentState::kCompleted};
  payment.is_of_office = true;
  RefundView refund{purchase(), {}, {}, kTime, true};
  for (const ReplyBody& body : {ReplyBody(payment), ReplyBody(refund)}) {
    ByteBuffer bytes = bytes_of(Reply{Reject::kNone, true, false, body});
    Reply again;
    ASSERT_TRUE(decode(bytes, again).ok());
    if (const auto* paid = std::get_if<PaymentView>(&again.body)) {
      EXPECT_TRUE(paid->is_of_office);
    } else {
      EXPECT_TRUE(std::get<RefundView>(again.body).is_of_office);
    }
    bytes.back() = std::byte{0};
    EXPECT_FALSE(decode(bytes, again).ok());
  }
}

// Behind the mark of the box office, which is there in any case then.
TEST(WireBytes, payment_comes_back_with_its_refunded_seats) {
  for (const bool is_of_office : {false, true}) {
    PaymentView payment{purchase(), {}, {}, kTime, PaymentState::kCompleted};
    payment.is_of_office = is_of_office;
    payment.refunded = {SeatNumber{3}, SeatNumber{4}};
    payment.refunded_amount = Money{70};
    ByteBuffer bytes = bytes_of(Reply{Reject::kNone, true, false, payment});
    Reply again;
    ASSERT_TRUE(decode(bytes, again).ok());
    const auto& paid = std::get<PaymentView>(again.body);
    EXPECT_EQ(paid.is_of_office, is_of_office);
    EXPECT_EQ(paid.refunded, payment.refunded);
    EXPECT_EQ(paid.refunded_amount, payment.refunded_amount);
    bytes.pop_back();
    EXPECT_FALSE(decode(bytes, again).ok());
  }
}

TEST(WireBytes, enum_without_a_name_is_refused_by_the_byte) {
  ByteBuffer bytes = bytes_of(Reply{Reject::kNone, false, false, entry()});
  constexpr std::size_t kState = 3 + 1 + 4 + 16;  // after the flags, the kind, concert and user
  ASSERT_EQ(bytes[kState], static_cast<std::byte>(TokenState::kActive));
  bytes[kState] = std::byte{6};
  Reply reply;
  const Status status = decode(bytes, reply);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error(), "reply: its fields are not those of its kind, at byte 25");
}

TEST(WireBytes, actor_is_a_name_or_none) {
  Command command = command_of(ListConcerts{});
  ByteBuffer bytes = bytes_of(command);
  constexpr std::size_t kText = 16 + 4 + 4 + 2;  // after user, number, epoch and length
  ASSERT_EQ(bytes[kText], std::byte{'t'});
  bytes[kText] = std::byte{' '};
  EXPECT_FALSE(decode(bytes, command).ok());
  command = command_of(ListConcerts{});
  command.caller.actor = {};
  Command again;
  ASSERT_TRUE(decode(bytes_of(command), again).ok());
  EXPECT_FALSE(again.caller.actor);
}

TEST(WireBytes, seats_without_a_bit_each_are_refused) {
  SeatsSnapshot seats{kConcert, kDate, 3, 70, 60, {}, {0}};
  Reply reply;
  const Reply short_of_bits{Reject::kNone, false, false,
                            std::make_shared<const SeatsSnapshot>(seats)};
  EXPECT_FALSE(decode(bytes_of(short_of_bits), reply).ok());
}

// Behind the fields, and only where it is set: the bytes without it are those of earlier versions.
TEST(WireBytes, phase_of_an_entry_follows_its_fields) {
  RejectDetail detail{.entry = entry()};
  detail.entry.phase = Phase::kPaused;
  QueueEntry closed = entry();
  closed.phase = Phase::kClosed;
  Reply read;
  ASSERT_TRUE(decode(bytes_of(Reply{Reject::kNone, false, false, closed}), read).ok());
  EXPECT_EQ(std::get<QueueEntry>(read.body).phase, Phase::kClosed);
  ASSERT_TRUE(decode(bytes_of(Reply{Reject::kNotAdmitted, false, false, detail}), read).ok());
  EXPECT_EQ(std::get<RejectDetail>(read.body).entry.phase, Phase::kPaused);
  const ByteBuffer without = bytes_of(Reply{Reject::kNone, false, false, entry()});
  ASSERT_TRUE(decode(without, read).ok());
  EXPECT_EQ(std::get<QueueEntry>(read.body).phase, Phase{});
  for (const int wrong : {0, 5, 255}) {
    ByteBuffer bytes = without;
    bytes.push_back(static_cast<std::byte>(wrong));
    EXPECT_FALSE(decode(bytes, read).ok()) << wrong;
  }
}

// Behind the phase and the waitlist, and only where the line has a shuffle.
TEST(WireBytes, shuffle_follows_the_fields_of_a_queue_entry) {
  QueueEntry shuffled = entry();
  const ByteBuffer without = bytes_of(Reply{.body = shuffled});
  shuffled.phase = Phase::kOpen;
  shuffled.shuffle = Shuffle::kDone;
  shuffled.place = LinePlace{9};
  ByteBuffer bytes = bytes_of(Reply{.body = shuffled});
  EXPECT_EQ(bytes.size(), without.size() + 1 + 12 + 5);
  Reply read;
  ASSERT_TRUE(decode(bytes, read).ok());
  EXPECT_EQ(std::get<QueueEntry>(read.body).shuffle, Shuffle::kDone);
  EXPECT_EQ(std::get<QueueEntry>(read.body).place, LinePlace{9});
  RejectDetail detail;
  detail.entry = shuffled;
  ASSERT_TRUE(decode(bytes_of(Reply{Reject::kNotAdmitted, false, false, detail}), read).ok());
  EXPECT_EQ(std::get<RejectDetail>(read.body).entry.place, LinePlace{9});
  bytes.pop_back();
  EXPECT_FALSE(decode(bytes, read).ok());
}

// Instances of one protocol know the same ones.
TEST(WireBytes, every_rejection_and_state_of_a_hold_comes_back) {
  Reply read;
  for (std::uint8_t n = 0; n < kRejectCount; ++n) {
    const auto reject = static_cast<Reject>(n);
    ASSERT_TRUE(decode(bytes_of(Reply{reject, false, false, RejectDetail{}}), read).ok()) << n;
    EXPECT_EQ(read.reject, reject);
  }
  ByteBuffer unknown = bytes_of(Reply{Reject::kNone, false, false, RejectDetail{}});
  unknown[0] = static_cast<std::byte>(kRejectCount);
  EXPECT_FALSE(decode(unknown, read).ok());
  HoldView hold{.hold = kHold, .concert = kConcert, .date = kDate, .seats = {SeatNumber{3}}};
  hold.state = HoldState::kRefunded;
  ASSERT_TRUE(decode(bytes_of(Reply{Reject::kNone, false, false, hold}), read).ok());
  EXPECT_EQ(std::get<HoldView>(read.body).state, HoldState::kRefunded);
}

// Slots moved within a static cluster by these.
TEST(WireBytes, retired_kinds_are_unknown) {
  ByteBuffer command = bytes_of(command_of(ListConcerts{}));
  for (const int kind : {28, 29, 30}) {
    command.back() = static_cast<std::byte>(kind);
    Command read;
    EXPECT_FALSE(decode(command, read).ok()) << kind;
  }
  ByteBuffer reply = bytes_of(Reply{Reject::kNone, false, false, Done{}});
  reply.back() = std::byte{14};
  Reply read;
  EXPECT_FALSE(decode(reply, read).ok());
}

// A conditional change has its expected settings behind its fields; the bytes of an unconditional
// one are those of the earlier protocol.
TEST(WireBytes, expected_settings_follow_the_fields_of_a_change) {
  ChangeConcert change{.concert = kConcert, .hold_s = 60};
  const ByteBuffer without = bytes_of(command_of(change));
  for (const std::vector<std::uint64_t>& expected :
       {std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{1, ~std::uint64_t{0}}}) {
    change.expected = expected;
    ByteBuffer bytes = bytes_of(command_of(change));
    ASSERT_EQ(bytes.size(), without.size() + 4 + 8 * expected.size());
    EXPECT_TRUE(std::equal(without.begin(), without.end(), bytes.begin()));
    Command again;
    ASSERT_TRUE(decode(bytes, again).ok());
    EXPECT_EQ(std::get<ChangeConcert>(again.body).expected, expected);
    bytes.pop_back();
    EXPECT_FALSE(decode(bytes, again).ok());
    bytes.resize(bytes.size() + 2);
    EXPECT_FALSE(decode(bytes, again).ok());
  }
  Command again;
  ASSERT_TRUE(decode(without, again).ok());
  EXPECT_FALSE(std::get<ChangeConcert>(again.body).expected.has_value());
}

// Behind the fields, and only where there are some.
TEST(WirePayments, holds_that_a_payment_released_follow_its_fields) {
  PaymentView payment{purchase(), {}, Money{5}, kTime, PaymentState::kCompleted};
  const ByteBuffer without = bytes_of(Reply{.created = true, .body = payment});
  payment.released = {kHold, make_hold_id(kConcert, 9)};
  ByteBuffer bytes = bytes_of(Reply{.created = true, .body = payment});
  EXPECT_EQ(bytes.size(), without.size() + 4 + 2 * 8);
  Reply again;
  ASSERT_TRUE(decode(bytes, again).ok());
  EXPECT_EQ(std::get<PaymentView>(again.body).released, payment.released);
  ASSERT_TRUE(decode(without, again).ok());
  EXPECT_TRUE(std::get<PaymentView>(again.body).released.empty());
  bytes.pop_back();
  EXPECT_FALSE(decode(bytes, again).ok());
}

// A change of these hashes requires a new protocol version.
TEST(WireBytes, bytes_are_the_same_everywhere) {
  std::uint64_t commands = 0;
  std::uint64_t replies = 0;
  for (const Command& command : samples<Command>()) commands = xxh3_64(bytes_of(command), commands);
  for (const Reply& reply : samples<Reply>()) replies = xxh3_64(bytes_of(reply), replies);
  EXPECT_EQ(commands, 8630197087040146805U);
  EXPECT_EQ(replies, 9575682463259024439U);
}

}  // namespace
}  // namespace frontrow
