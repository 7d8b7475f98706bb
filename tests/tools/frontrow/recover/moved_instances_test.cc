// The directories of a real cluster after slot migration: it restarted with a map that gives one
// instance no slots, and the sale continued.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "tests/api/support/shop.h"

namespace frontrow::api {
namespace {

using testing::HasSubstr;

constexpr int kFans = 12;
constexpr int kMoveTimeoutMs = 60'000;

// Writes the next map: the first instance's slots go to the others.
void take_everything_from_the_first(const std::string& path) {
  std::ifstream in(path);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  in.close();
  const auto replace = [&text](std::string_view what, std::string_view by) {
    const std::size_t at = text.find(what);
    ASSERT_NE(at, text.npos) << text;
    text.replace(at, what.size(), by);
  };
  replace("revision = 1\n", "revision = 2\n");
  replace("id = 1\n", "id = 1\nweight = 0\n");
  std::ofstream(path) << text;
}

int recover_all(const ServerProcess& server, std::vector<std::string> arguments,
                std::string& output) {
  arguments.insert(arguments.begin(), "recover");
  for (const std::string& data_dir : server.all_data())
    arguments.insert(arguments.end(), {"--data-dir", data_dir});
  return ServerProcess::run_once(arguments, output);
}

TEST(MovedInstances, are_sound_together_and_the_first_knows_that_its_slots_went) {
  setenv("FRONTROW_INSTANCES", "3", 1);
  ServerProcess server;
  unsetenv("FRONTROW_INSTANCES");
  std::vector<Fan> fans;
  std::int64_t concert = 0;
  {
    Shop shop(server);
    concert = shop.create_concert();
    for (int i = 1; i <= kFans; ++i) {
      fans.push_back(shop.enter(concert));
      shop.charge(fans.back(), 5000);
      shop.pay(concert, fans.back(), shop.hold(concert, fans.back(), {i}));
    }
  }
  ASSERT_EQ(server.stop(), 0);
  take_everything_from_the_first(server.directory() / "cluster.toml");
  ASSERT_TRUE(server.start());
  {
    Shop shop(server);
    for (const Fan& fan : fans) {
      const Headers once{{"Idempotency-Key", fan.user}};
      EXPECT_TRUE(
          await([&] { return shop.post_charge(fan, 1000, once).status == 201; }, kMoveTimeoutMs))
          << "his wallet is nowhere: " << server.log();
    }
    EXPECT_TRUE(await(
        [&] { return shop.admin("GET", fmt::format("/v1/concerts/{}", concert)).status == 200; },
        kMoveTimeoutMs));
    // This fan's wallet has arrived; another one's may still be on its way.
    const Fan fan = shop.enter(concert, fans.front().user);
    shop.pay(concert, fan, shop.hold(concert, fan, {kFans + 1}));
  }
  ASSERT_EQ(server.stop(), 0);

  std::string output;
  EXPECT_EQ(recover_all(server, {"verify"}, output), 0) << output;
  EXPECT_THAT(output, HasSubstr("ok      owners        no slot is in two of them"));
  EXPECT_THAT(output, HasSubstr("13 payments fit their wallets"));
  EXPECT_THAT(output, HasSubstr("charged 72000 = balance 59000 + "));
  EXPECT_THAT(output, HasSubstr("revenue of 1 concerts: 13000"));
  EXPECT_EQ(recover_all(server, {"export", "--to", server.directory() / "books"}, output), 0)
      << output;
  EXPECT_THAT(output, HasSubstr("payments.csv: 13 rows"));
  // Only some of its slots need have left: the test did not wait for all of them.
  EXPECT_EQ(ServerProcess::run_once(
                {"recover", "show", "--data-dir", server.all_data().front(), "--json"}, output),
            0);
  EXPECT_GT(Json::parse(output)["overview"]["slots"]["handedOver"].integer(), 0) << output;
}

}  // namespace
}  // namespace frontrow::api
