// Cached rendering against direct rendering, over versions with small and large changes; each
// version is rendered once.
#include "net/api/view_cache.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <memory>
#include <set>
#include <string>

#include "engine/base/prng.h"
#include "net/api/api_render.h"

namespace frontrow {
namespace {

std::string text_of(const BodyParts& body) {
  std::string text(body.front);
  if (body.shared != nullptr) text.append(body.shared->bytes()).append(body.back);
  return text;
}

// Empty if `bytes` is not a whole gzip stream of at most `size` bytes, with checksum and length.
std::string unzipped(std::string_view bytes, std::size_t size) {
  z_stream z{};
  EXPECT_EQ(inflateInit2(&z, 16 + MAX_WBITS), Z_OK);
  std::string text(size, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  z.avail_in = static_cast<uInt>(bytes.size());
  z.next_out = reinterpret_cast<Bytef*>(text.data());
  z.avail_out = static_cast<uInt>(text.size());
  const bool whole = inflate(&z, Z_FINISH) == Z_STREAM_END && z.avail_in == 0;
  text.resize(whole ? z.total_out : 0);
  inflateEnd(&z);
  return text;
}

SeatsSnapshot hall(std::uint32_t seats, std::size_t sections) {
  SeatsSnapshot s{.concert = ConcertId{7}, .date = Date{20'000}, .version = 1, .total = seats};
  std::uint32_t first = 1;
  for (std::size_t i = 0; i < sections; ++i) {
    const auto last = static_cast<std::uint32_t>(seats * (i + 1) / sections);
    s.sections.push_back({"section " + std::to_string(i), Money{1000}, SeatNumber{first},
                          SeatNumber{last}, last - first + 1});
    first = last + 1;
  }
  s.free_bits.assign((seats + 63) / 64, ~std::uint64_t{0});
  if (seats % 64 != 0) s.free_bits.back() = (std::uint64_t{1} << seats % 64) - 1;
  s.free = seats;
  return s;
}

void expect_same(ViewCache& cache, const SeatsSnapshot& seats, SeatsForm form = SeatsForm::kList) {
  std::string naive;
  form == SeatsForm::kList ? render(naive, seats) : render_bitmap(naive, seats);
  cache.open(std::make_shared<const SeatsSnapshot>(seats), form);
  ASSERT_TRUE(cache.is_large());
  ASSERT_EQ(text_of(cache.body(false)), naive);
  ASSERT_EQ(unzipped(text_of(cache.body(true)), naive.size()), naive);
  std::string appended;
  cache.append_to(appended);
  ASSERT_EQ(appended, naive);
}

TEST(ViewCache, seats_are_those_of_the_version_whatever_changed_since_the_one_before) {
  Prng random(3);
  for (const auto& [seats, sections] : {std::pair<std::uint32_t, std::size_t>{512, 1},
                                        {1'024, 1},
                                        {5'000, 3},
                                        {4'096, 4},
                                        {2'049, 200},
                                        {3'000, 1}}) {
    SCOPED_TRACE(testing::Message() << seats << " seats in " << sections);
    ViewCache cache(1 << 24);
    SeatsSnapshot hall_now = hall(seats, sections);
    for (int version = 0; version < 60; ++version) {
      // From all free over single seats to runs that empty whole pieces, and back.
      const std::uint64_t count = version % 10 == 9 ? seats : 1 + random.below(3);
      const std::uint64_t from = random.below(seats);
      for (std::uint64_t seat = from; seat < std::min<std::uint64_t>(seats, from + count); ++seat) {
        hall_now.free_bits[seat / 64] ^= std::uint64_t{1} << seat % 64;
      }
      ++hall_now.version;
      ASSERT_NO_FATAL_FAILURE(expect_same(cache, hall_now));
    }
  }
}

TEST(ViewCache, both_forms_of_seats_are_those_of_the_version) {
  Prng random(4);
  for (const std::uint32_t seats : {6'144U, 6'145U, 12'288U, 50'001U}) {
    SCOPED_TRACE(seats);
    ViewCache cache(1 << 24);
    SeatsSnapshot hall_now = hall(seats, 3);
    for (int version = 0; version < 20; ++version) {
      const std::uint64_t seat = random.below(seats);
      hall_now.free_bits[seat / 64] ^= std::uint64_t{1} << seat % 64;
      ++hall_now.version;
      ASSERT_NO_FATAL_FAILURE(expect_same(cache, hall_now, SeatsForm::kBitmap));
      const std::string bitmap(cache.etag(false));
      ASSERT_NO_FATAL_FAILURE(expect_same(cache, hall_now));
      ASSERT_NE(cache.etag(false), bitmap);
    }
  }
}

TEST(ViewCache, small_bitmap_is_rendered_at_once) {
  ViewCache cache(1 << 24);
  const SeatsSnapshot seats = hall(6'143, 2);
  std::string naive;
  render_bitmap(naive, seats);
  cache.open(std::make_shared<const SeatsSnapshot>(seats), SeatsForm::kBitmap);
  EXPECT_FALSE(cache.is_large());
  EXPECT_EQ(text_of(cache.body(true)), naive);
  EXPECT_EQ(cache.bytes(), 0U);
}

TEST(ViewCache, sections_that_do_not_follow_each_other_are_rendered_at_once) {
  ViewCache cache(1 << 24);
  SeatsSnapshot odd = hall(2'000, 2);
  odd.sections[1].first = SeatNumber{900};
  std::string naive;
  render(naive, odd);
  cache.open(std::make_shared<const SeatsSnapshot>(odd));
  EXPECT_EQ(text_of(cache.body(true)), naive);
}

TEST(ViewCache, version_is_rendered_once_also_when_it_came_over_a_link_again) {
  ViewCache cache(1 << 24);
  const SeatsSnapshot seats = hall(10'000, 4);
  cache.open(std::make_shared<const SeatsSnapshot>(seats));
  const SharedBody plain = cache.body(false).shared;
  const SharedBody gzip = cache.body(true).shared;
  const std::string etag(cache.etag(true));
  cache.open(std::make_shared<const SeatsSnapshot>(seats));
  EXPECT_EQ(cache.body(false).shared, plain);
  EXPECT_EQ(cache.body(true).shared, gzip);
  EXPECT_EQ(cache.etag(true), etag);
  EXPECT_NE(cache.etag(false), etag) << "another coding is another representation";
  cache.open(std::make_shared<const SeatsSnapshot>(seats), SeatsForm::kBitmap);
  const SharedBody bitmap = cache.body(false).shared;
  cache.open(std::make_shared<const SeatsSnapshot>(seats));
  EXPECT_EQ(cache.body(false).shared, plain) << "the other form has its own place";
  cache.open(std::make_shared<const SeatsSnapshot>(seats), SeatsForm::kBitmap);
  EXPECT_EQ(cache.body(false).shared, bitmap);
}

ConcertDateRef date_of(std::int32_t day, std::size_t sections, std::uint32_t free) {
  ConcertDateView date{.date = Date{20'000 + day}, .free = free, .held = 100 - free};
  for (std::size_t i = 0; i < sections; ++i) {
    date.sections.push_back(
        {"S" + std::to_string(i), Money{1000}, SeatNumber{1}, SeatNumber{9}, i == 0 ? free : 9});
  }
  return std::make_shared<const ConcertDateView>(std::move(date));
}

TEST(ViewCache, concert_is_that_of_the_view_whatever_changed) {
  Prng random(5);
  ViewCache cache(1 << 24);
  ConcertView view{.concert = ConcertId{3}, .title = "A"};
  std::set<std::string> etags;
  for (std::int32_t day = 0; day < 40; ++day) {
    view.dates.push_back(date_of(day, 1 + random.below(90), 50));
  }
  for (int step = 0; step < 300; ++step) {
    switch (random.below(4)) {
      case 0:
        ++view.waiting;
        break;
      case 1: {
        const std::size_t i = random.below(view.dates.size());
        ConcertDateView changed = *view.dates[i];
        changed.free = static_cast<std::uint32_t>(step) % 100;
        changed.held = 100 - changed.free;
        view.dates[i] = std::make_shared<const ConcertDateView>(changed);
        break;
      }
      case 2:  // an equal copy, as a link delivers it
        for (auto& date : view.dates) date = std::make_shared<const ConcertDateView>(*date);
        break;
      default:
        view.dates.push_back(date_of(100 + step, random.below(5), 50));
    }
    std::string naive;
    render_public(naive, view);
    cache.open(view);
    ASSERT_TRUE(cache.is_large());
    ASSERT_EQ(text_of(cache.body(false)), naive);
    ASSERT_EQ(unzipped(text_of(cache.body(true)), naive.size()), naive);
    const std::string etag(cache.etag(false));
    cache.open(view);
    ASSERT_EQ(cache.etag(false), etag);
    etags.insert(etag + naive);
  }
  std::set<std::string> tags;
  for (const std::string& both : etags) tags.insert(both.substr(0, 18));
  EXPECT_EQ(tags.size(), etags.size()) << "one text, one tag";
}

TEST(ViewCache, what_is_kept_is_bounded_and_the_least_recently_used_goes) {
  constexpr std::size_t kBytes = 1'000'000;
  ViewCache cache(kBytes);
  SeatsSnapshot seats = hall(10'000, 1);
  seats.date = Date{0};
  const auto often = std::make_shared<const SeatsSnapshot>(seats);
  cache.open(often);
  const SharedBody kept = cache.body(true).shared;
  for (std::int32_t day = 1; day < 100; ++day) {
    seats.date = Date{day};
    cache.open(std::make_shared<const SeatsSnapshot>(seats));
    cache.body(true);
    EXPECT_LE(cache.bytes(), kBytes);
    cache.open(often);
    ASSERT_EQ(cache.body(true).shared, kept);
  }
}

}  // namespace
}  // namespace frontrow
