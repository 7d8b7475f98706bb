// The layout of the log, byte by byte: these strings may change only together with the log's format
// version.
#include "engine/core/codec/event_codec.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/base/prng.h"
#include "tests/engine/core/support/world.h"

namespace frontrow {
namespace {

ConcertSpec example_spec() {
  ConcertSpec spec;
  spec.title = "Nocturne";
  spec.opens_at = Instant{1'800'000'000'000};
  spec.currency = *parse_currency("EUR");
  spec.rules = {{1000, 500, 600, 60}, 300, 4};
  spec.dates = {{Date{20811}, {{"A", 50, Money{99'000}}}}};
  return spec;
}

Purchase example_purchase() {
  return {make_payment_id(ConcertId{7}, 2),
          make_hold_id(ConcertId{7}, 3),
          ConcertId{7},
          user_id(0x01020304),
          Date{20811},
          {SeatNumber{8}, SeatNumber{9}},
          Money{198'000}};
}

struct Golden {
  Event event;
  const char* hex;
};

// A showing in the evening, with standing places.
ConcertSpec showing_spec() {
  ConcertSpec spec = example_spec();
  spec.time_zone = "Asia/Seoul";
  spec.rules.no_single_seats = true;
  spec.rules.stay_after_payment = true;
  spec.rules.hold_extensions = 2;
  spec.rules.offer_s = 90;
  spec.dates = {{Date{20811, 19 * 60 + 30},
                 {{"A", 50, Money{99'000}, SectionKind::kNumbered, "R"},
                  {"floor", 300, Money{77'000}, SectionKind::kGeneral, "S"}},
                 Instant{1'798'108'200'000},
                 Instant{1'798'100'000'000},
                 PlanId{3},
                 {20, 30, 300}}};
  return spec;
}

// Events in the layouts of format 2, and their present meaning.
std::vector<Golden> former_events() {
  const ConcertId c{7};
  const RequestKey key{{0x1111111111111111, 0x2222222222222222}, 0x3333333333333333};
  const Instant at{1'800'000'000'000};
  return {{ConcertRegistered{c, example_spec(), key},
           "01640000"
           "0700000008004e6f637475726e6500505c18a3010000455552e8030000f4010000580200003c0000"
           "002c01000004000000010000004b5100000100000001004132000000b88201000000000011111111"
           "1111111122222222222222223333333333333333"},
          {ConcertCreatedEvent{c, example_spec()},
           "0a4c0000"
           "0700000008004e6f637475726e6500505c18a3010000455552e8030000f4010000580200003c0000"
           "002c01000004000000010000004b5100000100000001004132000000b882010000000000"},
          {ConcertChanged{c, "Nocturne", at, {{2000, 250, 900, 30}, 120, 2}, 1},
           "0b320000"
           "0700000008004e6f637475726e6500505c18a3010000d0070000fa000000840300001e0000007800"
           "00000200000001000000"}};
}

std::vector<Golden> golden_events() {
  const ConcertId c{7};
  const HoldId hold = make_hold_id(c, 3);
  const PaymentId payment = make_payment_id(c, 2);
  const RequestKey key{{0x1111111111111111, 0x2222222222222222}, 0x3333333333333333};
  const UserId user = user_id(0x01020304);
  const Instant at{1'800'000'000'000};
  return {
      {ConcertRegistered{c, showing_spec(), key},
       "03b90000"
       "0700000008004e6f637475726e6500505c18a30100000a00417369612f53656f756c455552e80300"
       "00f4010000580200003c0000002c010000040000000101020000005a00000001000000925c8a8240"
       "bc99a7a2010000009d1ca7a2010000030000000200000001004132000000b8820100000000000101"
       "00520500666c6f6f722c010000c82c0100000000000201005303000000140000001e0000002c0100"
       "00111111111111111122222222222222223333333333333333"},
      {PlanRegistered{PlanId{3}, "Hall", 350, {std::byte{1}, std::byte{2}}},
       "04140000"
       "03000000040048616c6c5e010000020000000102"},
      {RegistrationConfirmed{c},
       "02040000"
       "07000000"},
      {ConcertCreatedEvent{c, showing_spec()},
       "0da10000"
       "0700000008004e6f637475726e6500505c18a30100000a00417369612f53656f756c455552e80300"
       "00f4010000580200003c0000002c010000040000000101020000005a00000001000000925c8a8240"
       "bc99a7a2010000009d1ca7a2010000030000000200000001004132000000b8820100000000000101"
       "00520500666c6f6f722c010000c82c0100000000000201005303000000140000001e0000002c0100"
       "00"},
      {ConcertChanged{c,
                      "Nocturne",
                      at,
                      {{2000, 250, 900, 30}, 120, 2, true, true, 2},
                      1,
                      Instant{1'798'100'000'000}},
       "0e440000"
       "0700000008004e6f637475726e6500505c18a3010000d0070000fa000000840300001e0000007800"
       "0000020000000101020000002c01000001000000009d1ca7a2010000"},
      {PhaseChanged{c, Phase::kPaused},
       "0c050000"
       "0700000003"},
      {DatesAdded{c,
                  {{.date = Date{21'000, 1170},
                    .sections = {{"floor", 300, Money{7}, SectionKind::kGeneral}},
                    .starts_at = Instant{1'800'000'000'000},
                    .closes_at = Instant{1'800'000'000'000}}}},
       "0f3e0000"
       "07000000010000009244908200505c18a301000000505c18a301000000000000010000000500666c6f6f722c010"
       "000"
       "070000000000000002000000000000"},
      {SectionsAdded{c, 1, {{"box", 2, Money{9}}}},
       "101e0000"
       "070000000100010000000300626f78020000000900000000000000010000"},
      {PricesChanged{c, 1, {{"floor", Money{8}}}},
       "11190000"
       "070000000100010000000500666c6f6f720800000000000000"},
      {DatePostponed{c, 1, Date{21'000, 1170}, Instant{1'800'000'000'000},
                     Instant{1'800'000'000'000}},
       "121a0000"
       "0700000001009244908200505c18a301000000505c18a3010000"},
      {TokenJoined{c, TicketNumber{5}, user},
       "14180000"
       "0700000005000000f1000000000000000000000001020304"},
      {TokensAdmitted{c, LinePlace{5}, LinePlace{9}, 4},
       "15100000"
       "07000000050000000900000004000000"},
      {TokenEnded{c, TicketNumber{5}, TokenState::kLeft},
       "16090000"
       "070000000500000005"},
      {ChallengeSpent{c, 0x0102030405060708},
       "170c0000"
       "070000000807060504030201"},
      {AccessCodesAdded{c, 1, 2, at, key, {{0x0102030405060708, 0x1112131415161718}}},
       "183e0000"
       "0700000001000200000000505c18a3010000111111111111111122222222222222223333333333333333"
       "0100000008070605040302011817161514131211"},
      {AccessCodeUsed{c, 1, {0x0102030405060708, 0x1112131415161718}},
       "19160000"
       "07000000010008070605040302011817161514131211"},
      {LineShuffled{c, 70'000},
       "1a080000"
       "0700000070110100"},
      {OrderSet{c, {std::byte{1}, std::byte{2}, std::byte{3}}},
       "1b240000"
       "070000000102030000000000000000000000000000000000000000000000000000000000"},
      {SeatsHeld{c, hold, TicketNumber{5}, 1, {SeatNumber{8}, SeatNumber{9}}, Money{198'000}, at},
       "1e2b0000"
       "070000000300000007000000050000000100020800000009000000700503000000000000505c18a3"
       "010000"},
      {HoldReleased{c, hold},
       "1f0c0000"
       "070000000300000007000000"},
      {HoldExpired{c, hold},
       "200c0000"
       "070000000300000007000000"},
      {SeatBlocked{c, 1, SeatNumber{8}, true},
       "210b0000"
       "0700000001000800000001"},
      {HoldExtended{c, hold, at},
       "22140000"
       "07000000030000000700000000505c18a3010000"},
      {HoldsMerged{c, hold, make_hold_id(c, 5)},
       "23140000"
       "0700000003000000070000000500000007000000"},
      {SeatsBlocked{
           c, 1, {{SeatNumber{1}, SeatNumber{20}}, {SeatNumber{25}, SeatNumber{25}}}, true},
       "241b0000"
       "070000000100020000000100000014000000190000001900000001"},
      {DateCancelled{c, 1, key},
       "251e0000"
       "070000000100111111111111111122222222222222223333333333333333"},
      {WaitlistJoined{c, 1, 9, user, "floor", 2},
       "26250000"
       "07000000010009000000f10000000000000000000000010203040500666c6f6f7202000000"},
      {WaitlistLeft{c, 1, 9},
       "270a0000"
       "07000000010009000000"},
      {SeatsOffered{
           c, 1, 9, hold, TicketNumber{5}, {SeatNumber{8}, SeatNumber{9}}, Money{198'000}, at},
       "2f2f0000"
       "07000000010009000000030000000700000005000000020800000009000000700503000000000000"
       "505c18a3010000"},
      {PaymentStarted{c, payment, hold, at, key},
       "28340000"
       "070000000200000007000000030000000700000000505c18a3010000111111111111111122222222"
       "222222223333333333333333"},
      {Sold{c, payment, Money{2'000}},
       "29140000"
       "070000000200000007000000d007000000000000"},
      {PaymentFailed{c, payment, Reject::kInsufficientBalance, Money{1'000}, Money{198'000}},
       "2a1d0000"
       "07000000020000000700000013e8030000000000007005030000000000"},
      {PaymentSettled{c, payment},
       "2b0c0000"
       "070000000200000007000000"},
      {RefundStarted{c, payment, key},
       "2c240000"
       "070000000200000007000000111111111111111122222222222222223333333333333333"},
      {Refunded{c, payment, Money{200'000}},
       "2d140000"
       "070000000200000007000000400d030000000000"},
      {TicketUsed{c, payment, SeatNumber{8}, Actor("gate")},
       "2e160000"
       "070000000200000007000000080000000400"
       "67617465"},
      {SeatsSoldAtOffice{c, payment, hold, 1, {SeatNumber{8}, SeatNumber{9}}, user, Money{198'000}},
       "30370000"
       "07000000020000000700000003000000070000000100020800000009000000f1000000000000000000"
       "0000010203047005030000000000"},
      {SeatsRefundStarted{c, payment, {SeatNumber{8}, SeatNumber{9}}, Money{198'000}, key},
       "31350000"
       "07000000020000000700000002080000000900000070050300000000001111111111111111222222"
       "22222222223333333333333333"},
      {WalletCharged{user, ChargeId{0x0102030405}, Money{200'000}},
       "3c200000"
       "f10000000000000000000000010203040504030201000000400d030000000000"},
      {MoneyReserved{example_purchase()},
       "3d390000"
       "0200000007000000030000000700000007000000f10000000000000000000000010203044b510000"
       "0208000000090000007005030000000000"},
      {ReserveRefused{user, payment, Money{1'000}},
       "3e200000"
       "f10000000000000000000000010203040200000007000000e803000000000000"},
      {MoneyPosted{user, payment, at},
       "3f200000"
       "f1000000000000000000000001020304020000000700000000505c18a3010000"},
      {MoneyVoided{user, payment},
       "40180000"
       "f10000000000000000000000010203040200000007000000"},
      {MoneyReturned{user, payment},
       "41180000"
       "f10000000000000000000000010203040200000007000000"},
      {WalletChargedOnce{user, ChargeId{5}, Money{9}, "b-1"},
       "42250000"
       "f10000000000000000000000010203040500000000000000090000000000000003"
       "00622d31"},
      {WalletAdjusted{user, ChargeId{5}, Money{-9}, "b-1"},
       "43250000"
       "f1000000000000000000000001020304"
       "0500000000000000f7ffffffffffffff0300622d31"},
      {MoneyReturnedInPart{user, payment, {SeatNumber{8}, SeatNumber{9}}, Money{198'000}},
       "44290000"
       "f1000000000000000000000001020304020000000700000002080000000900000070050300000000"
       "00"},
      {SaleListed{user, payment, at},
       "45200000"
       "f1000000000000000000000001020304020000000700000000505c18a3010000"},
      {AnswerStored{c, user, key, "\x07\x01"},
       "50300000"
       "07000000f10000000000000000000000010203041111111111111111222222222222222233333333"
       "3333333302000701"},
      {OperatorActed{
           {Actor("till"), ActKind::kRefund, c, user, payment.value, Date{20811}, Money{9}, "n"}},
       "51320000"
       "040074696c6c0507000000f100000000000000000000000102030402000000070000004b510000"
       "0900000000000000"
       "01006e"},
      {SlotHashed{0x0102030405060708},
       "5a080000"
       "0807060504030201"},
      {SlotSealed{3, 0x0102030405060708},
       "5b0a0000"
       "03000807060504030201"},
      {SlotReleased{3},
       "5c020000"
       "0300"},
      {SlotOpened{0x0102030405060708},
       "5d080000"
       "0807060504030201"},
      {SlotAdopted{1, 77, 0x0102030405060708, 0x1112131415161718},
       "5e1a0000"
       "01004d0000000000000008070605040302011817161514131211"},
      {SlotPart{{std::byte{1}, std::byte{0xfe}}},
       "5f060000"
       "0200000001fe"},
      {InstanceBegan{3},
       "60020000"
       "0300"},
      {SlotTaken{0x0102030405060708, 9, 77, 0x1112131415161718},
       "61200000"
       "080706050403020109000000000000004d000000000000001817161514131211"},
  };
}

std::string hex_of(const Event& event) {
  ByteBuffer bytes;
  ByteWriter writer(bytes);
  encode_event(event, writer);
  std::string hex;
  for (const std::byte b : bytes) {
    for (const int digit : {std::to_integer<int>(b) >> 4, std::to_integer<int>(b) & 15})
      hex += "0123456789abcdef"[digit];
  }
  return hex;
}

ByteBuffer bytes_of(std::string_view hex) {
  ByteBuffer bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

TEST(EventCodec, layout_of_every_type_is_as_written_down) {
  std::set<std::size_t> covered;
  for (const Golden& golden : golden_events()) {
    EXPECT_EQ(hex_of(golden.event), golden.hex) << name_of(golden.event);
    covered.insert(golden.event.index());
  }
  EXPECT_EQ(covered.size(), std::variant_size_v<Event>) << "a type without golden bytes";
}

TEST(EventCodec, golden_bytes_decode_to_the_same_event) {
  for (const Golden& golden : golden_events()) {
    const ByteBuffer bytes = bytes_of(golden.hex);
    ByteReader reader(bytes);
    Event event;
    const Status status = decode_event(reader, event);
    ASSERT_TRUE(status.ok()) << status.error();
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(event.index(), golden.event.index());
    EXPECT_EQ(hex_of(event), golden.hex);
  }
}

TEST(EventCodec, former_layouts_are_read_as_what_they_mean_now) {
  for (const Golden& former : former_events()) {
    const ByteBuffer bytes = bytes_of(former.hex);
    ByteReader reader(bytes);
    Event event;
    const Status status = decode_event(reader, event);
    ASSERT_TRUE(status.ok()) << status.error();
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(event.index(), former.event.index());
    EXPECT_EQ(hex_of(event), hex_of(former.event));
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      ByteReader cut(std::span<const std::byte>(bytes).first(length));
      EXPECT_FALSE(decode_event(cut, event).ok()) << name_of(former.event) << " cut at " << length;
    }
  }
}

TEST(EventCodec, type_numbers_are_unique_and_have_not_moved) {
  std::vector<int> types;
  for (const Golden& golden : golden_events()) types.push_back(spec_of(golden.event).tag);
  EXPECT_EQ(types, (std::vector<int>{3,  4,  2,  13, 14, 12, 15, 16, 17, 18, 20, 21, 22, 23, 24,
                                     25, 26, 27, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 47, 40,
                                     41, 42, 43, 44, 45, 46, 48, 49, 60, 61, 62, 63, 64, 65, 66,
                                     67, 68, 69, 80, 81, 90, 91, 92, 93, 94, 95, 96, 97}));
}

TEST(EventCodec, event_cut_at_any_byte_is_an_error) {
  for (const Golden& golden : golden_events()) {
    const ByteBuffer bytes = bytes_of(golden.hex);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      ByteReader reader(std::span<const std::byte>(bytes).first(length));
      Event event;
      EXPECT_FALSE(decode_event(reader, event).ok())
          << name_of(golden.event) << " cut at " << length;
    }
  }
}

TEST(EventCodec, unknown_type_and_bytes_left_over_are_named_with_the_offset) {
  ByteBuffer bytes = bytes_of("05000000");
  ByteReader unknown(bytes);
  Event event;
  EXPECT_EQ(decode_event(unknown, event).error(), "event at byte 0: unknown type 5");
  bytes = bytes_of(
      "02050000"
      "0700000000");
  ByteReader longer(bytes);
  EXPECT_EQ(decode_event(longer, event).error(), "event at byte 0: 5 bytes do not fit type 2");
}

TEST(EventCodec, random_bytes_never_do_harm) {
  Prng random(3);
  const auto golden = golden_events();
  for (int i = 0; i < 20'000; ++i) {
    ByteBuffer bytes = bytes_of(golden[random.below(golden.size())].hex);
    for (std::uint64_t n = 1 + random.below(4); n > 0; --n)
      bytes[random.below(bytes.size())] = static_cast<std::byte>(random.next());
    ByteReader reader(bytes);
    Event event;
    const auto type = std::to_integer<int>(bytes[0]);
    // Former layouts lack members, which a writer adds.
    const bool is_former = type == 1 || type == 10 || type == 11;
    if (!decode_event(reader, event).ok() || is_former) continue;
    EXPECT_LE(hex_of(event).size(), bytes.size() * 2)
        << "what was read is no larger than what was written";
  }
}

}  // namespace
}  // namespace frontrow
