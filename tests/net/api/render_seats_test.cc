// Seats as bits, against OpenSSL's base64 of bits that are set one by one; changes as text.
#include "net/api/render_seats.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <string>
#include <vector>

#include "engine/base/prng.h"

namespace frontrow {
namespace {

SeatsSnapshot free_by_chance(std::uint32_t seats, Prng& random) {
  SeatsSnapshot s{.concert = ConcertId{7}, .date = Date{20'000}, .version = 12, .total = seats};
  s.free_bits.resize((seats + 63) / 64);
  for (std::uint32_t bit = 0; bit < seats; ++bit) {
    if (!random.chance(50)) continue;
    s.free_bits[bit / 64] |= std::uint64_t{1} << bit % 64;
    ++s.free;
  }
  return s;
}

std::string base64_of_bits(const SeatsSnapshot& s) {
  std::vector<unsigned char> bytes((s.total + 7) / 8);
  for (std::uint32_t bit = 0; bit < s.total; ++bit) {
    if ((s.free_bits[bit / 64] >> bit % 64 & 1) != 0)
      bytes[bit / 8] = static_cast<unsigned char>(bytes[bit / 8] | 1U << bit % 8);
  }
  std::vector<unsigned char> text((bytes.size() + 2) / 3 * 4 + 1);
  const int size = EVP_EncodeBlock(text.data(), bytes.data(), static_cast<int>(bytes.size()));
  return {text.begin(), text.begin() + size};
}

TEST(RenderSeats, bitmap_has_a_bit_for_each_seat) {
  Prng random(11);
  for (const std::uint32_t seats : {1U, 7U, 8U, 9U, 16U, 17U, 24U, 25U, 63U, 64U, 65U, 6'143U,
                                    6'144U, 6'145U, 6'168U, 12'288U, 20'001U, 99'999U, 100'000U}) {
    const SeatsSnapshot s = free_by_chance(seats, random);
    std::string text;
    render_bitmap(text, s);
    EXPECT_EQ(text, R"({"concertId":7,"date":"2024-10-04","version":12,"seatsTotal":)" +
                        std::to_string(seats) + R"(,"seatsAvailable":)" + std::to_string(s.free) +
                        R"(,"bits":")" + base64_of_bits(s) + "\"}")
        << seats;
  }
}

TEST(RenderSeats, bitmap_of_ten_seats_is_that_of_the_documents) {
  SeatsSnapshot s{.concert = ConcertId{1}, .date = Date{20'000}, .total = 10};
  s.free_bits = {0x1fd};  // without the seats 2 and 10
  std::string text;
  render_bitmap(text, s);
  EXPECT_NE(text.find(R"("bits":"/QE="})"), std::string::npos) << text;
}

TEST(RenderSeats, changes_list_both_directions) {
  SeatChanges changes{ConcertId{7}, Date{20'000}, 12, 9, 40, {SeatNumber{3}}, {}};
  std::string text;
  render(text, changes);
  EXPECT_EQ(text, R"({"concertId":7,"date":"2024-10-04","version":12,"since":9,)"
                  R"("seatsAvailable":40,"freed":[3],"taken":[]})");
  changes.taken = {SeatNumber{1}, SeatNumber{100'000}};
  text.clear();
  render(text, changes);
  EXPECT_TRUE(text.ends_with(R"("freed":[3],"taken":[1,100000]})")) << text;
}

TEST(RenderSeats, watched_seats_are_changes_or_a_reset) {
  WatchedSeats seats;
  seats.changes = {ConcertId{7}, Date{20'000}, 12, 9, 40, {SeatNumber{3}}, {SeatNumber{4}}};
  std::string text;
  render(text, seats);
  std::string changes;
  render(changes, seats.changes);
  EXPECT_EQ(text, changes);
  seats.is_reset = true;
  text.clear();
  render(text, seats);
  EXPECT_EQ(text, R"({"concertId":7,"date":"2024-10-04","version":12,"seatsAvailable":40})");
}

}  // namespace
}  // namespace frontrow
