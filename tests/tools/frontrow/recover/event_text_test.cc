// The lines and the JSON of every event, letter by letter: operators' scripts parse them.
#include "tools/frontrow/recover/event_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>

#include "engine/core/codec/answer_codec.h"
#include "engine/core/state/answer_scope.h"
#include "engine/core/state/answer_table.h"
#include "tests/api/support/json.h"
#include "tests/tools/frontrow/recover/support.h"
#include "tools/frontrow/recover/event_fields.h"

namespace frontrow::recover {
namespace {

const UserId kUser = user_id(7);
constexpr const char* kUserText = "a7000000-0000-0000-0000-000000000007";
constexpr ConcertId kConcert{1};
constexpr HoldId kHold = make_hold_id(kConcert, 3);
constexpr PaymentId kPayment = make_payment_id(kConcert, 2);
const RequestKey kKey{{0x1234, 0xabcdef}, 0x99};
constexpr const char* kKeyText = "00000000000012340000000000abcdef:0000000000000099";
const SeatList kSeats{SeatNumber{7}, SeatNumber{8}};
const Instant kLater = kDoorsOpen + milliseconds(60'123);

SaleRules rules() { return {{10, 20, 30, 40}, 50, 6}; }
ConcertSpec spec() {
  return {"Night \"Train\"",
          kLater,
          *parse_currency("EUR"),
          rules(),
          {{*parse_date("2027-05-01T19:30"),
            {{"floor", 20, Money{1000}, SectionKind::kGeneral}, {"balcony", 5, Money{2500}}},
            *parse_instant("2027-05-01T17:30:00Z"),
            *parse_instant("2027-05-01T17:30:00Z")}},
          "Europe/Vienna"};
}
Purchase purchase() {
  return {kPayment, kHold, kConcert, kUser, *parse_date("2027-05-01"), kSeats, Money{2000}};
}
std::string answer(ReplyBody body) { return encode_answer({Reject::kNone, true, false, body}); }

// A part whose header claims `rows` rows, with `bytes` binary bytes after it.
std::vector<std::byte> part(PartKind kind, std::uint32_t rows, std::size_t bytes) {
  ByteBuffer buffer;
  ByteWriter w(buffer);
  w.put(static_cast<std::uint8_t>(kind));
  w.put_bytes(std::vector<std::byte>(kPartHeaderBytes - 5));
  w.put(rows);
  w.put_bytes(std::vector<std::byte>(bytes, std::byte{0xee}));
  return {buffer.begin(), buffer.end()};
}

constexpr const char* kSpecText =
    "spec {title \"Night \\\"Train\\\"\" opens_at 2026-12-24T20:01:00.123Z time_zone "
    "\"Europe/Vienna\" currency EUR rules {queue {max_active 10 admit_per_second 20 session_s 30 "
    "idle_s 40} hold_s 50 seats_per_user 6 no_single_seats false "
    "stay_after_payment false hold_extensions 0 offer_s 300} dates [{date 2027-05-01T19:30 "
    "starts_at 2027-05-01T17:30:00.000Z closes_at 2027-05-01T17:30:00.000Z plan 0 sections [{name "
    "\"floor\" seats 20 price 1000 kind general category \"\"} {name \"balcony\" seats 5 price "
    "2500 kind "
    "numbered category \"\"}] rows []}]}";

struct Golden {
  Event event;
  std::string fields;
};

std::vector<Golden> goldens() {
  const std::string spec_text = kSpecText;
  const std::string user = std::string("user ") + kUserText;
  const std::string key = std::string("key ") + kKeyText;
  return {
      {ConcertRegistered{kConcert, spec(), kKey}, "concert 1 " + spec_text + " " + key},
      {PlanRegistered{PlanId{3}, "Hall", 350, {std::byte{1}, std::byte{2}}},
       "plan 3 name \"Hall\" seats 350 bytes 2"},
      {RegistrationConfirmed{kConcert}, "concert 1"},
      {ConcertCreatedEvent{kConcert, spec()}, "concert 1 " + spec_text},
      {ConcertChanged{kConcert, "New", {}, rules(), 2},
       "concert 1 title \"New\" opens_at - rules {queue {max_active 10 admit_per_second 20 "
       "session_s 30 idle_s 40} hold_s 50 seats_per_user 6 no_single_seats false "
       "stay_after_payment false "
       "hold_extensions 0 offer_s 300} token_epoch 2 "
       "closes_at -"},
      {PhaseChanged{kConcert, Phase::kPaused}, "concert 1 phase paused"},
      {DatesAdded{kConcert,
                  {{.date = *parse_date("2027-05-03"), .sections = {{"box", 2, Money{9}}}}}},
       "concert 1 dates [{date 2027-05-03 starts_at - closes_at - plan 0 sections [{name \"box\" "
       "seats 2 "
       "price 9 kind numbered category \"\"}] rows []}]"},
      {SectionsAdded{kConcert, 1, {{"box", 2, Money{9}}}},
       "concert 1 date_index 1 sections [{name \"box\" seats 2 price 9 kind numbered category "
       "\"\"}]"},
      {PricesChanged{kConcert, 1, {{"box", Money{8}}}},
       "concert 1 date_index 1 prices [{category \"box\" price 8}]"},
      {DatePostponed{kConcert, 1, *parse_date("2027-05-03"), {}, {}},
       "concert 1 date_index 1 date 2027-05-03 starts_at - closes_at -"},
      {TokenJoined{kConcert, TicketNumber{12}, kUser}, "concert 1 number 12 " + user},
      {LineShuffled{kConcert, 9}, "concert 1 count 9"},
      {OrderSet{kConcert, {}},
       "concert 1 commitment 66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"},
      {TokensAdmitted{kConcert, LinePlace{2}, LinePlace{9}, 5}, "concert 1 first 2 last 9 count 5"},
      {ChallengeSpent{kConcert, 77}, "concert 1 challenge 000000000000004d"},
      {AccessCodesAdded{kConcert, 2, 3, kLater, kKey, {{1, 2}, {3, 4}}},
       "concert 1 batch 2 uses 3 opens_at 2026-12-24T20:01:00.123Z " + key + " count 2"},
      {AccessCodeUsed{kConcert, 2, {1, 2}},
       "concert 1 batch 2 code 00000000000000010000000000000002"},
      {TokenEnded{kConcert, TicketNumber{12}, TokenState::kLeft}, "concert 1 number 12 state left"},
      {SeatsHeld{kConcert, kHold, TicketNumber{12}, 1, kSeats, Money{198'000}, kLater},
       "concert 1 hold 4294967299 number 12 date_index 1 seats 7,8 amount 198000 expires_at "
       "2026-12-24T20:01:00.123Z"},
      {HoldReleased{kConcert, kHold}, "concert 1 hold 4294967299"},
      {HoldExpired{kConcert, kHold}, "concert 1 hold 4294967299"},
      {HoldExtended{kConcert, kHold, kLater},
       "concert 1 hold 4294967299 expires_at 2026-12-24T20:01:00.123Z"},
      {HoldsMerged{kConcert, kHold, make_hold_id(kConcert, 9)},
       "concert 1 hold 4294967299 merged 4294967305"},
      {SeatBlocked{kConcert, 1, SeatNumber{20}, false},
       "concert 1 date_index 1 seat 20 blocked false"},
      {SeatsBlocked{kConcert, 1, {{SeatNumber{1}, SeatNumber{9}}}, true},
       "concert 1 date_index 1 ranges [{first 1 last 9}] blocked true"},
      {DateCancelled{kConcert, 1, kKey}, "concert 1 date_index 1 " + key},
      {WaitlistJoined{kConcert, 1, 9, kUser, "floor", 2},
       "concert 1 date_index 1 entry 9 " + user + " section \"floor\" quantity 2"},
      {WaitlistLeft{kConcert, 1, 9}, "concert 1 date_index 1 entry 9"},
      {SeatsOffered{kConcert, 1, 9, kHold, TicketNumber{12}, kSeats, Money{198'000}, kLater},
       "concert 1 date_index 1 entry 9 hold 4294967299 number 12 seats 7,8 amount 198000 "
       "expires_at 2026-12-24T20:01:00.123Z"},
      {PaymentStarted{kConcert, kPayment, kHold, kLater, kKey},
       "concert 1 payment 4294967298 hold 4294967299 decide_by 2026-12-24T20:01:00.123Z " + key},
      {Sold{kConcert, kPayment, Money{5}}, "concert 1 payment 4294967298 balance 5"},
      {PaymentFailed{kConcert, kPayment, Reject::kInsufficientBalance, Money{5}, Money{6}},
       "concert 1 payment 4294967298 reason insufficient_balance balance 5 amount 6"},
      {PaymentSettled{kConcert, kPayment}, "concert 1 payment 4294967298"},
      {RefundStarted{kConcert, kPayment, {}}, "concert 1 payment 4294967298 key -"},
      {Refunded{kConcert, kPayment, Money{5}}, "concert 1 payment 4294967298 balance 5"},
      {SeatsRefundStarted{kConcert, kPayment, kSeats, Money{2000}, kKey},
       "concert 1 payment 4294967298 seats 7,8 amount 2000 " + key},
      {SeatsSoldAtOffice{kConcert, kPayment, kHold, 1, kSeats, kUser, Money{2000}},
       "concert 1 payment 4294967298 hold 4294967299 date_index 1 seats 7,8 " + user +
           " amount 2000"},
      {SaleListed{kUser, kPayment, kLater},
       user + " payment 4294967298 paid_at 2026-12-24T20:01:00.123Z"},
      {WalletCharged{kUser, ChargeId{99}, Money{10}}, user + " charge 99 amount 10"},
      {TicketUsed{kConcert, kPayment, SeatNumber{7}, Actor("gate-1")},
       "concert 1 payment 4294967298 seat 7 by gate-1"},
      {WalletChargedOnce{kUser, ChargeId{99}, Money{10}, "bank-1"},
       user + " charge 99 amount 10 reference \"bank-1\""},
      {WalletAdjusted{kUser, ChargeId{99}, Money{-10}, "why"},
       user + " adjustment 99 amount -10 reason \"why\""},
      {MoneyReserved{purchase()}, "purchase {payment 4294967298 hold 4294967299 concert 1 " + user +
                                      " date 2027-05-01 seats 7,8 amount 2000}"},
      {ReserveRefused{kUser, kPayment, Money{5}}, user + " payment 4294967298 balance 5"},
      {MoneyPosted{kUser, kPayment, kLater},
       user + " payment 4294967298 paid_at 2026-12-24T20:01:00.123Z"},
      {MoneyVoided{kUser, kPayment}, user + " payment 4294967298"},
      {MoneyReturned{kUser, kPayment}, user + " payment 4294967298"},
      {MoneyReturnedInPart{kUser, kPayment, kSeats, Money{2000}},
       user + " payment 4294967298 seats 7,8 total 2000"},
      {AnswerStored{kConcert, kUser, kKey,
                    answer(HoldView{kHold, kConcert, *parse_date("2027-05-01"), kSeats, Money{2000},
                                    *parse_currency("EUR"), kLater, HoldState::kHeld})},
       "concert 1 " + user + " " + key +
           " answer {hold created true hold 4294967299 concert 1 date 2027-05-01 seats 7,8 amount "
           "2000 currency EUR expires_at 2026-12-24T20:01:00.123Z state held}"},
      {OperatorActed{{Actor("till-1"), ActKind::kRefund, kConcert, kUser, kPayment.value,
                      *parse_date("2027-05-01"), Money{10}, "a b"}},
       "act {actor till-1 kind refund concert 1 " + user +
           " object 4294967298 date 2027-05-01 amount 10 note \"a b\"}"},
      {SlotHashed{0xfedcba987654321}, "hash 0fedcba987654321"},
      {SlotSealed{3, 0xab54a98ceb1f0ad2}, "to 3 map ab54a98ceb1f0ad2"},
      {SlotReleased{3}, "to 3"},
      {SlotOpened{0x1f}, "map 000000000000001f"},
      {SlotAdopted{2, 812, 0xfedcba987654321, 0x1f},
       "from 2 sealed_seq 812 hash 0fedcba987654321 map 000000000000001f"},
      {InstanceBegan{3}, "instance 3"},
      {SlotTaken{0x1f, 9, 77, 0xfedcba987654321},
       "stream 000000000000001f group 9 seq 77 hash 0fedcba987654321"},
      {SlotPart{part(PartKind::kExpiredHolds, 3, 24)}, "part {kind expired_holds rows 3 bytes 40}"},
  };
}

const EventPlace kPlace{kDoorsOpen + milliseconds(3123), 4711, SlotId{77}, 12};

TEST(EventText, line_of_every_event) {
  std::set<std::size_t> types;
  for (const Golden& golden : goldens()) {
    std::string line;
    append_line(line, kPlace, golden.event);
    EXPECT_EQ(line, std::string("2026-12-24T20:00:03.123Z group 4711 slot 77 seq 12 ") +
                        name_of(golden.event) + " " + golden.fields);
    types.insert(golden.event.index());
  }
  EXPECT_EQ(types.size(), std::variant_size_v<Event>) << "every event has its line here";
}

TEST(EventText, json_of_every_event_is_valid_and_has_the_names_of_its_fields) {
  for (const Golden& golden : goldens()) {
    std::string text;
    append_json(text, kPlace, golden.event);
    const api::Json json = api::Json::parse(text);
    ASSERT_TRUE(json.valid()) << text;
    std::vector<std::string> names{"time", "group", "slot", "seq", "event"};
    std::visit(
        [&names]<class E>(const E&) {
          for (const std::string_view name : FieldNames<E>::kNames) {
            const bool is_secret = std::is_same_v<E, OrderSet> && name == "seed";
            names.push_back(is_secret ? "commitment" : camel_case(name));
          }
        },
        golden.event);
    EXPECT_EQ(json.names(), names);
    EXPECT_EQ(json["event"].text(), name_of(golden.event));
  }
}

TEST(EventText, json_letter_by_letter) {
  std::string text;
  append_json(text, kPlace,
              SeatsHeld{kConcert, kHold, TicketNumber{12}, 1, kSeats, Money{198'000}, kLater});
  text += '\n';
  append_json(text, kPlace, RefundStarted{kConcert, kPayment, {}});
  text += '\n';
  append_json(text, kPlace, MoneyReserved{purchase()});
  text += '\n';
  EventPlace of_user = kPlace;
  of_user.slot = slot_of_user(kUser);
  append_json(
      text, of_user,
      AnswerStored{{}, kUser, kKey, answer(ChargeView{ChargeId{99}, kUser, Money{10}, Money{20}})});
  const std::string head_of_user =
      fmt::format(R"({{"time":"2026-12-24T20:00:03.123Z","group":4711,"slot":{},"seq":12,)",
                  of_user.slot.value);
  const std::string head = R"({"time":"2026-12-24T20:00:03.123Z","group":4711,"slot":77,"seq":12,)";
  const std::string user = std::string("\"user\":\"") + kUserText + "\"";
  EXPECT_EQ(text,
            head +
                R"("event":"seats_held","concert":1,"hold":4294967299,"number":12,"dateIndex":1,)"
                R"("seats":[7,8],"amount":198000,"expiresAt":"2026-12-24T20:01:00.123Z"})"
                "\n" +
                head +
                R"("event":"refund_started","concert":1,"payment":4294967298,"key":null})"
                "\n" +
                head +
                R"("event":"money_reserved","purchase":{"payment":4294967298,"hold":4294967299,)"
                R"("concert":1,)" +
                user +
                R"(,"date":"2027-05-01","seats":[7,8],"amount":2000}})"
                "\n" +
                head_of_user + R"("event":"answer_stored","concert":0,)" + user + R"(,"key":")" +
                kKeyText + R"(","answer":{"type":"charge","created":true,"charge":99,)" + user +
                R"(,"amount":10,"balance":20}})");
}

TEST(EventText, what_is_not_set_is_null_and_hashes_are_hexadecimal_in_json) {
  std::string text;
  append_json(text, kPlace, ConcertChanged{kConcert, "New", {}, rules(), 2});
  EXPECT_NE(text.find("\"opensAt\":null,"), text.npos) << text;
  append_json(text, kPlace, SlotHashed{0xfedcba987654321});
  EXPECT_NE(text.find("\"hash\":\"0fedcba987654321\"}"), text.npos) << text;
}

TEST(EventText, moves_of_a_slot_in_json) {
  const auto tail = [](const Event& event) {
    std::string text;
    append_json(text, kPlace, event);
    return text.substr(text.find("\"event\""));
  };
  EXPECT_EQ(tail(SlotSealed{3, 0x1f}), R"("event":"slot_sealed","to":3,"map":"000000000000001f"})");
  EXPECT_EQ(tail(SlotAdopted{2, 812, 0xab, 0x1f}),
            R"("event":"slot_adopted","from":2,"sealedSeq":812,"hash":"00000000000000ab",)"
            R"("map":"000000000000001f"})");
  EXPECT_EQ(tail(SlotPart{part(PartKind::kWallets, 2, 10)}),
            R"("event":"slot_part","part":{"kind":"wallets","rows":2,"bytes":26}})");
}

TEST(EventText, part_that_is_none_has_no_kind_and_every_kind_has_a_name) {
  std::string line;
  append_line(line, kPlace, SlotPart{{kPartHeaderBytes - 1, std::byte{1}}});
  EXPECT_NE(line.find("part {kind 0 rows 0 bytes 15}"), line.npos) << line;
  for (int kind = 1; kind <= static_cast<int>(PartKind::kReturned); ++kind) {
    line.clear();
    append_line(line, kPlace, SlotPart{part(static_cast<PartKind>(kind), 1, 0)});
    EXPECT_EQ(line.find(fmt::format("kind {}", kind)), line.npos) << line;
  }
}

// The scope id of an operator and a wallet is internal and must not be shown.
TEST(EventText, answer_to_an_operator_is_the_nil_users) {
  EventPlace place = kPlace;
  place.slot = slot_of_user(kUser);
  const AnswerScope scope = answer_scope(kAdminSender, Charge{kUser, Money{10}}, kKey);
  const AnswerStored stored{scope.concert, scope.owner, kKey,
                            answer(ChargeView{ChargeId{99}, kUser, Money{10}, Money{20}})};
  std::string line;
  append_line(line, place, stored);
  EXPECT_NE(line.find(" user 00000000-0000-0000-0000-000000000000 key"), line.npos) << line;
  EXPECT_NE(line.find(std::string("user ") + kUserText + " amount 10"), line.npos) << line;
  std::string json;
  append_json(json, place, stored);
  EXPECT_EQ(api::Json::parse(json)["user"].text(), "00000000-0000-0000-0000-000000000000");
}

TEST(EventText, every_answer_that_can_be_stored_is_spelt_out) {
  const std::pair<ReplyBody, const char*> answers[] = {
      {QueueEntry{}, "queue_entry created true concert 0"},
      {HoldView{}, "hold created true hold 0"},
      {PaymentView{}, "payment created true purchase {"},
      {RefundView{}, "refund created true purchase {"},
      {ChargeView{}, "charge created true charge 0"},
      {ConcertCreated{kConcert}, "concert_created created true concert 1"},
      {Done{}, "done created true}"},
  };
  for (const auto& [body, text] : answers) {
    std::string line;
    append_line(line, kPlace, AnswerStored{kConcert, kUser, kKey, answer(body)});
    EXPECT_NE(line.find(std::string("answer {") + text), line.npos) << line;
  }
}

TEST(EventText, what_has_no_name_is_shown_as_it_is) {
  std::string line;
  append_line(line, kPlace, PhaseChanged{kConcert, static_cast<Phase>(200)});
  append_line(line, kPlace, TokenEnded{kConcert, TicketNumber{1}, static_cast<TokenState>(0)});
  append_line(line, kPlace, PaymentFailed{kConcert, kPayment, static_cast<Reject>(250), {}, {}});
  append_line(line, kPlace, AnswerStored{kConcert, kUser, kKey, "no answer"});
  EXPECT_NE(line.find("phase 200"), line.npos);
  EXPECT_NE(line.find("state 0"), line.npos);
  EXPECT_NE(line.find("reason 250"), line.npos);
  EXPECT_NE(line.find("answer {unreadable}"), line.npos);
  std::string text;
  append_json(text, kPlace, AnswerStored{kConcert, kUser, kKey, "no answer"});
  EXPECT_EQ(api::Json::parse(text)["answer"]["type"].text(), "unreadable");
}

}  // namespace
}  // namespace frontrow::recover
