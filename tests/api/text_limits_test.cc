// Limits of texts are in characters: a title in Hangul may be as long as one in Latin letters.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/api/support/server_process.h"
#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

std::string times(int count, std::string_view character) {
  std::string text;
  for (int i = 0; i < count; ++i) text += character;
  return text;
}

std::string concert_body(const std::string& title, const std::string& section) {
  return fmt::format(
      R"({{"title":"{}","dates":[{{"date":"2047-05-01","sections":[{{"name":"{}","seats":3,"price":1}}]}}]}})",
      title, section);
}

TEST(TextLimits, title_of_200_and_section_of_100_characters_of_any_script_are_kept) {
  ServerProcess server;
  std::vector<std::pair<std::int64_t, std::string>> made;
  {
    Shop shop(server);
    for (const std::string_view character : {"t", "한", "🎫"}) {
      const std::string title = times(200, character);
      const std::string section = times(100, character);
      const Response created =
          shop.admin("POST", "/v1/admin/concerts", concert_body(title, section));
      ASSERT_EQ(created.status, 201) << created.body;
      made.emplace_back(created.json()["concertId"].integer(), title);
      const Response longer =
          shop.admin("POST", "/v1/admin/concerts", concert_body(title + "t", section));
      EXPECT_EQ(longer.status, 422);
      EXPECT_EQ(longer.json()["field"].text(), "title");
      EXPECT_NE(longer.body.find("1 to 200 characters"), std::string::npos) << longer.body;
      const Response wider =
          shop.admin("POST", "/v1/admin/concerts", concert_body(title, section + "t"));
      EXPECT_EQ(wider.status, 422);
      EXPECT_EQ(wider.json()["field"].text(), "dates[0].sections[0].name");
    }
    shop.change(made[0].first, fmt::format(R"({{"title":"{}"}})", times(200, "글")));
    made[0].second = times(200, "글");
  }
  // The log has the same titles.
  server.kill();
  ASSERT_TRUE(server.start());
  Shop shop(server);
  for (const auto& [concert, title] : made) EXPECT_EQ(shop.concert(concert)["title"].text(), title);
}

}  // namespace
}  // namespace frontrow::api
